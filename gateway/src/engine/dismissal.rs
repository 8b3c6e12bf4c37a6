//! How a connection is sent away.

use std::sync::OnceLock;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Why a connection has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Farewell {
    /// An operator wants it to, with these words or none.
    Operator(Box<str>),
    /// Its token has expired, and no other came in time.
    Expired,
    /// Its user was deleted, or its token revoked.
    Revoked,
}

/// One connection's. It does not go the way of all else that the connection is told, or a client that does not read could
/// not be sent away.
#[derive(Debug, Default)]
pub struct Dismissal {
    called: CancellationToken,
    farewell: OnceLock<Farewell>,
}

impl Dismissal {
    /// Sends the connection away. Only the first time counts.
    pub(super) fn dismiss(&self, farewell: Farewell) {
        let _ = self.farewell.set(farewell);
        self.called.cancel();
    }

    /// Waits until the connection has to go.
    pub fn called(&self) -> WaitForCancellationFutureOwned {
        self.called.clone().cancelled_owned()
    }

    /// Why, if it has to.
    pub fn farewell(&self) -> Option<&Farewell> {
        self.farewell.get()
    }
}

impl Farewell {
    /// What the client is told.
    pub fn text(&self) -> String {
        match self {
            Farewell::Operator(reason) if reason.is_empty() => "closed by an operator".to_owned(),
            Farewell::Operator(reason) => format!("closed by an operator: {reason}"),
            Farewell::Expired => "the token has expired: connect again with a new one".to_owned(),
            Farewell::Revoked => "the user was deleted, or its token revoked".to_owned(),
        }
    }
}
