//! Which pages of other sites a vhost lets in, as an operator says it.

use serde::{Deserialize, Serialize};

/// A list, or none: `null` takes the one back that was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Vec<String>>", into = "Option<Vec<String>>")]
pub enum AllowedOrigins {
    /// Nothing is said of it.
    #[default]
    Unsaid,
    /// Those that the listener lets in.
    Inherited,
    /// These alone.
    Listed(Vec<String>),
}

impl AllowedOrigins {
    /// The vhost's own list; `None`: it has none.
    pub fn list(&self) -> Option<&[String]> {
        match self {
            AllowedOrigins::Unsaid | AllowedOrigins::Inherited => None,
            AllowedOrigins::Listed(list) => Some(list),
        }
    }

    /// What is said, or else what was said before.
    pub(super) fn or(&self, before: &AllowedOrigins) -> AllowedOrigins {
        if self.is_unsaid() { before } else { self }.clone()
    }

    pub(super) fn is_unsaid(&self) -> bool {
        *self == AllowedOrigins::Unsaid
    }
}

impl From<Option<Vec<String>>> for AllowedOrigins {
    fn from(list: Option<Vec<String>>) -> Self {
        list.map_or(AllowedOrigins::Inherited, AllowedOrigins::Listed)
    }
}

impl From<AllowedOrigins> for Option<Vec<String>> {
    fn from(origins: AllowedOrigins) -> Self {
        match origins {
            AllowedOrigins::Unsaid | AllowedOrigins::Inherited => None,
            AllowedOrigins::Listed(list) => Some(list),
        }
    }
}
