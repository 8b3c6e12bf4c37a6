//! What can be wrong with an expression: its text, or its evaluation (section 3.3).

use std::fmt;
use thiserror::Error;

/// The error types of the specification. The text of [`ErrorKind::as_str`] is public and does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is no expression: see [`ParseError`], which says where and why.
    Parse,
    /// Division by zero, or a result beyond 32 bits.
    Math,
    /// A value cannot become the type that is wanted.
    Cast,
    /// No function has this name and this number of arguments.
    MissingFunction,
    /// A function cannot work with these arguments.
    FunctionEvaluation,
    /// The event has no attribute of this name.
    MissingAttribute,
    /// Anything else.
    Generic,
}

impl ErrorKind {
    /// The name, as the test kit of the specification writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Parse => "parse",
            ErrorKind::Math => "math",
            ErrorKind::Cast => "cast",
            ErrorKind::MissingFunction => "missingFunction",
            ErrorKind::FunctionEvaluation => "functionEvaluation",
            ErrorKind::MissingAttribute => "missingAttribute",
            ErrorKind::Generic => "generic",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at offset {position}: {problem}")]
pub struct ParseError {
    /// Characters before the place that is wrong.
    pub position: usize,
    /// What is wrong there.
    pub problem: Problem,
}

impl ParseError {
    /// The error at an octet of `text`.
    pub(super) fn at(text: &str, octet: usize, problem: Problem) -> Self {
        ParseError { position: offset(text, octet), problem }
    }
}

/// The number of characters before an octet of `text`.
pub(super) fn offset(text: &str, octet: usize) -> usize {
    text.get(..octet).unwrap_or(text).chars().count()
}

/// What is wrong at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub enum Problem {
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    #[error("the character {0:?} has no meaning here; texts stand between quotes")]
    UnknownCharacter(char),
    #[error("the string that begins here has no closing {quote}; inside of it write \\{quote} for the quote itself")]
    UnclosedString { quote: char },
    #[error("{0} is outside of -2147483648 to 2147483647, the range of an Integer")]
    IntegerOutOfRange(String),
    #[error("between two % this pattern has more than {limit} characters with a _ among them; shorten that part")]
    PatternTooLong { limit: usize },
    #[error("nested deeper than {limit} levels; use fewer parentheses, or several filters")]
    TooDeep { limit: usize },
    #[error("the text is longer than {limit} octets; divide it into several filters")]
    TooLong { limit: usize },
}
