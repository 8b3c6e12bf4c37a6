//! Events by which the server itself speaks to a receiver.

use crate::engine::milliseconds_since_1970;
use crate::translate::{id_text, message_id};
use bytes::Bytes;
use serde_json::Value;
use wire::cloudevents::{Data, Event, Invalid};

/// How their types begin: nobody else's may.
pub(super) const PREFIX: &str = "wharf.control.";

/// Their source.
const SOURCE: &str = "/wharf";

/// An event of the type `wharf.control.NAME` with this as its data. `None`: the name is none.
pub(super) fn event(name: &str, data: &Value) -> Option<Event> {
    build(name, data).ok()
}

/// Whether an event could be taken for one of the server's own, by its type.
pub(super) fn is_reserved(event: &Event) -> bool {
    event.event_type().starts_with(PREFIX)
}

/// What is wrong with such an event of somebody else.
pub(super) fn reserved() -> Invalid {
    let reason = "begins with wharf.control., as only types of the server's own events do";
    Invalid { attribute: Some("type".into()), reason: reason.into() }
}

fn build(name: &str, data: &Value) -> Result<Event, Invalid> {
    let mut builder = Event::builder();
    builder.text("specversion", wire::cloudevents::SPEC_VERSION)?;
    builder.text("id", id_text(message_id(milliseconds_since_1970())))?;
    builder.text("source", SOURCE)?;
    builder.text("type", format!("{PREFIX}{name}"))?;
    builder.text("datacontenttype", "application/json")?;
    builder.finish(Data::Json(Bytes::from(data.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_says_is_an_event() {
        let event = event("notice", &json!({ "notice": "dropped" })).unwrap();
        assert_eq!((event.event_type(), event.source()), ("wharf.control.notice", "/wharf"));
        assert_eq!(&event.data().body()[..], br#"{"notice":"dropped"}"#);
    }
}
