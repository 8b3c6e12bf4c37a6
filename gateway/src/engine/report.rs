//! What management and the statistics exchange say, with RabbitMQ's field names.

use broker::arguments;
use broker::stats::{Counters, QueueRow};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The response header that tells with which statistics message a snapshot of queues can be continued.
pub const SEQUENCE_HEADER: &str = "x-wharf-sequence";

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

/// Events per second over the last interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[allow(missing_docs, reason = "the name is RabbitMQ's")]
pub struct Rate {
    pub rate: f64,
}

/// How fast each counter of a queue grows, per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rates {
    published: Rate,
    delivered: Rate,
    acked: Rate,
    redelivered: Rate,
}

impl Rates {
    /// From two readings of the counters, `seconds` apart.
    pub(super) fn between(earlier: &Counters, later: &Counters, seconds: f64) -> Self {
        let rate = |earlier: u64, later: u64| {
            #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
            let count = later.saturating_sub(earlier) as f64;
            Rate { rate: if seconds > 0.0 { (count / seconds * 10.0).round() / 10.0 } else { 0.0 } }
        };
        Rates {
            published: rate(earlier.published, later.published),
            delivered: rate(earlier.delivered, later.delivered),
            acked: rate(earlier.acked, later.acked),
            redelivered: rate(earlier.redelivered, later.redelivered),
        }
    }
}

impl QueueReport {
    pub(super) fn new(vhost: &Arc<str>, row: &QueueRow, rates: Rates) -> Self {
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
                publish_details: rates.published,
                deliver_get: row.counters.delivered,
                deliver_get_details: rates.delivered,
                ack: row.counters.acked,
                ack_details: rates.acked,
                redeliver: row.counters.redelivered,
                redeliver_details: rates.redelivered,
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

/// `GET /api/overview`.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct OverviewReport {
    pub product_name: &'static str,
    pub product_version: &'static str,
    pub node: &'static str,
    pub engine: &'static str,
    pub uptime: u64,
    pub object_totals: ObjectTotals,
    pub queue_totals: QueueTotals,
}

/// How many there are of what.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ObjectTotals {
    pub connections: usize,
    pub queues: usize,
    pub consumers: u64,
}

/// All queues together.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct QueueTotals {
    pub messages: u64,
    pub messages_ready: u64,
    pub messages_unacknowledged: u64,
}
