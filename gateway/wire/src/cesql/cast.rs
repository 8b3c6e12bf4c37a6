//! Casts between the types of the language, explicit and implicit (section 3.7).

use super::{ErrorKind, Value};
use std::borrow::Cow;
use std::fmt::{self, Write};

impl<'a> Value<'a> {
    /// As a Boolean: `0` is false and every other Integer true; of Strings only `true` and `false`, in any case.
    pub(super) fn to_boolean(&self) -> Result<bool, ErrorKind> {
        match self {
            Value::Boolean(boolean) => Ok(*boolean),
            Value::Integer(integer) => Ok(*integer != 0),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Value::String(_) => Err(ErrorKind::Cast),
        }
    }

    /// As an Integer: a String may have a sign and must fit 32 bits.
    pub(super) fn to_integer(&self) -> Result<i32, ErrorKind> {
        match self {
            Value::Boolean(boolean) => Ok((*boolean).into()),
            Value::Integer(integer) => Ok(*integer),
            Value::String(text) => text.parse().map_err(|_| ErrorKind::Cast),
        }
    }

    /// As a String that is looked at and not kept: an Integer is written into `space`, so nothing is allocated.
    pub(crate) fn text<'s>(&'s self, space: &'s mut Decimal) -> &'s str {
        match self {
            Value::Boolean(boolean) => name(*boolean),
            Value::Integer(integer) => space.write(*integer),
            Value::String(text) => text,
        }
    }

    /// As a String that is kept.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        match self {
            Value::Boolean(boolean) => Cow::Borrowed(name(boolean)),
            Value::Integer(integer) => Cow::Owned(integer.to_string()),
            Value::String(text) => text,
        }
    }

    /// Whether this value, cast to the type of `model`, equals it. For `=` the model is the right operand, for `IN` the
    /// left one.
    pub(super) fn equals(&self, model: &Value<'_>) -> Result<bool, ErrorKind> {
        match model {
            Value::Boolean(boolean) => Ok(self.to_boolean()? == *boolean),
            Value::Integer(integer) => Ok(self.to_integer()? == *integer),
            Value::String(text) => Ok(self.text(&mut Decimal::default()) == text),
        }
    }
}

fn name(boolean: bool) -> &'static str {
    if boolean { "true" } else { "false" }
}

/// Place for an Integer in base 10: at most a sign and ten digits.
#[derive(Default)]
pub(crate) struct Decimal {
    octets: [u8; 11],
    length: usize,
}

impl Decimal {
    fn write(&mut self, integer: i32) -> &str {
        self.length = 0;
        let written = write!(self, "{integer}");
        debug_assert!(written.is_ok(), "an Integer of 32 bits has at most 11 characters");
        self.octets.get(..self.length).and_then(|octets| std::str::from_utf8(octets).ok()).unwrap_or_default()
    }
}

impl Write for Decimal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.octets.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Value<'_> {
        Value::String(text.into())
    }

    #[test]
    fn strings_become_integers_of_32_bits_or_fail() {
        for (text, integer) in [("-2147483648", i32::MIN), ("2147483647", i32::MAX), ("+7", 7), ("-0", 0), ("007", 7)] {
            assert_eq!(string(text).to_integer(), Ok(integer), "{text}");
        }
        for text in ["", "+", "-", " 1", "1 ", "1.0", "1e3", "0x1", "2147483648", "-2147483649", "\u{661}"] {
            assert_eq!(string(text).to_integer(), Err(ErrorKind::Cast), "{text}");
        }
    }

    #[test]
    fn strings_become_booleans_in_any_case_or_fail() {
        for (text, boolean) in [("true", true), ("TRUE", true), ("False", false), ("fAlSe", false)] {
            assert_eq!(string(text).to_boolean(), Ok(boolean), "{text}");
        }
        for text in ["", "1", "0", "yes", " true", "t"] {
            assert_eq!(string(text).to_boolean(), Err(ErrorKind::Cast), "{text}");
        }
    }

    #[test]
    fn both_forms_of_a_string_agree() {
        for integer in [0, 7, -1, i32::MIN, i32::MAX] {
            let value = Value::Integer(integer);
            assert_eq!(value.text(&mut Decimal::default()), integer.to_string());
            assert_eq!(value.into_text(), integer.to_string());
        }
        for boolean in [true, false] {
            let value = Value::Boolean(boolean);
            assert_eq!(value.text(&mut Decimal::default()), boolean.to_string());
            assert_eq!(value.into_text(), boolean.to_string());
        }
    }
}
