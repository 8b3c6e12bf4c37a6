//! Secrets of definitions: kept, compared, and never shown.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that no log shows. It is written only where definitions are kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Hidden(String);

impl Hidden {
    /// The secret.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Hidden(text.to_owned())
    }
}
