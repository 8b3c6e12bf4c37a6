//! The values of the language (section 3.1).

use super::Attribute;
use std::borrow::Cow;

/// What an expression evaluates to. Strings of the expression and of the event are borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `true` or `false`; the zero value is `false`.
    Boolean(bool),
    /// A whole number of 32 bits; the zero value is `0`.
    Integer(i32),
    /// A sequence of Unicode characters; the zero value is empty.
    String(Cow<'a, str>),
}

impl<'a> From<Attribute<'a>> for Value<'a> {
    fn from(attribute: Attribute<'a>) -> Self {
        match attribute {
            Attribute::Boolean(boolean) => Value::Boolean(boolean),
            Attribute::Integer(integer) => Value::Integer(integer),
            Attribute::String(text) => Value::String(Cow::Borrowed(text)),
        }
    }
}
