//! Why users cannot be changed.

use crate::auth::BadPassword;
use crate::error::Refusal;
use axum::http::StatusCode;
use thiserror::Error;

/// Why a user or a permission cannot be changed as asked.
#[derive(Debug, Error)]
pub(crate) enum AccountError {
    /// There is no such user.
    #[error("there is no user {0:?}")]
    NoUser(String),
    /// There is no such vhost.
    #[error("there is no vhost {0:?}")]
    NoVhost(String),
    /// It cannot be called that.
    #[error("a user's name has 1 to {limit} octets and no control characters")]
    BadName {
        /// Octets.
        limit: usize,
    },
    /// The password is none.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// The engine does not keep it.
    #[error(transparent)]
    Engine(#[from] broker::Error),
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        let reason = error.to_string();
        match error {
            AccountError::NoUser(_) | AccountError::NoVhost(_) => Refusal::not_found(reason),
            AccountError::Password(BadPassword::Failed) => {
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", reason)
            }
            AccountError::BadName { .. } | AccountError::Password(_) => Refusal::bad_request(reason),
            AccountError::Engine(error) => error.into(),
        }
    }
}
