//! A token that has been verified.

use super::claims::text;
use super::invalid::Invalid;
use super::object::Object;
use super::scopes::{CLAIM, Scopes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Before the name of a claim in a variable; without it the claim of that name is meant too, as in RabbitMQ.
const CLAIM_VARIABLE: &str = "claim:";

/// Octets of a user's name.
const SUBJECT: usize = 255;

/// Who somebody is, and what is allowed, as an issuer says.
#[derive(Debug, Clone)]
pub struct Token {
    /// The user's name: `sub`, or else the client's id.
    pub subject: Arc<str>,
    /// Its own name (`jti`), by which it may be revoked.
    pub id: Option<Arc<str>>,
    /// Who signed it (`iss`).
    pub issuer: Option<Arc<str>>,
    /// When it ends, in seconds since 1970.
    pub expires: Option<u64>,
    /// The client that it was given to.
    pub client_id: Option<Arc<str>>,
    /// All claims that are texts, for the variables of patterns.
    pub claims: BTreeMap<String, String>,
    /// What is allowed.
    pub scopes: Scopes,
    /// What the user is beside that, such as `administrator`.
    pub tags: Vec<String>,
}

impl Token {
    /// What claims say that have been verified.
    pub(super) fn new(
        claims: Object,
        expires: Option<u64>,
        client_id_claim: &str,
        scope_prefix: &str,
    ) -> Result<Self, Invalid> {
        let client_id = text(&claims, client_id_claim)?.map(Arc::from);
        let subject = text(&claims, "sub")?.map(Arc::from).or_else(|| client_id.clone());
        let subject: Arc<str> = subject.ok_or_else(|| Invalid::NoSubject(client_id_claim.to_owned()))?;
        if subject.len() > SUBJECT || subject.chars().any(char::is_control) {
            return Err(Invalid::BadClaim("sub".to_owned(), "a name of at most 255 octets without control characters"));
        }
        let variable = |name: &str| match name {
            "sub" => Some(subject.to_string()),
            "client_id" => client_id.as_deref().map(str::to_owned),
            name => text(&claims, name.strip_prefix(CLAIM_VARIABLE).unwrap_or(name)).ok()?.map(str::to_owned),
        };
        let (scopes, tags) = Scopes::parse(claims.get(CLAIM), scope_prefix, &variable)?;
        Ok(Token {
            id: text(&claims, "jti")?.map(Arc::from),
            issuer: text(&claims, "iss")?.map(Arc::from),
            expires,
            scopes,
            tags,
            subject,
            client_id,
            claims: claims.into_texts(),
        })
    }
}
