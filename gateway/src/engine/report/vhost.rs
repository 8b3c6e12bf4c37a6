//! Vhosts, as management sees them.

use super::node::NODE;
use crate::engine::vhosts::VhostSettings;
use broker::stats::VhostRow;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The type of queues that are declared without one.
const QUEUE_TYPE: &str = "classic";

/// One vhost.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct VhostReport {
    pub name: Arc<str>,
    pub description: String,
    pub tags: Vec<String>,
    pub default_queue_type: &'static str,
    pub metadata: VhostMetadata,
    pub tracing: bool,
    pub cluster_state: BTreeMap<&'static str, &'static str>,
    pub messages: u64,
    pub messages_ready: u64,
    pub messages_unacknowledged: u64,
    pub message_stats: VhostTotals,
    /// Ours, as all below: since when it is there, in milliseconds since 1970.
    pub created_at: u64,
    /// Queues and streams.
    pub queues: usize,
    /// Connections of clients.
    pub connections: u64,
    /// Whether subscriptions with wildcards are narrowed to what may be read.
    pub narrow_subscriptions: bool,
    /// Of which other sites pages may enter; null: of those that the listener lets in.
    pub allowed_origins: Option<Vec<String>>,
}

/// The same again, where newer clients look for it.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct VhostMetadata {
    pub description: String,
    pub tags: Vec<String>,
    pub default_queue_type: &'static str,
}

/// What happened in a vhost since the server started.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct VhostTotals {
    pub publish: u64,
    pub deliver_get: u64,
    pub ack: u64,
    pub redeliver: u64,
}

/// What is in a vhost beside its messages.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Held {
    pub(in crate::engine) created_at: u64,
    pub(in crate::engine) queues: usize,
    pub(in crate::engine) connections: u64,
}

impl VhostReport {
    pub(in crate::engine) fn new(name: &Arc<str>, settings: VhostSettings, row: VhostRow, held: Held) -> Self {
        let (description, tags) = (settings.description.unwrap_or_default(), settings.tags.unwrap_or_default());
        VhostReport {
            name: Arc::clone(name),
            metadata: VhostMetadata {
                description: description.clone(),
                tags: tags.clone(),
                default_queue_type: QUEUE_TYPE,
            },
            description,
            tags,
            default_queue_type: QUEUE_TYPE,
            tracing: false,
            cluster_state: [(NODE, "running")].into(),
            messages: row.ready + row.unacked,
            messages_ready: row.ready,
            messages_unacknowledged: row.unacked,
            message_stats: VhostTotals {
                publish: row.published,
                deliver_get: row.counters.delivered,
                ack: row.counters.acked,
                redeliver: row.counters.redelivered,
            },
            created_at: held.created_at,
            queues: held.queues,
            connections: held.connections,
            narrow_subscriptions: settings.narrow_subscriptions.unwrap_or_default(),
            allowed_origins: settings.allowed_origins.into(),
        }
    }
}
