//! Connections, as management sees them.

use super::rate::{Rate, per_second};
use crate::engine::connections::{ConnectionSample, Transport};
use serde::Serialize;
use std::sync::Arc;

/// One connection.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's; what they hold is said at ConnectionInfo")]
pub struct ConnectionReport {
    pub name: Arc<str>,
    pub vhost: Arc<str>,
    pub user: Arc<str>,
    pub protocol: String,
    pub transport: Transport,
    pub peer_host: String,
    pub peer_port: u16,
    pub connected_at: u64,
    #[serde(rename = "send_oct")]
    pub sent: u64,
    #[serde(rename = "send_oct_details")]
    pub sent_details: Rate,
    #[serde(rename = "recv_oct")]
    pub received: u64,
    #[serde(rename = "recv_oct_details")]
    pub received_details: Rate,
    pub subscriptions: u32,
    pub channels: u32,
    /// `blocked`: what it publishes waits for memory; `flow`: for a reader.
    pub state: &'static str,
    /// Ours: things to tell it that it has not come to yet.
    pub outbox_messages: usize,
    /// Ours: octets of deliveries that were handed to it and that it has not written to its socket.
    pub outbox_bytes: u64,
}

/// How fast the counters of a connection grow, per second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::engine) struct ConnectionRates {
    sent: f64,
    received: f64,
}

impl ConnectionRates {
    /// From two readings, `seconds` apart.
    pub(in crate::engine) fn between(
        earlier: Option<&ConnectionSample>,
        later: &ConnectionSample,
        seconds: f64,
    ) -> Self {
        let (sent, received) = earlier.map_or((0, 0), |earlier| (earlier.sent, earlier.received));
        ConnectionRates {
            sent: per_second(sent, later.sent, seconds),
            received: per_second(received, later.received, seconds),
        }
    }
}

impl ConnectionReport {
    pub(in crate::engine) fn new(sample: &ConnectionSample, rates: ConnectionRates) -> Self {
        let info = &sample.info;
        ConnectionReport {
            name: Arc::clone(&info.name),
            vhost: Arc::clone(&info.vhost),
            user: Arc::clone(&info.user),
            protocol: info.protocol.clone(),
            transport: info.transport,
            peer_host: info.peer.address.ip().to_string(),
            peer_port: info.peer.address.port(),
            connected_at: info.connected_at,
            sent: sample.sent,
            sent_details: rates.sent.into(),
            received: sample.received,
            received_details: rates.received.into(),
            subscriptions: sample.subscriptions,
            channels: 1,
            state: match sample.row {
                row if row.is_blocked => "blocked",
                row if row.parked > 0 => "flow",
                _ => "running",
            },
            outbox_messages: sample.outbox,
            outbox_bytes: sample.row.unwritten,
        }
    }
}
