//! Events as a request to the sink.

use super::endpoint::Endpoint;
use super::settings::{HeaderEncoding, Mode};
use crate::signature::standard;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::Full;
use wire::cloudevents::content::{JSON, JSON_BATCH};
use wire::cloudevents::{Event, headers, json};

/// Octets of attributes as headers from which an event goes as a document: proxies cut at 8 to 16 KiB.
const ATTRIBUTES: usize = 8 * 1024;

/// Says who sends (CloudEvents HTTP web hooks 1.0, section 4.1.1).
pub(super) const ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");

/// A request, and what is to be told of it.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The request for events under one `webhook-id`. `now` is in milliseconds since 1970.
pub(super) fn prepare(endpoint: &Endpoint, events: &[&Event], id: &str, origin: &HeaderValue, now: u64) -> Prepared {
    let settings = &endpoint.definition.subscription.config;
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(crate::SERVER));
    headers.insert(ORIGIN, origin.clone());
    if endpoint.parsed.sink.has_token() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let body = match (settings.mode, events) {
        (Mode::Batch, _) => document(&mut headers, JSON_BATCH, |body| json::encode_batch(events.iter().copied(), body)),
        (Mode::Binary, [event]) if write_attributes(event, settings.header_encoding, &mut headers) => {
            event.data().body()
        }
        (_, events) => document(&mut headers, JSON, |body| events.iter().for_each(|event| json::encode(event, body))),
    };
    sign(endpoint, id, now, &body, &mut headers);
    for (name, value) in &endpoint.parsed.headers {
        let mut value = value.clone();
        value.set_sensitive(true); // it may be a key
        headers.insert(name.clone(), value);
    }
    Prepared { url: endpoint.parsed.sink.shown(), headers, body }
}

impl Prepared {
    /// To be sent.
    pub(super) fn request(&self, endpoint: &Endpoint) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = endpoint.parsed.method.clone();
        *request.uri_mut() = endpoint.parsed.sink.uri().clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

fn document(headers: &mut HeaderMap, media_type: &'static str, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let mut body = Vec::new();
    write(&mut body);
    body.into()
}

/// Adds attributes as headers. `false`: the event has to go as a document, and nothing was added.
fn write_attributes(event: &Event, encoding: HeaderEncoding, headers: &mut HeaderMap) -> bool {
    // A delivery has a body and says what it is (CloudEvents HTTP web hooks 1.0, section 2.1).
    let (Some(content_type), false) = (headers::content_type(event), event.data().body().is_empty()) else {
        return false;
    };
    let mut written = Vec::new();
    let mut octets = 0;
    for (name, value) in headers::attributes(event) {
        let value = match encoding {
            HeaderEncoding::Percent => headers::encode_value(&value).into_owned(),
            HeaderEncoding::Raw => value.into_owned(),
        };
        octets += name.len() + value.len();
        let (Ok(name), Ok(value)) = (HeaderName::try_from(&*name), HeaderValue::try_from(value)) else { return false };
        written.push((name, value));
    }
    let Ok(content_type) = HeaderValue::try_from(content_type) else { return false };
    if octets > ATTRIBUTES {
        return false;
    }
    headers.extend(written);
    headers.insert(header::CONTENT_TYPE, content_type);
    true
}

/// Adds the headers of Standard Webhooks.
fn sign(endpoint: &Endpoint, id: &str, now: u64, body: &[u8], headers: &mut HeaderMap) {
    let secrets = endpoint.secrets(now);
    let seconds = now / 1_000;
    let mut add = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    add(standard::ID, id.to_owned());
    add(standard::TIMESTAMP, seconds.to_string());
    if !secrets.is_empty() {
        add(standard::SIGNATURE, standard::sign(secrets, id, seconds, body));
    }
}
