//! A vhost: owner of its exchanges, queues, subscriptions and connections, and the one entrance to them.

mod declare;
#[cfg(test)]
mod model;
mod publish;
mod settle;
mod subscribe;

pub use declare::DeleteConditions;

use crate::connection::Connection;
use crate::hash::{Map, map};
use crate::queue::Queues;
use crate::routing::{QueueId, Routing};
use crate::stats::QueueRow;
use crate::subscription::{Subscription, SubscriptionKey};
use crate::{Command, ConnectionId, Effect, Effects, Error, Limits};
use slab::Slab;
use std::sync::Arc;

/// One vhost's state. [`Vhost::handle`] is the only way to change it, beside what management asks for.
#[derive(Debug)]
pub struct Vhost {
    limits: Limits,
    routing: Routing,
    queues: Queues,
    names: Map<Arc<str>, QueueId>,
    subscriptions: Slab<Subscription>,
    connections: Vec<Option<Connection>>,
    /// Octets in all queues.
    held: usize,
    /// Publishers that wait for memory.
    stalled: Vec<ConnectionId>,
}

impl Vhost {
    /// An empty vhost. `seed` keeps clients from guessing which names collide.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Vhost {
            limits,
            routing: Routing::new(seed),
            queues: Slab::new(),
            names: map(seed),
            subscriptions: Slab::new(),
            connections: Vec::new(),
            held: 0,
            stalled: Vec::new(),
        }
    }

    /// Carries out one command; what follows from it is added to `effects`.
    pub fn handle(&mut self, command: Command, effects: &mut Effects) {
        match command {
            Command::Publish(publish) => self.publish(&publish, effects),
            Command::Settle(settle) => self.settle(&settle, effects),
            Command::Replenish { connection, octets } => self.replenish(connection, octets, effects),
            Command::Subscribe(subscribe) => self.subscribe(subscribe, effects),
            Command::Unsubscribe { connection, subscription, token } => {
                self.unsubscribe(connection, subscription, token, effects);
            }
            Command::Sync { connection, token } => effects.confirm(connection, Some(token), None),
            Command::Connect { connection } => self.connect(connection),
            Command::Disconnect { connection } => self.disconnect(connection, effects),
        }
    }

    /// All queues, in no particular order.
    pub fn queues(&self) -> impl Iterator<Item = QueueRow> {
        self.queues.iter().map(|(_, queue)| queue.row())
    }

    /// One queue.
    pub fn queue(&self, name: &str) -> Option<QueueRow> {
        self.names.get(name).map(|id| self.queues[(*id).into()].row())
    }

    /// Octets in all queues.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether nobody would get what is published to the exchange.
    pub fn is_unbound(&self, exchange: &str) -> bool {
        self.routing.is_unbound(exchange)
    }

    fn connect(&mut self, connection: ConnectionId) {
        let index = connection.0 as usize;
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, || None);
        }
        self.connections[index] = Some(Connection::new(self.limits.window));
    }

    fn connection(&mut self, connection: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(connection.0 as usize)?.as_mut()
    }

    /// Opens the window of a connection, and serves the subscriptions that waited for it.
    fn replenish(&mut self, connection: ConnectionId, octets: usize, effects: &mut Effects) {
        let Some(state) = self.connection(connection) else { return };
        state.window = state.window.saturating_add_unsigned(octets);
        if state.window <= 0 {
            return;
        }
        for key in std::mem::take(&mut state.blocked) {
            self.get_in_line(key);
            if let Some(queue) = self.subscriptions.get(key).and_then(|subscription| subscription.queue) {
                self.dispatch(queue, effects);
            }
        }
    }

    /// Gives everything back that a connection holds.
    fn disconnect(&mut self, connection: ConnectionId, effects: &mut Effects) {
        let slot = self.connections.get_mut(connection.0 as usize);
        let Some(state) = slot.and_then(Option::take) else { return };
        self.stalled.retain(|stalled| *stalled != connection);
        let mut touched = Vec::new();
        for (_, key) in state.subscriptions {
            touched.extend(self.remove_subscription(key));
        }
        for queue in state.owned {
            self.delete(queue, effects);
        }
        touched.sort_unstable();
        touched.dedup();
        for queue in touched {
            if self.queues.contains(queue.into()) && !self.delete_if_unused(queue, effects) {
                self.dispatch(queue, effects);
            }
        }
    }

    /// Puts a subscription with credit at the end of its queue's line, once.
    fn get_in_line(&mut self, key: SubscriptionKey) {
        let Some(subscription) = self.subscriptions.get_mut(key) else { return };
        if let Some(queue) = subscription.queue
            && !subscription.in_line
            && subscription.has_credit()
        {
            subscription.in_line = true;
            self.queues[queue.into()].line.push_back(key);
        }
    }

    /// Tells publishers to go on, once there is room: at half the mark where they were stopped, so that they do not
    /// stop and go with every message.
    fn resume(&mut self, queue: QueueId, effects: &mut Effects) {
        if let Some(queue) = self.queues.get_mut(queue.into())
            && !queue.stalled.is_empty()
            && queue.ready_octets() <= self.limits.backlog_watermark / 2
        {
            effects.list.extend(queue.stalled.drain(..).map(|connection| Effect::Resume { connection }));
        }
        if !self.stalled.is_empty() && self.held <= self.limits.memory_watermark {
            effects.list.extend(self.stalled.drain(..).map(|connection| Effect::Resume { connection }));
        }
    }
}

/// Answers a refused request.
fn refuse(effects: &mut Effects, connection: ConnectionId, token: Option<u64>, error: Error) {
    effects.list.push(Effect::Refused { connection, token, subscription: None, error });
}

#[cfg(test)]
mod tests;
