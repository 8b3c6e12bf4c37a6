//! Why a request got no answer.

use super::connector::DialError;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::io;
use std::net::SocketAddr;

/// The class of a failure, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::webhook) enum FailureKind {
    /// No answer in time.
    Timeout,
    /// The name has no address.
    Dns,
    /// The address is none that may be dialled.
    RefusedAddress,
    /// Nobody answers there.
    Connect,
    /// It is not who it should be.
    Tls,
    /// It did not speak HTTP, or broke off.
    Protocol,
    /// It answered, and not with success.
    HttpStatus,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::webhook) struct Failure {
    pub(in crate::webhook) kind: FailureKind,
    /// For people.
    pub(in crate::webhook) reason: String,
    /// What was dialled, if it came to that.
    pub(in crate::webhook) address: Option<SocketAddr>,
}

impl Failure {
    pub(super) fn timeout() -> Self {
        Failure { kind: FailureKind::Timeout, reason: "there was no answer in time".to_owned(), address: None }
    }

    /// What the client says, by the error at the bottom of it.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut innermost = error;
        loop {
            if let Some(dial) = innermost.downcast_ref::<DialError>() {
                return Failure::of_dialling(dial);
            }
            if let Some(tls) = innermost.downcast_ref::<rustls::Error>() {
                return Failure::new(FailureKind::Tls, format!("TLS: {tls}"));
            }
            // An error in an io::Error is not its source, but the source of that is.
            let inner = innermost.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            let inner = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| innermost.source());
            match inner {
                Some(inner) => innermost = inner,
                None => return Failure::new(FailureKind::Protocol, innermost.to_string()),
            }
        }
    }

    fn of_dialling(error: &DialError) -> Self {
        let (kind, address) = match error {
            DialError::Unresolved { .. } => (FailureKind::Dns, None),
            DialError::Refused { .. } | DialError::NotForPublic { .. } => (FailureKind::RefusedAddress, None),
            DialError::Unreachable { address, source } if source.kind() == io::ErrorKind::TimedOut => {
                (FailureKind::Timeout, Some(*address))
            }
            DialError::Unreachable { address, .. } => (FailureKind::Connect, Some(*address)),
        };
        Failure { kind, reason: error.to_string(), address }
    }

    fn new(kind: FailureKind, reason: String) -> Self {
        Failure { kind, reason, address: None }
    }
}
