//! What management and statistics read of a vhost.

use crate::{AckMode, Arguments, ConnectionId, Kind, SubscriptionNumber};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::AddAssign;
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

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.published += other.published;
        self.delivered += other.delivered;
        self.redelivered += other.redelivered;
        self.acked += other.acked;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
        self.expired += other.expired;
        self.dead_lettered += other.dead_lettered;
    }
}

/// A vhost at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VhostRow {
    /// Messages that were published and not refused, however many queues took them.
    pub published: u64,
    /// What happened in all its queues, those that are gone included.
    pub counters: Counters,
    /// Messages waiting, those that stay away for a while included.
    pub ready: u64,
    /// Messages delivered and not settled.
    pub unacked: u64,
    /// Octets in all queues.
    pub octets: u64,
    /// Octets from which publishers are blocked.
    pub octets_limit: u64,
    /// Whether they are.
    pub is_blocked: bool,
    /// Grows whenever a queue, exchange, binding or subscription comes or goes.
    pub topology: u64,
}

impl Sum for VhostRow {
    fn sum<I: Iterator<Item = Self>>(rows: I) -> Self {
        rows.fold(VhostRow::default(), |mut sum, row| {
            sum.published += row.published;
            sum.counters += row.counters;
            sum.ready += row.ready;
            sum.unacked += row.unacked;
            sum.octets += row.octets;
            sum.octets_limit += row.octets_limit;
            sum.is_blocked |= row.is_blocked;
            sum.topology += row.topology;
            sum
        })
    }
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
    /// If it is a stream.
    pub stream: Option<StreamRow>,
}

/// A stream at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// The identity of its offsets.
    pub epoch: u64,
    /// The offset of the oldest message that is kept.
    pub first: u64,
    /// The offset that the next message gets.
    pub next: u64,
    /// Files of its own.
    pub files: usize,
    /// Its consumer groups by name.
    pub groups: Vec<GroupRow>,
}

/// A consumer group of a stream at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Its name.
    pub name: Arc<str>,
    /// What is below this offset is done.
    pub committed: u64,
    /// Messages that are not done.
    pub lag: u64,
    /// Subscriptions.
    pub consumers: u32,
}

/// What happened to an exchange since it was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExchangeCounters {
    /// Messages published to it.
    pub published: u64,
    /// Queues that it routed them to: a message counts once for each.
    pub routed: u64,
}

impl ExchangeCounters {
    pub(crate) fn count(&mut self, queues: usize) {
        self.published += 1;
        self.routed += queues as u64;
    }
}

/// An exchange at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeRow {
    /// Its name; empty: the default exchange.
    pub name: Arc<str>,
    /// How it routes.
    pub kind: Kind,
    /// Whether it is to survive a restart.
    pub durable: bool,
    /// Whether only the server publishes to it.
    pub read_only: bool,
    /// Takes what it cannot route.
    pub alternate: Option<Arc<str>>,
    /// What happened to it.
    pub counters: ExchangeCounters,
}

/// A binding of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct BindingRow {
    /// The exchange; empty: the default exchange, to which every queue is bound with its name.
    pub exchange: Arc<str>,
    /// The queue.
    pub queue: Arc<str>,
    /// The binding key.
    pub key: Arc<str>,
    /// For a headers exchange: the headers to match, and `x-match`.
    pub arguments: BTreeMap<String, String>,
}

/// A subscription that takes messages, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRow {
    /// Whose.
    pub connection: ConnectionId,
    /// Its number there.
    pub number: SubscriptionNumber,
    /// What it reads.
    pub queue: Arc<str>,
    /// Of a stream: the consumer group that it is a member of.
    pub group: Option<Arc<str>>,
    /// How its deliveries are settled.
    pub ack_mode: AckMode,
    /// Most unacked deliveries; 0: no limit.
    pub prefetch: u32,
    /// Those of a higher one are served first.
    pub priority: i32,
    /// Whether it wants to be alone.
    pub exclusive: bool,
    /// Whether it is served: where only one is, the others wait.
    pub is_active: bool,
    /// Whether its queue serves one subscription at a time.
    pub is_one_of_one: bool,
    /// Messages delivered and not settled.
    pub unacked: u64,
}

/// A connection at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectionRow {
    /// Octets of deliveries that were handed to it, and that it has not written yet.
    pub unwritten: u64,
    /// Requests that wait until it may publish again.
    pub parked: u64,
    /// Whether they wait for memory.
    pub is_blocked: bool,
}
