//! Passwords that were right lately: looking at one costs too much to do it for each request.

use super::PasswordHash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq;

/// Users to remember.
const USERS: usize = 100_000;

/// What is remembered of a user: a digest under a key that this process made up, and nothing that could be tried elsewhere.
type Digest = [u8; 32];

/// The last right password of each user.
#[derive(Debug)]
pub(super) struct Verified {
    key: [u8; 32],
    digests: RwLock<HashMap<Arc<str>, Digest>>,
}

impl Default for Verified {
    fn default() -> Self {
        Verified { key: rand::random(), digests: RwLock::default() }
    }
}

impl Verified {
    /// Whether this password was right for this hash. `false`: it has to be looked at.
    pub(super) fn knows(&self, user: &str, hash: &PasswordHash, password: &str) -> bool {
        let digests = self.digests.read().unwrap_or_else(PoisonError::into_inner);
        digests.get(user).is_some_and(|known| known.ct_eq(&self.digest(hash, password)).into())
    }

    /// It was right.
    pub(super) fn remember(&self, user: &Arc<str>, hash: &PasswordHash, password: &str) {
        let digest = self.digest(hash, password);
        let mut digests = self.digests.write().unwrap_or_else(PoisonError::into_inner);
        if digests.len() >= USERS {
            digests.clear(); // each is looked at once more
        }
        digests.insert(Arc::clone(user), digest);
    }

    /// The hash is a part of it, so a changed password is forgotten without anybody telling.
    fn digest(&self, hash: &PasswordHash, password: &str) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key may have any length");
        mac.update(hash.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_right_is_known_and_only_for_that_hash() {
        let (hash, other) = (PasswordHash::of("a").unwrap(), PasswordHash::of("a").unwrap());
        let verified = Verified::default();
        assert!(!verified.knows("alice", &hash, "a"));
        verified.remember(&"alice".into(), &hash, "a");
        assert!(verified.knows("alice", &hash, "a"));
        assert!(!verified.knows("alice", &hash, "b") && !verified.knows("bob", &hash, "a"));
        assert!(!verified.knows("alice", &other, "a"), "the password was set anew");
    }
}
