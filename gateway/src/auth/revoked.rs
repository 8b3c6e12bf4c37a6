//! Tokens that do not count any more, though they have not ended.

use super::Identity;
use serde::{Deserialize, Serialize};

/// What is revoked: one token by its `jti`, or all of a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revoked {
    /// The token of this name.
    Token(String),
    /// The tokens of this user.
    User(String),
}

/// Something revoked, and until when: a token that has ended needs no revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// What.
    #[serde(flatten)]
    pub what: Revoked,
    /// In seconds since 1970; `None`: until it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

impl Revocation {
    /// Whether it is about what somebody showed, at a moment in seconds since 1970. Users with passwords are deleted instead.
    pub fn covers(&self, identity: &Identity, now: u64) -> bool {
        let is_meant = match &self.what {
            Revoked::Token(id) => identity.token_id() == Some(id),
            Revoked::User(user) => identity.token.is_some() && *identity.user == **user,
        };
        is_meant && self.until.is_none_or(|until| now < until)
    }
}
