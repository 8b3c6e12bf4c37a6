//! Passwords, which nobody keeps: what is kept is enough to recognise one, and too little to find it.

use argon2::password_hash::phc::PasswordHash as Parsed;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// Octets of a password.
const LIMIT: usize = 1024;

/// What a hash that was made elsewhere may cost: memory, passes over it, and lanes.
const KIBIBYTES: u32 = 128 * 1024;
const PASSES: u32 = 8;
const LANES: u32 = 4;

/// What is kept of a password: Argon2id with its parameters and salt, as a PHC string. Shared, since each log-in has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PasswordHash(Arc<str>);

/// Why a password or a hash cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPassword {
    /// Anybody could guess that one.
    #[error("a password must not be empty: leave it out for a user that logs in with tokens only")]
    Empty,
    /// It costs too much to look at.
    #[error("a password may have {LIMIT} octets")]
    TooLong,
    /// It is of another kind.
    #[error(
        "password_hash must be a PHC string of Argon2id ($argon2id$...) of at most 128 MiB, 8 passes and 4 lanes: give the password itself instead"
    )]
    Foreign,
    /// The system gives no random numbers.
    #[error("the password could not be hashed")]
    Failed,
}

impl PasswordHash {
    /// Hashes a password with a salt of its own. Takes a few hundredths of a second of processor time, by intention.
    pub fn of(password: &str) -> Result<Self, BadPassword> {
        match password.len() {
            0 => Err(BadPassword::Empty),
            length if length > LIMIT => Err(BadPassword::TooLong),
            _ => {
                let hashed = Argon2::default().hash_password(password.as_bytes());
                hashed.map(|hash| PasswordHash::from(hash.to_string())).map_err(|_| BadPassword::Failed)
            }
        }
    }

    /// A hash that was made elsewhere.
    pub fn parse(text: &str) -> Result<Self, BadPassword> {
        let is_ours =
            Parsed::new(text).is_ok_and(|parsed| parsed.algorithm.as_str() == "argon2id" && is_affordable(&parsed));
        if is_ours && text.len() <= LIMIT { Ok(PasswordHash(text.into())) } else { Err(BadPassword::Foreign) }
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is that of this password. Takes as long as hashing it.
    pub(super) fn verify(&self, password: &str) -> bool {
        let parsed = Parsed::new(&self.0);
        password.len() <= LIMIT
            && parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    }

    /// The hash of nobody's password: who asks for a user that is not there waits as long as for another.
    pub(super) fn of_nobody() -> &'static PasswordHash {
        static NOBODY: LazyLock<PasswordHash> =
            LazyLock::new(|| PasswordHash::of("nobody").unwrap_or_else(|_| PasswordHash("".into())));
        &NOBODY
    }
}

impl From<String> for PasswordHash {
    fn from(text: String) -> Self {
        PasswordHash(text.into())
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0.as_ref().to_owned()
    }
}

/// Whether looking at a password with it costs no more than a log-in may: others wait behind it.
fn is_affordable(parsed: &Parsed) -> bool {
    argon2::Params::try_from(parsed)
        .is_ok_and(|costs| costs.m_cost() <= KIBIBYTES && costs.t_cost() <= PASSES && costs.p_cost() <= LANES)
}

/// Not shown: whoever has it can try passwords.
impl Debug for PasswordHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_cannot_be_read() {
        let hash = PasswordHash::of("correct horse").unwrap();
        assert!(hash.verify("correct horse") && !hash.verify("correct horsf") && !hash.verify(""));
        assert_ne!(hash, PasswordHash::of("correct horse").unwrap(), "each has a salt of its own");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{hash:?}"), "PasswordHash");
        assert_eq!(PasswordHash::parse(hash.as_str()).as_ref(), Ok(&hash));
    }

    #[test]
    fn what_is_no_password_is_refused() {
        assert_eq!(PasswordHash::of(""), Err(BadPassword::Empty));
        assert_eq!(PasswordHash::of(&"a".repeat(LIMIT + 1)), Err(BadPassword::TooLong));
        assert_eq!(PasswordHash::parse("hush"), Err(BadPassword::Foreign));
        let costly = PasswordHash::of("a").unwrap().as_str().replace("t=2", "t=400000");
        assert_eq!(PasswordHash::parse(&costly), Err(BadPassword::Foreign));
    }
}
