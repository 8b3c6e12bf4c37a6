//! What somebody may do to a queue or an exchange.

use serde::Deserialize;
use std::fmt;

/// The three kinds of access, as in RabbitMQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// To declare and delete.
    Configure,
    /// To publish to an exchange, and to bind a queue.
    Write,
    /// To consume from a queue, and to bind to an exchange.
    Read,
}

impl Operation {
    /// Its name in permissions and scopes.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Configure => "configure",
            Operation::Write => "write",
            Operation::Read => "read",
        }
    }

    /// The operation of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Operation::Configure, Operation::Write, Operation::Read].into_iter().find(|operation| operation.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
