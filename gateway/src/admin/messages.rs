//! Messages through the API: publishing to an exchange, looking into a queue, moving and purging what is in there.

use super::Admin;
use super::answer::{Refusal, read};
use super::exchanges::exchange_name;
use super::properties::{Properties, headers};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use broker::{Disposal, Message, Seen, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Messages that one request looks at.
const COUNT: usize = 1_000;

/// Octets of bodies that one answer holds.
const OCTETS: usize = 16 << 20;

/// What is to be published.
#[derive(Debug, Deserialize)]
struct Publication {
    routing_key: String,
    payload: String,
    #[serde(default)]
    payload_encoding: Encoding,
    #[serde(default)]
    properties: Properties,
}

/// How octets are written in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    String,
    Base64,
}

/// Publishes a message, and tells whether any queue took it.
pub(super) async fn publish(
    State(admin): State<Admin>,
    Path((vhost, exchange)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let Publication { routing_key, payload, payload_encoding, properties } = read(&body)?;
    let payload = match payload_encoding {
        Encoding::String => payload.into_bytes(),
        Encoding::Base64 => BASE64_STANDARD
            .decode(payload)
            .map_err(|error| Refusal::bad_request(format!("payload is not base64: {error}")))?,
    };
    let exchange = exchange_name(&exchange);
    let headers = headers(exchange, &routing_key, &properties)?;
    let expires = properties.expires()?;
    let message = Message::new(exchange.to_owned(), routing_key, headers, payload.into());
    let message = if expires == Time::NEVER { message } else { message.expiring(expires) };
    let message = if properties.is_persistent() { message.persistent() } else { message };
    let routed = vhost.publish(message).await?;
    Ok(Json(json!({ "routed": routed > 0 })).into_response())
}

/// Which messages, and what becomes of them.
#[derive(Debug, Deserialize)]
struct Look {
    count: usize,
    ackmode: AckMode,
    #[serde(default)]
    encoding: LookEncoding,
    /// Octets of a body to show at most.
    #[serde(default)]
    truncate: Option<usize>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AckMode {
    AckRequeueTrue,
    RejectRequeueTrue,
    AckRequeueFalse,
    RejectRequeueFalse,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LookEncoding {
    /// Text where it is text.
    #[default]
    Auto,
    Base64,
}

/// A message as it is shown, with RabbitMQ's field names.
#[derive(Debug, Serialize)]
struct Shown {
    payload_bytes: usize,
    redelivered: bool,
    exchange: String,
    routing_key: String,
    /// How many wait behind it.
    message_count: u64,
    properties: Properties,
    payload: String,
    payload_encoding: Encoding,
}

/// Looks at the messages at the head of a queue. With requeueing they stay exactly as they are.
pub(super) async fn get(
    State(admin): State<Admin>,
    Path((vhost, queue)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let look: Look = read(&body)?;
    if !(1..=COUNT).contains(&look.count) {
        return Err(Refusal::bad_request(format!("count must be 1 to {COUNT}, not {}", look.count)));
    }
    let disposal = match look.ackmode {
        AckMode::AckRequeueTrue | AckMode::RejectRequeueTrue => Disposal::Leave,
        AckMode::AckRequeueFalse => Disposal::Ack,
        AckMode::RejectRequeueFalse => Disposal::Reject,
    };
    let seen = vhost.get(&queue, look.count, OCTETS, disposal).await?;
    let shown: Vec<_> = seen.iter().map(|seen| show(seen, &look)).collect();
    Ok(Json(shown).into_response())
}

fn show(seen: &Seen, look: &Look) -> Shown {
    let Seen { message, redelivered, behind } = seen;
    let is_text = look.encoding == LookEncoding::Auto && std::str::from_utf8(&message.body).is_ok();
    let whole = &message.body[..message.body.len().min(look.truncate.unwrap_or(usize::MAX))];
    let (payload, payload_encoding) = match is_text {
        // What is cut in the midst of a character loses that.
        true => (String::from_utf8_lossy(whole).trim_end_matches('\u{fffd}').to_owned(), Encoding::String),
        false => (BASE64_STANDARD.encode(whole), Encoding::Base64),
    };
    Shown {
        payload_bytes: message.body.len(),
        redelivered: *redelivered,
        exchange: message.exchange.clone().into_owned(),
        routing_key: message.routing_key.to_string(),
        message_count: *behind,
        properties: Properties::of(message),
        payload,
        payload_encoding,
    }
}

/// Purges a queue: what waits is gone, what is unacked stays.
pub(super) async fn purge(
    State(admin): State<Admin>,
    Path((vhost, queue)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    admin.engine.vhost(&vhost)?.purge(&queue).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What can be done with a queue. RabbitMQ's own actions are about its replicas, of which there are none.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum Action {
    /// Moves what waits to another queue: all, or at most `count`.
    Move { destination: String, count: Option<u64> },
}

/// Does something with a queue.
pub(super) async fn act(
    State(admin): State<Admin>,
    Path((vhost, queue)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let Action::Move { destination, count } = read(&body)?;
    let moved = vhost.move_messages(&queue, &destination, count).await?;
    Ok(Json(json!({ "moved": moved })).into_response())
}
