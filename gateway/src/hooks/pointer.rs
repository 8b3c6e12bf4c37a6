//! One value of a JSON document, found without making a tree of it (RFC 6901).

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Steps of a pointer: a document nested deeper is not read either.
const STEPS: usize = 32;

/// A JSON pointer such as `/repository/full_name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer. An error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let steps = text.strip_prefix('/').ok_or_else(|| format!("{text:?} is no JSON pointer such as \"/id\""))?;
        let steps: Vec<_> = steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        if steps.len() > STEPS {
            return Err(format!("a JSON pointer may have {STEPS} steps"));
        }
        Ok(Pointer(steps))
    }

    /// The text, number or Boolean there, as text; `None`: there is none, or it is no JSON.
    pub(super) fn find(&self, document: &[u8]) -> Option<String> {
        let mut deserializer = serde_json::Deserializer::from_slice(document);
        let found = Walk(&self.0).deserialize(&mut deserializer).ok().flatten()?;
        deserializer.end().ok()?;
        Some(found)
    }
}

/// Goes these steps down.
struct Walk<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if !self.0.is_empty() {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
        Ok(match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).ok(),
            Some(b'{' | b'[' | b'n') | None => None,
            Some(_) => Some(raw.to_owned()),
        })
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((step, rest)) = self.0.split_first() else { return Ok(None) };
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            match key == *step {
                true => found = map.next_value_seed(Walk(rest))?,
                false => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Some((step, rest)) = self.0.split_first() else { return Ok(None) };
        let wanted: Option<usize> = step.parse().ok();
        let mut found = None;
        for index in 0_usize.. {
            if Some(index) == wanted {
                let Some(value) = items.next_element_seed(Walk(rest))? else { break };
                found = value;
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    // There is nothing below a single value.
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pointer: &str, document: &str) -> Option<String> {
        Pointer::parse(pointer).unwrap().find(document.as_bytes())
    }

    #[test]
    fn a_value_is_found_below_objects_and_arrays() {
        let document = r#"{"a":{"b":[1,{"c/d":"é\n"},true,12345678901234567890123]},"id":"x","":"empty"}"#;
        assert_eq!(find("/id", document).as_deref(), Some("x"));
        assert_eq!(find("/a/b/1/c~1d", document).as_deref(), Some("é\n"));
        assert_eq!(find("/a/b/2", document).as_deref(), Some("true"));
        assert_eq!(find("/a/b/3", document).as_deref(), Some("12345678901234567890123"), "as it is written");
        assert_eq!(find("/", document).as_deref(), Some("empty"));
    }

    #[test]
    fn what_is_not_there_or_no_single_value_is_not_found() {
        let document = r#"{"a":{"b":[1]},"n":null,"s":"t"}"#;
        for pointer in ["/x", "/a", "/a/b", "/a/b/1", "/a/b/-1", "/n", "/s/t", "/a/b/0/c"] {
            assert_eq!(find(pointer, document), None, "{pointer}");
        }
        for broken in ["", "{", r#"{"a":1"#, r#"{"a":1} x"#, "\u{feff}{}"] {
            assert_eq!(find("/a", broken), None, "{broken}");
        }
        assert!(Pointer::parse("id").is_err());
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = "[".repeat(100_000);
        assert_eq!(find("/0", &deep), None);
        assert_eq!(find("/0/0/0", &format!("{deep}{}", "]".repeat(100_000))), None);
    }
}
