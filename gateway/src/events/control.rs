//! Events by which the server itself speaks to a receiver.

use crate::engine::milliseconds_since_1970;
use crate::translate::{CONTROL, id_text, message_id};
use bytes::Bytes;
use serde_json::Value;
use wire::cloudevents::{Data, Event, Invalid};

/// Their source.
const SOURCE: &str = "/wharf";

/// An event of the type `wharf.control.NAME` with this as its data. `None`: the name is none.
pub(super) fn event(name: &str, data: &Value) -> Option<Event> {
    build(name, data).ok()
}

fn build(name: &str, data: &Value) -> Result<Event, Invalid> {
    let mut builder = Event::builder();
    builder.text("specversion", wire::cloudevents::SPEC_VERSION)?;
    builder.text("id", id_text(message_id(milliseconds_since_1970())))?;
    builder.text("source", SOURCE)?;
    builder.text("type", format!("{CONTROL}{name}"))?;
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
