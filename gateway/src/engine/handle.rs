//! The face of the engine: what protocols see of it. What management sees is in `management`.

use super::connections::{ConnectionInfo, Connections, Registered};
use super::dismissal::Dismissal;
use super::embedded::{EmbeddedVhost, GLOBAL, Journal, Kept, Readers, Statistics};
use super::history::History;
use super::keeping::Keeping;
use super::outbox::{CloseReason, Item, Outbox};
use super::permission::judge;
use super::report::{Listener, Node};
use super::store_error::StoreError;
use crate::auth::Access;
use broker::{Command, ConnectionId, Limits};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::time::Instant;

/// The vhost of clients that name none.
pub const DEFAULT_VHOST: &str = "/";

/// What the default vhost is called in the journal.
const DEFAULT_VHOST_NUMBER: u32 = 0;

/// The engine of this process. A clone is the same engine.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) vhosts: BTreeMap<Arc<str>, Arc<Hosted>>,
    /// What is defined for all vhosts, kept like what is defined in one. It is in no list.
    pub(super) global: Arc<EmbeddedVhost>,
    pub(super) journal: Arc<Journal>,
    pub(super) connections: Connections,
    pub(super) history: History,
    pub(super) node: Node,
    pub(super) started: Instant,
    /// Where the server listens, once it does.
    pub(super) listeners: OnceLock<Vec<Listener>>,
}

/// A vhost and its statistics.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) name: Arc<str>,
    pub(super) vhost: Arc<EmbeddedVhost>,
    pub(super) statistics: Statistics,
}

impl Engine {
    /// An engine with the default vhost, as it was kept.
    pub fn open(limits: Limits, keeping: &Keeping) -> Result<Self, StoreError> {
        let limits = match keeping.directory {
            Some(_) => limits,
            None => Limits { resident: usize::MAX, is_memory_all: true, ..limits },
        };
        Engine::begin(limits, Journal::open(keeping)?)
    }

    /// An engine with what was in this journal.
    pub(super) fn begin(limits: Limits, (journal, mut kept): (Journal, Kept)) -> Result<Self, StoreError> {
        kept.report();
        let journal = Arc::new(journal);
        let readers = Arc::new(Readers::start(&journal)?);
        let name: Arc<str> = DEFAULT_VHOST.into();
        let recovered = kept.vhosts.remove(&DEFAULT_VHOST_NUMBER).unwrap_or_default();
        let recover = |number, recovered| {
            EmbeddedVhost::recover(limits, Arc::clone(&journal), Arc::clone(&readers), number, recovered)
        };
        let global = recover(GLOBAL, kept.vhosts.remove(&GLOBAL).unwrap_or_default())?;
        let vhost = recover(DEFAULT_VHOST_NUMBER, recovered)?;
        if !kept.found.damaged.is_empty() {
            journal.note_repaired(&[global.definitions(), vhost.definitions()])?;
        }
        journal.tell(&global);
        journal.tell(&vhost);
        let statistics = Statistics::new(Arc::clone(&name));
        let hosted = Hosted { name: Arc::clone(&name), vhost, statistics };
        let shared = Shared {
            vhosts: BTreeMap::from([(name, Arc::new(hosted))]),
            global,
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
        let mut tasks = tokio::task::JoinSet::new();
        for hosted in self.shared.vhosts.values().map(Arc::clone) {
            tasks.spawn(async move { hosted.vhost.run_timers().await });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// The vhost with this name, as the engine spells it.
    pub fn find_vhost(&self, name: &str) -> Option<Arc<str>> {
        self.shared.vhosts.get(name).map(|hosted| Arc::clone(&hosted.name))
    }

    /// Lets a connection into the vhost that `info` names, with what it may do there; `None`: there is no such vhost.
    pub fn connect(&self, info: ConnectionInfo, access: Access) -> Option<Handle> {
        let hosted = Arc::clone(self.shared.vhosts.get(&info.vhost)?);
        let info = Arc::new(info);
        let outbox = Arc::new(Outbox::default());
        let connection = hosted.vhost.connect(Arc::clone(&outbox));
        let dismissal = Arc::new(Dismissal::default());
        let access = Arc::new(access);
        let registered = Registered {
            access: Arc::clone(&access),
            info: Arc::clone(&info),
            connection,
            outbox: Arc::clone(&outbox),
            dismissal: Arc::clone(&dismissal),
        };
        Some(Handle {
            connection,
            number: self.shared.connections.add(registered),
            engine: self.clone(),
            hosted,
            outbox,
            dismissal,
            access,
            info,
        })
    }

    /// Asks all connections to close, since the server stops.
    pub fn drain(&self) {
        for hosted in self.shared.vhosts.values() {
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

    /// Carries out commands in order, as far as they are allowed; what follows from them comes in the outbox.
    pub fn submit(&self, commands: impl IntoIterator<Item = Command>) {
        let vhost = &self.hosted.vhost;
        if self.access.is_everything() {
            return vhost.submit(commands);
        }
        let judged: Vec<_> = commands.into_iter().map(|command| judge(command, &self.access, &**vhost)).collect();
        vhost.submit_judged(judged);
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
        self.engine.shared.connections.remove(self.number);
    }
}
