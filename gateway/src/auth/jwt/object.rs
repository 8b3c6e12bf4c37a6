//! A JSON object of which every name stands for one value.
//!
//! Of two members with the same name one reader takes the first and another the last: what an issuer checked before it signed may not be
//! what we would read. So such an object is none.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The members of an object.
#[derive(Debug, Default)]
pub(super) struct Object(BTreeMap<String, Value>);

impl Object {
    /// Reads an object, and nothing behind it.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// A member; null is as good as none.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether there is a member of this name, whatever it is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All members that are texts.
    pub(super) fn into_texts(self) -> BTreeMap<String, String> {
        let texts = self.0.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        texts.collect()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_for_two_values_makes_no_object() {
        assert!(Object::parse(br#"{"a":1,"b":{"c":1}}"#).is_some());
        let nested = format!("{{\"a\":{}}}", "[".repeat(8_000));
        for bad in
            [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, "[]", "1", "", "{", r#"{"a":1}{"#, "\u{feff}{}", &nested]
        {
            assert!(Object::parse(bad.as_bytes()).is_none(), "{bad:.40}");
        }
        assert!(Object::parse(b"{\"a\":\"\xff\"}").is_none());
    }
}
