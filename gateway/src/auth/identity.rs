//! Who somebody has proved to be.

use super::jwt::Token;
use super::{PasswordHash, Tags};
use std::sync::Arc;

/// Who somebody has proved to be.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
    /// What the user may do beside messaging.
    pub tags: Tags,
    /// The token that proved it, and says what is allowed; `None`: it was a password, and permissions say it.
    pub token: Option<Arc<Token>>,
    /// What was kept of the password that proved it, by which it is noticed when the user has another.
    pub password: Option<PasswordHash>,
}

impl Identity {
    /// Who showed this token.
    pub(super) fn of_token(token: Token) -> Self {
        let tags = Tags::new(token.tags.iter().map(String::as_str));
        Identity { user: Arc::clone(&token.subject), tags, token: Some(Arc::new(token)), password: None }
    }

    /// Until when it holds, in seconds since 1970.
    pub fn expires(&self) -> Option<u64> {
        self.token.as_ref()?.expires
    }

    /// The name of its token.
    pub fn token_id(&self) -> Option<&str> {
        self.token.as_ref()?.id.as_deref()
    }
}
