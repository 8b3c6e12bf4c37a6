//! Why a token is refused.

use thiserror::Error;

/// What is wrong with a token, for the person who sent it. It repeats nothing of a token that could be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// There is no issuer.
    #[error("this server takes no tokens: set auth.jwt.secret, auth.jwt.public_key_file or auth.jwt.jwks_url")]
    Disabled,
    /// It is too large.
    #[error("a token has at most {0} octets")]
    TooLarge(usize),
    /// It cannot be read.
    #[error("this is no token: {0}")]
    Malformed(&'static str),
    /// It is not signed, or by an algorithm that no key of its issuer takes.
    #[error("no key of the token's issuer takes the algorithm {0:?}")]
    Algorithm(String),
    /// It asks for something that is not known here.
    #[error("the token has critical extensions (crit), and none is known here")]
    Critical,
    /// It is from somebody else.
    #[error("the token's issuer (iss) is none that is known here")]
    Issuer,
    /// It is for somebody else.
    #[error("the token is for another service: its audience (aud) has to contain {0:?}")]
    Audience(String),
    /// Its key is not known.
    #[error("the token's key (kid) is none of those that its issuer publishes")]
    UnknownKey,
    /// Several keys fit.
    #[error("the token does not name its key (kid), and its issuer has several")]
    NoKeyId,
    /// No keys are there.
    #[error("the keys of the token's issuer cannot be fetched at the moment: try again later")]
    NoKeys,
    /// Somebody else has signed it, or it was changed.
    #[error("the token's signature is wrong")]
    Signature,
    /// It never ends.
    #[error("the token has no time of expiry (exp)")]
    NoExpiry,
    /// It has ended.
    #[error("the token has expired {0} s ago")]
    Expired(u64),
    /// It has not begun.
    #[error("the token is not valid yet, but in {0} s (nbf)")]
    NotYetValid(u64),
    /// A claim is of another type.
    #[error("the token's claim {0:?} is not {1}")]
    BadClaim(String, &'static str),
    /// Nobody is named.
    #[error("the token names nobody: it has neither `sub` nor {0:?}")]
    NoSubject(String),
    /// It has too many scopes.
    #[error("a token has at most {0} scopes")]
    TooManyScopes(usize),
}
