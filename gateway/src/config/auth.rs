//! `[auth]`: who is let in beside users with passwords.

use super::{ConfigError, Secret};
use serde::Deserialize;
use std::path::PathBuf;
use url::{Host, Url};

/// Octets that a secret has at least: one that is shorter can be guessed from a single token.
const SECRET: usize = 32;

/// Seconds that clocks may differ by at most.
const LEEWAY: u64 = 5;

/// Algorithms there are.
const ALGORITHMS: [&str; 12] =
    ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Settings of log-in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// The user of an empty data directory; `guest` may log in from this machine alone.
    pub default_user: String,
    /// Its password.
    pub default_password: Secret,
    /// The cookie that may hold a token; empty: none.
    pub cookie: String,
    /// Tokens.
    pub jwt: Jwt,
}

/// Settings of tokens. `wharf.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Jwt {
    pub secret: Secret,
    pub public_key_file: PathBuf,
    pub jwks_url: String,
    pub jwks_over_http: bool,
    pub ca_file: PathBuf,
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<String>,
    pub scope_prefix: String,
    pub client_id_claim: String,
    pub require_exp: bool,
    pub leeway: u64,
    pub issuers: Vec<Issuer>,
}

/// One who makes tokens, and how they are known. What is left out of a table in `issuers` is empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Issuer {
    pub secret: Secret,
    pub public_key_file: PathBuf,
    pub jwks_url: String,
    pub jwks_over_http: bool,
    pub ca_file: PathBuf,
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<String>,
    pub scope_prefix: String,
}

impl Auth {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.default_user.is_empty() || self.default_password.is_empty() {
            let reason =
                "auth.default_user and auth.default_password must not be empty: an empty data directory needs a user";
            return Err(ConfigError::Invalid(reason.into()));
        }
        self.jwt.check().map_err(ConfigError::Invalid)
    }
}

impl Jwt {
    /// All issuers: that of the plain keys, if it has any, and those of the list.
    pub fn all_issuers(&self) -> Vec<Issuer> {
        let first = self.first();
        let first = first.has_keys().then_some(first);
        first.into_iter().chain(self.issuers.iter().cloned()).collect()
    }

    /// The issuer of the plain keys.
    pub fn first(&self) -> Issuer {
        Issuer {
            secret: self.secret.clone(),
            public_key_file: self.public_key_file.clone(),
            jwks_url: self.jwks_url.clone(),
            jwks_over_http: self.jwks_over_http,
            ca_file: self.ca_file.clone(),
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            algorithms: self.algorithms.clone(),
            scope_prefix: self.scope_prefix.clone(),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.leeway > LEEWAY {
            return Err(format!("auth.jwt.leeway: {} s are too many: at most {LEEWAY}", self.leeway));
        }
        if self.client_id_claim.is_empty() {
            return Err("auth.jwt.client_id_claim: name a claim such as \"client_id\" or \"azp\"".to_owned());
        }
        let first = self.first();
        if !first.has_keys() && first != Issuer::default() {
            return Err(
                "auth.jwt: there is no key to verify tokens with: set auth.jwt.secret, auth.jwt.public_key_file or \
                        auth.jwt.jwks_url"
                    .to_owned(),
            );
        }
        first.check("auth.jwt")?;
        for (index, issuer) in self.issuers.iter().enumerate() {
            let place = format!("auth.jwt.issuers[{index}]");
            if !issuer.has_keys() {
                return Err(format!("{place}: set secret, public_key_file or jwks_url: there is no key"));
            }
            issuer.check(&place)?;
        }
        self.check_names()
    }

    /// By whose keys a token is judged must be beyond doubt.
    fn check_names(&self) -> Result<(), String> {
        let all = self.all_issuers();
        let mut names: Vec<_> = all.iter().map(|issuer| issuer.issuer.as_str()).collect();
        names.sort_unstable();
        if names.len() > 1 && names.contains(&"") {
            return Err("auth.jwt.issuers: of several issuers each needs its issuer, the plain one as auth.jwt.issuer"
                .to_owned());
        }
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("auth.jwt.issuers: {:?} is there twice: give each issuer one entry", pair[0])),
            None => Ok(()),
        }
    }
}

impl Issuer {
    fn has_keys(&self) -> bool {
        !self.secret.is_empty() || !self.public_key_file.as_os_str().is_empty() || !self.jwks_url.is_empty()
    }

    fn check(&self, place: &str) -> Result<(), String> {
        let length = self.secret.reveal().len();
        if !self.secret.is_empty() && length < SECRET {
            return Err(format!(
                "{place}.secret: {length} octets can be guessed: set at least {SECRET}, such as those of `openssl rand -hex 32`"
            ));
        }
        if !self.jwks_url.is_empty() {
            self.check_url().map_err(|reason| format!("{place}.jwks_url: {reason}"))?;
        }
        match self.algorithms.iter().find(|name| !ALGORITHMS.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(format!("{place}.algorithms: {name:?} is none: there are {}", ALGORITHMS.join(", "))),
        }
    }

    fn check_url(&self) -> Result<(), String> {
        let url = Url::parse(&self.jwks_url)
            .map_err(|error| format!("{:?} is no URL such as https://id.example/jwks.json: {error}", self.jwks_url))?;
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.jwks_over_http || is_loopback(&url) => Ok(()),
            "http" => {
                Err("who is on the way could put keys of their own into it: use https, or set jwks_over_http"
                    .to_owned())
            }
            scheme => Err(format!("{scheme}: cannot be fetched: use https")),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
