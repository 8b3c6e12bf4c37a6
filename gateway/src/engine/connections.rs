//! The register of logged-in connections, as management sees them.

use super::dismissal::Dismissal;
use super::embedded::EmbeddedVhost;
use super::held::Held;
use super::outbox::Outbox;
use crate::auth::{Access, Peer};
use broker::ConnectionId;
use broker::stats::ConnectionRow;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How octets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// In WebSocket messages.
    WebSocket,
    /// As they are.
    Tcp,
    /// In answers to requests.
    Http,
    /// Not at all: a part of this process.
    Internal,
}

/// What is known of a connection; its counters are written by the connection, and read by anybody.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// `peer -> listener`; of a part of this process what it is.
    pub name: Arc<str>,
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
    /// Octets of deliveries that are written, and of which the vhost was not told yet: it is told of many at once.
    pub unreported: AtomicU64,
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
        let name = match transport {
            Transport::Internal => protocol.clone(),
            _ => format!("{} -> {listener}", peer.address),
        };
        ConnectionInfo {
            name: name.into(),
            vhost,
            user,
            protocol,
            transport,
            peer,
            connected_at: milliseconds_since_1970(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            unreported: AtomicU64::new(0),
            subscriptions: AtomicU32::new(0),
        }
    }

    /// Whether there is a network between: it is a client, and no part of this process.
    pub fn is_external(&self) -> bool {
        self.transport != Transport::Internal
    }
}

/// A connection at one moment.
#[derive(Debug, Clone)]
pub(super) struct ConnectionSample {
    pub(super) info: Arc<ConnectionInfo>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) subscriptions: u32,
    /// Items in its outbox.
    pub(super) outbox: usize,
    /// What its vhost knows of it.
    pub(super) row: ConnectionRow,
}

impl PartialEq for ConnectionSample {
    fn eq(&self, other: &Self) -> bool {
        let figures = |it: &Self| (it.sent, it.received, it.subscriptions, it.outbox, it.row);
        Arc::ptr_eq(&self.info, &other.info) && figures(self) == figures(other)
    }
}

/// A connection as the register holds it.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) info: Arc<ConnectionInfo>,
    /// Its number in its vhost.
    pub(super) connection: ConnectionId,
    pub(super) outbox: Arc<Outbox>,
    pub(super) dismissal: Arc<Dismissal>,
    /// What it may do.
    pub(super) access: Arc<Access>,
    /// Its vhost, and what it reads there.
    pub(super) vhost: Arc<EmbeddedVhost>,
    pub(super) held: Arc<Held>,
    /// When the token ends of whose end it was told.
    pub(super) warned: Arc<AtomicU64>,
}

impl Registered {
    /// The connection now; `row` is what its vhost knows of it.
    pub(super) fn sample(&self, row: ConnectionRow) -> ConnectionSample {
        let unreported = self.info.unreported.load(Ordering::Relaxed);
        ConnectionSample {
            info: Arc::clone(&self.info),
            sent: self.info.sent.load(Ordering::Relaxed),
            received: self.info.received.load(Ordering::Relaxed),
            subscriptions: self.info.subscriptions.load(Ordering::Relaxed),
            outbox: self.outbox.len(),
            row: ConnectionRow { unwritten: row.unwritten.saturating_sub(unreported), ..row },
        }
    }
}

/// All connections of this process.
#[derive(Debug, Default)]
pub(super) struct Connections {
    inner: Mutex<Register>,
}

#[derive(Debug, Default)]
struct Register {
    connections: BTreeMap<u64, Registered>,
    last: u64,
    /// Connections of clients, by user.
    seats: HashMap<Arc<str>, u64>,
}

impl Connections {
    /// Notes a connection under a number that is not used again.
    pub(super) fn add(&self, connection: Registered) -> u64 {
        let mut register = self.lock();
        register.last += 1;
        let number = register.last;
        register.connections.insert(number, connection);
        number
    }

    /// Counts another connection of a user. `false`: it has as many as it may have.
    pub(super) fn take_seat(&self, user: &Arc<str>, limit: u64) -> bool {
        let mut register = self.lock();
        let count = register.seats.entry(Arc::clone(user)).or_default();
        let is_free = *count < limit;
        if is_free {
            *count += 1;
        }
        is_free
    }

    /// A user has a connection less.
    pub(super) fn leave_seat(&self, user: &str) {
        let mut register = self.lock();
        if let Some(count) = register.seats.get_mut(user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                register.seats.remove(user);
            }
        }
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().connections.remove(&number);
    }

    /// All connections with a network between, oldest first.
    pub(super) fn external(&self) -> Vec<Registered> {
        let register = self.lock();
        register.connections.values().filter(|it| it.info.is_external()).cloned().collect()
    }

    /// Those of them whose access is to be looked at: few of many.
    pub(super) fn due(&self) -> Vec<Registered> {
        let register = self.lock();
        let due = register.connections.values().filter(|it| it.info.is_external() && it.access.is_due());
        due.cloned().collect()
    }

    /// Those of one vhost.
    pub(super) fn external_of(&self, vhost: &str) -> Vec<Registered> {
        let register = self.lock();
        let of_vhost = register.connections.values().filter(|it| it.info.is_external() && &*it.info.vhost == vhost);
        of_vhost.cloned().collect()
    }

    /// The same of all vhosts at once: there may be as many as connections.
    pub(super) fn external_by_vhost(&self) -> HashMap<Arc<str>, Vec<Registered>> {
        let mut by_vhost: HashMap<_, Vec<_>> = HashMap::new();
        for connection in self.external() {
            by_vhost.entry(Arc::clone(&connection.info.vhost)).or_default().push(connection);
        }
        by_vhost
    }

    /// How many there are of them.
    pub(super) fn count(&self) -> usize {
        self.lock().connections.values().filter(|it| it.info.is_external()).count()
    }

    /// Those of a vhost, parts of this process included.
    pub(super) fn all_of(&self, vhost: &str) -> Vec<Registered> {
        let register = self.lock();
        register.connections.values().filter(|it| &*it.info.vhost == vhost).cloned().collect()
    }

    /// Those of a vhost by their numbers in it, parts of this process included.
    pub(super) fn of_vhost(&self, vhost: &str) -> HashMap<ConnectionId, Arc<ConnectionInfo>> {
        let register = self.lock();
        let of_vhost = register.connections.values().filter(|it| &*it.info.vhost == vhost);
        of_vhost.map(|it| (it.connection, Arc::clone(&it.info))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        // No code that can panic runs under this lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clock on the wall, for people to read.
pub fn milliseconds_since_1970() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
