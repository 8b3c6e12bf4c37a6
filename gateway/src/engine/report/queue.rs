//! Queues, as management sees them.

use super::rate::{Rate, per_second};
use broker::arguments;
use broker::stats::{Counters, QueueRow};
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
            kind: "classic",
            durable: row.durable,
            exclusive: row.exclusive,
            auto_delete: row.auto_delete,
            arguments: row.arguments.iter().flat_map(|arguments| arguments.given()).map(argument).collect(),
            state: "running",
            policy: None,
            messages: row.ready + row.unacked + row.delayed,
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
