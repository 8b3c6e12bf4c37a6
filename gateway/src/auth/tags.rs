//! What a user may do beside messaging. Vhosts have tags too, which mean nothing to the server.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt::{self, Display, Formatter};

/// Octets of all tags of a user or a vhost together.
const LIMIT: usize = 1024;

/// The tags of a user, or of a vhost. Some of a user have a meaning, as in RabbitMQ; others are kept for whoever gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tags(Vec<Box<str>>);

impl Tags {
    /// Tags from their names.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tags = Tags::default();
        for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            if !tags.has(name) {
                tags.0.push(name.into());
            }
        }
        tags
    }

    /// Whether this one is among them.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|tag| **tag == *name)
    }

    /// May do everything.
    pub fn is_administrator(&self) -> bool {
        self.has("administrator")
    }

    /// May see the whole server.
    pub fn may_monitor(&self) -> bool {
        self.has("monitoring") || self.is_administrator()
    }

    /// May use the management API, for what it has permissions for.
    pub fn may_manage(&self) -> bool {
        self.has("management") || self.has("policymaker") || self.may_monitor()
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|tag| &**tag)
    }
}

impl Display for Tags {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// As a list, or as a text with commas between: RabbitMQ's API takes both.
impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            List(Vec<String>),
            Text(String),
        }
        let tags = match Written::deserialize(deserializer)? {
            Written::List(names) => Tags::new(names.iter().map(String::as_str)),
            Written::Text(text) => Tags::new(text.split(',')),
        };
        let octets: usize = tags.iter().map(str::len).sum();
        match octets <= LIMIT {
            true => Ok(tags),
            false => Err(serde::de::Error::custom(format_args!("tags have at most {LIMIT} octets together"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Tags {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn they_are_a_list_or_a_text() {
        assert_eq!(read(r#""administrator, mine""#), read(r#"["administrator", "mine", "mine", ""]"#));
        assert_eq!(read(r#""""#), Tags::default());
        assert_eq!(serde_json::to_string(&read(r#""a,b""#)).unwrap(), r#"["a","b"]"#);
        assert!(serde_json::from_str::<Tags>(&format!("{:?}", "a".repeat(LIMIT + 1))).is_err());
    }

    #[test]
    fn each_includes_what_is_below_it() {
        let may = |tag| {
            let tags = Tags::new([tag]);
            [tags.is_administrator(), tags.may_monitor(), tags.may_manage()]
        };
        assert_eq!(may("administrator"), [true, true, true]);
        assert_eq!(may("monitoring"), [false, true, true]);
        assert_eq!(may("policymaker"), [false, false, true]);
        assert_eq!(may("management"), [false, false, true]);
        assert_eq!(may("Administrator"), [false, false, false]);
    }
}
