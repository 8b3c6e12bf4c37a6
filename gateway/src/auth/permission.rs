//! What a user may do in a vhost.

use super::Operation;
use super::pattern::{Compiled, Pattern, Variables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// For which queues and exchanges a user has which rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What may be declared and deleted.
    pub configure: Pattern,
    /// What may be published to, and bound.
    pub write: Pattern,
    /// What may be read, and bound to.
    pub read: Pattern,
}

/// With which routing keys a user may publish to a topic exchange, and bind to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPermission {
    /// For publishing.
    pub write: Pattern,
    /// For binding.
    pub read: Pattern,
}

/// All of a user in one vhost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// For queues and exchanges; `None`: it may not even enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// For routing keys, by exchange. Of an exchange that is not named here every key may be used.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, TopicPermission>,
}

/// The same, ready to be asked.
#[derive(Debug)]
pub(super) struct CompiledGrant {
    configure: Compiled,
    write: Compiled,
    read: Compiled,
    topics: BTreeMap<String, (Compiled, Compiled)>,
}

impl Granted {
    /// `None`: it may not enter.
    pub(super) fn compile(&self, variables: &dyn Variables) -> Option<CompiledGrant> {
        let permission = self.permission.as_ref()?;
        let topic = |(exchange, topic): (&String, &TopicPermission)| {
            (exchange.clone(), (topic.write.compile(variables), topic.read.compile(variables)))
        };
        Some(CompiledGrant {
            configure: permission.configure.compile(variables),
            write: permission.write.compile(variables),
            read: permission.read.compile(variables),
            topics: self.topics.iter().map(topic).collect(),
        })
    }
}

impl CompiledGrant {
    pub(super) fn allows(&self, operation: Operation, name: &str) -> bool {
        match operation {
            Operation::Configure => self.configure.matches(name),
            Operation::Write => self.write.matches(name),
            Operation::Read => self.read.matches(name),
        }
    }

    pub(super) fn allows_key(&self, operation: Operation, exchange: &str, key: &str) -> bool {
        let Some((write, read)) = self.topics.get(exchange) else { return true };
        match operation {
            Operation::Write => write.matches(key),
            Operation::Read | Operation::Configure => read.matches(key),
        }
    }

    /// Whether it allows everything, so that nothing has to be asked.
    pub(super) fn is_everything(&self) -> bool {
        let all = [&self.configure, &self.write, &self.read];
        all.into_iter().all(Compiled::is_everything) && self.topics.is_empty()
    }
}
