//! The entrance: whose token is it, and is it good?

use super::claims::TimeRule;
use super::compact::Compact;
use super::invalid::Invalid;
use super::issuer::Issuer;
use super::token::Token;
use crate::client::BadTrust;
use crate::config::Jwt;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use tokio::task::JoinSet;

/// Why an issuer cannot be known: one line that says what to change.
#[derive(Debug, Error)]
pub enum BadIssuer {
    /// A file of his cannot be used.
    #[error("{key} {0}: {reason}", .path.display())]
    File {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// His keys are at no address.
    #[error("auth.jwt.jwks_url: {0:?} is no URL such as https://id.example/jwks.json")]
    Url(String),
    /// The algorithms leave him none.
    #[error("auth.jwt.algorithms: none of these fits the key of {0}: name one that does, or leave it empty")]
    NoAlgorithm(&'static str),
    /// Certificates to trust cannot be read.
    #[error("{0}")]
    Trust(String),
}

impl From<BadTrust> for BadIssuer {
    fn from(error: BadTrust) -> Self {
        BadIssuer::Trust(error.to_string())
    }
}

pub(super) fn bad_file(key: &'static str, path: &Path, reason: String) -> BadIssuer {
    BadIssuer::File { key, path: path.to_owned(), reason }
}

/// Verifies tokens of all issuers that are known.
#[derive(Debug)]
pub struct Verifier {
    issuers: Vec<Issuer>,
    client_id_claim: String,
    leeway: u64,
    require_exp: bool,
}

impl Verifier {
    /// Reads the keys that the settings name; those behind a URL are fetched by `run`.
    pub fn new(settings: &Jwt) -> Result<Self, BadIssuer> {
        let issuers: Result<Vec<_>, _> = settings.all_issuers().iter().map(Issuer::new).collect();
        Ok(Verifier {
            issuers: issuers?,
            client_id_claim: settings.client_id_claim.clone(),
            leeway: settings.leeway,
            require_exp: settings.require_exp,
        })
    }

    /// Whether any token can be good.
    pub fn is_enabled(&self) -> bool {
        !self.issuers.is_empty()
    }

    /// Verifies a token at a moment, in seconds since 1970. It waits only for a key that is not known yet.
    pub async fn verify(&self, token: &str, now: u64) -> Result<Token, Invalid> {
        if !self.is_enabled() {
            return Err(Invalid::Disabled);
        }
        let token = Compact::parse(token)?;
        let issuer = self.issuer_of(&token)?;
        let time = TimeRule { now, leeway: self.leeway, require_exp: self.require_exp };
        issuer.verify(token, time, &self.client_id_claim).await
    }

    /// The one issuer by whose keys this token is judged: nobody can sign for somebody else.
    fn issuer_of(&self, token: &Compact<'_>) -> Result<&Issuer, Invalid> {
        let name = token.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        let is_his = |issuer: &&Issuer| issuer.name.is_empty() || issuer.name == name;
        self.issuers.iter().find(is_his).ok_or(Invalid::Issuer)
    }

    /// Fetches the keys that issuers publish, now and again and again; ends only if there are none.
    pub async fn run(&self) {
        let mut fetching = JoinSet::new();
        for published in self.issuers.iter().filter_map(|issuer| issuer.published.as_ref()) {
            fetching.spawn(Arc::clone(published).run());
        }
        fetching.join_all().await;
    }
}
