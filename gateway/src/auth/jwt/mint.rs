//! Making a token with the configured secret, for development: in production an issuer does.

use super::scope::Word;
use super::scopes::CLAIM;
use crate::config::Issuer;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use thiserror::Error;
use ulid::Ulid;

/// What is granted, to whom, and for how long.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// The user's name.
    pub subject: String,
    /// Scopes with spaces between them, without the prefix or with it.
    pub scope: String,
    /// More claims, which are texts.
    pub claims: BTreeMap<String, String>,
    /// From when on, in seconds since 1970.
    pub issued: u64,
    /// For how many seconds.
    pub lifetime: u64,
}

/// Why no token was made.
#[derive(Debug, Error)]
pub enum MintError {
    /// There is nothing to sign with.
    #[error(
        "there is no secret to sign with: set auth.jwt.secret, as by WHARF_AUTH__JWT__SECRET=$(openssl rand -hex 32); tokens for \
         public_key_file and jwks_url come from their issuer"
    )]
    NoSecret,
    /// The secret takes no algorithm that is allowed.
    #[error("auth.jwt.algorithms allows none that a secret can sign by: add HS256, or leave it empty")]
    NoAlgorithm,
    /// A scope would allow nothing.
    #[error(
        "{0:?} is no scope: there are read:VHOST/NAME, write:VHOST/NAME/ROUTING-KEY, configure:VHOST/NAME and tag:TAG, \
         percent-encoded, as read:%2F/orders*"
    )]
    Scope(String),
    /// The library refuses.
    #[error("the token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// A token that this issuer's settings take.
pub fn mint(issuer: &Issuer, grant: &Grant) -> Result<String, MintError> {
    if issuer.secret.is_empty() {
        return Err(MintError::NoSecret);
    }
    let key = EncodingKey::from_secret(issuer.secret.reveal().as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm(issuer)?), &claims(issuer, grant)?, &key).map_err(MintError::Signing)
}

fn algorithm(issuer: &Issuer) -> Result<Algorithm, MintError> {
    let is_allowed = |algorithm: &Algorithm| {
        issuer.algorithms.is_empty() || issuer.algorithms.iter().any(|name| *name == format!("{algorithm:?}"))
    };
    let all = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    all.into_iter().find(is_allowed).ok_or(MintError::NoAlgorithm)
}

fn claims(issuer: &Issuer, grant: &Grant) -> Result<Map<String, Value>, MintError> {
    let scopes: Result<Vec<_>, _> =
        grant.scope.split_whitespace().map(|word| prefixed(word, &issuer.scope_prefix)).collect();
    let mut claims: Map<_, _> = grant.claims.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("sub", json!(grant.subject));
    set(CLAIM, json!(scopes?.join(" ")));
    set("jti", json!(Ulid::from_parts(grant.issued.saturating_mul(1_000), rand::random()).to_string()));
    set("iat", json!(grant.issued));
    set("exp", json!(grant.issued.saturating_add(grant.lifetime)));
    if !issuer.issuer.is_empty() {
        set("iss", json!(issuer.issuer));
    }
    if !issuer.audience.is_empty() {
        set("aud", json!(issuer.audience));
    }
    Ok(claims)
}

/// A scope with the prefix that the server looks for.
fn prefixed(word: &str, prefix: &str) -> Result<String, MintError> {
    let bare = word.strip_prefix(prefix).unwrap_or(word);
    match Word::parse(bare, &|_| Some("value".to_owned())) {
        Some(_) => Ok(format!("{prefix}{bare}")),
        None => Err(MintError::Scope(word.to_owned())),
    }
}
