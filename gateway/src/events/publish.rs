//! `POST /events/{destination}`: one event, in binary or structured mode, or a batch.

use super::admission::Admitted;
use super::body::{self, Octets};
use super::translate::Receipt;
use super::{Events, destination};
use crate::auth::Entrance;
use crate::engine::{DEFAULT_VHOST, milliseconds_since_1970};
use crate::error::Refusal;
use crate::translate::{Target, Wishes, is_reserved, reserved};
use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wire::cloudevents::{BatchInvalid, Event, Invalid, Mode, headers, json, protobuf};

/// How events are to be published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    vhost: Option<String>,
    /// Whether they are to survive a restart, in queues that do.
    persistent: Option<bool>,
    /// Whether an event is left out of which the source and the id were published there lately.
    #[serde(default)]
    deduplicate: bool,
}

/// What a request holds.
enum Content {
    One(Event),
    Batch(Vec<Event>),
}

impl Content {
    fn events(&self) -> &[Event] {
        match self {
            Content::One(event) => std::slice::from_ref(event),
            Content::Batch(events) => events,
        }
    }

    /// A refusal of the event at this index.
    fn refusal(&self, index: usize, refusal: Refusal) -> Refusal {
        match self {
            Content::One(_) => refusal,
            Content::Batch(_) => refusal.at(index),
        }
    }
}

/// Whether a request is to publish, that is a POST to something below `/events`.
pub(crate) fn is_publication<B>(request: &Request<B>) -> bool {
    request.method() == Method::POST && request.uri().path().strip_prefix("/events/").is_some_and(|it| !it.is_empty())
}

/// Publishes what a request holds, all of it or nothing, and answers once the broker has taken responsibility.
pub(crate) async fn publish(events: &Events, entrance: Entrance, request: Request<impl Octets>) -> Response {
    let (head, body) = request.into_parts();
    take(events, entrance, &head, body).await.unwrap_or_else(IntoResponse::into_response)
}

async fn take(events: &Events, entrance: Entrance, head: &Parts, body: impl Octets) -> Result<Response, Refusal> {
    let admitted = Admitted::of_request(events, entrance, head).await?;
    admitted.check_pace()?;
    let Query(parameters): Query<Parameters> =
        Query::try_from_uri(&head.uri).map_err(|error| Refusal::bad_request(error.body_text()))?;
    let (vhost, access) = admitted.enter(events, parameters.vhost.as_deref().unwrap_or(DEFAULT_VHOST))?;
    let target = Target::parse(destination(&head.uri), events.auto_create).map_err(Refusal::bad_request)?;
    let content = read(events, &head.headers, body).await?;
    // The body may have taken longer than the token counted.
    events.gate.users().holds(&admitted.identity).map_err(|refusal| Refusal::not_authorised(refusal.to_string()))?;
    if let Some(index) = content.events().iter().position(is_reserved) {
        return Err(content.refusal(index, invalid(reserved())));
    }
    let wishes = Wishes {
        is_persistent: parameters.persistent.unwrap_or(true),
        deduplicates: parameters.deduplicate,
        now: milliseconds_since_1970(),
    };
    let mut publishes: Vec<_> = content.events().iter().map(|event| target.publication(event, &wishes)).collect();
    admitted.handle_published(publishes.len());
    let limit = events.event_limit;
    if let Some(index) = publishes.iter().position(|publish| publish.message.size() > limit) {
        return Err(content.refusal(index, Refusal::too_large(format!("an event may have {limit} octets"))));
    }
    let taken = vhost.publish_for(&access, &mut publishes).await;
    let taken = taken.map_err(|(index, error)| content.refusal(index, error.into()))?;
    let mut receipts = content.events().iter().zip(taken).map(|(event, taken)| Receipt::new(event, taken));
    Ok(match &content {
        Content::One(_) => (StatusCode::ACCEPTED, Json(receipts.next())).into_response(),
        Content::Batch(_) => (StatusCode::ACCEPTED, Json(receipts.collect::<Vec<_>>())).into_response(),
    })
}

async fn read(events: &Events, head: &HeaderMap, body: impl Octets) -> Result<Content, Refusal> {
    let content_type = content_type(head)?;
    let mode = Mode::of(content_type);
    let limit = match mode {
        Mode::JsonBatch | Mode::ProtobufBatch => events.body_limit,
        _ => events.event_limit,
    };
    let body = body::collect(body, limit).await?;
    match mode {
        Mode::Binary => binary(head, content_type, body).map(Content::One),
        Mode::Json => json::decode(&body).map(Content::One).map_err(invalid),
        Mode::Protobuf => protobuf::decode(&body).map(Content::One).map_err(invalid),
        Mode::JsonBatch => json::decode_batch(&body, events.batch_limit).map(Content::Batch).map_err(invalid_batch),
        Mode::ProtobufBatch => {
            protobuf::decode_batch(&body, events.batch_limit).map(Content::Batch).map_err(invalid_batch)
        }
        Mode::Unknown => {
            let reason = "events are read in application/cloudevents+json and application/cloudevents+protobuf, in batches of both \
                          (application/cloudevents-batch+json), and in binary mode";
            Err(Refusal::unsupported_media_type(reason))
        }
    }
}

fn content_type(head: &HeaderMap) -> Result<Option<&str>, Refusal> {
    if head.get_all(header::CONTENT_TYPE).iter().count() > 1 {
        return Err(Refusal::bad_request("Content-Type is there twice"));
    }
    let text = head.get(header::CONTENT_TYPE).map(|value| value.to_str());
    text.transpose().map_err(|_| Refusal::bad_request("Content-Type has to be ASCII"))
}

fn binary(head: &HeaderMap, content_type: Option<&str>, body: Bytes) -> Result<Event, Refusal> {
    if !head.keys().any(|name| headers::attribute_of(name.as_str()).is_some()) {
        let reason = "this is no event: send the attributes as headers (ce-id, ce-source, ce-type, ce-specversion), or the event as \
                      JSON with Content-Type application/cloudevents+json";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid_event", reason));
    }
    let attributes = head.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    headers::decode_http(attributes, content_type, body).map_err(invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn invalid(invalid: Invalid) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_event", invalid.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn invalid_batch(refused: BatchInvalid) -> Refusal {
    let reason = refused.to_string();
    match refused {
        BatchInvalid::Event { index, .. } => Refusal::new(StatusCode::BAD_REQUEST, "invalid_event", reason).at(index),
        BatchInvalid::TooMany { .. } => Refusal::too_large(reason),
        BatchInvalid::Whole(_) => Refusal::new(StatusCode::BAD_REQUEST, "invalid_event", reason),
    }
}
