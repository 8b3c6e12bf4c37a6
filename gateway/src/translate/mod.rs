//! Between events and the broker's messages, for all protocols that speak of events.
//!
//! An event is a message whose headers hold its attributes, and whose body is its data. A message that is no event is told as one, in a way that
//! can be turned back.

mod destination;
mod event;
mod headers;
mod reserved;
mod target;

pub(crate) use destination::readable;
pub(crate) use event::event_of;
pub(crate) use headers::of_event;
pub(crate) use reserved::{CONTROL, is_reserved, reserved};
pub(crate) use target::{TOPIC_EXCHANGE, Target, Wishes, event_identity};

use ulid::Ulid;

/// A new identity for a message that comes in at `now`, in milliseconds since 1970: a ULID.
pub(crate) fn message_id(now: u64) -> u128 {
    Ulid::from_parts(now, rand::random()).0
}

/// The text of a message's identity.
pub(crate) fn id_text(id: u128) -> String {
    Ulid(id).to_string()
}
