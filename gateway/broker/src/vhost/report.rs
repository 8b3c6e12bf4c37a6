//! What management reads of a vhost. Nothing here changes it.

use super::Vhost;
use crate::ConnectionId;
use crate::queue::Queue;
use crate::stats::{BindingRow, ConnectionRow, ExchangeRow, QueueRow, SubscriptionRow, VhostRow};
use crate::subscription::Subscription;
use std::sync::Arc;

impl Vhost {
    /// The vhost as a whole.
    pub fn row(&self) -> VhostRow {
        let mut row = VhostRow {
            published: self.published,
            counters: self.past,
            octets: self.held as u64,
            octets_limit: self.limits.memory_watermark as u64,
            is_blocked: self.memory_alarm,
            topology: self.topology,
            ..VhostRow::default()
        };
        for (_, queue) in &self.queues {
            let (ready, unacked) = queue.depth();
            row.counters += queue.counters;
            row.ready += ready;
            row.unacked += unacked;
        }
        row
    }

    /// All queues, in no particular order.
    pub fn queues(&self) -> impl Iterator<Item = QueueRow> {
        self.queues.iter().map(|(_, queue)| queue.row())
    }

    /// One queue.
    pub fn queue(&self, name: &str) -> Option<QueueRow> {
        self.names.get(name).map(|id| self.queues[(*id).into()].row())
    }

    /// How many queues there are.
    pub fn queue_count(&self) -> usize {
        self.queues.len()
    }

    /// All exchanges, in no particular order; the default exchange is called "".
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeRow> {
        self.routing.exchanges()
    }

    /// All bindings, in no particular order, also those that every queue has to the default exchange.
    pub fn bindings(&self) -> impl Iterator<Item = BindingRow> {
        self.queues.iter().flat_map(|(_, queue)| bindings(queue))
    }

    /// The bindings of one queue; nothing, if there is none of this name.
    pub fn bindings_of(&self, queue: &str) -> impl Iterator<Item = BindingRow> {
        let queue = self.names.get(queue).map(|id| &self.queues[(*id).into()]);
        queue.into_iter().flat_map(bindings)
    }

    /// All subscriptions that take messages, in no particular order.
    pub fn subscriptions(&self) -> impl Iterator<Item = SubscriptionRow> {
        let taking = self.subscriptions.iter().filter(|(_, subscription)| takes(subscription));
        taking.map(|(key, subscription)| {
            let queue = &self.queues[subscription.queue.into()];
            let is_one_of_one = queue.serves_one();
            SubscriptionRow {
                connection: subscription.connection,
                number: subscription.number,
                queue: Arc::clone(&queue.name),
                ack_mode: subscription.ack_mode,
                prefetch: subscription.terms.prefetch,
                priority: subscription.terms.priority,
                exclusive: subscription.terms.exclusive,
                is_active: !is_one_of_one || queue.active == Some(key),
                is_one_of_one,
                unacked: subscription.unacked_count() as u64,
            }
        })
    }

    /// One connection.
    pub fn connection_row(&self, connection: ConnectionId) -> Option<ConnectionRow> {
        let state = self.connections.get(connection.0 as usize)?.as_ref()?;
        let window = isize::try_from(self.limits.window).unwrap_or(isize::MAX);
        Some(ConnectionRow {
            unwritten: u64::try_from(window - state.window).unwrap_or_default(),
            parked: state.parking.requests.len() as u64,
            is_blocked: state.parking.is_blocked,
        })
    }

    /// Octets in all queues.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether anybody would get what is published to the exchange with this key.
    pub fn is_heard(&mut self, exchange: &str, key: &str) -> bool {
        self.routing.is_heard(exchange, key)
    }
}

fn takes(subscription: &Subscription) -> bool {
    !subscription.ended && subscription.browse.is_none()
}

fn bindings(queue: &Queue) -> impl Iterator<Item = BindingRow> {
    let row = |exchange: &str, key: &str, arguments| BindingRow {
        exchange: exchange.into(),
        queue: Arc::clone(&queue.name),
        key: key.into(),
        arguments,
    };
    let default = row("", &queue.name, Default::default());
    let declared =
        queue.bindings.iter().map(move |binding| row(&binding.exchange, &binding.key, binding.arguments.clone()));
    std::iter::once(default).chain(declared)
}
