//! What an expression probably does not mean, although it is valid.

use std::fmt;

/// A reason to look at an expression again. An expression has at most one of each kind, the first from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// `AND`, `OR` and `XOR` stand on one level without parentheses. The specification gives them one precedence and
    /// evaluates from left to right (section 3.6); other engines read them from right to left, and people as SQL does.
    MixedLogic {
        /// Characters before the first such level.
        position: usize,
    },
    /// `NOT` stands unparenthesised before the left operand of an operator that binds less tightly, and so negates that
    /// operand alone (section 3.6): `NOT type LIKE 'a%'` is `(NOT type) LIKE 'a%'`.
    NotBindsTighter {
        /// Characters before that operator.
        position: usize,
    },
    /// No function has this name and this number of arguments: evaluation gives a missing function error (section 3.5).
    UnknownFunction {
        /// Characters before the name.
        position: usize,
        /// The name, in upper case.
        name: String,
        /// How many arguments it was given.
        arguments: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::MixedLogic { position } => write!(
                f,
                "at offset {position}: AND, OR and XOR have one precedence and are evaluated from left to right; \
                 parentheses say what is meant"
            ),
            Warning::NotBindsTighter { position } => write!(
                f,
                "at offset {position}: NOT binds tighter than this operator and negates its left operand alone; \
                 write NOT LIKE or NOT IN, or put what is to be negated into parentheses"
            ),
            Warning::UnknownFunction { position, name, arguments } => write!(
                f,
                "at offset {position}: there is no function {name} with {arguments} arguments, so every event that \
                 gets there fails"
            ),
        }
    }
}
