//! Limits of one vhost, which an operator sets while it runs. They are kept with what is in the vhost, and go with it.

use super::Hosted;
use crate::engine::embedded::EmbeddedVhost;
use crate::engine::management::Management;
use broker::Error;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// The kind of their definitions.
const KIND: &str = "vhost-limit";

/// What is limited, by RabbitMQ's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VhostLimit {
    /// Connections of clients.
    MaxConnections,
    /// Queues and streams.
    MaxQueues,
}

/// The limits of a vhost; `None`: there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VhostLimits {
    /// Connections of clients.
    pub max_connections: Option<u64>,
    /// Queues and streams.
    pub max_queues: Option<u64>,
}

impl VhostLimit {
    /// All there are.
    pub const ALL: [VhostLimit; 2] = [VhostLimit::MaxConnections, VhostLimit::MaxQueues];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            VhostLimit::MaxConnections => "max-connections",
            VhostLimit::MaxQueues => "max-queues",
        }
    }

    /// The limit of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.name() == name)
    }
}

impl VhostLimits {
    /// One of them.
    pub fn get(&self, limit: VhostLimit) -> Option<u64> {
        match limit {
            VhostLimit::MaxConnections => self.max_connections,
            VhostLimit::MaxQueues => self.max_queues,
        }
    }

    fn set(&mut self, limit: VhostLimit, value: Option<u64>) {
        match limit {
            VhostLimit::MaxConnections => self.max_connections = value,
            VhostLimit::MaxQueues => self.max_queues = value,
        }
    }

    /// Those that are kept. One that another release wrote limits nothing here.
    pub(super) fn read(vhost: &EmbeddedVhost) -> Self {
        let mut limits = VhostLimits::default();
        for (name, value) in vhost.defined(KIND) {
            if let Some(limit) = VhostLimit::parse(&name) {
                limits.set(limit, value.parse().ok());
            }
        }
        limits
    }
}

impl Management {
    /// Its limits.
    pub fn limits(&self) -> VhostLimits {
        self.hosted.limits()
    }

    /// Sets a limit, or takes it back. It holds at once, for what comes from now on; returns once it is durable. `false`: there was none to
    /// take back.
    pub async fn set_limit(&self, limit: VhostLimit, value: Option<u64>) -> Result<bool, Error> {
        self.durably(|_| self.hosted.set_limit(limit, value)).await
    }
}

impl Hosted {
    pub(in crate::engine) fn limits(&self) -> VhostLimits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_limit(&self, limit: VhostLimit, value: Option<u64>) -> Result<bool, Error> {
        // Held throughout, so that what is kept last is also what holds.
        let mut limits = self.limits.write().unwrap_or_else(PoisonError::into_inner);
        let was_there = match value {
            Some(value) => self.vhost.define(KIND, limit.name(), &value.to_string()).map(|_| true)?,
            None => self.vhost.undefine(KIND, limit.name()),
        };
        limits.set(limit, value);
        self.vhost.set_max_queues(limits.max_queues);
        Ok(was_there)
    }

    /// A place for another connection of a client. An error is the limit that there are as many as.
    pub(in crate::engine) fn take_place(&self) -> Result<(), u64> {
        let limit = self.limits().max_connections.unwrap_or(u64::MAX);
        let more = |count| (count < limit).then_some(count + 1);
        match self.connections.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(()),
            Err(_) => Err(limit),
        }
    }

    /// Connections of clients.
    pub(in crate::engine) fn connection_count(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(in crate::engine) fn give_place_back(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
