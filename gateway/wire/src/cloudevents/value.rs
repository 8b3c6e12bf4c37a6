//! Values of attributes: what they mean, beside the text that came in.

use super::{Invalid, Type, type_of};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fluent_uri::{Uri, UriRef};
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A value of an attribute. What is written as text is kept as the text that came in: a time leaves with its offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A Boolean.
    Boolean(bool),
    /// An Integer.
    Integer(i32),
    /// A String.
    String(Box<str>),
    /// A Binary, in base64.
    Binary(Box<str>),
    /// A URI.
    Uri(Box<str>),
    /// A URI-reference.
    UriReference(Box<str>),
    /// A Timestamp.
    Timestamp(Box<str>),
}

impl Value {
    /// Reads the canonical text of a value of the attribute's own type, as bindings carry it that know no types.
    pub fn parse(name: &str, text: impl Into<Box<str>>) -> Result<Value, Invalid> {
        Value::parse_as(name, text.into(), type_of(name).unwrap_or(Type::String))
    }

    /// Reads the canonical text of a value of this type.
    pub(super) fn parse_as(name: &str, text: Box<str>, of: Type) -> Result<Value, Invalid> {
        let wrong = |reason: &'static str| Err(Invalid::attribute(name, reason));
        match of {
            Type::Boolean => match &*text {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => wrong("a Boolean is true or false"),
            },
            Type::Integer => match integer(&text) {
                Some(number) => Ok(Value::Integer(number)),
                None => wrong("an Integer is a whole number from -2147483648 to 2147483647"),
            },
            Type::String => Ok(Value::String(text)),
            Type::Binary if BASE64_STANDARD.decode(&*text).is_ok() => Ok(Value::Binary(text)),
            Type::Binary => wrong("a Binary is base64 of the standard alphabet, padded"),
            Type::Uri if Uri::parse(&*text).is_ok() => Ok(Value::Uri(text)),
            Type::Uri => wrong("a URI has a scheme and no other characters than RFC 3986 allows"),
            Type::UriReference if UriRef::parse(&*text).is_ok() => Ok(Value::UriReference(text)),
            Type::UriReference => wrong("a URI-reference has no other characters than RFC 3986 allows"),
            Type::Timestamp if instant(&text).is_some() => Ok(Value::Timestamp(text)),
            Type::Timestamp => wrong("a Timestamp is a date and time of RFC 3339, such as 2026-01-31T12:00:00Z"),
        }
    }

    /// The canonical text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Boolean(true) => "true".into(),
            Value::Boolean(false) => "false".into(),
            Value::Integer(number) => number.to_string().into(),
            text => text.as_str().unwrap_or_default().into(),
        }
    }

    /// The text, of a value that is written as one: of all types but Boolean and Integer.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Boolean(_) | Value::Integer(_) => None,
            Value::String(text)
            | Value::Binary(text)
            | Value::Uri(text)
            | Value::UriReference(text)
            | Value::Timestamp(text) => Some(text),
        }
    }

    /// Its type.
    pub fn value_type(&self) -> Type {
        match self {
            Value::Boolean(_) => Type::Boolean,
            Value::Integer(_) => Type::Integer,
            Value::String(_) => Type::String,
            Value::Binary(_) => Type::Binary,
            Value::Uri(_) => Type::Uri,
            Value::UriReference(_) => Type::UriReference,
            Value::Timestamp(_) => Type::Timestamp,
        }
    }

    /// A Timestamp as an instant.
    pub fn instant(&self) -> Option<OffsetDateTime> {
        match self {
            Value::Timestamp(text) => instant(text),
            _ => None,
        }
    }
}

fn integer(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_canonical =
        digits.bytes().all(|octet| octet.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_canonical { text.parse().ok() } else { None }
}

fn instant(text: &str) -> Option<OffsetDateTime> {
    // The parser takes any character between date and time.
    let is_strict = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| is_strict)
}

/// The first character of a text that no String may hold: control characters and noncharacters.
pub(super) fn forbidden(text: &str) -> Option<char> {
    if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return None;
    }
    text.chars().find(|character| match u32::from(*character) {
        0..=0x1f | 0x7f..=0x9f | 0xfdd0..=0xfdef => true,
        code => code & 0xfffe == 0xfffe,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(name: &str, text: &str) -> bool {
        Value::parse(name, text).is_ok_and(|value| value.text() == text)
    }

    #[test]
    fn integers_have_32_bits_and_no_ornaments() {
        for good in ["0", "-1", "2147483647", "-2147483648"] {
            assert!(parses("sampledrate", good), "{good}");
        }
        for bad in ["", "-", "+1", "01", "1.0", "1e3", "2147483648", " 1", "٣"] {
            assert!(!parses("sampledrate", bad), "{bad}");
        }
    }

    #[test]
    fn timestamps_are_those_of_rfc_3339() {
        for good in [
            "2018-04-26T14:48:09+02:00",
            "2018-04-26t14:48:09z",
            "2018-04-26T14:48:09.123456789123Z",
            "2016-12-31T23:59:60Z",
            "2018-04-26T14:48:09-00:00",
            "0001-01-01T00:00:00Z",
        ] {
            assert!(parses("time", good), "{good}");
        }
        for bad in [
            "",
            "2018-04-26",
            "2018-04-26 14:48:09Z",
            "2018-04-26T14:48Z",
            "2018-02-30T00:00:00Z",
            "2018-04-26T14:48:09",
        ] {
            assert!(!parses("time", bad), "{bad}");
        }
    }

    #[test]
    fn references_are_those_of_rfc_3986() {
        for good in
            ["/a/b?c#d", "https://example.com", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "1-555-123-4567"]
        {
            assert!(parses("source", good), "{good}");
        }
        for bad in ["a b", "http://[::1", "%zz", "ä"] {
            assert!(!parses("source", bad), "{bad}");
        }
        assert!(parses("dataschema", "https://example.com/schema.json#/definitions/a"));
        assert!(!parses("dataschema", "/schema.json"));
    }

    #[test]
    fn binaries_are_base64_of_the_standard_alphabet() {
        assert!(parses("dssematerial", "AQI="));
        assert!(!parses("dssematerial", "AQI"));
        assert!(!parses("dssematerial", "_-8="));
    }

    #[test]
    fn strings_hold_no_control_characters_and_no_noncharacters() {
        assert_eq!(forbidden("Euro € 😀 ~"), None);
        for bad in ['\0', '\n', '\u{7f}', '\u{9f}', '\u{fdd0}', '\u{ffff}', '\u{1fffe}'] {
            assert_eq!(forbidden(&format!("a{bad}b")), Some(bad));
        }
    }
}
