//! Names that a permission covers.

use regex::Regex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Octets of a pattern.
const LIMIT: usize = 1024;

/// Octets that a compiled pattern may take.
const COMPILED: usize = 256 * 1024;

/// What a variable in a pattern stands for.
pub trait Variables {
    /// The value of `{name}`; `None`: it has none here.
    fn value(&self, name: &str) -> Option<&str>;
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{pattern:?} is no pattern for names: {reason}")]
pub struct BadPattern {
    pattern: String,
    reason: String,
}

/// A regular expression for names, which may hold variables: `{sub}` or `{username}`, `{vhost}`, `{client_id}`, `{claim:NAME}`. As in RabbitMQ it is
/// found anywhere in the name unless it says otherwise, and the empty one matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A pattern for one user, ready to be asked.
#[derive(Debug, Clone)]
pub enum Compiled {
    /// It matches nothing.
    Nothing,
    /// It matches everything.
    Everything,
    /// It matches what the expression is found in.
    Some(Regex),
}

impl Pattern {
    /// The one that matches everything.
    pub fn everything() -> Self {
        Pattern(".*".to_owned())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pattern of a user. One with a variable that has no value matches nothing.
    pub fn compile(&self, variables: &dyn Variables) -> Compiled {
        match &*self.0 {
            "" | "^$" => Compiled::Nothing,
            ".*" | "^.*$" | "^.*" | ".*$" => Compiled::Everything,
            text => match expand(text, variables).map(|text| build(&text)) {
                Some(Ok(expression)) => Compiled::Some(expression),
                // It was looked at when it was set: only a value can have made it too large.
                Some(Err(_)) | None => Compiled::Nothing,
            },
        }
    }
}

impl Compiled {
    /// Whether it covers this name.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Compiled::Nothing => false,
            Compiled::Everything => true,
            Compiled::Some(expression) => expression.is_match(name),
        }
    }

    /// Whether it covers all names.
    pub fn is_everything(&self) -> bool {
        matches!(self, Compiled::Everything)
    }
}

impl TryFrom<String> for Pattern {
    type Error = BadPattern;

    fn try_from(pattern: String) -> Result<Self, BadPattern> {
        struct Anybody;
        impl Variables for Anybody {
            fn value(&self, _: &str) -> Option<&str> {
                Some("x")
            }
        }
        let wrong = |reason: String| BadPattern { pattern: pattern.chars().take(100).collect(), reason };
        if pattern.len() > LIMIT {
            return Err(wrong(format!("it may have {LIMIT} octets")));
        }
        match build(&expand(&pattern, &Anybody).unwrap_or_default()) {
            Ok(_) => Ok(Pattern(pattern)),
            Err(regex::Error::CompiledTooBig(_)) => Err(wrong("it is too large once it is compiled".to_owned())),
            Err(error) => {
                // The last line says what is wrong; those before it draw where.
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err(wrong(reason.to_owned()))
            }
        }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.0
    }
}

fn build(text: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(text).size_limit(COMPILED).build()
}

/// The pattern with what its variables stand for, as literal text. What is in braces and no name of a variable stays: it may be a repetition.
fn expand(text: &str, variables: &dyn Variables) -> Option<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        expanded.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_variable(name)) {
            Some((name, behind)) => {
                expanded.push_str(&regex::escape(variables.value(name)?));
                rest = behind;
            }
            None => {
                expanded.push('{');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    Some(expanded)
}

fn is_variable(name: &str) -> bool {
    matches!(name, "sub" | "username" | "vhost" | "client_id") || name.starts_with("claim:")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Alice;

    impl Variables for Alice {
        fn value(&self, name: &str) -> Option<&str> {
            match name {
                "sub" | "username" => Some("alice.*"),
                "claim:shop" => Some("7"),
                _ => None,
            }
        }
    }

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::try_from(pattern.to_owned()).unwrap().compile(&Alice).matches(name)
    }

    #[test]
    fn they_are_found_anywhere_as_in_rabbitmq() {
        assert!(matches("orders", "my.orders.eu"));
        assert!(!matches("^orders$", "my.orders"));
        assert!(matches(".*", "") && matches("^.*$", "a"));
        assert!(!matches("", "") && !matches("", "a") && !matches("^$", "a"));
        assert!(matches("^a{2}$", "aa") && !matches("^a{2}$", "a"));
    }

    #[test]
    fn values_of_variables_are_literal() {
        assert!(matches("^{sub}-", "alice.*-inbox"));
        assert!(!matches("^{sub}-", "alice-x-inbox"));
        assert!(matches("^{username}/{claim:shop}$", "alice.*/7"));
        assert!(!matches("{client_id}", "") && !matches("{client_id}|.*", "a"), "without a value it matches nothing");
    }

    #[test]
    fn what_is_no_pattern_is_refused_and_says_why() {
        let refused = |pattern: &str| Pattern::try_from(pattern.to_owned()).unwrap_err().to_string();
        assert_eq!(refused("("), r#""(" is no pattern for names: unclosed group"#);
        assert!(refused("(?=a)").contains("look-around"));
        assert!(refused(&"a".repeat(LIMIT + 1)).contains("1024"));
        assert!(refused("((a{100}){100}){100}").contains("too large"));
        assert!(serde_json::from_str::<Pattern>(r#""[""#).is_err());
    }
}
