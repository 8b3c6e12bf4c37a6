//! What somebody wants to do with a queue or an exchange.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// The three kinds of permission, as in RabbitMQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// To declare it, or to delete it.
    Configure,
    /// To put messages into it.
    Write,
    /// To take messages out of it.
    Read,
}

impl Display for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Configure => "configure",
            Operation::Write => "write",
            Operation::Read => "read",
        })
    }
}
