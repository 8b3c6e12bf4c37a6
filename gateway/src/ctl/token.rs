//! `wharf token`: a token for development, signed with the configured secret.

use super::error::CtlError;
use super::output::say;
use crate::auth::jwt::{Grant, MintError, mint};
use crate::config::{Config, Issuer, Overrides};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What the token says.
#[derive(Debug, Args)]
pub struct Token {
    /// The user's name.
    #[arg(long, value_name = "NAME")]
    sub: String,
    /// What is allowed, such as "read:%2F/orders* write:%2F/amq.topic/eu.* tag:monitoring".
    #[arg(long, value_name = "SCOPES", default_value = "", hide_default_value = true)]
    scope: String,
    /// For how long, such as 90s, 1h or 7d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    ttl: Duration,
    /// Another claim, for scopes with variables. May be repeated.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    claims: Vec<(String, String)>,
    /// The server's TOML file, which has the secret.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Token {
    /// Makes it, and says it on standard output.
    pub fn run(self) -> Result<(), CtlError> {
        let config = Config::load(self.config.as_deref(), &Overrides::default());
        let config = config.map_err(|error| CtlError::Usage(error.to_string()))?;
        let issuers = config.auth.jwt.all_issuers();
        let issuer = issuers.iter().find(|issuer| !issuer.secret.is_empty());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let grant = Grant {
            subject: self.sub,
            scope: self.scope,
            claims: self.claims.into_iter().collect(),
            issued: now.as_secs(),
            lifetime: self.ttl.as_secs(),
        };
        let token = mint(issuer.unwrap_or(&Issuer::default()), &grant).map_err(|error| match error {
            MintError::Signing(_) => CtlError::Failed(error.to_string()),
            _ => CtlError::Usage(error.to_string()),
        })?;
        say(&token);
        Ok(())
    }
}

fn claim(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    parts.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "write NAME=VALUE".to_owned())
}
