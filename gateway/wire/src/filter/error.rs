//! What can be wrong with filters: where in the document, and what to do.

use crate::cesql;
use thiserror::Error;

/// Why a document is refused. Nothing of it is then used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {problem}")]
pub struct FilterError {
    /// The place in the document, as `filters[1].any[0].exact.type`.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at a place of a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub enum Problem {
    #[error("must be JSON: {0}")]
    NotJson(String),
    #[error("must be at most {limit} octets long")]
    TooLong { limit: usize },
    #[error("must be an array of filters; an event has to pass all of them")]
    NotAnArray,
    #[error("must be an object with one dialect, such as {{\"exact\": {{\"type\": \"com.example.created\"}}}}")]
    NotAFilter,
    #[error("has {0} dialects, but one filter has one; put each into a filter of its own, within \"all\" or \"any\"")]
    SeveralDialects(usize),
    #[error("the dialect \"{0}\" is unknown; use exact, prefix, suffix, all, any, not or sql")]
    UnknownDialect(String),
    #[error("must be an object of attribute names and texts, such as {{\"type\": \"com.example.created\"}}")]
    NotAMap,
    #[error("must name at least one attribute")]
    NoAttribute,
    #[error("no attribute can have the name \"{0}\"; use lower-case letters and digits only")]
    BadName(String),
    #[error("must be a string; put numbers and Booleans between quotes too")]
    NotAString,
    #[error("must not be empty")]
    Empty,
    #[error("must be an array of at least one filter")]
    NoFilters,
    #[error("is nested deeper than {limit} levels; use fewer \"all\", \"any\" and \"not\", or \"sql\"")]
    TooDeep { limit: usize },
    #[error("is one filter more than the {limit} that are allowed, each attribute of a comparison counting as one")]
    TooMany { limit: usize },
    #[error("is no CESQL expression: {0}")]
    Expression(cesql::ParseError),
}
