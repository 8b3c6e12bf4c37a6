//! Between what receivers of events ask for, and the broker's subscriptions and messages.

mod reader;
mod reading;
mod receipt;
pub(super) mod requests;

pub(super) use reader::{Reader, TURN, Told};
pub(super) use reading::{Begin, Kind, Reading, Wanted};
pub(super) use receipt::Receipt;

/// One handing of an event to a reader.
pub(super) use broker::DeliveryTag as Tag;
