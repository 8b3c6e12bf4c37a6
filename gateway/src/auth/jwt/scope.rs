//! A scope: `read:VHOST/NAME`, `write:VHOST/NAME/ROUTING-KEY`, `tag:TAG`, in the syntax of RabbitMQ's OAuth 2 plugin.

use super::super::Operation;
use super::pattern::{Pattern, Variables};

/// What begins a tag.
const TAG: &str = "tag";

/// Something that a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: Box<str>,
    operation: Operation,
    vhost: Pattern,
    name: Pattern,
    key: Pattern,
}

/// What a word of the claim is.
#[derive(Debug)]
pub(super) enum Word {
    Scope(Box<Scope>),
    Tag(String),
}

impl Word {
    /// Reads a word; `None`: it is for somebody else, or can match nothing.
    pub(super) fn parse(word: &str, variables: Variables<'_>) -> Option<Self> {
        let (kind, rest) = word.split_once(':')?;
        if kind == TAG {
            return (!rest.is_empty()).then(|| Word::Tag(rest.to_owned()));
        }
        let operation = Operation::from_name(kind)?;
        let mut parts = rest.split('/');
        // A part that is left out is any; one that is there and empty is the empty name, as that of the default exchange.
        let mut part = || parts.next().map_or_else(|| Some(Pattern::any()), |text| Pattern::parse(text, variables));
        let (vhost, name, key) = (part()?, part()?, part()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Word::Scope(Box::new(Scope { text: word.into(), operation, vhost, name, key })))
    }
}

impl Scope {
    /// As it stands in the token, without the prefix.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it allows something in a vhost.
    pub(super) fn reaches(&self, vhost: &str) -> bool {
        self.vhost.matches(vhost, vhost)
    }

    /// Whether it allows this to a queue or an exchange.
    pub(super) fn allows(&self, operation: Operation, vhost: &str, name: &str) -> bool {
        self.operation == operation && self.reaches(vhost) && self.name.matches(name, vhost)
    }

    /// Whether it allows this with a routing key.
    pub(super) fn allows_key(&self, operation: Operation, vhost: &str, exchange: &str, routing_key: &str) -> bool {
        self.allows(operation, vhost, exchange) && self.key.matches(routing_key, vhost)
    }
}
