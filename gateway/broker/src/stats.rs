//! What management and statistics read of a vhost.

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
    /// Messages dropped because their reader fell too far behind.
    pub dropped: u64,
}

/// A queue at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it belongs to one connection.
    pub exclusive: bool,
    /// Whether it goes with its last subscription.
    pub auto_delete: bool,
    /// Messages waiting.
    pub ready: u64,
    /// Messages delivered and not settled.
    pub unacked: u64,
    /// Octets of both: sum of [`crate::Message::size`].
    pub octets: u64,
    /// Subscriptions.
    pub consumers: u32,
    /// What happened to it.
    pub counters: Counters,
}
