//! `POST /hooks/{vhost}/{name}`: a request of another service.

use super::Hooks;
use super::answer::{self, Answer, over_rate, unavailable, unpublished, unreadable};
use super::body::is_too_large;
use super::mapping::{Defaults, Mapping, Unreadable, read_event};
use super::pointer::Pointer;
use super::registry::Receiver;
use super::requests::{EventName, Outcome, Record, beginning, redacted, shortened};
use super::template::Given;
use super::translate::publication;
use super::verification::{ACCESS_TOKEN, Unproven, parameter};
use crate::auth::{Entrance, Peer};
use crate::engine::milliseconds_since_1970;
use crate::error::Refusal;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tokio::time::Instant;
use wire::cloudevents::Event;

/// The DNS name of who sends, on each delivery (HTTP web hooks for event delivery).
pub(super) const REQUEST_ORIGIN: &str = "webhook-request-origin";

/// What is answered to who is believed.
#[derive(Debug, Serialize)]
struct Receipt<'a> {
    /// The event's.
    id: &'a str,
    /// It came before, and was left out.
    duplicate: bool,
}

/// A request on its way.
struct Arrival<'a> {
    receiver: &'a Receiver,
    peer: Peer,
    headers: &'a HeaderMap,
    query: &'a str,
    /// In milliseconds since 1970.
    at: u64,
}

/// There is no such receiver.
pub(super) fn unknown() -> Refusal {
    Refusal::not_found("there is no hook at this path")
}

/// The receiver that a path names.
pub(super) fn find(
    hooks: &Hooks,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Arc<Receiver>, Refusal> {
    let Path((vhost, name)) = path.map_err(|_| unknown())?;
    hooks.registry.find(&vhost, &name).ok_or_else(unknown)
}

/// Takes a request in, and answers once it is durable.
pub(super) async fn receive(
    State(hooks): State<Hooks>,
    path: Result<Path<(String, String)>, PathRejection>,
    Extension(Entrance { peer, .. }): Extension<Entrance>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    if is_too_large(&body, hooks.body_limit) {
        return Err(Refusal::too_large(format!("the body may have {} octets", hooks.body_limit)));
    }
    let receiver = find(&hooks, path)?;
    let query = uri.query().unwrap_or_default();
    let arrival = Arrival { receiver: &receiver, peer, headers: &headers, query, at: milliseconds_since_1970() };
    if let Err(answer) = arrival.look_at_sender() {
        return Ok(arrival.finish(*answer, &Bytes::new()));
    }
    let received = match hooks.room.receive(body, hooks.body_limit, peer.address.ip()).await {
        Ok(received) => received,
        Err(refusal) => {
            let answer = Answer::refused(refusal, "the body did not come as a whole, or has too many octets");
            return Ok(arrival.finish(answer, &Bytes::new()));
        }
    };
    let answer = arrival.take(&hooks, &received.octets).await.unwrap_or_else(|answer| *answer);
    Ok(arrival.finish(answer, &received.octets))
}

impl Arrival<'_> {
    /// What can be asked before the body is read.
    fn look_at_sender(&self) -> Result<(), Box<Answer>> {
        let hook = &self.receiver.hook;
        if !hook.hears(self.peer.address.ip()) {
            return Err(Answer::unverified("the address is in none of allowed_networks").into());
        }
        // Those that were asked for consent repeat who they are; Azure Event Grid calls that Origin.
        let origin = self.headers.get(REQUEST_ORIGIN).or_else(|| self.headers.get(header::ORIGIN));
        let allows = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| hook.origins.allow(origin));
        if !hook.origins.is_empty() && !origin.is_none_or(allows) {
            return Err(Answer::unverified("the sender is none of allowed_origins").into());
        }
        Ok(())
    }

    async fn take(&self, hooks: &Hooks, body: &Bytes) -> Result<Answer, Box<Answer>> {
        let hook = &self.receiver.hook;
        let unproven = Unproven { headers: self.headers, query: self.query, body };
        let of_scheme = hook.verifier.verify(unproven, milliseconds_since_1970() / 1_000);
        let of_scheme = of_scheme.map_err(|error| Answer::unverified(error.to_string()))?;
        self.take_turn()?;
        if let Some(answer) = self.echo(body) {
            return Ok(answer);
        }
        let delivery = hook.delivery(self.headers, body, of_scheme);
        let event = self.event(body, delivery.as_deref())?;
        // What is an event has an identity of its own.
        let delivery = delivery.or_else(|| event.is_its_own.then(|| event.identity()));
        self.publish(hooks, &event.event, delivery).await
    }

    fn take_turn(&self) -> Result<(), Box<Answer>> {
        let Some(rate) = &self.receiver.rate else { return Ok(()) };
        rate.take(Instant::now()).map_err(over_rate)
    }

    /// Slack asks whether somebody is there with a text of its own.
    fn echo(&self, body: &[u8]) -> Option<Answer> {
        let text = |pointer| Pointer::parse(pointer).ok()?.find(body);
        let is_asked = self.receiver.hook.verifier.echoes() && text("/type")? == "url_verification";
        let challenge = is_asked.then(|| text("/challenge"))??;
        Some(answer::challenge(challenge))
    }

    fn event(&self, body: &Bytes, delivery: Option<&str>) -> Result<Made, Box<Answer>> {
        let hook = &self.receiver.hook;
        if hook.mapping.is_none()
            && let Some(event) = read_event(self.headers, body).map_err(|error| unreadable(&error))?
        {
            return Ok(Made { event, is_its_own: true });
        }
        let (kind, source, random) = (hook.event_type(), hook.url(), crate::translate::id_text(rand::random()));
        let given = Given { headers: self.headers, body, delivery: delivery.unwrap_or(&random) };
        let defaults = Defaults { kind: &kind, source: &source, arrival: self.at };
        let plain = Mapping::default();
        let mapping = hook.mapping.as_ref().unwrap_or(&plain);
        let event = mapping.event(given, body.clone(), defaults);
        let event = event.map_err(|invalid| unreadable(&Unreadable::Invalid(invalid)))?;
        Ok(Made { event, is_its_own: false })
    }

    async fn publish(&self, hooks: &Hooks, event: &Event, delivery: Option<String>) -> Result<Answer, Box<Answer>> {
        let hook = &self.receiver.hook;
        let publish = publication(hook, event, self.headers, delivery.as_deref(), hooks.auto_create);
        let publish = publish.map_err(unavailable)?;
        let vhost = hooks.engine.vhost(&hook.vhost).map_err(|error| unavailable(error.to_string()))?;
        let published = vhost.publish(&[publish]).await;
        let taken = published.map_err(|(_, error)| unpublished(error))?.first().copied().unwrap_or_default();
        let (id, duplicate) = (event.id(), taken.duplicate);
        let mut response = (StatusCode::ACCEPTED, Json(Receipt { id, duplicate })).into_response();
        if parameter(self.query, ACCESS_TOKEN).is_some() {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        let [id, source, kind] = [id, event.source(), event.event_type()].map(shortened);
        Ok(Answer {
            outcome: if duplicate { Outcome::Duplicate } else { Outcome::Accepted },
            response,
            reason: None,
            delivery: delivery.as_deref().map(shortened),
            event: Some(EventName { id, source, kind }),
            is_verified: true,
        })
    }

    /// Notes what became of it, and answers.
    fn finish(&self, answer: Answer, body: &Bytes) -> Response {
        let Answer { outcome, response, reason, delivery, event, is_verified } = answer;
        self.receiver.note(Record {
            at: self.at,
            address: self.peer.address.ip().to_canonical(),
            method: Method::POST,
            outcome,
            status: response.status(),
            reason,
            delivery,
            event,
            headers: redacted(self.headers),
            octets: body.len(),
            body: is_verified.then(|| beginning(body)),
        });
        response
    }
}

/// The event that a request made.
struct Made {
    event: Event,
    /// The request was an event, and is published as it is.
    is_its_own: bool,
}

impl Made {
    /// Source and id together tell events apart.
    fn identity(&self) -> String {
        format!("{}\n{}", self.event.source(), self.event.id())
    }
}
