//! The register of logged-in connections, as management sees them.

use crate::auth::Peer;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How octets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// In WebSocket messages.
    WebSocket,
    /// As they are.
    Tcp,
    /// Not at all: a part of this process.
    Internal,
}

/// What is known of a connection; its counters are written by the connection, and read by anybody.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// `peer -> listener`.
    pub name: String,
    /// The vhost.
    pub vhost: Arc<str>,
    /// The user.
    pub user: Arc<str>,
    /// Protocol and version.
    pub protocol: String,
    /// How octets travel.
    pub transport: Transport,
    /// The other end.
    pub peer: Peer,
    /// Since when, in milliseconds since 1970.
    pub connected_at: u64,
    /// Octets written.
    pub sent: AtomicU64,
    /// Octets read.
    pub received: AtomicU64,
    /// Subscriptions.
    pub subscriptions: AtomicU32,
}

impl ConnectionInfo {
    /// A connection that begins now.
    pub fn new(
        peer: Peer,
        listener: SocketAddr,
        transport: Transport,
        protocol: String,
        vhost: Arc<str>,
        user: Arc<str>,
    ) -> Self {
        ConnectionInfo {
            name: format!("{} -> {listener}", peer.address),
            vhost,
            user,
            protocol,
            transport,
            peer,
            connected_at: milliseconds_since_1970(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            subscriptions: AtomicU32::new(0),
        }
    }

    fn report(&self) -> ConnectionReport {
        ConnectionReport {
            name: self.name.clone(),
            vhost: Arc::clone(&self.vhost),
            user: Arc::clone(&self.user),
            protocol: self.protocol.clone(),
            transport: self.transport,
            peer_host: self.peer.address.ip().to_string(),
            peer_port: self.peer.address.port(),
            connected_at: self.connected_at,
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            subscriptions: self.subscriptions.load(Ordering::Relaxed),
            state: "running",
        }
    }
}

/// A row of `GET /api/connections`, with RabbitMQ's field names.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's; what they hold is said at ConnectionInfo")]
pub struct ConnectionReport {
    pub name: String,
    pub vhost: Arc<str>,
    pub user: Arc<str>,
    pub protocol: String,
    pub transport: Transport,
    pub peer_host: String,
    pub peer_port: u16,
    pub connected_at: u64,
    #[serde(rename = "send_oct")]
    pub sent: u64,
    #[serde(rename = "recv_oct")]
    pub received: u64,
    pub subscriptions: u32,
    pub state: &'static str,
}

/// All connections of this process.
#[derive(Debug, Default)]
pub(super) struct Connections {
    inner: Mutex<Register>,
}

#[derive(Debug, Default)]
struct Register {
    connections: BTreeMap<u64, Arc<ConnectionInfo>>,
    last: u64,
}

impl Connections {
    /// Notes a connection under a number that is not used again.
    pub(super) fn add(&self, info: &Arc<ConnectionInfo>) -> u64 {
        let mut register = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        register.last += 1;
        let number = register.last;
        register.connections.insert(number, Arc::clone(info));
        number
    }

    pub(super) fn remove(&self, number: u64) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).connections.remove(&number);
    }

    /// All connections with a network between, oldest first.
    pub(super) fn report(&self) -> Vec<ConnectionReport> {
        let register = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let external = register.connections.values().filter(|info| info.transport != Transport::Internal);
        external.map(|info| info.report()).collect()
    }
}

/// The clock on the wall, for people to read.
pub fn milliseconds_since_1970() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
