//! What a receiver is: its definition as the API has it, and the same, checked and ready for use.

use super::mapping::{Mapping, MappingText};
use super::origins::Origins;
use super::pointer::Pointer;
use super::template::read_header;
use super::verification::{VerificationText, Verifier};
use crate::engine::is_passed_on;
use crate::translate::Target;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// Octets of a receiver's name: it is part of a URL.
const NAME: usize = 128;

/// Octets of a description.
const DESCRIPTION: usize = 1024;

/// Seconds for which a receiver may remember what it took.
const WINDOWS: RangeInclusive<u64> = 1..=7 * 86_400;

/// Seconds for which it does so unless it is configured otherwise: Slack and most others have given up by then.
const WINDOW: u64 = 86_400;

/// Requests a minute that may be allowed.
const RATES: RangeInclusive<u32> = 1..=1_000_000;

/// Networks, and headers, that may be listed.
const LISTED: usize = 100;

/// Headers of a message that the server sets, or that make it an event.
const OURS: [&str; 3] = ["content-type", "persistent", "timestamp"];

/// What a part of a path does not hold as it is: all but unreserved characters (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A definition as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    /// What it is called: the path says so when it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vhost: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Only told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    pub(super) destination: String,
    #[serde(default)]
    description: String,
    verification: VerificationText,
    #[serde(default, deserialize_with = "or_default")]
    deduplication: Deduplication,
    #[serde(default, deserialize_with = "or_default")]
    mapping: MappingText,
    #[serde(default, deserialize_with = "or_default")]
    allowed_origins: Vec<String>,
    #[serde(default)]
    pub(super) allowed_rate: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    allowed_networks: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    kept_headers: Vec<String>,
    /// Only told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Value>,
}

/// How what came before is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Deduplication {
    /// Seconds.
    window: u64,
    header: Option<String>,
    pointer: Option<String>,
}

impl Default for Deduplication {
    fn default() -> Self {
        Deduplication { window: WINDOW, header: None, pointer: None }
    }
}

/// Nothing is what is not there.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Definition {
    /// Takes over the secrets that only the definition before had.
    pub(super) fn keep_secrets_of(&mut self, before: &Definition) {
        self.verification.keep_secrets_of(&before.verification);
    }

    /// As it is kept: without what is only told.
    pub(super) fn kept(mut self) -> Self {
        (self.vhost, self.name, self.url, self.status) = (None, None, None, None);
        self.verification = self.verification.kept();
        self
    }
}

/// A receiver's definition, ready for use.
#[derive(Debug)]
pub(super) struct Hook {
    pub(super) vhost: String,
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) verifier: Verifier,
    /// `None`: what is an event already is published as it is.
    pub(super) mapping: Option<Mapping>,
    pub(super) origins: Origins,
    delivery_header: Option<HeaderName>,
    delivery_pointer: Option<Pointer>,
    networks: Vec<IpNet>,
    kept_headers: Vec<HeaderName>,
}

impl Hook {
    /// Checks a definition. An error says what to change.
    pub(super) fn new(vhost: &str, name: &str, definition: Definition) -> Result<Self, String> {
        check_name(name)?;
        Target::parse(&definition.destination, true).map_err(|error| format!("destination: {error}"))?;
        if definition.description.len() > DESCRIPTION {
            return Err(format!("description may have {DESCRIPTION} octets"));
        }
        let Deduplication { window, header, pointer } = &definition.deduplication;
        if !WINDOWS.contains(window) {
            let (least, most) = WINDOWS.into_inner();
            return Err(format!("deduplication.window: {least} to {most} seconds, not {window}"));
        }
        if header.is_some() && pointer.is_some() {
            return Err("deduplication: give a header or a pointer, not both".into());
        }
        if definition.allowed_rate.is_some_and(|rate| !RATES.contains(&rate)) {
            let (least, most) = RATES.into_inner();
            return Err(format!("allowed_rate: {least} to {most} requests a minute, or null"));
        }
        let delivery_header = header.as_deref().map(read_header).transpose();
        let delivery_pointer = pointer.as_deref().map(Pointer::parse).transpose();
        let has_mapping = definition.mapping != MappingText::default();
        Ok(Hook {
            vhost: vhost.to_owned(),
            name: name.to_owned(),
            verifier: Verifier::parse(&definition.verification)?,
            mapping: has_mapping.then(|| Mapping::parse(&definition.mapping)).transpose()?,
            origins: Origins::parse(&definition.allowed_origins)?,
            delivery_header: delivery_header.map_err(|error| format!("deduplication.header: {error}"))?,
            delivery_pointer: delivery_pointer.map_err(|error| format!("deduplication.pointer: {error}"))?,
            networks: read_networks(&definition.allowed_networks)?,
            kept_headers: read_kept(&definition.kept_headers)?,
            definition,
        })
    }

    /// As the API tells of it: without its secrets.
    pub(super) fn shown(&self, status: Value) -> Definition {
        Definition {
            vhost: Some(self.vhost.clone()),
            name: Some(self.name.clone()),
            url: Some(self.url()),
            verification: self.definition.verification.shown(),
            status: Some(status),
            ..self.definition.clone()
        }
    }

    /// Where it receives.
    pub(super) fn url(&self) -> String {
        let encode = |text| utf8_percent_encode(text, RESERVED);
        format!("/hooks/{}/{}", encode(&self.vhost), encode(&self.name))
    }

    /// The type of its events, if none is configured.
    pub(super) fn event_type(&self) -> String {
        format!("wharf.hook.{}", self.name)
    }

    /// Milliseconds for which it remembers what it took.
    pub(super) fn window(&self) -> u64 {
        self.definition.deduplication.window * 1_000
    }

    /// Whether it hears this address.
    pub(super) fn hears(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }

    /// What tells a request from others: as it is configured, or else as its scheme says.
    pub(super) fn delivery(&self, headers: &HeaderMap, body: &[u8], of_scheme: Option<String>) -> Option<String> {
        let found = match (&self.delivery_header, &self.delivery_pointer) {
            (Some(name), _) => headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned),
            (None, Some(pointer)) => pointer.find(body),
            (None, None) => of_scheme,
        };
        found.filter(|delivery| !delivery.is_empty())
    }

    /// The headers of a request that its message keeps.
    pub(super) fn kept<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        self.kept_headers.iter().filter_map(|name| Some((name.as_str(), headers.get(name)?.to_str().ok()?)))
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let fits = (1..=NAME).contains(&name.len()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(format!("a name has 1 to {NAME} octets, and no control characters")) }
}

fn read_networks(texts: &[String]) -> Result<Vec<IpNet>, String> {
    if texts.len() > LISTED {
        return Err(format!("allowed_networks: {LISTED} are enough"));
    }
    let read = |text: &String| {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.ok_or_else(|| format!("allowed_networks: {text:?} is no network such as 192.0.2.0/24 or 2001:db8::/32"))
    };
    texts.iter().map(read).collect()
}

fn read_kept(names: &[String]) -> Result<Vec<HeaderName>, String> {
    if names.len() > LISTED {
        return Err(format!("kept_headers: {LISTED} are enough"));
    }
    let read = |name: &String| {
        let header = read_header(name).map_err(|error| format!("kept_headers: {error}"))?;
        let text = header.as_str();
        let is_ours = OURS.contains(&text) || text.starts_with("ce-") || !is_passed_on(text);
        if is_ours { Err(format!("kept_headers: {text} is a header of the message itself")) } else { Ok(header) }
    };
    names.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(members: Value) -> Result<Hook, String> {
        let mut definition =
            json!({ "destination": "/queue/q", "verification": { "scheme": "github", "secret": "hush" } });
        if let Value::Object(members) = members {
            definition.as_object_mut().unwrap().extend(members);
        }
        let definition = serde_json::from_value(definition).map_err(|error| error.to_string())?;
        Hook::new("/", "git hub-1", definition)
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (members, name) in [
            (json!({ "destination": "/temp-queue/q" }), "destination"),
            (json!({ "destination": "/kv/a/b" }), "destination"),
            (json!({ "deduplication": { "window": 0 } }), "deduplication.window"),
            (json!({ "deduplication": { "window": 604_801 } }), "deduplication.window"),
            (json!({ "deduplication": { "header": "a b" } }), "deduplication.header"),
            (json!({ "deduplication": { "pointer": "id" } }), "deduplication.pointer"),
            (json!({ "deduplication": { "header": "a", "pointer": "/id" } }), "deduplication"),
            (json!({ "mapping": { "type": "{x}" } }), "mapping.type"),
            (json!({ "allowed_rate": 0 }), "allowed_rate"),
            (json!({ "allowed_networks": ["localhost"] }), "allowed_networks"),
            (json!({ "allowed_origins": ["a/b"] }), "allowed_origins"),
            (json!({ "kept_headers": ["ce-id"] }), "kept_headers"),
            (json!({ "kept_headers": ["destination"] }), "kept_headers"),
            (json!({ "kept_headers": ["Cookie"] }), "kept_headers"),
            (json!({ "nothing": 1 }), "nothing"),
        ] {
            let error = read(members).unwrap_err();
            assert!(error.contains(name), "{name}: {error}");
        }
        let long = "x".repeat(129);
        for name in ["", "a\nb", &long] {
            assert!(Hook::new("/", name, read(json!({})).unwrap().definition).is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_is_told_can_be_written_again() {
        let hook = read(json!({ "mapping": null, "deduplication": null, "allowed_rate": 5, "kept_headers": ["X-A"] }))
            .unwrap();
        let shown = serde_json::to_value(hook.shown(json!({}))).unwrap();
        assert_eq!(shown["deduplication"], json!({ "window": 86_400, "header": null, "pointer": null }));
        assert_eq!(shown["verification"]["has_secret"], true);
        assert_eq!((&shown["mapping"], &shown["allowed_origins"]), (&json!({}), &json!([])));
        let mut again: Definition = serde_json::from_value(shown).unwrap();
        again.keep_secrets_of(&hook.definition);
        assert_eq!(again.kept(), Definition { verification: read_verification(), ..hook.definition });
    }

    /// With the tolerance that it was told with.
    fn read_verification() -> VerificationText {
        serde_json::from_value(json!({ "scheme": "github", "secret": "hush", "tolerance": 300 })).unwrap()
    }

    #[test]
    fn addresses_are_looked_up_in_networks() {
        let hook = read(json!({ "allowed_networks": ["192.0.2.0/24", "2001:db8::1"] })).unwrap();
        for (address, is_heard) in [
            ("192.0.2.9", true),
            ("::ffff:192.0.2.9", true),
            ("192.0.3.9", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
        ] {
            assert_eq!(hook.hears(address.parse().unwrap()), is_heard, "{address}");
        }
        assert!(read(json!({})).unwrap().hears([198, 51, 100, 1].into()));
    }

    #[test]
    fn its_url_has_names_encoded() {
        assert_eq!(read(json!({})).unwrap().url(), "/hooks/%2F/git%20hub-1");
    }

    #[test]
    fn a_delivery_is_told_as_configured_or_by_the_scheme() {
        let headers = HeaderMap::from_iter([("x-id".parse().unwrap(), "7".parse().unwrap())]);
        let of = |members| read(members).unwrap().delivery(&headers, br#"{"a":8}"#, Some("scheme".into()));
        assert_eq!(of(json!({})).as_deref(), Some("scheme"));
        assert_eq!(of(json!({ "deduplication": { "header": "X-Id" } })).as_deref(), Some("7"));
        assert_eq!(of(json!({ "deduplication": { "pointer": "/a" } })).as_deref(), Some("8"));
        assert_eq!(of(json!({ "deduplication": { "pointer": "/b" } })), None);
    }
}
