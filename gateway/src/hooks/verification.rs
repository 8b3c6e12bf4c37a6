//! How a receiver believes a request: what is configured, and the check.

use super::hidden::Hidden;
use super::pointer::Pointer;
use crate::auth::basic_credentials;
use crate::signature::hmac::{Algorithm, Encoding, Scheme, Signed};
use crate::signature::{TOLERANCE, Unverified, VerifyingKey, Window, bearer, github, slack, standard, stripe};
use axum::http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Deserializer, Serialize};
use std::ops::RangeInclusive;

/// Seconds, both ways, that may be configured for the time of a signature.
const TOLERANCES: RangeInclusive<u64> = 1..=86_400;

/// Octets of a secret, and of other texts of a verification.
const TEXT: usize = 1024;

/// Who signs, or how one logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SchemeName {
    Standard,
    Github,
    Stripe,
    Slack,
    Hmac,
    Bearer,
    Basic,
    None,
}

/// The hash of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AlgorithmName {
    Sha256,
    Sha512,
}

/// How an HMAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EncodingName {
    Hex,
    Base64,
}

/// A verification as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerificationText {
    pub(super) scheme: SchemeName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tolerance: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Hidden>,
    /// Absent: it stays as it is. `null`: there is none any more.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    previous_secret: Option<Option<Hidden>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<AlgorithmName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoding: Option<EncodingName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp_header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// Only told: a secret is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_secret: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_previous_secret: Option<bool>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Hidden>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl VerificationText {
    /// Takes over what only was there before, and is not told: secrets of the same scheme.
    pub(super) fn keep_secrets_of(&mut self, before: &VerificationText) {
        if before.scheme == self.scheme {
            self.secret = self.secret.take().or_else(|| before.secret.clone());
            self.previous_secret = self.previous_secret.take().or_else(|| before.previous_secret.clone());
        }
    }

    /// As it is kept: without what is only told.
    pub(super) fn kept(self) -> Self {
        VerificationText { has_secret: None, has_previous_secret: None, ..self }
    }

    /// As anybody may see it.
    pub(super) fn shown(&self) -> Self {
        VerificationText {
            secret: None,
            previous_secret: None,
            has_secret: Some(self.secret.is_some()),
            has_previous_secret: Some(self.previous_secret.iter().flatten().next().is_some()),
            tolerance: Some(self.tolerance.unwrap_or(TOLERANCE)),
            ..self.clone()
        }
    }

    /// The secrets that are believed.
    fn secrets(&self) -> Result<Vec<Hidden>, String> {
        let secrets: Vec<_> = self.secret.iter().chain(self.previous_secret.iter().flatten()).cloned().collect();
        if self.scheme == SchemeName::None {
            return if secrets.is_empty() {
                Ok(secrets)
            } else {
                Err("verification.secret: this scheme has none".into())
            };
        }
        if self.secret.is_none() {
            return Err("verification.secret is needed: without it nobody could be believed".into());
        }
        match secrets.iter().all(|secret| (1..=TEXT).contains(&secret.text().len())) {
            true => Ok(secrets),
            false => Err(format!("verification.secret: a secret has 1 to {TEXT} octets")),
        }
    }

    /// What belongs to one scheme is refused in others, so that nobody relies on it.
    fn check_fields(&self) -> Result<(), String> {
        use SchemeName::{Basic, Hmac};
        let given = [
            ("header", self.header.is_some(), Hmac),
            ("prefix", self.prefix.is_some(), Hmac),
            ("algorithm", self.algorithm.is_some(), Hmac),
            ("encoding", self.encoding.is_some(), Hmac),
            ("signed", self.signed.is_some(), Hmac),
            ("timestamp_header", self.timestamp_header.is_some(), Hmac),
            ("id_header", self.id_header.is_some(), Hmac),
            ("user", self.user.is_some(), Basic),
        ];
        match given.into_iter().find(|(_, is_given, scheme)| *is_given && *scheme != self.scheme) {
            Some((name, ..)) => Err(format!("verification.{name} is for another scheme: leave it out")),
            None => Ok(()),
        }
    }
}

/// What a request is believed by.
#[derive(Debug)]
pub(super) struct Verifier {
    tolerance: u64,
    secrets: Vec<Hidden>,
    method: Method,
}

#[derive(Debug)]
enum Method {
    Standard(Vec<VerifyingKey>),
    Hmac(Box<Scheme>, Option<Source>),
    Stripe(Pointer),
    Bearer,
    Basic(String),
    None,
}

/// Where a service writes what tells its deliveries apart.
#[derive(Debug)]
enum Source {
    Header(String),
    Body(Pointer),
}

/// A request that nobody believes yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unproven<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

impl Verifier {
    /// Reads a verification. An error says what to change.
    pub(super) fn parse(text: &VerificationText) -> Result<Self, String> {
        text.check_fields()?;
        let tolerance = text.tolerance.unwrap_or(TOLERANCE);
        if !TOLERANCES.contains(&tolerance) {
            let (least, most) = TOLERANCES.into_inner();
            return Err(format!("verification.tolerance: {least} to {most} seconds, not {tolerance}"));
        }
        let secrets = text.secrets()?;
        let method = match text.scheme {
            SchemeName::Standard => Method::Standard(read_keys(&secrets)?),
            SchemeName::Github => Method::Hmac(github::scheme().into(), Some(Source::Header(github::DELIVERY.into()))),
            SchemeName::Slack => Method::Hmac(slack::scheme().into(), Some(Source::Body(Pointer::parse("/event_id")?))),
            SchemeName::Stripe => Method::Stripe(Pointer::parse("/id")?),
            SchemeName::Hmac => {
                let scheme = read_scheme(text)?;
                let delivery = scheme.id_header.clone().map(Source::Header);
                Method::Hmac(scheme.into(), delivery)
            }
            SchemeName::Bearer => Method::Bearer,
            SchemeName::Basic => Method::Basic(read_user(text.user.as_deref())?),
            SchemeName::None => Method::None,
        };
        Ok(Verifier { tolerance, secrets, method })
    }

    /// Whether the request is believed; and what tells it from others, if the scheme says.
    pub(super) fn verify(&self, request: Unproven<'_>, now: u64) -> Result<Option<String>, Unverified> {
        let window = Window { now, tolerance: self.tolerance };
        let Unproven { headers, body, .. } = request;
        let secrets = self.secrets();
        match &self.method {
            Method::Standard(keys) => standard::verify(keys, headers, body, window).map(|id| Some(id.to_owned())),
            Method::Hmac(scheme, delivery) => {
                scheme.verify(&secrets, headers, body, window)?;
                Ok(delivery.as_ref().and_then(|source| source.read(headers, body)))
            }
            Method::Stripe(id) => stripe::verify(&secrets, headers, body, window).map(|()| id.find(body)),
            Method::Bearer => bearer::verify(&secrets, token(request)?.as_bytes()).map(|()| None),
            Method::Basic(wanted) => {
                let missing = || Unverified::Missing(header::AUTHORIZATION.to_string());
                let (user, password) = basic_credentials(headers).ok_or_else(missing)?;
                bearer::verify(&[wanted.as_bytes()], user.as_bytes())?;
                bearer::verify(&secrets, password.as_bytes()).map(|()| None)
            }
            Method::None => Ok(None),
        }
    }

    /// Whether a text is one of the secrets.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        bearer::verify(&self.secrets(), text.as_bytes()).is_ok()
    }

    /// Whether the service asks whether we are there by WebSub's challenge, which names the secret: those that sign as GitHub does, and what is
    /// configured by hand.
    pub(super) fn answers_challenges(&self) -> bool {
        matches!(&self.method, Method::Hmac(scheme, _) if !is_slack(scheme))
    }

    /// Whether the service sends a body that asks for its own text.
    pub(super) fn echoes(&self) -> bool {
        matches!(&self.method, Method::Hmac(scheme, _) if is_slack(scheme))
    }

    fn secrets(&self) -> Vec<&[u8]> {
        self.secrets.iter().map(|secret| secret.text().as_bytes()).collect()
    }
}

fn is_slack(scheme: &Scheme) -> bool {
    *scheme == slack::scheme()
}

impl Source {
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        match self {
            Source::Header(name) => headers.get(name)?.to_str().ok().map(str::to_owned),
            Source::Body(pointer) => pointer.find(body),
        }
    }
}

fn read_keys(secrets: &[Hidden]) -> Result<Vec<VerifyingKey>, String> {
    let keys = secrets.iter().map(|secret| VerifyingKey::parse(secret.text()));
    keys.collect::<Result<_, _>>().map_err(|error| format!("verification.secret: {error}"))
}

fn read_scheme(text: &VerificationText) -> Result<Scheme, String> {
    let header = |name: &str, value: &Option<String>| match value.as_deref().map(str::parse::<HeaderName>) {
        Some(Err(_)) => Err(format!("verification.{name}: this is no name of a header")),
        Some(Ok(header)) => Ok(Some(header.to_string())),
        None => Ok(None),
    };
    let signed = Signed::parse(text.signed.as_deref().unwrap_or("{body}"));
    let signed = signed.map_err(|error| format!("verification.signed: {error}"))?;
    let (timestamp_header, id_header) =
        (header("timestamp_header", &text.timestamp_header)?, header("id_header", &text.id_header)?);
    if signed.has_timestamp() != timestamp_header.is_some() {
        return Err("verification.timestamp_header and {timestamp} in verification.signed need each other: a time that is not signed \
                    proves nothing"
            .into());
    }
    if signed.has_id() && id_header.is_none() {
        return Err("verification.id_header is needed: {id} is signed".into());
    }
    if text.prefix.as_ref().is_some_and(|prefix| prefix.len() > TEXT) {
        return Err(format!("verification.prefix may have {TEXT} octets"));
    }
    Ok(Scheme {
        header: header("header", &text.header)?.ok_or("verification.header is needed: where the signature stands")?,
        prefix: text.prefix.clone().unwrap_or_default(),
        algorithm: match text.algorithm {
            Some(AlgorithmName::Sha512) => Algorithm::Sha512,
            Some(AlgorithmName::Sha256) | None => Algorithm::Sha256,
        },
        encoding: match text.encoding {
            Some(EncodingName::Base64) => Encoding::Base64,
            Some(EncodingName::Hex) | None => Encoding::Hex,
        },
        signed,
        timestamp_header,
        id_header,
    })
}

fn read_user(user: Option<&str>) -> Result<String, String> {
    match user {
        Some(user) if (1..=TEXT).contains(&user.len()) && !user.contains(':') => Ok(user.to_owned()),
        _ => Err(format!("verification.user is needed: 1 to {TEXT} octets without a colon")),
    }
}

/// The token of a request: from its header or, as web hooks for event delivery allow, from its query.
fn token(request: Unproven<'_>) -> Result<String, Unverified> {
    let missing = || Unverified::Missing(header::AUTHORIZATION.to_string());
    let Some(value) = request.headers.get(header::AUTHORIZATION) else {
        return parameter(request.query, ACCESS_TOKEN).ok_or_else(missing);
    };
    let (kind, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if kind.eq_ignore_ascii_case("bearer") { Ok(token.trim().to_owned()) } else { Err(missing()) }
}

/// The parameter of a query that holds a token.
pub(super) const ACCESS_TOKEN: &str = "access_token";

/// A parameter of a query.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let all = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = all.into_iter().find(|(other, _)| *other == name)?.1.replace('+', " ");
    percent_encoding::percent_decode_str(&value).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Verifier, String> {
        Verifier::parse(&serde_json::from_str(text).map_err(|error| error.to_string())?)
    }

    fn verify(text: &str, headers: &[(&'static str, &str)], query: &str) -> Result<Option<String>, Unverified> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        parse(text).unwrap().verify(Unproven { headers: &headers, query, body: b"{}" }, 0)
    }

    #[test]
    fn a_token_may_stand_in_a_header_or_in_the_query() {
        let bearer = r#"{"scheme":"bearer","secret":"to ken","previous_secret":"old"}"#;
        assert_eq!(verify(bearer, &[("authorization", "bearer old")], ""), Ok(None));
        assert_eq!(verify(bearer, &[], "a=b&access_token=to%20ken"), Ok(None));
        assert_eq!(verify(bearer, &[], "access_token=to+ken"), Ok(None));
        assert_eq!(verify(bearer, &[("authorization", "Bearer x")], "access_token=old"), Err(Unverified::Wrong));
        assert!(matches!(verify(bearer, &[("authorization", "Basic b2xk")], ""), Err(Unverified::Missing(_))));
        assert!(matches!(verify(bearer, &[], ""), Err(Unverified::Missing(_))));
    }

    #[test]
    fn a_user_needs_the_password() {
        let basic = r#"{"scheme":"basic","user":"a","secret":"b"}"#;
        assert_eq!(verify(basic, &[("authorization", "Basic YTpi")], ""), Ok(None));
        assert_eq!(verify(basic, &[("authorization", "Basic YjpiCg==")], ""), Err(Unverified::Wrong));
        assert_eq!(verify(basic, &[("authorization", "Basic YTpj")], ""), Err(Unverified::Wrong));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_with_its_name() {
        for (text, name) in [
            (r#"{"scheme":"github"}"#, "verification.secret"),
            (r#"{"scheme":"github","secret":""}"#, "verification.secret"),
            (r#"{"scheme":"none","secret":"x"}"#, "verification.secret"),
            (r#"{"scheme":"standard","secret":"x"}"#, "verification.secret"),
            (r#"{"scheme":"github","secret":"x","header":"y"}"#, "verification.header"),
            (r#"{"scheme":"bearer","secret":"x","user":"y"}"#, "verification.user"),
            (r#"{"scheme":"basic","secret":"x"}"#, "verification.user"),
            (r#"{"scheme":"hmac","secret":"x"}"#, "verification.header"),
            (r#"{"scheme":"hmac","secret":"x","header":"a b"}"#, "verification.header"),
            (r#"{"scheme":"hmac","secret":"x","header":"h","signed":"{id}{body}"}"#, "verification.id_header"),
            (r#"{"scheme":"hmac","secret":"x","header":"h","signed":"{timestamp}{body}"}"#, "timestamp_header"),
            (r#"{"scheme":"hmac","secret":"x","header":"h","timestamp_header":"t"}"#, "timestamp_header"),
            (r#"{"scheme":"hmac","secret":"x","header":"h","signed":"{timestamp}"}"#, "verification.signed"),
            (r#"{"scheme":"github","secret":"x","tolerance":0}"#, "verification.tolerance"),
            (r#"{"scheme":"guthib","secret":"x"}"#, "guthib"),
            (r#"{"scheme":"github","secert":"x"}"#, "secert"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(name), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_stay_unless_they_are_changed_and_are_not_shown() {
        let read = |text: &str| serde_json::from_str::<VerificationText>(text).unwrap();
        let before = read(r#"{"scheme":"github","secret":"open sesame","previous_secret":"shut"}"#);
        let after = |text: &str| {
            let mut after = read(text);
            after.keep_secrets_of(&before);
            serde_json::to_value(after.kept()).unwrap()
        };
        let both = serde_json::json!({ "scheme": "github", "secret": "open sesame", "previous_secret": "shut" });
        assert_eq!(after(r#"{"scheme":"github","has_secret":true}"#), both);
        let without = after(r#"{"scheme":"github","secret":"two","previous_secret":null}"#);
        assert_eq!(without, serde_json::json!({ "scheme": "github", "secret": "two", "previous_secret": null }));
        assert_eq!(after(r#"{"scheme":"slack"}"#), serde_json::json!({ "scheme": "slack" }));
        let shown = serde_json::to_string(&before.shown()).unwrap();
        assert!(shown.contains(r#""has_secret":true,"has_previous_secret":true"#), "{shown}");
        assert!(!shown.contains("sesame") && !shown.contains("shut"), "{shown}");
        assert!(!format!("{before:?} {:?}", parse(r#"{"scheme":"github","secret":"open sesame"}"#)).contains("sesame"));
    }
}
