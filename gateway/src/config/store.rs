//! `[store]`: the files that messages are kept in. Sizes are octets.

use super::ConfigError;
use serde::Deserialize;

/// Smaller files would be a sync of the directory with every few messages.
const LEAST: u64 = 64 * 1024;

/// How files are kept. `wharf.toml` says what each setting is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Store {
    pub segment: u64,
    pub window: u64,
}

impl Store {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.segment < LEAST {
            return Err(ConfigError::Invalid(format!("store.segment must be {LEAST} at least")));
        }
        if self.window < self.segment {
            return Err(ConfigError::Invalid(
                "store.window must not be smaller than store.segment: it has one at least".into(),
            ));
        }
        Ok(())
    }
}
