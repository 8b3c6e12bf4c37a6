//! What the broker did with events, as an answer tells it.

use broker::Taken;
use serde::Serialize;
use wire::cloudevents::Event;

/// What became of an event.
#[derive(Debug, Serialize)]
pub(in crate::events) struct Receipt<'a> {
    source: &'a str,
    id: &'a str,
    /// How many queues and streams took it.
    routed: u32,
    /// Its offset in the stream that took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_offset: Option<u64>,
    /// It was published before, and left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
}

impl<'a> Receipt<'a> {
    pub(in crate::events) fn new(event: &'a Event, taken: Taken) -> Self {
        let Taken { routed, duplicate, stream_offset } = taken;
        Receipt { source: event.source(), id: event.id(), routed, stream_offset, duplicate }
    }
}
