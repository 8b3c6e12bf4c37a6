//! `[stomp]`: the listener for STOMP over plain TCP.

use super::{ConfigError, http::check_address};
use serde::Deserialize;

/// Settings of the STOMP listener.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stomp {
    /// Address and port; empty turns the listener off.
    pub listen: String,
}

impl Stomp {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.listen.is_empty() { Ok(()) } else { check_address("stomp.listen", &self.listen) }
    }
}
