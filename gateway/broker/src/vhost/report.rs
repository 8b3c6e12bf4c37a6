//! What management reads of a vhost. Nothing here changes it.

use super::Vhost;
use crate::ConnectionId;
use crate::Kind;
use crate::queue::{Queue, Role};
use crate::stats::{BindingRow, ConnectionRow, ExchangeRow, GroupRow, QueueRow, StreamRow, SubscriptionRow, VhostRow};
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
            row.ready += match &queue.role {
                Role::Queue => ready,
                Role::Stream(stream) => stream.next() - stream.first(),
                Role::Cursor(_) => 0, // they are in the stream
            };
            row.unacked += unacked;
        }
        row
    }

    /// All queues, in no particular order.
    pub fn queues(&self) -> impl Iterator<Item = QueueRow> {
        self.listed().map(|queue| self.queue_row(queue))
    }

    /// One queue.
    pub fn queue(&self, name: &str) -> Option<QueueRow> {
        self.names.get(name).map(|id| self.queue_row(&self.queues[(*id).into()]))
    }

    /// Whether there is a queue or a stream of this name.
    pub fn has_queue(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// How an exchange routes; `None`: there is none of this name.
    pub fn exchange_kind(&self, name: &str) -> Option<Kind> {
        self.routing.kind(name)
    }

    /// How many queues there are.
    pub fn queue_count(&self) -> usize {
        self.names.len()
    }

    fn listed(&self) -> impl Iterator<Item = &Queue> {
        self.queues.iter().map(|(_, queue)| queue).filter(|queue| queue.cursor().is_none())
    }

    /// A queue, or a stream together with its readers.
    pub(super) fn queue_row(&self, queue: &Queue) -> QueueRow {
        let mut row = queue.row();
        let Some(stream) = queue.stream() else { return row };
        row.ready = stream.next() - stream.first();
        row.octets = stream.octets();
        let mut groups = Vec::new();
        for cursor in stream.cursors.iter().filter_map(|id| self.queues.get((*id).into())) {
            row.consumers += cursor.consumers;
            row.unacked += cursor.depth().1;
            row.counters += cursor.counters;
            if let Some(place) = cursor.cursor()
                && let Some(name) = place.group.as_deref()
            {
                let committed = place.committed();
                let lag = stream.next().saturating_sub(committed.max(stream.first()));
                groups.push(GroupRow { name: name.into(), committed, lag, consumers: cursor.consumers });
            }
        }
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        row.stream = Some(StreamRow {
            epoch: stream.epoch,
            first: stream.first(),
            next: stream.next(),
            files: stream.parts().len(),
            groups,
        });
        row
    }

    /// All exchanges, in no particular order; the default exchange is called "".
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeRow> {
        self.routing.exchanges()
    }

    /// All bindings, in no particular order, also those that every queue has to the default exchange.
    pub fn bindings(&self) -> impl Iterator<Item = BindingRow> {
        self.listed().flat_map(bindings)
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
                group: queue.cursor().and_then(|cursor| cursor.group.as_deref()).map(Arc::from),
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

    /// The same, counted one by one.
    #[cfg(test)]
    pub(super) fn held_by_entries(&self) -> usize {
        let waiting = self.queues.iter().flat_map(|(_, queue)| queue.entries());
        let unacked = self.subscriptions.iter().flat_map(|(_, subscription)| subscription.unacked());
        waiting.chain(unacked).map(crate::queue::Entry::held).sum()
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
