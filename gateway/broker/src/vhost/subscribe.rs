//! Beginning and ending subscriptions.

use super::{Vhost, refuse};
use crate::command::{Source, Subscribe};
use crate::effect::{Effects, EndReason};
use crate::routing::QueueId;
use crate::subscription::{Subscription, SubscriptionKey};
use crate::{ConnectionId, Effect, Error, SubscriptionNumber, Token};

impl Vhost {
    pub(super) fn subscribe(&mut self, subscribe: Subscribe, effects: &mut Effects) {
        let Subscribe { connection, subscription, token, .. } = subscribe;
        match self.try_subscribe(subscribe) {
            Ok(queue) => {
                if let Some(token) = token {
                    effects.list.push(Effect::Subscribed { connection, token });
                }
                self.dispatch(queue, effects);
            }
            Err(error) => {
                effects.list.push(Effect::Refused { connection, token, subscription: Some(subscription), error });
            }
        }
    }

    fn try_subscribe(&mut self, subscribe: Subscribe) -> Result<QueueId, Error> {
        let Subscribe { connection, subscription: number, source, ack_mode, prefetch, .. } = subscribe;
        if self.connection(connection).is_some_and(|state| state.find(number).is_some()) {
            return Err(Error::SubscriptionInUse(number));
        }
        let limit = self.limits.subscriptions;
        if self.connection(connection).is_some_and(|state| state.subscriptions.len() >= limit) {
            return Err(Error::TooManySubscriptions { limit });
        }
        let queue = self.find_source(connection, source)?;
        let state = &mut self.queues[queue.into()];
        if state.owner.is_some_and(|owner| owner != connection) {
            return Err(Error::ResourceLocked { name: state.name.to_string() });
        }
        let key = self.subscriptions.insert(Subscription::new(connection, number, queue, ack_mode, prefetch));
        state.subscriptions.push(key);
        state.consumers += 1;
        if let Some(state) = self.connection(connection) {
            state.add(number, key);
        }
        self.get_in_line(key);
        Ok(queue)
    }

    fn find_source(&mut self, connection: ConnectionId, source: Source) -> Result<QueueId, Error> {
        match source {
            Source::Queue(name) => self.find(&name),
            Source::Declared(declaration) => self.declare(&declaration, Some(connection)),
            Source::Bound(declaration, binding) => {
                let existed = self.names.contains_key(declaration.name.as_str());
                let queue = self.declare(&declaration, Some(connection))?;
                self.bind(queue, binding).map(|()| queue).inspect_err(|_| {
                    if !existed {
                        self.delete(queue, &mut Effects::default()); // it has no subscription yet to be told
                    }
                })
            }
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        connection: ConnectionId,
        number: SubscriptionNumber,
        token: Option<Token>,
        effects: &mut Effects,
    ) {
        let key = self.connection(connection).and_then(|state| state.find(number));
        let Some(key) = key.filter(|key| !self.subscriptions[*key].ended) else {
            return refuse(effects, connection, token, Error::UnknownSubscription(number));
        };
        let queue = self.end_subscription(key);
        effects.list.push(Effect::Ended { connection, subscription: number, reason: EndReason::Unsubscribed(token) });
        if let Some(queue) = queue {
            self.delete_if_unused(queue, effects);
        }
    }

    /// Ends a subscription; what it has unacked can still be settled.
    fn end_subscription(&mut self, key: SubscriptionKey) -> Option<QueueId> {
        let subscription = &mut self.subscriptions[key];
        let queue = subscription.queue;
        if !subscription.ended {
            subscription.ended = true;
            if let Some(queue) = queue {
                let state = &mut self.queues[queue.into()];
                state.consumers -= 1;
                state.line.retain(|candidate| *candidate != key);
            }
        }
        if subscription.unacked_count() == 0 {
            self.remove_subscription(key);
        }
        queue
    }

    /// Forgets a subscription whose connection is gone or which has nothing left to settle; what was unacked goes
    /// back to its queue, which is returned.
    pub(super) fn remove_subscription(&mut self, key: SubscriptionKey) -> Option<QueueId> {
        let mut subscription = self.subscriptions.try_remove(key)?;
        if let Some(state) = self.connection(subscription.connection) {
            state.remove(subscription.number);
            state.blocked.retain(|candidate| *candidate != key);
        }
        let queue = subscription.queue?;
        let state = &mut self.queues[queue.into()];
        state.subscriptions.retain(|candidate| *candidate != key);
        if !subscription.ended {
            state.consumers -= 1;
            state.line.retain(|candidate| *candidate != key);
        }
        let mut unacked: Vec<_> = subscription.settle_all().collect();
        // The youngest first: then each goes to the head, where it is cheap.
        while let Some(entry) = unacked.pop() {
            state.settled(entry.message.size());
            state.put_back(entry);
        }
        Some(queue)
    }
}
