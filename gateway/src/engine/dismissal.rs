//! How a connection is sent away.

use std::fmt;
use std::sync::OnceLock;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Why a connection is sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An operator wants it, in these words; empty, if there are none.
    Operator(Box<str>),
    /// Its vhost is gone.
    VhostDeleted,
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
    cause: OnceLock<Cause>,
}

impl Dismissal {
    /// Sends the connection away. Only the first time counts.
    pub(super) fn dismiss(&self, cause: Cause) {
        let _ = self.cause.set(cause);
        self.called.cancel();
    }

    /// Waits until the connection has to go.
    pub fn called(&self) -> WaitForCancellationFutureOwned {
        self.called.clone().cancelled_owned()
    }

    /// Why, once it has to.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.get()
    }
}

/// What the client is told.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Operator(reason) if reason.is_empty() => f.write_str("closed by an operator"),
            Cause::Operator(reason) => write!(f, "closed by an operator: {reason}"),
            Cause::VhostDeleted => f.write_str("the vhost was deleted"),
            Cause::Expired => f.write_str("the token has expired: connect again with a new one"),
            Cause::Revoked => f.write_str("the user was deleted, or its token revoked"),
        }
    }
}
