//! Types of events that are the server's own.

use wire::cloudevents::{Event, Invalid};

/// How the types begin by which the server itself speaks to a receiver: nobody else's may.
pub(crate) const CONTROL: &str = "wharf.control.";

/// Whether an event could be taken for one of the server's own, by its type.
pub(crate) fn is_reserved(event: &Event) -> bool {
    event.event_type().starts_with(CONTROL)
}

/// What is wrong with such an event of somebody else.
pub(crate) fn reserved() -> Invalid {
    let reason = "begins with wharf.control., as only types of the server's own events do";
    Invalid { attribute: Some("type".into()), reason: reason.into() }
}
