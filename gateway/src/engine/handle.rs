//! The face of the engine: what protocols and management see of it.

use super::connections::{ConnectionInfo, ConnectionReport, Connections};
use super::embedded::{EmbeddedVhost, Statistics};
use super::outbox::{CloseReason, Item, Outbox};
use super::report::{ObjectTotals, OverviewReport, QueueReport, QueueTotals};
use broker::{Command, ConnectionId, DeleteConditions, Error, Limits, QueueDeclaration};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;

/// The vhost of clients that name none.
pub const DEFAULT_VHOST: &str = "/";

/// The engine of this process. A clone is the same engine.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    vhosts: BTreeMap<Arc<str>, Arc<Hosted>>,
    connections: Connections,
    started: Instant,
}

/// A vhost and its statistics.
#[derive(Debug)]
struct Hosted {
    name: Arc<str>,
    vhost: EmbeddedVhost,
    statistics: Statistics,
}

/// Whether a declaration made something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueCreation {
    /// It did.
    Created,
    /// An equal queue was there.
    Existed,
}

impl Engine {
    /// An engine with the default vhost.
    pub fn new(limits: Limits) -> Self {
        let name: Arc<str> = DEFAULT_VHOST.into();
        let hosted = Hosted {
            name: Arc::clone(&name),
            vhost: EmbeddedVhost::new(limits),
            statistics: Statistics::new(Arc::clone(&name)),
        };
        let shared = Shared {
            vhosts: BTreeMap::from([(name, Arc::new(hosted))]),
            connections: Connections::default(),
            started: Instant::now(),
        };
        Engine { shared: Arc::new(shared) }
    }

    /// Samples statistics for as long as the future is polled.
    pub async fn run_statistics(&self) {
        let mut ticks = tokio::time::interval(super::embedded::STATISTICS_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for hosted in self.shared.vhosts.values() {
                hosted.statistics.tick(&hosted.vhost);
            }
        }
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

    /// Lets a connection into the vhost that `info` names; `None`: there is no such vhost.
    pub fn connect(&self, info: ConnectionInfo) -> Option<Handle> {
        let hosted = Arc::clone(self.shared.vhosts.get(&info.vhost)?);
        let info = Arc::new(info);
        let outbox = Arc::new(Outbox::default());
        Some(Handle {
            connection: hosted.vhost.connect(Arc::clone(&outbox)),
            number: self.shared.connections.add(&info),
            engine: self.clone(),
            hosted,
            outbox,
            info,
        })
    }

    /// Asks all connections to close, since the server stops.
    pub fn drain(&self) {
        for hosted in self.shared.vhosts.values() {
            hosted.vhost.close_all(CloseReason::Draining);
        }
    }

    /// All connections.
    pub fn connections(&self) -> Vec<ConnectionReport> {
        self.shared.connections.report()
    }

    /// The queues of a vhost by name, and the number of the statistics message that they are at least as new as.
    pub fn queues(&self, vhost: &str) -> Option<(u64, Vec<QueueReport>)> {
        let hosted = self.shared.vhosts.get(vhost)?;
        Some(hosted.statistics.report(|| hosted.vhost.queues()))
    }

    /// The queues of all vhosts.
    pub fn all_queues(&self) -> Vec<QueueReport> {
        let vhosts = self.shared.vhosts.values();
        vhosts.flat_map(|hosted| hosted.statistics.report(|| hosted.vhost.queues()).1).collect()
    }

    /// One queue.
    pub fn queue(&self, vhost: &str, name: &str) -> Option<QueueReport> {
        let hosted = self.shared.vhosts.get(vhost)?;
        let row = hosted.vhost.queue(name)?;
        hosted.statistics.report(|| vec![row]).1.pop()
    }

    /// Declares a queue in a vhost that exists.
    pub fn declare_queue(&self, vhost: &str, queue: &QueueDeclaration) -> Result<QueueCreation, Error> {
        let hosted = self.hosted(vhost, &queue.name)?;
        Ok(if hosted.vhost.declare_queue(queue)? { QueueCreation::Created } else { QueueCreation::Existed })
    }

    /// Deletes a queue and what it holds.
    pub fn delete_queue(&self, vhost: &str, name: &str, conditions: DeleteConditions) -> Result<u64, Error> {
        self.hosted(vhost, name)?.vhost.delete_queue(name, conditions)
    }

    /// Totals of the whole server.
    pub fn overview(&self) -> OverviewReport {
        let queues = self.all_queues();
        let sum = |of: fn(&QueueReport) -> u64| queues.iter().map(of).sum();
        OverviewReport {
            product_name: "Wharf",
            product_version: env!("CARGO_PKG_VERSION"),
            node: "wharf@localhost",
            engine: "embedded",
            uptime: u64::try_from(self.shared.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            object_totals: ObjectTotals {
                connections: self.connections().len(),
                queues: queues.len(),
                consumers: sum(|queue| queue.consumers.into()),
            },
            queue_totals: QueueTotals {
                messages: sum(|queue| queue.messages),
                messages_ready: sum(|queue| queue.messages_ready),
                messages_unacknowledged: sum(|queue| queue.messages_unacknowledged),
            },
        }
    }

    fn hosted(&self, vhost: &str, queue: &str) -> Result<&Hosted, Error> {
        let hosted = self.shared.vhosts.get(vhost).map(Arc::as_ref);
        hosted.ok_or_else(|| Error::QueueNotFound { name: queue.to_owned() })
    }
}

/// One connection's access to its vhost. Dropping it ends the connection there: what is unacked goes back.
#[derive(Debug)]
pub struct Handle {
    engine: Engine,
    hosted: Arc<Hosted>,
    outbox: Arc<Outbox>,
    info: Arc<ConnectionInfo>,
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

    /// Carries out commands in order; what follows from them comes in the outbox.
    pub fn submit(&self, commands: impl IntoIterator<Item = Command>) {
        self.hosted.vhost.submit(commands);
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
