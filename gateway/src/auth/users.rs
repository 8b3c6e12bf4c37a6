//! Users and their passwords. This release has the one user `guest`, who may do everything, and only from loopback.

use super::Peer;
use std::collections::BTreeMap;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Who somebody has proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
}

/// Why a log-in is refused. To the client all reasons but the last look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No name or no password was given.
    #[error("credentials are missing: send login and passcode")]
    Missing,
    /// There is no such user, or the password is wrong.
    #[error("user or password is wrong")]
    Wrong,
    /// Right, but not from there.
    #[error("this user may connect from loopback only")]
    NotLoopback,
}

impl Refusal {
    /// One word, for those who count.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Missing => "missing",
            Refusal::Wrong => "wrong",
            Refusal::NotLoopback => "not_loopback",
        }
    }
}

/// The users of this server.
#[derive(Debug)]
pub struct Users {
    users: BTreeMap<Arc<str>, User>,
}

#[derive(Debug)]
struct User {
    password: String,
    loopback_only: bool,
}

impl Users {
    /// The users of an empty data directory: `guest`, with the password `guest`, from loopback only.
    pub fn initial() -> Self {
        let guest = User { password: "guest".to_owned(), loopback_only: true };
        Users { users: BTreeMap::from([("guest".into(), guest)]) }
    }

    /// Checks a name and a password.
    pub fn authenticate(&self, name: Option<&str>, password: Option<&str>, peer: Peer) -> Result<Identity, Refusal> {
        let (Some(name), Some(password)) = (name, password) else {
            return Err(Refusal::Missing);
        };
        let (name, user) = self.users.get_key_value(name).ok_or(Refusal::Wrong)?;
        if !bool::from(user.password.as_bytes().ct_eq(password.as_bytes())) {
            return Err(Refusal::Wrong);
        }
        if user.loopback_only && !peer.is_loopback() {
            return Err(Refusal::NotLoopback);
        }
        Ok(Identity { user: Arc::clone(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_in(name: Option<&str>, password: Option<&str>, address: &str, indirect: bool) -> Result<(), Refusal> {
        let peer = Peer { address: address.parse().unwrap(), indirect };
        Users::initial().authenticate(name, password, peer).map(|_| ())
    }

    #[test]
    fn guest_is_let_in_from_loopback_only() {
        let guest = |address, indirect| log_in(Some("guest"), Some("guest"), address, indirect);
        assert_eq!(guest("127.0.0.1:1", false), Ok(()));
        assert_eq!(guest("[::1]:1", false), Ok(()));
        assert_eq!(guest("[::ffff:127.0.0.1]:1", false), Ok(()));
        assert_eq!(guest("127.0.0.1:1", true), Err(Refusal::NotLoopback));
        assert_eq!(guest("192.0.2.1:1", false), Err(Refusal::NotLoopback));
    }

    #[test]
    fn wrong_and_missing_credentials_are_refused() {
        assert_eq!(log_in(Some("guest"), Some("Guest"), "127.0.0.1:1", false), Err(Refusal::Wrong));
        assert_eq!(log_in(Some("root"), Some("guest"), "127.0.0.1:1", false), Err(Refusal::Wrong));
        assert_eq!(log_in(Some("guest"), None, "127.0.0.1:1", false), Err(Refusal::Missing));
        assert_eq!(log_in(None, None, "127.0.0.1:1", false), Err(Refusal::Missing));
    }
}
