//! What management and statistics read of a vhost.

use crate::Arguments;
use std::sync::Arc;

/// What happened to a queue since it was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Messages routed to it.
    pub published: u64,
    /// Deliveries made, with redeliveries.
    pub delivered: u64,
    /// Deliveries of messages that had been delivered before.
    pub redelivered: u64,
    /// Deliveries acked.
    pub acked: u64,
    /// Deliveries rejected.
    pub rejected: u64,
    /// Messages dropped because the queue was full, or their reader too far behind.
    pub dropped: u64,
    /// Messages that were too old.
    pub expired: u64,
    /// Messages handed to the dead-letter exchange.
    pub dead_lettered: u64,
}

/// A queue at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is to survive a restart.
    pub durable: bool,
    /// Whether it belongs to one connection.
    pub exclusive: bool,
    /// Whether it goes with its last subscription.
    pub auto_delete: bool,
    /// What else it was declared with.
    pub arguments: Option<Arc<Arguments>>,
    /// Messages waiting.
    pub ready: u64,
    /// Messages delivered and not settled.
    pub unacked: u64,
    /// Messages that came back and stay away for a while.
    pub delayed: u64,
    /// Octets of all three: sum of [`crate::Message::size`].
    pub octets: u64,
    /// Subscriptions.
    pub consumers: u32,
    /// What happened to it.
    pub counters: Counters,
}
