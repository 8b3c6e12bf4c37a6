//! Why a request is not believed.

use axum::http::HeaderMap;
use thiserror::Error;

/// Why a request is not believed. For our own eyes: whoever sent it is not told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unverified {
    /// A header is not there, or not as text.
    #[error("the header {0} is missing")]
    Missing(String),
    /// A header cannot be read.
    #[error("the header {0} cannot be read")]
    Unreadable(String),
    /// Nothing that was given fits.
    #[error("the signature does not fit: the secret is another one, or the body was changed on its way")]
    Wrong,
    /// It was signed too long ago.
    #[error("it was signed {0} seconds ago: the clocks differ, or it was sent again by somebody who saw it")]
    TooOld(u64),
    /// It is signed for a time that is yet to come.
    #[error("it is signed for {0} seconds from now: the clocks differ")]
    TooNew(u64),
}

/// The text of a header that has to be there.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Unverified> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.ok_or_else(|| Unverified::Missing(name.to_owned()))
}
