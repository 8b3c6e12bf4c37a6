//! What somebody shows to prove who it is.

use super::Identity;
use super::basic::{basic_credentials, bearer_token};
use axum::http::HeaderMap;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// A proof of identity.
#[derive(Clone)]
pub enum Credentials {
    /// A name and a password, which may be a token.
    Password {
        /// The user.
        name: String,
        /// Its password; or a token, which has its own name in it.
        password: String,
    },
    /// A token alone.
    Token(String),
    /// It was proved before, where a ticket was given out.
    Proved(Arc<Identity>),
}

impl Credentials {
    /// Those of the `Authorization` header; `None`: it has none, or they cannot be read.
    pub fn of_request(headers: &HeaderMap) -> Option<Self> {
        if let Some(token) = bearer_token(headers) {
            return Some(Credentials::Token(token.to_owned()));
        }
        basic_credentials(headers).map(|(name, password)| Credentials::Password { name, password })
    }

    /// For whom they are, as far as that can be told without looking at them.
    pub fn user(&self) -> Option<&str> {
        match self {
            Credentials::Password { name, .. } => Some(name),
            Credentials::Token(_) => None,
            Credentials::Proved(identity) => Some(&identity.user),
        }
    }
}

/// Without secrets: this may get into a log.
impl Debug for Credentials {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::Password { name, .. } => write!(f, "password of {name:?}"),
            Credentials::Token(_) => f.write_str("token"),
            Credentials::Proved(identity) => write!(f, "ticket of {:?}", identity.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?}", Credentials::Password { name: "alice".into(), password: "hush".into() });
        assert_eq!(shown, "password of \"alice\"");
        assert_eq!(format!("{:?}", Credentials::Token("hush".into())), "token");
    }
}
