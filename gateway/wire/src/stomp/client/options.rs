//! How a client connects, and how often it tries.

use super::Reconnect;
use crate::stomp::heartbeat::Offer;

/// Settings of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The user.
    pub login: Option<String>,
    /// The password.
    pub passcode: Option<String>,
    /// Whether a token is asked for before every log-in, which is then the password.
    pub asks_tokens: bool,
    /// What a durable subscription belongs to, besides the user.
    pub client_id: Option<String>,
    /// The vhost.
    pub host: String,
    /// Heart-beats to offer, in milliseconds.
    pub heart_beat: Offer,
    /// Milliseconds from opening a socket to CONNECTED.
    pub connect_timeout: u64,
    /// Whether and how to try again; `None`: never.
    pub reconnect: Option<Reconnect>,
    /// How much may be published and not yet confirmed.
    pub outbox: Outbox,
    /// What the ids begin with by which the server tells copies apart: random, so that no two clients have the same.
    pub dedup_prefix: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            login: None,
            passcode: None,
            asks_tokens: false,
            client_id: None,
            host: "/".to_owned(),
            heart_beat: Offer { send: 10_000, receive: 10_000 },
            connect_timeout: 10_000,
            reconnect: Some(Reconnect::default()),
            outbox: Outbox::default(),
            dedup_prefix: String::new(),
        }
    }
}

/// Bounds of what is published and not yet confirmed, whichever is reached first: it is kept, to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbox {
    /// Messages. Default 1000: enough to keep a connection busy over a long way.
    pub messages: usize,
    /// Octets of their bodies. Default 4 MiB: what a page can spare. One message alone may have more.
    pub octets: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox { messages: 1_000, octets: 4 * 1024 * 1024 }
    }
}
