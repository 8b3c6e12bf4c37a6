//! A subscription as users write it (CloudEvents Subscriptions API 0.1-wip).

use super::egress::{AddressRule, Sink};
use super::settings::Settings;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use wire::cesql::Attributes;
use wire::cloudevents::Event;
use wire::destination::Destination;
use wire::filter::Filters;

/// Headers that a subscription may add, octets of one, and types that it may list.
const HEADERS: usize = 32;
const HEADER: usize = 4_096;
const TYPES: usize = 100;

/// Headers that are ours to set.
const OURS: [&str; 11] = [
    "host",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "user-agent",
    "webhook-request-origin",
];

/// What a secret looks like where it must not be seen.
const HIDDEN: &str = "***";

/// The resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscription {
    #[serde(default = "default_vhost")]
    pub(super) vhost: String,
    /// The destination whose messages are delivered.
    pub(super) source: String,
    #[serde(default)]
    pub(super) types: Vec<String>,
    #[serde(default)]
    pub(super) filters: Value,
    pub(super) sink: String,
    pub(super) protocol: String,
    #[serde(default)]
    pub(super) protocolsettings: ProtocolSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sinkcredential: Option<Credential>,
    #[serde(default)]
    pub(super) config: Settings,
}

/// Settings of the protocol HTTP.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProtocolSettings {
    method: Option<String>,
    headers: BTreeMap<String, String>,
}

/// How we log in at the sink.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "credentialtype", deny_unknown_fields)]
pub(super) enum Credential {
    /// `Authorization: Basic`.
    #[serde(rename = "PLAIN")]
    Plain {
        identifier: String,
        #[serde(default)]
        secret: String,
    },
    /// `Authorization: Bearer`.
    #[serde(rename = "ACCESSTOKEN")]
    AccessToken {
        #[serde(default)]
        accesstoken: String,
    },
}

/// A subscription whose every part was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) source: Destination,
    pub(super) filters: Filters,
    pub(super) sink: Sink,
    pub(super) method: Method,
    /// What every request has.
    pub(super) headers: HeaderMap,
}

fn default_vhost() -> String {
    crate::engine::DEFAULT_VHOST.to_owned()
}

impl Subscription {
    /// Reads every part. An error says what is wrong, and where.
    pub(super) fn parse(&self, rule: &AddressRule) -> Result<Parsed, String> {
        if self.protocol != "HTTP" {
            return Err(format!("protocol: only \"HTTP\" is supported, not {:?}", self.protocol));
        }
        self.config.check()?;
        if self.types.len() > TYPES {
            return Err(format!("types: may list {TYPES} types; use a filter"));
        }
        let source = source(&self.source)?;
        let filters = Filters::from_json(self.filters.clone()).map_err(|error| error.to_string())?;
        let is_queue = matches!(source, Destination::Queue(_) | Destination::ExistingQueue(_));
        if is_queue && !(filters.is_empty() && self.types.is_empty()) {
            let reason = "a queue shares its messages with its other consumers, so nothing may be left out: filters and types are for topics, exchanges and streams";
            return Err(format!("filters: {reason}"));
        }
        if self.config.from.is_some() && !matches!(source, Destination::Stream(_)) {
            return Err("config.from: is for streams: nothing of the past is there elsewhere".to_owned());
        }
        Ok(Parsed {
            source,
            filters,
            sink: Sink::parse(&self.sink, rule).map_err(|error| format!("sink: {error}"))?,
            method: self.protocolsettings.method()?,
            headers: self.headers()?,
        })
    }

    /// Whether an event is to be delivered.
    pub(super) fn wants(&self, filters: &Filters, event: &Event) -> bool {
        let is_listed = self.types.is_empty() || self.types.iter().any(|wanted| wanted == event.event_type());
        is_listed && (filters.is_empty() || filters.matches(event as &dyn Attributes))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = self.protocolsettings.headers()?;
        if let Some(credential) = &self.sinkcredential {
            headers.insert(header::AUTHORIZATION, credential.authorization()?);
        }
        Ok(headers)
    }

    /// The same, with what an earlier version of it had where this one has a hidden secret, or none. An error: the secrets are for another
    /// sink, which is not to be told them.
    pub(super) fn with_secrets_of(mut self, earlier: &Subscription) -> Result<Self, String> {
        if self.sink == shown_sink(&earlier.sink) {
            self.sink.clone_from(&earlier.sink);
        }
        let is_same_place = authority(&self.sink) == authority(&earlier.sink);
        let mut is_told = false;
        for (name, value) in &mut self.protocolsettings.headers {
            if let Some(known) = earlier.protocolsettings.headers.get(name).filter(|_| value == HIDDEN) {
                value.clone_from(known);
                is_told = true;
            }
        }
        if let (Some(credential), Some(earlier)) = (&mut self.sinkcredential, &earlier.sinkcredential) {
            is_told |= credential.complete(earlier);
        }
        match is_told && !is_same_place {
            true => Err("sink: is at another place than before, so secrets that are not shown have to be given again"
                .to_owned()),
            false => Ok(self),
        }
    }

    /// The same without secrets, to be shown.
    pub(super) fn shown(&self) -> Subscription {
        let mut shown = self.clone();
        shown.sink = shown_sink(&self.sink);
        shown.protocolsettings.headers.values_mut().for_each(|value| HIDDEN.clone_into(value));
        if let Some(credential) = &mut shown.sinkcredential {
            credential.hide();
        }
        shown
    }
}

impl ProtocolSettings {
    fn method(&self) -> Result<Method, String> {
        match self.method.as_deref() {
            None | Some("POST") => Ok(Method::POST),
            Some("PUT") => Ok(Method::PUT),
            Some(other) => Err(format!("protocolsettings.method: POST or PUT, not {other:?}")),
        }
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        if self.headers.len() > HEADERS {
            return Err(format!("protocolsettings.headers: may have {HEADERS} headers"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let wrong = |reason: &str| format!("protocolsettings.headers: {name:?} {reason}");
            let read: HeaderName = name.parse().map_err(|_| wrong("is no name of a header"))?;
            let is_ours = OURS.contains(&read.as_str()) || read.as_str().starts_with("ce-");
            if is_ours || ["webhook-id", "webhook-timestamp", "webhook-signature"].contains(&read.as_str()) {
                return Err(wrong("is set by the server"));
            }
            let value = HeaderValue::from_str(value).ok().filter(|value| value.len() <= HEADER);
            headers.insert(read, value.ok_or_else(|| wrong("has a value that no header can have"))?);
        }
        Ok(headers)
    }
}

impl Credential {
    fn authorization(&self) -> Result<HeaderValue, String> {
        let text = match self {
            Credential::Plain { identifier, secret } => {
                format!("Basic {}", BASE64_STANDARD.encode(format!("{identifier}:{secret}")))
            }
            Credential::AccessToken { accesstoken } if accesstoken.is_empty() => {
                return Err("sinkcredential.accesstoken: is missing".to_owned());
            }
            Credential::AccessToken { accesstoken } => format!("Bearer {accesstoken}"),
        };
        let value = HeaderValue::from_str(&text).ok().filter(|value| value.len() <= HEADER);
        let mut value = value.ok_or("sinkcredential: holds what no header can hold")?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Takes the earlier secret where there is none. `true`: it did.
    fn complete(&mut self, earlier: &Credential) -> bool {
        match (self, earlier) {
            (Credential::Plain { secret, .. }, Credential::Plain { secret: known, .. })
            | (Credential::AccessToken { accesstoken: secret }, Credential::AccessToken { accesstoken: known })
                if secret.is_empty() || secret == HIDDEN =>
            {
                secret.clone_from(known);
                true
            }
            _ => false,
        }
    }

    fn hide(&mut self) {
        match self {
            Credential::Plain { secret, .. } => HIDDEN.clone_into(secret),
            Credential::AccessToken { accesstoken } => HIDDEN.clone_into(accesstoken),
        }
    }
}

/// A sink as it is shown: without a token in its query.
fn shown_sink(sink: &str) -> String {
    Sink::parse(sink, &AddressRule::later()).map_or_else(
        |_| sink.to_owned(),
        |read| match read.has_token() {
            true => read.shown(),
            false => sink.to_owned(),
        },
    )
}

/// Whom secrets may be told.
fn authority(sink: &str) -> Option<String> {
    Sink::parse(sink, &AddressRule::later()).ok().map(|read| read.authority())
}

fn source(text: &str) -> Result<Destination, String> {
    let destination = Destination::parse(text).map_err(|error| format!("source: {error}"))?;
    match destination {
        Destination::Queue(name) | Destination::ExistingQueue(name) | Destination::Stream(name)
            if name.starts_with("webhook.") =>
        {
            Err(format!("source: {name:?} is what webhooks keep: it would deliver its own deliveries"))
        }
        Destination::TemporaryQueue(_) | Destination::TemporaryTopic(_) | Destination::Control(_) => {
            Err(format!("source: {text:?} belongs to a STOMP connection: name a queue, topic, exchange or stream"))
        }
        destination => Ok(destination),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(members: &Value) -> Result<Parsed, String> {
        let mut document = json!({ "source": "/topic/a.#", "sink": "https://example.org/hook", "protocol": "HTTP" });
        document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let subscription: Subscription = serde_json::from_value(document).map_err(|error| error.to_string())?;
        subscription.parse(&AddressRule::new(&[]))
    }

    #[test]
    fn a_subscription_needs_little() {
        let parsed = parse(&json!({})).unwrap();
        assert_eq!(parsed.source, Destination::Topic("a.#".to_owned()));
        assert_eq!((parsed.method, parsed.headers.len(), parsed.filters.is_empty()), (Method::POST, 0, true));
    }

    #[test]
    fn credentials_become_a_header() {
        let token = json!({ "sinkcredential": { "credentialtype": "ACCESSTOKEN", "accesstoken": "t" } });
        assert_eq!(parse(&token).unwrap().headers["authorization"], "Bearer t");
        let plain = json!({ "sinkcredential": { "credentialtype": "PLAIN", "identifier": "u", "secret": "p" } });
        assert_eq!(parse(&plain).unwrap().headers["authorization"], "Basic dTpw");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (members, part) in [
            (json!({ "protocol": "MQTT5" }), "protocol"),
            (json!({ "source": "/nowhere/a" }), "source"),
            (json!({ "source": "/temp-queue/a" }), "source"),
            (json!({ "sink": "https://127.0.0.1/" }), "sink"),
            (json!({ "filters": [{ "colour": { "a": "b" } }] }), "filters[0]"),
            (json!({ "filters": [{ "sql": "((" }] }), "filters[0]"),
            (json!({ "source": "/queue/a", "filters": [{ "exact": { "type": "a" } }] }), "filters"),
            (json!({ "source": "/queue/a", "types": ["a"] }), "filters"),
            (json!({ "config": { "from": "first" } }), "config.from"),
            (json!({ "protocolsettings": { "method": "GET" } }), "method"),
            (json!({ "protocolsettings": { "headers": { "Host": "x" } } }), "Host"),
            (json!({ "protocolsettings": { "headers": { "webhook-id": "x" } } }), "webhook-id"),
            (json!({ "protocolsettings": { "headers": { "x": "a\nb" } } }), "\"x\""),
            (json!({ "sinkcredential": { "credentialtype": "ACCESSTOKEN" } }), "accesstoken"),
            (json!({ "colour": "red" }), "colour"),
        ] {
            let wrong = parse(&members).unwrap_err();
            assert!(wrong.contains(part), "{members}: {wrong}");
        }
    }

    #[test]
    fn secrets_are_not_shown_and_come_back_where_they_were_hidden() {
        let document = json!({
            "source": "/topic/a", "sink": "https://example.org/", "protocol": "HTTP",
            "protocolsettings": { "headers": { "x-key": "k" } },
            "sinkcredential": { "credentialtype": "PLAIN", "identifier": "u", "secret": "p" },
        });
        let first: Subscription = serde_json::from_value(document).unwrap();
        let shown = serde_json::to_value(first.shown()).unwrap();
        assert!(!shown.to_string().contains("\"k\"") && !shown.to_string().contains("\"p\""), "{shown}");
        let second: Subscription = serde_json::from_value(shown).unwrap();
        let elsewhere = Subscription { sink: "https://example.com/".to_owned(), ..second.clone() };
        assert!(elsewhere.with_secrets_of(&first).is_err(), "another is not told");
        let second = second.with_secrets_of(&first).unwrap().headers().unwrap();
        assert_eq!((second["x-key"].as_bytes(), second["authorization"].as_bytes()), (&b"k"[..], &b"Basic dTpw"[..]));
    }
}
