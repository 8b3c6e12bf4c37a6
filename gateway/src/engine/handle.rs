//! The face of the engine: what protocols see of it. What management sees is in `management`.

use super::connections::{ConnectionInfo, Connections, Registered};
use super::dismissal::{Cause, Dismissal};
use super::embedded::{Journal, Kept, Readers};
use super::expiry::end_denied;
use super::held::Held;
use super::history::History;
use super::keeping::Keeping;
use super::management::NoVhost;
use super::outbox::{CloseReason, Item, Outbox};
use super::permission::judge;
use super::report::{Listener, Node};
use super::store_error::StoreError;
use super::vhosts::{Founding, Hosted, VhostLimit, Vhosts};
use crate::auth::{Access, Identity, VhostOrigins};
use crate::error::Refusal;
use crate::metrics::Limit;
use axum::http::StatusCode;
use broker::{Command, ConnectionId, Limits};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::time::Instant;

/// The vhost of clients that name none.
pub const DEFAULT_VHOST: &str = "/";

/// The engine of this process. A clone is the same engine.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) vhosts: Vhosts,
    pub(super) journal: Arc<Journal>,
    pub(super) connections: Connections,
    pub(super) history: History,
    pub(super) node: Node,
    pub(super) started: Instant,
    /// Where the server listens, once it does.
    pub(super) listeners: OnceLock<Vec<Listener>>,
}

/// What an engine may hold.
#[derive(Debug, Clone, Copy)]
pub struct EngineLimits {
    /// Vhosts.
    pub vhosts: usize,
    /// In each of them.
    pub vhost: Limits,
}

impl Default for EngineLimits {
    fn default() -> Self {
        EngineLimits { vhosts: 1_000, vhost: Limits::DEFAULT }
    }
}

/// Why a connection is not let into a vhost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotConnected {
    /// There is no such vhost.
    #[error(transparent)]
    NoVhost(#[from] NoVhost),
    /// There are as many connections as there may be.
    #[error("the vhost {vhost:?} has {value} connections, its limit {limit}: close one, or raise the limit")]
    Limit {
        /// The name of the limit.
        limit: &'static str,
        /// The vhost.
        vhost: String,
        /// How many it allows.
        value: u64,
    },
    /// The user has as many as it may have.
    #[error("user {user:?} has {value} connections, its limit max-connections: close one, or raise the limit")]
    UserLimit {
        /// The user.
        user: String,
        /// How many it may have.
        value: u64,
    },
}

impl NotConnected {
    fn crowd(user: &str, value: u64) -> Self {
        Limit::ConnectionsPerUser.count();
        NotConnected::UserLimit { user: user.to_owned(), value }
    }

    fn full(vhost: &str, value: u64) -> Self {
        Limit::ConnectionsPerVhost.count();
        let limit = VhostLimit::MaxConnections.name();
        tracing::debug!(limit, vhost, "a limit was reached");
        NotConnected::Limit { limit, vhost: vhost.to_owned(), value }
    }
}

impl From<NotConnected> for Refusal {
    fn from(error: NotConnected) -> Self {
        match error {
            NotConnected::NoVhost(error) => error.into(),
            error @ (NotConnected::Limit { .. } | NotConnected::UserLimit { .. }) => {
                Refusal::new(StatusCode::TOO_MANY_REQUESTS, "limit_reached", error.to_string())
            }
        }
    }
}

impl Engine {
    /// An engine with the vhosts that were kept.
    pub fn open(limits: EngineLimits, keeping: &Keeping) -> Result<Self, StoreError> {
        let limits = match keeping.directory {
            Some(_) => limits,
            None => {
                let vhost = Limits { resident: usize::MAX, is_memory_all: true, ..limits.vhost };
                EngineLimits { vhost, ..limits }
            }
        };
        Engine::begin(limits, Journal::open(keeping)?)
    }

    /// An engine with what was in this journal.
    pub(super) fn begin(limits: EngineLimits, (journal, kept): (Journal, Kept)) -> Result<Self, StoreError> {
        kept.report();
        let journal = Arc::new(journal);
        let readers = Arc::new(Readers::start(&journal)?);
        let founding = Founding { limits: limits.vhost, most: limits.vhosts, journal: Arc::clone(&journal), readers };
        let shared = Shared {
            vhosts: Vhosts::found(founding, kept)?,
            journal,
            connections: Connections::default(),
            history: History::default(),
            node: Node::new(),
            started: Instant::now(),
            listeners: OnceLock::new(),
        };
        Ok(Engine { shared: Arc::new(shared) })
    }

    /// Lets time pass in the vhosts, for as long as the future is polled.
    pub async fn run_timers(&self) {
        self.shared.vhosts.run_timers().await;
    }

    /// Which pages of other sites its vhosts let in, now and later.
    pub fn vhost_origins(&self) -> &Arc<VhostOrigins> {
        &self.shared.vhosts.origins
    }

    /// The vhost with this name, as the engine spells it.
    pub fn find_vhost(&self, name: &str) -> Option<Arc<str>> {
        self.shared.vhosts.find(name).map(|hosted| Arc::clone(&hosted.name))
    }

    /// Lets a connection into the vhost that `info` names, with what it may do there.
    pub fn connect(&self, info: ConnectionInfo, access: Access) -> Result<Handle, NotConnected> {
        // A vhost that is deleted while this is held closes this connection too.
        let present = self.shared.vhosts.read();
        let hosted = present.find(&info.vhost).ok_or_else(|| NoVhost(info.vhost.to_string()))?;
        if info.is_external() {
            hosted.take_place().map_err(|limit| NotConnected::full(&info.vhost, limit))?;
            let limit = access.connection_limit().unwrap_or(u64::MAX);
            if !self.shared.connections.take_seat(&info.user, limit) {
                hosted.give_place_back();
                return Err(NotConnected::crowd(&info.user, limit));
            }
        }
        let info = Arc::new(info);
        let outbox = Arc::new(Outbox::default());
        let connection = hosted.vhost.connect(Arc::clone(&outbox));
        let dismissal = Arc::new(Dismissal::default());
        let access = Arc::new(access);
        let warned = Arc::<AtomicU64>::default();
        let held = Arc::<Held>::default();
        access.has_changed(); // from now on
        let registered = Registered {
            vhost: Arc::clone(&hosted.vhost),
            held: Arc::clone(&held),
            access: Arc::clone(&access),
            warned: Arc::clone(&warned),
            info: Arc::clone(&info),
            connection,
            outbox: Arc::clone(&outbox),
            dismissal: Arc::clone(&dismissal),
        };
        let handle = Handle {
            held,
            connection,
            number: self.shared.connections.add(registered),
            engine: self.clone(),
            hosted: Arc::clone(hosted),
            outbox,
            dismissal,
            access,
            warned,
            info,
        };
        // What was taken back since it was looked at did not meet this connection.
        if !handle.access.holds() {
            handle.dismissal.dismiss(Cause::Revoked);
        }
        Ok(handle)
    }

    /// Asks all connections to close, since the server stops.
    pub fn drain(&self) {
        for hosted in self.shared.vhosts.all() {
            hosted.vhost.close_all(CloseReason::Draining);
        }
    }
}

/// One connection's access to its vhost. Dropping it ends the connection there: what is unacked goes back.
#[derive(Debug)]
pub struct Handle {
    engine: Engine,
    hosted: Arc<Hosted>,
    outbox: Arc<Outbox>,
    dismissal: Arc<Dismissal>,
    info: Arc<ConnectionInfo>,
    access: Arc<Access>,
    held: Arc<Held>,
    /// When the token ends of whose end it was told.
    warned: Arc<AtomicU64>,
    connection: ConnectionId,
    number: u64,
}

impl Handle {
    /// The connection's number, which its commands carry.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// What management sees of it.
    pub fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    /// What it may do.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// From now on it may do what another proof of the same user says; subscriptions that this does not allow end.
    pub fn renew(&self, identity: Arc<Identity>) {
        self.access.renew(identity);
        if !self.access.holds() {
            self.dismissal.dismiss(Cause::Revoked);
        }
        if self.access.has_changed() {
            end_denied(&self.hosted.vhost, self.connection, &self.held, &self.access);
        }
    }

    /// Somebody listens to notices who did not before: that the token ends is told again.
    pub fn handle_listener(&self) {
        self.warned.store(0, Ordering::Relaxed);
    }

    /// Carries out commands in order, as far as they are allowed; what follows from them comes in the outbox.
    pub fn submit(&self, commands: impl IntoIterator<Item = Command>) {
        let (vhost, edition) = (&self.hosted.vhost, self.access.edition());
        let (commands, mut holds_more) = (commands.into_iter(), false);
        let mut note = |command: &Command| holds_more |= self.held.note(command);
        if self.access.is_everything() {
            vhost.submit(commands.inspect(note));
        } else {
            let judged: Vec<_> = commands.map(|command| judge(command, &self.access, &**vhost)).collect();
            vhost.submit_judged(judged.into_iter().inspect(|judged| judged.iter().for_each(&mut note)));
        }
        // Who looks at what is held when permissions change may have come before these were among it.
        if self.access.edition() != edition {
            end_denied(vhost, self.connection, &self.held, &self.access);
        }
        if holds_more {
            self.held.tidy(|number| vhost.has_subscription(self.connection, number));
        }
    }

    /// Moves all that waits for the connection to `taken`; pending while there is nothing.
    pub fn poll_take(&self, taken: &mut VecDeque<Item>, cx: &Context<'_>) -> Poll<()> {
        self.outbox.poll_take(taken, cx)
    }

    /// Answers that wait to be told: those of requests that are carried out, and of refused ones.
    pub fn answers(&self) -> usize {
        self.outbox.answers()
    }

    /// An answer was told.
    pub fn handle_told(&self) {
        self.outbox.handle_told();
    }

    /// Whether nothing more of this connection is to be read, since much of what it publishes waits.
    pub fn is_paused(&self) -> bool {
        self.outbox.is_paused()
    }

    /// Whether the connection has to go, and why: it does not wait for a client that does not read.
    pub fn dismissal(&self) -> &Dismissal {
        &self.dismissal
    }

    /// Waits for something, and moves it to `taken`.
    pub async fn take(&self, taken: &mut VecDeque<Item>) {
        poll_fn(|cx| self.poll_take(taken, cx)).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.hosted.vhost.disconnect(self.connection);
        if self.info.is_external() {
            self.hosted.give_place_back();
            self.engine.shared.connections.leave_seat(&self.info.user);
        }
        self.engine.shared.connections.remove(self.number);
    }
}
