//! Messages through the API: publishing to an exchange, looking into a queue, moving and purging what is in there.

use super::Admin;
use super::answer::{Refusal, read};
use super::authorisation::Caller;
use super::exchanges::exchange_name;
use super::properties::{Properties, headers};
use crate::auth::{Entrance, Operation};
use crate::engine::{Management, milliseconds_since_1970};
use crate::translate::message_id;
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use broker::{Disposal, Message, Publish, Seen, Start, Taken, Time};
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
    Extension(caller): Extension<Caller>,
    Extension(entrance): Extension<Entrance>,
    Path((vhost, exchange)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    entrance.check_pace()?;
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
    let message = message.identified(message_id(milliseconds_since_1970()));
    let message = if expires == Time::NEVER { message } else { message.expiring(expires) };
    let message = if properties.is_persistent() { message.persistent() } else { message };
    let mut publishes = [Publish::detached(message)];
    entrance.arrival.handle_published(publishes.len());
    let taken = vhost.publish_for(caller.access()?, &mut publishes).await.map_err(|(_, error)| error)?;
    let Taken { routed, stream_offset, .. } = taken.first().copied().unwrap_or_default();
    Ok(Json(match stream_offset {
        Some(offset) => json!({ "routed": routed > 0, "stream_offset": offset }),
        None => json!({ "routed": routed > 0 }),
    })
    .into_response())
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
    /// Of a stream: where to begin, as `x-stream-offset` says it.
    #[serde(default)]
    offset: Option<String>,
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
    /// Of a stream: its offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// Of a stream: when it was published, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<u64>,
}

/// Looks at the messages at the head of a queue, or at those of a stream from an offset on. With requeueing they stay exactly as
/// they are.
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
    if vhost.queue(&queue)?.stream.is_some() {
        return Ok(Json(look_into_stream(&vhost, &queue, &look).await?).into_response());
    }
    if look.offset.is_some() {
        return Err(Refusal::bad_request(format!("offset: {queue:?} is a queue, not a stream")));
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

/// Reading takes nothing from a stream, so whoever wants to take is mistaken.
async fn look_into_stream(vhost: &Management, name: &str, look: &Look) -> Result<Vec<Shown>, Refusal> {
    if matches!(look.ackmode, AckMode::AckRequeueFalse | AckMode::RejectRequeueFalse) {
        return Err(Refusal::bad_request("ackmode: nothing is taken from a stream: ack_requeue_true reads it"));
    }
    let text = look.offset.as_deref().unwrap_or("first");
    let start = start(text).ok_or_else(|| {
        Refusal::bad_request(format!("offset must be first, last, offset=N or timestamp=SECONDS, not {text:?}"))
    })?;
    let messages = vhost.read_stream(name, start, look.count, OCTETS).await?;
    let next = vhost.queue(name)?.stream.map_or(0, |stream| stream.next_offset);
    let shown = messages.into_iter().map(|loaded| {
        let behind = next.saturating_sub(loaded.number + 1);
        let seen = Seen { message: loaded.message, redelivered: false, behind };
        Shown { offset: Some(loaded.number), published: Some(loaded.at.0), ..show(&seen, look) }
    });
    Ok(shown.collect())
}

/// Where to begin in a stream.
fn start(text: &str) -> Option<Start> {
    match text.split_once('=') {
        None if text == "first" => Some(Start::First),
        None if text == "last" => Some(Start::Last),
        Some(("offset", offset)) => offset.parse().ok().map(Start::Offset),
        Some(("timestamp", seconds)) => {
            let seconds: f64 = seconds.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is finite and not negative")]
            let milliseconds = (seconds * 1_000.0).round() as u64;
            Some(Start::Since(Time(milliseconds)))
        }
        _ => None,
    }
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
        offset: None,
        published: None,
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
    Extension(caller): Extension<Caller>,
    Path((vhost, queue)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let Action::Move { destination, count } = read(&body)?;
    caller.access()?.check(Operation::Write, &destination)?;
    let moved = vhost.move_messages(&queue, &destination, count).await?;
    Ok(Json(json!({ "moved": moved })).into_response())
}
