//! Events in the JSON format as bodies: of a SEND, and of the MESSAGEs of a subscription that asks for them.

use crate::translate::{event_of, of_event};
use broker::{Headers, Message};
use std::sync::Arc;
use wire::cloudevents::content::JSON;
use wire::cloudevents::{headers, json};
use wire::stomp::server::{Failure, Send};
use wire::stomp::{Code, Headers as WireHeaders};

/// The header of SUBSCRIBE that says how events are wanted: `structured`, or `binary` as without it.
const WISH: &str = "x-cloudevents";

/// Whether a subscription wants events as bodies.
pub(super) fn wants_documents(headers: &WireHeaders) -> Result<bool, Failure> {
    match headers.get(WISH) {
        None | Some("binary") => Ok(false),
        Some("structured") => Ok(true),
        Some(other) => {
            let message = format!("{WISH} must be structured or binary, not {other:?}");
            Err(Failure::new(Code::PreconditionFailed, message))
        }
    }
}

/// A SEND whose body is an event, as one whose headers are its attributes.
pub(super) fn unpack(send: &Send) -> Result<Send, Failure> {
    let event = json::decode(&send.body)
        .map_err(|invalid| Failure::new(Code::PreconditionFailed, format!("the event in the body: {invalid}")))?;
    let attributes = of_event(&event);
    let attributes = attributes.iter().map(|(name, value)| (&**name, &**value));
    let others = send.headers.iter().filter(|(name, _)| !is_of_event(name));
    Ok(Send {
        destination: send.destination.clone(),
        headers: others.chain(attributes).collect(),
        body: event.data().body(),
        token: send.token,
    })
}

/// A message as an event in JSON.
pub(super) fn packed(message: &Message, vhost: &str) -> Arc<Message> {
    let mut body = Vec::with_capacity(message.body.len() + message.headers.size() + 64);
    json::encode(&event_of(message, vhost), &mut body);
    let others = message.headers.iter().filter(|(name, _)| !is_of_event(name));
    let headers = Headers::new(others.chain([("content-type", JSON)]));
    let mut packed = Message::new(message.exchange.clone(), &*message.routing_key, headers, body.into());
    packed.deaths.clone_from(&message.deaths);
    Arc::new(packed)
}

fn is_of_event(header: &str) -> bool {
    ["content-type", headers::EMPTY_DATA, headers::TYPES].contains(&header) || headers::attribute_of(header).is_some()
}
