//! `[stomp]`: the listener for STOMP over plain TCP, and what holds for STOMP on all listeners.

use super::{ConfigError, http::check_address};
use serde::Deserialize;

/// Settings of STOMP. `wharf.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Stomp {
    pub listen: String,
    pub tls: bool,
    pub proxy_protocol: bool,
    pub auto_create: bool,
    pub default_prefetch: u32,
    pub default_nack_requeue: bool,
    pub activemq_wildcards: bool,
    pub announce_server: bool,
    pub ws_frame: WsFrame,
}

/// Which WebSocket messages carry frames to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WsFrame {
    /// Text where the frame is UTF-8, binary otherwise.
    Auto,
    /// The same: what is not UTF-8 cannot be sent as text.
    Text,
    /// Binary always.
    Binary,
}

impl Stomp {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.listen.is_empty() { Ok(()) } else { check_address("stomp.listen", &self.listen) }
    }
}
