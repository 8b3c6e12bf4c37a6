//! An event whose turn to be delivered comes.

use super::translate::Delivery;
use tokio::time::Instant;

/// An event that was handed out and is not settled.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) delivery: Box<Delivery>,
    /// Which attempt the next one is, counted from 1.
    pub(super) number: u32,
    /// Since when it waits.
    pub(super) since: Instant,
    /// With what it shares an order, if that is kept.
    pub(super) key: Option<Box<str>>,
}

impl Turn {
    /// An event that just came; `is_ordered`: its key is kept.
    pub(super) fn new(delivery: Box<Delivery>, is_ordered: bool, now: Instant) -> Self {
        let key = || delivery.event.text("partitionkey").or(delivery.event.text("subject")).map(Box::from);
        let key = if is_ordered { key() } else { None };
        Turn { number: delivery.count, since: now, key, delivery }
    }
}
