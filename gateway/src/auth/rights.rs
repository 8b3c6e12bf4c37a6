//! What somebody may do in one vhost.

use super::jwt::Token;
use super::pattern::Variables;
use super::permission::CompiledGrant;
use super::{Granted, Operation};
use std::sync::Arc;

/// What somebody may do in one vhost.
#[derive(Debug)]
pub(super) enum Rights {
    /// Nothing: it may not even enter.
    Nothing,
    /// Everything, so that nothing has to be asked.
    Everything,
    /// What permissions say.
    Granted(CompiledGrant),
    /// What the scopes of a token say.
    Token {
        /// Which.
        token: Arc<Token>,
        /// Where.
        vhost: Arc<str>,
    },
}

/// What the patterns of a user with a password may speak of.
struct OfUser<'a> {
    user: &'a str,
    vhost: &'a str,
}

impl Variables for OfUser<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "sub" | "username" => Some(self.user),
            "vhost" => Some(self.vhost),
            _ => None,
        }
    }
}

impl Rights {
    /// Those of a user.
    pub(super) fn granted(granted: Option<&Granted>, user: &str, vhost: &str) -> Self {
        match granted.and_then(|granted| granted.compile(&OfUser { user, vhost })) {
            None => Rights::Nothing,
            Some(grant) if grant.is_everything() => Rights::Everything,
            Some(grant) => Rights::Granted(grant),
        }
    }

    /// Those of a token.
    pub(super) fn of_token(token: &Arc<Token>, vhost: &Arc<str>) -> Self {
        match token.scopes.reaches(vhost) {
            false => Rights::Nothing,
            true => Rights::Token { token: Arc::clone(token), vhost: Arc::clone(vhost) },
        }
    }

    pub(super) fn may_enter(&self) -> bool {
        !matches!(self, Rights::Nothing)
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Rights::Everything)
    }

    pub(super) fn allows(&self, operation: Operation, name: &str) -> bool {
        match self {
            Rights::Nothing => false,
            Rights::Everything => true,
            Rights::Granted(grant) => grant.allows(operation, name),
            Rights::Token { token, vhost } => token.scopes.allows(operation, vhost, name),
        }
    }

    /// Whether a routing key of a topic exchange may be used; the exchange itself is another question.
    pub(super) fn allows_key(&self, operation: Operation, exchange: &str, key: &str) -> bool {
        match self {
            Rights::Nothing => false,
            Rights::Everything => true,
            Rights::Granted(grant) => grant.allows_key(operation, exchange, key),
            Rights::Token { token, vhost } => token.scopes.allows_key(operation, vhost, exchange, key),
        }
    }
}
