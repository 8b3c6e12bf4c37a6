//! Subscriptions, as management sees them.

use crate::engine::connections::ConnectionInfo;
use broker::AckMode;
use broker::stats::SubscriptionRow;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One subscription that takes messages.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ConsumerReport {
    pub queue: QueueName,
    pub consumer_tag: String,
    pub ack_required: bool,
    pub prefetch_count: u32,
    pub exclusive: bool,
    pub active: bool,
    pub activity_status: &'static str,
    pub arguments: BTreeMap<&'static str, i32>,
    /// Ours: messages delivered and not settled.
    pub unacked: u64,
    /// Ours: of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_group: Option<Arc<str>>,
    pub channel_details: ChannelDetails,
}

/// A queue and its vhost.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct QueueName {
    pub name: Arc<str>,
    pub vhost: Arc<str>,
}

/// The connection of a subscription; it has one channel.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ChannelDetails {
    pub connection_name: Arc<str>,
    pub name: Arc<str>,
    pub number: u32,
    pub peer_host: String,
    pub peer_port: u16,
    pub user: Arc<str>,
}

impl ConsumerReport {
    pub(in crate::engine) fn new(vhost: &Arc<str>, row: SubscriptionRow, connection: &ConnectionInfo) -> Self {
        ConsumerReport {
            queue: QueueName { name: row.queue, vhost: Arc::clone(vhost) },
            consumer_tag: row.number.to_string(),
            ack_required: row.ack_mode != AckMode::Auto,
            prefetch_count: row.prefetch,
            exclusive: row.exclusive,
            active: row.is_active,
            activity_status: match (row.is_active, row.is_one_of_one) {
                (true, false) => "up",
                (true, true) => "single_active",
                (false, _) => "waiting",
            },
            arguments: (row.priority != 0).then_some(("x-priority", row.priority)).into_iter().collect(),
            unacked: row.unacked,
            consumer_group: row.group,
            channel_details: ChannelDetails {
                connection_name: Arc::clone(&connection.name),
                name: Arc::clone(&connection.name),
                number: 1,
                peer_host: connection.peer.address.ip().to_string(),
                peer_port: connection.peer.address.port(),
                user: Arc::clone(&connection.user),
            },
        }
    }
}
