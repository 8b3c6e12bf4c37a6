//! `[webhooks]`: where events may be pushed to.

use super::ConfigError;
use ipnet::IpNet;
use serde::Deserialize;
use std::path::PathBuf;

/// Settings of outbound webhooks. `wharf.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Webhooks {
    pub allowed_networks: Vec<IpNet>,
    pub origin: String,
    pub ca_file: PathBuf,
}

impl Webhooks {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_name = |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
        if self.origin.is_empty() || !self.origin.chars().all(is_name) {
            let reason = format!("webhooks.origin: {:?} is not a DNS name such as \"mq.example.org\"", self.origin);
            return Err(ConfigError::Invalid(reason));
        }
        Ok(())
    }
}
