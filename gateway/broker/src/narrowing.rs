//! Which messages a queue takes, of those that its binding matches.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// Says by their routing keys which messages a queue takes of those that its binding matches. It is asked for each of them, so its answer may
/// change; it must not wait for anything, nor call the vhost that asks.
#[derive(Clone)]
pub struct Narrowing(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Narrowing {
    /// The one that lets in what has one of these keys.
    pub fn new(lets_in: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Narrowing(Arc::new(lets_in))
    }

    /// Whether a message with this routing key comes in.
    pub fn lets_in(&self, routing_key: &str) -> bool {
        (self.0)(routing_key)
    }
}

impl Debug for Narrowing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Narrowing")
    }
}
