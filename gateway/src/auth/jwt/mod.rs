//! Tokens: JSON Web Tokens (RFC 7519) that an issuer has signed (RFC 7515).
//!
//! ```text
//!   HEADER.CLAIMS.SIGNATURE      compact: three parts and their limits
//!     |      |        |
//!     |      | iss  --|------->  issuer: the keys and rules of who signed it
//!     | kid  |        |          key, jwks: the key decides which algorithms it takes
//!     | alg           '------->  verified by that key
//!     |      '---------------->  claims: time and audience; then token, scope, pattern: who it is, and what is allowed
//! ```
//! What a token says of how to verify it is a question and never an answer: its `alg` has to be one that the key takes, its `kid` is looked up
//! among the keys that we have, and addresses or keys within it (`jku`, `x5u`, `jwk`) are not looked at.

mod claims;
mod compact;
mod invalid;
mod issuer;
mod jwks;
mod key;
mod mint;
mod object;
mod pattern;
mod scope;
mod scopes;
mod token;
mod verifier;

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use compact::{TOKEN, is_token};
pub use invalid::Invalid;
pub use key::BadKey;
pub use mint::{Grant, MintError, mint};
pub use scope::Scope;
pub use scopes::Scopes;
pub use token::Token;
pub use verifier::{BadIssuer, Verifier};
