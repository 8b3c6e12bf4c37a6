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

/// The last right password of each user, and the hash that it was right for: a changed password is forgotten without anybody telling.
#[derive(Debug)]
pub(super) struct Verified {
    /// With its key taken in: what is left to do is done for each request.
    keyed: Hmac<Sha256>,
    digests: RwLock<HashMap<Arc<str>, (PasswordHash, Digest)>>,
}

impl Default for Verified {
    fn default() -> Self {
        let keyed = Hmac::new_from_slice(&rand::random::<[u8; 32]>()).expect("a key may have any length");
        Verified { keyed, digests: RwLock::default() }
    }
}

impl Verified {
    /// Whether this password was right for this hash. `false`: it has to be looked at.
    pub(super) fn knows(&self, user: &str, hash: &PasswordHash, password: &str) -> bool {
        let digests = self.digests.read().unwrap_or_else(PoisonError::into_inner);
        let known = digests.get(user).filter(|(known, _)| known == hash);
        known.is_some_and(|(_, digest)| digest.ct_eq(&self.digest(password)).into())
    }

    /// It was right.
    pub(super) fn remember(&self, user: &Arc<str>, hash: &PasswordHash, password: &str) {
        let known = (hash.clone(), self.digest(password));
        let mut digests = self.digests.write().unwrap_or_else(PoisonError::into_inner);
        if digests.len() >= USERS {
            digests.clear(); // each is looked at once more
        }
        digests.insert(Arc::clone(user), known);
    }

    fn digest(&self, password: &str) -> Digest {
        let mut mac = self.keyed.clone();
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
