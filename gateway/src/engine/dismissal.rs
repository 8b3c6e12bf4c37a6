//! How an operator sends a connection away.

use std::sync::OnceLock;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// One connection's. It does not go the way of all else that the connection is told, or a client that does not read could
/// not be sent away.
#[derive(Debug, Default)]
pub struct Dismissal {
    called: CancellationToken,
    reason: OnceLock<Box<str>>,
}

impl Dismissal {
    /// Sends the connection away. Only the first time counts.
    pub(super) fn dismiss(&self, reason: &str) {
        let _ = self.reason.set(reason.into());
        self.called.cancel();
    }

    /// Waits until the connection has to go.
    pub fn called(&self) -> WaitForCancellationFutureOwned {
        self.called.clone().cancelled_owned()
    }

    /// Why, in the operator's words; empty, if there are none.
    pub fn reason(&self) -> &str {
        self.reason.get().map_or("", |reason| reason)
    }
}
