//! One who makes tokens: the keys that are known of him, and what he has to say in a token.

use super::claims::{TimeRule, check_audience};
use super::compact::Compact;
use super::invalid::Invalid;
use super::jwks::Jwks;
use super::key::Key;
use super::token::Token;
use super::verifier::{BadIssuer, bad_file};
use crate::config;
use jsonwebtoken::Algorithm;
use std::fs;
use std::sync::Arc;

/// An issuer that is known here.
#[derive(Debug)]
pub(super) struct Issuer {
    /// His name in tokens; an empty one takes any.
    pub(super) name: String,
    audience: String,
    scope_prefix: String,
    /// Those of the configuration.
    keys: Vec<Key>,
    /// Those that he publishes.
    pub(super) published: Option<Arc<Jwks>>,
}

impl Issuer {
    /// Reads his keys, all but those that he publishes.
    pub(super) fn new(settings: &config::Issuer) -> Result<Self, BadIssuer> {
        let allowed: Vec<Algorithm> = settings.algorithms.iter().filter_map(|name| name.parse().ok()).collect();
        let mut keys = Vec::new();
        if !settings.secret.is_empty() {
            keys.push(narrowed(Key::from_secret(settings.secret.reveal()), &allowed, "auth.jwt.secret")?);
        }
        if !settings.public_key_file.as_os_str().is_empty() {
            let bad = |reason: String| bad_file("auth.jwt.public_key_file", &settings.public_key_file, reason);
            let text = fs::read_to_string(&settings.public_key_file)
                .map_err(|error| bad(format!("cannot be read: {error}")))?;
            let key = Key::from_pem(&text).map_err(|reason| bad(reason.to_string()))?;
            keys.push(narrowed(key, &allowed, "auth.jwt.public_key_file")?);
        }
        let published = match settings.jwks_url.as_str() {
            "" => None,
            url => Some(Arc::new(Jwks::new(url, &settings.ca_file, allowed)?)),
        };
        if published.is_some() && (settings.issuer.is_empty() || settings.audience.is_empty()) {
            tracing::warn!(
                url = settings.jwks_url,
                "tokens that this issuer made for other services are good here: set auth.jwt.issuer and auth.jwt.audience"
            );
        }
        Ok(Issuer {
            name: settings.issuer.clone(),
            audience: settings.audience.clone(),
            scope_prefix: settings.scope_prefix.clone(),
            keys,
            published,
        })
    }

    /// Checks everything of a token that is said to be his. Nothing of it counts before its signature does.
    pub(super) async fn verify(
        &self,
        token: Compact<'_>,
        time: TimeRule,
        client_id_claim: &str,
    ) -> Result<Token, Invalid> {
        self.check_signature(&token).await?;
        let expires = time.check(&token.claims)?;
        check_audience(&token.claims, &self.audience)?;
        Token::new(token.claims, expires, client_id_claim, &self.scope_prefix)
    }

    async fn check_signature(&self, token: &Compact<'_>) -> Result<(), Invalid> {
        let is_signed_by = |key: &Key| key.has_signed(token.message, token.signature, token.algorithm);
        if self.keys.iter().any(is_signed_by) {
            return Ok(());
        }
        let is_taken = self.keys.iter().any(|key| key.takes(token.algorithm));
        let wrong = match (&self.published, is_taken) {
            (Some(published), _) => {
                let set = published.holding(token.key_id.as_deref(), token.algorithm).await;
                match set.find(token.key_id.as_deref(), token.algorithm) {
                    Ok(key) if is_signed_by(key) => return Ok(()),
                    Ok(_) => Invalid::Signature,
                    Err(reason) => reason,
                }
            }
            (None, true) => Invalid::Signature,
            (None, false) => Invalid::Algorithm(format!("{:?}", token.algorithm)),
        };
        Err(wrong)
    }
}

fn narrowed(key: Key, allowed: &[Algorithm], setting: &'static str) -> Result<Key, BadIssuer> {
    key.narrowed(allowed).ok_or(BadIssuer::NoAlgorithm(setting))
}
