//! Whether somebody may send here: the handshake of HTTP web hooks for event delivery, and challenges by GET.

use super::Hooks;
use super::receive::{REQUEST_ORIGIN, find};
use super::registry::Receiver;
use super::requests::{Outcome, Record, redacted};
use super::verification::parameter;
use crate::auth::{Entrance, Peer};
use crate::engine::milliseconds_since_1970;
use crate::error::Refusal;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Consent, and to whom. Nothing else is: a status proves nothing.
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
/// Requests a minute.
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// How deliveries are sent.
const ALLOW: HeaderValue = HeaderValue::from_static("POST");

/// Octets of a challenge that is sent back.
const CHALLENGE: usize = 1024;

/// `OPTIONS`: who is allowed is told so. A page that asks for leave (CORS) is told nothing: webhooks are no matter of pages.
pub(super) async fn consent(
    State(hooks): State<Hooks>,
    path: Result<Path<(String, String)>, PathRejection>,
    Extension(Entrance { peer, .. }): Extension<Entrance>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let receiver = find(&hooks, path)?;
    let mut answer = ([(header::ALLOW, ALLOW)], StatusCode::OK).into_response();
    let Some(origin) = asking(&headers) else { return Ok(answer) };
    let is_allowed = origin.to_str().is_ok_and(|origin| receiver.hook.origins.allow(origin));
    if is_allowed && receiver.hook.hears(peer.address.ip()) {
        answer.headers_mut().insert(ALLOWED_ORIGIN, origin.clone());
        let rate = receiver.hook.definition.allowed_rate;
        answer.headers_mut().insert(ALLOWED_RATE, rate.map_or(HeaderValue::from_static("*"), HeaderValue::from));
        note(&receiver, peer, &headers, Method::OPTIONS, StatusCode::OK, None);
    } else {
        let reason = "the sender is none of allowed_origins, or of allowed_networks: it got no consent";
        note(&receiver, peer, &headers, Method::OPTIONS, StatusCode::OK, Some(reason));
    }
    Ok(answer)
}

/// Who asks for consent; `None`: it is a page that asks, or nobody.
fn asking(headers: &HeaderMap) -> Option<&HeaderValue> {
    if headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    headers.get(REQUEST_ORIGIN).or_else(|| headers.get(header::ORIGIN))
}

/// `GET`: services that sign as GitHub does ask with a token (WebSub, `hub.verify_token`), which is the secret, for a text to be sent back.
pub(super) async fn challenge(
    State(hooks): State<Hooks>,
    path: Result<Path<(String, String)>, PathRejection>,
    Extension(Entrance { peer, .. }): Extension<Entrance>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let receiver = find(&hooks, path)?;
    let hook = &receiver.hook;
    let query = uri.query().unwrap_or_default();
    let challenge = parameter(query, "hub.challenge").filter(|challenge| challenge.len() <= CHALLENGE);
    let asked = challenge.filter(|_| parameter(query, "hub.mode").as_deref() == Some("subscribe"));
    let Some(challenge) = asked.filter(|_| hook.verifier.answers_challenges()) else {
        let refusal = Refusal::method_not_allowed();
        return Ok(([(header::ALLOW, super::METHODS)], refusal).into_response());
    };
    let is_right = parameter(query, "hub.verify_token").is_some_and(|token| hook.verifier.is_secret(&token));
    if is_right && hook.hears(peer.address.ip()) {
        note(&receiver, peer, &headers, Method::GET, StatusCode::OK, None);
        return Ok(plain(challenge));
    }
    let reason = "hub.verify_token is not the secret, or the address is in none of allowed_networks";
    note(&receiver, peer, &headers, Method::GET, StatusCode::UNAUTHORIZED, Some(reason));
    Err(Refusal::not_authorised("this request could not be verified"))
}

/// A text that others chose, so that no browser takes it for a page.
pub(super) fn plain(text: String) -> Response {
    let text_only = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let no_guessing = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    ([text_only, no_guessing], text).into_response()
}

fn note(
    receiver: &Receiver,
    peer: Peer,
    headers: &HeaderMap,
    method: Method,
    status: StatusCode,
    refused: Option<&str>,
) {
    receiver.note(Record {
        at: milliseconds_since_1970(),
        address: peer.address.ip().to_canonical(),
        method,
        outcome: if refused.is_some() { Outcome::Refused } else { Outcome::Challenge },
        status,
        reason: refused.map(str::to_owned),
        delivery: None,
        event: None,
        headers: redacted(headers),
        octets: 0,
        body: None,
    });
}
