//! Events in their two forms.

use bytes::Bytes;
use wire::cloudevents::{Event, json, protobuf};

/// Events of a batch, at most.
const BATCH: usize = 16;

/// One event in JSON, or a batch.
///
/// # Panics
/// When an event is not the same after it was written and read again, in either form.
pub fn cloudevents_json(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    if let Ok(event) = json::decode(&data) {
        read_again(&event);
    }
    if let Ok(events) = json::decode_batch(&data, BATCH) {
        assert!(events.len() <= BATCH);
        let mut written = Vec::new();
        json::encode_batch(&events, &mut written);
        assert_eq!(json::decode_batch(&written.into(), BATCH).as_ref(), Ok(&events));
    }
}

/// One event in Protobuf, or a batch.
///
/// # Panics
/// When an event is not the same after it was written and read again, in either form.
pub fn cloudevents_protobuf(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    if let Ok(event) = protobuf::decode(&data) {
        read_again(&event);
    }
    if let Ok(events) = protobuf::decode_batch(&data, BATCH) {
        assert!(events.len() <= BATCH);
    }
}

/// JSON and Protobuf do not tell all kinds of data apart, so what a form makes of an event once has to stay as it is.
fn read_again(event: &Event) {
    let in_json = through_json(event);
    assert_eq!(through_json(&in_json), in_json, "of {event:?}");
    let in_protobuf = through_protobuf(event);
    assert_eq!(through_protobuf(&in_protobuf), in_protobuf, "of {event:?}");
    for read in [in_json, in_protobuf] {
        assert_eq!((read.id(), read.source(), read.event_type()), (event.id(), event.source(), event.event_type()));
    }
}

fn through_json(event: &Event) -> Event {
    let mut written = Vec::new();
    json::encode(event, &mut written);
    let shown = written.escape_ascii().to_string();
    json::decode(&written.into()).unwrap_or_else(|invalid| panic!("{invalid:?} in {shown} of {event:?}"))
}

fn through_protobuf(event: &Event) -> Event {
    let mut written = Vec::new();
    protobuf::encode(event, &mut written);
    protobuf::decode(&written.into()).unwrap_or_else(|invalid| panic!("{invalid:?} of {event:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise what is asserted of events would be asserted of none.
    #[test]
    fn the_corpus_has_events() {
        let whole = Bytes::from_static(include_bytes!("../corpus/cloudevents_json/all"));
        assert_eq!(json::decode(&whole).unwrap().text("subject"), Some("Zoë"));
        let attributes = Bytes::from_static(include_bytes!("../corpus/cloudevents_protobuf/attributes"));
        assert_eq!(protobuf::decode(&attributes).unwrap().text("ref"), Some("/a"));
        let batch = Bytes::from_static(include_bytes!("../corpus/cloudevents_protobuf/batch"));
        assert_eq!(protobuf::decode_batch(&batch, BATCH).unwrap().len(), 2);
    }
}
