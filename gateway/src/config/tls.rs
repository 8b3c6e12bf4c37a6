//! `[tls]`: the certificate of the listeners.

use super::ConfigError;
use serde::Deserialize;
use std::path::PathBuf;

/// Files of TLS. `wharf.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Tls {
    /// Whether there is any.
    pub fn is_on(&self) -> bool {
        !self.cert.as_os_str().is_empty()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.cert.as_os_str().is_empty() == self.key.as_os_str().is_empty() {
            return Ok(());
        }
        Err(ConfigError::Invalid("tls.cert and tls.key go together: name both files, or none".into()))
    }
}
