//! Services that send webhooks, and the receivers for them.

use acceptance::{Client, Request, Response, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) const STANDARD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub(crate) const OTHER_SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

pub(crate) fn sha256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(crate) fn put(server: &Server, name: &str, definition: &Value) -> Response {
    let path = format!("/api/hooks/%2F/{name}");
    server.send(&Request::new("PUT", &path).basic("guest", "guest").json(&definition.to_string()))
}

/// An object with more members.
pub(crate) fn extended(mut object: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (object.as_object_mut(), more) {
        members.extend(more);
    }
    object
}

/// A receiver that publishes to the queue `q`.
pub(crate) fn define(server: &Server, name: &str, verification: Value, more: Value) {
    let mut definition = json!({ "destination": "/queue/q" });
    definition["verification"] = verification;
    let answer = put(server, name, &extended(definition, more));
    assert!(matches!(answer.status, 201 | 204), "{answer:?}");
}

pub(crate) fn deliver(server: &Server, name: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
    let request = Request::new("POST", &format!("/hooks/%2F/{name}")).body(body);
    server.send(&headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
}

pub(crate) fn status(server: &Server, name: &str) -> Value {
    server.api("GET", &format!("/api/hooks/%2F/{name}")).json()["status"].clone()
}

pub(crate) fn requests(server: &Server, name: &str) -> Vec<Value> {
    server.api("GET", &format!("/api/hooks/%2F/{name}/requests")).json().as_array().expect("a list").clone()
}

pub(crate) type Headers = Vec<(&'static str, String)>;

/// A way to prove who one is.
pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    pub(crate) secret: &'static str,
    pub(crate) other_secret: &'static str,
    pub(crate) prove: fn(&str, u64, &str) -> Headers,
    /// Whether the time is signed.
    pub(crate) has_time: bool,
    /// Whether the body is.
    pub(crate) has_body: bool,
}

pub(crate) fn prove_standard(secret: &str, time: u64, body: &str) -> Headers {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let signature = STANDARD.encode(sha256(&key, &format!("msg_1.{time}.{body}")));
    vec![
        ("webhook-id", "msg_1".into()),
        ("webhook-timestamp", time.to_string()),
        // One that nobody knows does no harm.
        ("webhook-signature", format!("v1,AAAA v1,{signature}")),
    ]
}

pub(crate) fn prove_github(secret: &str, _: u64, body: &str) -> Headers {
    vec![("X-Hub-Signature-256", format!("sha256={}", hex(&sha256(secret.as_bytes(), body))))]
}

pub(crate) fn prove_stripe(secret: &str, time: u64, body: &str) -> Headers {
    let signature = hex(&sha256(secret.as_bytes(), &format!("{time}.{body}")));
    vec![("Stripe-Signature", format!("t={time},v1=00,v1={signature},v0=11"))]
}

pub(crate) fn prove_slack(secret: &str, time: u64, body: &str) -> Headers {
    let signature = hex(&sha256(secret.as_bytes(), &format!("v0:{time}:{body}")));
    vec![("X-Slack-Signature", format!("v0={signature}")), ("X-Slack-Request-Timestamp", time.to_string())]
}

pub(crate) fn prove_own(secret: &str, time: u64, body: &str) -> Headers {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    mac.update(format!("7.{time}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    vec![("X-Sig", format!("s={signature}")), ("X-Time", time.to_string()), ("X-Id", "7".into())]
}

pub(crate) fn prove_bearer(secret: &str, _: u64, _: &str) -> Headers {
    vec![("Authorization", format!("Bearer {secret}"))]
}

pub(crate) fn prove_basic(secret: &str, _: u64, _: &str) -> Headers {
    vec![("Authorization", format!("Basic {}", STANDARD.encode(format!("a:{secret}"))))]
}

pub(crate) fn schemes() -> Vec<Scheme> {
    let of = |name, definition, prove, has_time, has_body| Scheme {
        name,
        definition,
        secret: if name == "standard" { STANDARD_SECRET } else { "whsec_hush" },
        other_secret: if name == "standard" { OTHER_SECRET } else { "whsec_other" },
        prove,
        has_time,
        has_body,
    };
    let own = json!({ "scheme": "hmac", "header": "X-Sig", "prefix": "s=", "algorithm": "sha512", "encoding": "base64",
        "signed": "{id}.{timestamp}.{body}", "timestamp_header": "X-Time", "id_header": "X-Id" });
    vec![
        of("standard", json!({ "scheme": "standard" }), prove_standard, true, true),
        of("github", json!({ "scheme": "github" }), prove_github, false, true),
        of("stripe", json!({ "scheme": "stripe" }), prove_stripe, true, true),
        of("slack", json!({ "scheme": "slack" }), prove_slack, true, true),
        of("hmac", own, prove_own, true, true),
        of("bearer", json!({ "scheme": "bearer" }), prove_bearer, false, false),
        of("basic", json!({ "scheme": "basic", "user": "a" }), prove_basic, false, false),
    ]
}

impl Scheme {
    pub(crate) fn with(&self, members: Value) -> Value {
        extended(self.definition.clone(), members)
    }
}

pub(crate) fn deliver_all(server: &Server, name: &str, headers: &Headers, body: &str) -> Response {
    deliver(server, name, &headers.iter().map(|(name, value)| (*name, &**value)).collect::<Vec<_>>(), body)
}

pub(crate) fn deliver_github(server: &Server, name: &str, delivery: &str, body: &str) -> Response {
    let mut headers = prove_github("hush", 0, body);
    headers.push(("X-GitHub-Delivery", delivery.into()));
    headers.push(("X-GitHub-Event", "push".into()));
    headers.push(("Content-Type", "application/json".into()));
    deliver_all(server, name, &headers, body)
}

pub(crate) fn reader(server: &Server) -> Client {
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[]);
    client
}

pub(crate) fn github() -> Value {
    json!({ "scheme": "github", "secret": "hush" })
}
