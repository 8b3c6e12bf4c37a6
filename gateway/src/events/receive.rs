//! `GET /events/{destination}`: the two ways to receive over HTTP, told apart by `Accept`.

use super::Events;
use super::admission::Admitted;
use super::{poll, sse};
use crate::error::Refusal;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use wire::cloudevents::content::JSON_BATCH;

/// The media type of server-sent events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A way to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Stream,
    Poll,
}

/// Answers with what there is to be read, in the way that is wanted.
pub(super) async fn receive(
    admitted: Admitted,
    State(state): State<Arc<Events>>,
    OriginalUri(uri): OriginalUri,
    head: HeaderMap,
) -> Result<Response, Refusal> {
    let accepted = head.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    match choose(accepted) {
        Some(Way::Stream) => sse::stream(&admitted, &state, &uri, &head).await,
        Some(Way::Poll) => poll::poll(&admitted, &state, &uri).await,
        None => {
            let reason = format!("events are sent as {EVENT_STREAM}, or polled as {JSON_BATCH}: accept one of them");
            Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", reason))
        }
    }
}

/// The way of the media type with the highest weight, of equals the first (RFC 9110 section 12.5.1). Who says nothing is sent
/// events as they come.
fn choose<'a>(accepted: impl Iterator<Item = &'a str>) -> Option<Way> {
    let mut ranges = accepted.flat_map(|value| value.split(',')).map(str::trim).filter(|it| !it.is_empty()).peekable();
    if ranges.peek().is_none() {
        return Some(Way::Stream);
    }
    let mut best: Option<(f32, Way)> = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let way = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            EVENT_STREAM | "text/*" | "*/*" => Way::Stream,
            JSON_BATCH | "application/*" => Way::Poll,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, way));
        }
    }
    best.map(|(_, way)| way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_told_by_what_is_accepted() {
        let chosen = |accept: &str| choose([accept].into_iter());
        assert_eq!(choose([].into_iter()), Some(Way::Stream));
        for accept in ["text/event-stream", "*/*", "Text/Event-Stream; q=0.5", "application/json, text/event-stream"] {
            assert_eq!(chosen(accept), Some(Way::Stream), "{accept}");
        }
        let both = "text/event-stream;q=0.1, application/cloudevents-batch+json";
        for accept in ["application/cloudevents-batch+json", both, "application/cloudevents-batch+json, */*"] {
            assert_eq!(chosen(accept), Some(Way::Poll), "{accept}");
        }
        for accept in ["application/json", "text/html", "text/event-stream;q=0"] {
            assert_eq!(chosen(accept), None, "{accept}");
        }
    }
}
