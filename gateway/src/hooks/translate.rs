//! From the event of a request to what the broker publishes.

use super::definition::Hook;
use crate::engine::milliseconds_since_1970;
use crate::translate::{Target, Wishes};
use axum::http::HeaderMap;
use broker::{DeduplicationId, DeduplicationScope, Headers, Message, Publish};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;
use wire::cloudevents::Event;

/// Octets of a digest that stands for a delivery: enough that no two are alike by chance.
const DIGEST: usize = 16;

/// The event, to be published where the receiver says, once; `delivery` tells it from others.
pub(super) fn publication(
    hook: &Hook,
    event: &Event,
    headers: &HeaderMap,
    delivery: Option<&str>,
    auto_create: bool,
) -> Result<Publish, String> {
    let target = Target::parse(&hook.definition.destination, auto_create)?;
    let wishes = Wishes { is_persistent: true, deduplicates: false, now: milliseconds_since_1970() };
    let publish = target.publication(event, &wishes);
    let message = match hook.kept(headers).next() {
        Some(_) => Arc::new(with_headers(&publish.message, hook.kept(headers))),
        None => publish.message,
    };
    Ok(Publish { message, deduplication_id: delivery.map(|delivery| identity(hook, delivery)), ..publish })
}

/// The same message with more headers.
fn with_headers<'a>(message: &'a Message, more: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Message {
    let headers = Headers::new(message.headers.iter().chain(more));
    let copy = Message::new(message.exchange.clone(), &*message.routing_key, headers, message.body.clone());
    copy.expiring(message.expires).identified(message.id).persistent()
}

/// Deliveries are told apart per receiver, wherever it publishes. They may be long, so a digest stands for them.
fn identity(hook: &Hook, delivery: &str) -> DeduplicationId {
    let digest = Sha256::digest(delivery);
    let text = digest.iter().take(DIGEST).fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    });
    let scope = DeduplicationScope { name: format!("hook/{}", hook.name).into(), time: hook.window() };
    DeduplicationId { text: text.into(), scope: Some(scope) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hook(kept: &[&str]) -> Hook {
        let definition = json!({ "destination": "/queue/q", "verification": { "scheme": "none" }, "kept_headers": kept,
            "deduplication": { "window": 5 } });
        Hook::new("/", "a", serde_json::from_value(definition).unwrap()).unwrap()
    }

    #[test]
    fn what_is_kept_of_the_request_is_a_header_of_the_message() {
        let event = Event::new("1", "/a", "t").unwrap();
        let headers = HeaderMap::from_iter([("x-a".parse().unwrap(), "1".parse().unwrap())]);
        let publish = publication(&hook(&["X-A", "x-b"]), &event, &headers, None, true).unwrap();
        assert_eq!((publish.message.headers.get("x-a"), publish.message.headers.get("x-b")), (Some("1"), None));
        assert_eq!((publish.message.headers.get("ce-id"), publish.message.is_persistent), (Some("1"), true));
        assert_ne!(publish.message.id, 0);
        assert_eq!(publish.deduplication_id, None);
    }

    #[test]
    fn a_delivery_is_remembered_for_the_receivers_window() {
        let event = Event::new("1", "/a", "t").unwrap();
        let id = |delivery| {
            publication(&hook(&[]), &event, &HeaderMap::new(), Some(delivery), true).unwrap().deduplication_id
        };
        let scope = DeduplicationScope { name: "hook/a".into(), time: 5_000 };
        assert_eq!(id("d").unwrap().scope, Some(scope));
        assert_ne!(id("d"), id("e"));
        assert_eq!(id(&"x".repeat(10_000)).unwrap().text.len(), 32);
    }
}
