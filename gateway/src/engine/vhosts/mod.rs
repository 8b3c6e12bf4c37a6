//! The vhosts there are. They come and go while the server runs: see `changes`.

mod changes;
mod definition;
mod founding;
mod limits;
mod origins;

pub use changes::VhostError;
pub use definition::VhostSettings;
pub use limits::{VhostLimit, VhostLimits};
pub use origins::AllowedOrigins;

pub(super) use definition::{Known, VhostDefinition};
pub(super) use founding::Founding;

use super::connections::{ConnectionSample, Registered};
use super::embedded::{EmbeddedVhost, Statistics, VhostNumber};
use crate::auth::VhostOrigins;
use broker::stats::VhostRow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use store::LogId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// All vhosts, and what they are made with.
#[derive(Debug)]
pub(super) struct Vhosts {
    /// What is defined for all vhosts, kept like what is defined in one. It is in no list.
    pub(super) global: Arc<EmbeddedVhost>,
    founding: Founding,
    present: RwLock<Present>,
    /// Which pages they let in, as who lets pages in knows it.
    pub(super) origins: Arc<VhostOrigins>,
    /// Held while one comes, changes or goes; with the highest number that was given.
    changing: tokio::sync::Mutex<VhostNumber>,
    /// One has come.
    came: Notify,
    /// Parts of logs of those that are gone.
    leftovers: std::sync::Mutex<Vec<(LogId, u64)>>,
    mourners: RwLock<Vec<Mourner>>,
}

/// Vhosts by name, and what happened in those that are gone.
#[derive(Debug, Default)]
pub(super) struct Present {
    by_name: BTreeMap<Arc<str>, Arc<Hosted>>,
    past: VhostRow,
}

/// A vhost and its statistics.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) name: Arc<str>,
    pub(super) vhost: Arc<EmbeddedVhost>,
    pub(super) statistics: Statistics,
    /// Cancelled once it is deleted.
    pub(super) gone: CancellationToken,
    definition: RwLock<VhostDefinition>,
    limits: RwLock<VhostLimits>,
    /// Connections of clients.
    connections: AtomicU64,
}

/// Who wants to know that a vhost is gone.
struct Mourner(Box<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Mourner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mourner")
    }
}

impl Vhosts {
    /// The vhost of this name.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Hosted>> {
        self.read().find(name).map(Arc::clone)
    }

    /// All of them by name.
    pub(super) fn all(&self) -> Vec<Arc<Hosted>> {
        self.read().by_name.values().map(Arc::clone).collect()
    }

    /// All that writes into the journal.
    pub(super) fn kept(&self) -> Vec<Arc<EmbeddedVhost>> {
        let present = self.read();
        let hosted = present.by_name.values().map(|hosted| &hosted.vhost);
        hosted.chain([&self.global]).map(Arc::clone).collect()
    }

    /// All of them together, and what happened in those that are gone.
    pub(super) fn totals(&self) -> VhostRow {
        let present = self.read();
        present.by_name.values().map(|hosted| hosted.vhost.row()).chain([present.past]).sum()
    }

    /// Parts of logs of vhosts that are gone.
    pub(super) fn take_leftovers(&self) -> Vec<(LogId, u64)> {
        std::mem::take(&mut self.leftovers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// While this is held, none comes or goes.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Present> {
        // No code that can panic runs under this lock.
        self.present.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Present> {
        self.present.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass in all of them, for as long as the future is polled.
    pub(super) async fn run_timers(&self) {
        let mut tasks = tokio::task::JoinSet::new();
        let mut running: Vec<Arc<Hosted>> = Vec::new();
        loop {
            running.retain(|hosted| !hosted.gone.is_cancelled());
            for hosted in self.all() {
                if !running.iter().any(|other| Arc::ptr_eq(other, &hosted)) {
                    running.push(Arc::clone(&hosted));
                    tasks.spawn(async move { hosted.gone.run_until_cancelled(hosted.vhost.run_timers()).await });
                }
            }
            while tasks.try_join_next().is_some() {} // of those that are gone
            self.came.notified().await;
        }
    }
}

impl Present {
    /// The vhost of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<Hosted>> {
        self.by_name.get(name)
    }
}

impl Hosted {
    fn new(name: &str, vhost: Arc<EmbeddedVhost>, definition: VhostDefinition) -> Self {
        let name: Arc<str> = name.into();
        let limits = VhostLimits::read(&vhost);
        vhost.set_max_queues(limits.max_queues);
        vhost.set_narrowing(definition.settings.narrow_subscriptions.unwrap_or_default());
        Hosted {
            statistics: Statistics::new(Arc::clone(&name)),
            name,
            vhost,
            gone: CancellationToken::new(),
            definition: RwLock::new(definition),
            limits: RwLock::new(limits),
            connections: AtomicU64::new(0),
        }
    }

    /// These connections of it now.
    pub(super) fn sample(&self, connections: &[Registered]) -> Vec<ConnectionSample> {
        let rows = self.vhost.connection_rows(connections.iter().map(|it| it.connection));
        connections.iter().zip(rows).map(|(connection, row)| connection.sample(row)).collect()
    }

    /// What is kept of it beside what is in it.
    pub(super) fn definition(&self) -> VhostDefinition {
        self.definition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
