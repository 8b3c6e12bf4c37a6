//! The whole server, as management sees it.

use super::rate::Rate;
use broker::stats::VhostRow;
use serde::Serialize;

/// `GET /api/overview`.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct OverviewReport {
    pub product_name: &'static str,
    pub product_version: &'static str,
    pub node: &'static str,
    pub cluster_name: &'static str,
    pub engine: &'static str,
    /// Milliseconds.
    pub uptime: u64,
    pub object_totals: ObjectTotals,
    pub queue_totals: QueueTotals,
    pub message_stats: MessageTotals,
    pub listeners: Vec<Listener>,
}

/// How many there are of what.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ObjectTotals {
    pub connections: usize,
    pub channels: usize,
    pub consumers: u64,
    pub exchanges: usize,
    pub queues: usize,
}

/// All queues together.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct QueueTotals {
    pub messages: u64,
    pub messages_ready: u64,
    pub messages_ready_details: Rate,
    pub messages_unacknowledged: u64,
    pub messages_unacknowledged_details: Rate,
}

/// What happened since the start, and how fast it happens now.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct MessageTotals {
    /// Messages that clients published, each once.
    pub publish: u64,
    pub publish_details: Rate,
    pub deliver_get: u64,
    pub deliver_get_details: Rate,
    pub ack: u64,
    pub ack_details: Rate,
    pub redeliver: u64,
    pub redeliver_details: Rate,
}

/// Where the server listens.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct Listener {
    pub protocol: &'static str,
    pub ip_address: String,
    pub port: u16,
}

/// Which earlier readings are wanted: RabbitMQ's `msg_rates_age` and `msg_rates_incr`.
#[derive(Debug, Clone, Copy)]
pub struct SampleWindow {
    /// Seconds to look back.
    pub age: u64,
    /// Seconds between two readings.
    pub step: u64,
}

/// The figures of which earlier readings are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::engine) struct Totals {
    pub(in crate::engine) published: u64,
    pub(in crate::engine) delivered: u64,
    pub(in crate::engine) acked: u64,
    pub(in crate::engine) redelivered: u64,
    pub(in crate::engine) ready: u64,
    pub(in crate::engine) unacked: u64,
}

impl From<VhostRow> for Totals {
    fn from(row: VhostRow) -> Self {
        Totals {
            published: row.published,
            delivered: row.counters.delivered,
            acked: row.counters.acked,
            redelivered: row.counters.redelivered,
            ready: row.ready,
            unacked: row.unacked,
        }
    }
}

impl OverviewReport {
    /// `rate` gives the history of one of the figures.
    pub(in crate::engine) fn new(
        uptime: u64,
        object_totals: ObjectTotals,
        totals: Totals,
        listeners: Vec<Listener>,
        rate: impl Fn(fn(&Totals) -> u64) -> Rate,
    ) -> Self {
        OverviewReport {
            product_name: "Wharf",
            product_version: env!("CARGO_PKG_VERSION"),
            node: super::node::NODE,
            cluster_name: super::node::NODE,
            engine: "embedded",
            uptime,
            object_totals,
            queue_totals: QueueTotals {
                messages: totals.ready + totals.unacked,
                messages_ready: totals.ready,
                messages_ready_details: rate(|totals| totals.ready),
                messages_unacknowledged: totals.unacked,
                messages_unacknowledged_details: rate(|totals| totals.unacked),
            },
            message_stats: MessageTotals {
                publish: totals.published,
                publish_details: rate(|totals| totals.published),
                deliver_get: totals.delivered,
                deliver_get_details: rate(|totals| totals.delivered),
                ack: totals.acked,
                ack_details: rate(|totals| totals.acked),
                redeliver: totals.redelivered,
                redeliver_details: rate(|totals| totals.redelivered),
            },
            listeners,
        }
    }
}
