//! Queues, as management sees them.

use super::rate::{Rate, per_second};
use broker::stats::{Counters, GroupRow, QueueRow, StreamRow};
use broker::{Arguments, QueueType, arguments};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct QueueReport {
    pub name: Arc<str>,
    pub vhost: Arc<str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub durable: bool,
    pub exclusive: bool,
    pub auto_delete: bool,
    pub arguments: BTreeMap<&'static str, Value>,
    pub state: &'static str,
    pub policy: Option<String>,
    pub messages: u64,
    pub messages_ready: u64,
    pub messages_unacknowledged: u64,
    /// Ours: messages that came back and stay away for a while.
    pub messages_delayed: u64,
    pub message_bytes: u64,
    pub consumers: u32,
    pub message_stats: MessageStats,
    /// Ours: of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamReport>,
}

/// A stream: what a reader of it may want to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamReport {
    /// The identity of its offsets, as STOMP writes it.
    pub epoch: String,
    /// The offset of the oldest message that is kept.
    pub first_offset: u64,
    /// The offset that the next message gets.
    pub next_offset: u64,
    /// Files that it has of its own, beside the journal.
    pub segments: usize,
    /// Consumer groups by name.
    pub groups: Vec<GroupReport>,
}

/// A consumer group of a stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupReport {
    /// Its name.
    pub name: Arc<str>,
    /// What is below is done.
    pub committed_offset: u64,
    /// Messages that are not done.
    pub lag: u64,
    /// Subscriptions.
    pub consumers: u32,
}

impl From<&StreamRow> for StreamReport {
    fn from(row: &StreamRow) -> Self {
        let group = |group: &GroupRow| GroupReport {
            name: Arc::clone(&group.name),
            committed_offset: group.committed,
            lag: group.lag,
            consumers: group.consumers,
        };
        StreamReport {
            epoch: format!("{:x}", row.epoch),
            first_offset: row.first,
            next_offset: row.next,
            segments: row.files,
            groups: row.groups.iter().map(group).collect(),
        }
    }
}

/// What happened to a queue since it was declared, and how fast it happens now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct MessageStats {
    pub publish: u64,
    pub publish_details: Rate,
    pub deliver_get: u64,
    pub deliver_get_details: Rate,
    pub ack: u64,
    pub ack_details: Rate,
    pub redeliver: u64,
    pub redeliver_details: Rate,
    /// Ours: messages that had no room, in a full queue or behind a reader that was too slow.
    pub dropped: u64,
    /// Ours: messages that were too old.
    pub expired: u64,
    /// Ours: messages handed to the dead-letter exchange.
    pub dead_lettered: u64,
}

/// How fast each counter of a queue grows, per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::engine) struct QueueRates {
    pub(super) published: f64,
    pub(super) delivered: f64,
    pub(super) acked: f64,
    pub(super) redelivered: f64,
}

impl QueueRates {
    /// From two readings of the counters, `seconds` apart.
    pub(in crate::engine) fn between(earlier: &Counters, later: &Counters, seconds: f64) -> Self {
        QueueRates {
            published: per_second(earlier.published, later.published, seconds),
            delivered: per_second(earlier.delivered, later.delivered, seconds),
            acked: per_second(earlier.acked, later.acked, seconds),
            redelivered: per_second(earlier.redelivered, later.redelivered, seconds),
        }
    }
}

impl QueueReport {
    pub(in crate::engine) fn new(vhost: &Arc<str>, row: &QueueRow, rates: QueueRates) -> Self {
        QueueReport {
            name: Arc::clone(&row.name),
            vhost: Arc::clone(vhost),
            kind: row.arguments.as_deref().map_or(QueueType::Classic, Arguments::queue_type).as_str(),
            durable: row.durable,
            exclusive: row.exclusive,
            auto_delete: row.auto_delete,
            arguments: row.arguments.iter().flat_map(|arguments| arguments.given()).map(argument).collect(),
            state: "running",
            policy: None,
            messages: match row.stream {
                Some(_) => row.ready, // what is unacked is in there
                None => row.ready + row.unacked + row.delayed,
            },
            messages_ready: row.ready,
            messages_unacknowledged: row.unacked,
            messages_delayed: row.delayed,
            message_bytes: row.octets,
            consumers: row.consumers,
            message_stats: MessageStats {
                publish: row.counters.published,
                publish_details: rates.published.into(),
                deliver_get: row.counters.delivered,
                deliver_get_details: rates.delivered.into(),
                ack: row.counters.acked,
                ack_details: rates.acked.into(),
                redeliver: row.counters.redelivered,
                redeliver_details: rates.redelivered.into(),
                dropped: row.counters.dropped,
                expired: row.counters.expired,
                dead_lettered: row.counters.dead_lettered,
            },
            stream: row.stream.as_ref().map(StreamReport::from),
        }
    }
}

fn argument((name, value): (&'static str, arguments::Value)) -> (&'static str, Value) {
    let value = match value {
        arguments::Value::Number(number) => number.into(),
        arguments::Value::Factor(factor) => factor.into(),
        arguments::Value::Text(text) => Value::String(text.into()),
        arguments::Value::Flag(flag) => flag.into(),
    };
    (name, value)
}
