//! CloudEvents SQL 1.0: expressions over the attributes of an event, parsed once and evaluated for every event.
//!
//! The language is total: an expression always has a value, beside it perhaps an error. As a filter it passes an event
//! only on `true` without an error. Sections in these documents are those of the CESQL specification.

mod attribute;
mod cast;
mod error;
mod evaluate;
mod expression;
mod function;
mod like;
mod operator;
mod parse;
#[cfg(test)]
pub(crate) mod sample;
mod token;
mod value;
mod warning;

pub use attribute::{Attribute, Attributes};
pub(crate) use cast::Decimal;
pub use error::{ErrorKind, ParseError, Problem};
pub use expression::{Evaluation, Expression};
pub use value::Value;
pub use warning::Warning;
