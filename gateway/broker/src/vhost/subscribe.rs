//! Beginning and ending subscriptions.

use super::{Vhost, refuse};
use crate::command::{Source, Subscribe};
use crate::effect::{Effects, EndReason};
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::subscription::{Subscription, SubscriptionKey};
use crate::{Binding, ConnectionId, Effect, Error, QueueDeclaration, SubscriptionNumber, Token};

impl Vhost {
    /// Whether a connection has a live subscription of this number.
    pub fn has_subscription(&self, connection: ConnectionId, number: SubscriptionNumber) -> bool {
        let state = self.connections.get(connection.0 as usize).and_then(Option::as_ref);
        let key = state.and_then(|state| state.find(number));
        key.is_some_and(|key| !self.subscriptions[key].ended)
    }

    pub(super) fn subscribe(&mut self, subscribe: Subscribe, effects: &mut Effects) {
        let Subscribe { connection, subscription, token, .. } = subscribe;
        match self.try_subscribe(subscribe) {
            Ok((queue, key)) => {
                if let Some(token) = token {
                    let state = &self.queues[queue.into()];
                    let source = state.cursor().map_or(state, |cursor| &self.queues[cursor.stream.into()]);
                    let declared = source.declared;
                    effects.list.push(Effect::Subscribed { connection, token, declared });
                }
                match self.subscriptions[key].browse {
                    Some(_) => self.browse(key, effects),
                    None => self.dispatch(queue, effects),
                }
            }
            Err(error) => {
                effects.list.push(Effect::Refused { connection, token, subscription: Some(subscription), error });
            }
        }
    }

    fn try_subscribe(&mut self, subscribe: Subscribe) -> Result<(QueueId, SubscriptionKey), Error> {
        let Subscribe { connection, subscription: number, source, ack_mode, mut terms, stream, .. } = subscribe;
        if self.connection(connection).is_some_and(|state| state.find(number).is_some()) {
            return Err(Error::SubscriptionInUse(number));
        }
        let limit = self.limits.subscriptions;
        if self.connection(connection).is_some_and(|state| state.subscriptions.len() >= limit) {
            return Err(Error::TooManySubscriptions { limit });
        }
        let makes_queue = !matches!(source, Source::Queue(_) | Source::Declared(_));
        let source = self.find_source(connection, source)?;
        let queue = self.find_cursor(source, stream.as_deref(), terms.browse)?;
        terms.browse &= queue == source; // a reader of a stream takes nothing anyway
        let state = &mut self.queues[queue.into()];
        let mut subscription = Subscription::new(connection, number, queue, ack_mode, terms);
        subscription.made_queue = makes_queue || queue != source;
        let key = self.subscriptions.insert(subscription);
        state.subscriptions.push(key);
        if let Some(state) = self.connection(connection) {
            state.add(number, key);
        }
        match terms.browse {
            true => self.begin_browsing(key),
            false => self.begin_consuming(key),
        }
        Ok((queue, key))
    }

    fn begin_consuming(&mut self, key: SubscriptionKey) {
        let Subscription { queue, terms, .. } = self.subscriptions[key];
        self.topology += 1;
        let state = &mut self.queues[queue.into()];
        state.consumers += 1;
        state.exclusive_consumers += u32::from(terms.exclusive);
        state.has_ranks |= terms.priority != 0 || terms.exclusive;
        let has_good_one =
            state.active.is_some_and(|active| self.subscriptions[active].terms.exclusive || !terms.exclusive);
        match state.serves_one() && !has_good_one {
            true => self.elect(queue),
            false => self.get_in_line(key),
        }
    }

    fn find_source(&mut self, connection: ConnectionId, source: Source) -> Result<QueueId, Error> {
        match source {
            Source::Queue(name) => self.find_for(connection, &name),
            Source::Declared(declaration) => self.declare(&declaration, Some(connection)),
            Source::Bound(declaration, binding) => self.declare_bound(connection, &declaration, binding),
            Source::Narrowed(declaration, binding, narrowing) => {
                let queue = self.declare_bound(connection, &declaration, binding)?;
                self.queues[queue.into()].narrowing = Some(narrowing);
                Ok(queue)
            }
            Source::Rebound(declaration, binding) => {
                self.check_rebinding(&declaration.name, &binding)?;
                let queue = self.declare_bound(connection, &declaration, binding.clone())?;
                self.unbind_others(queue, &binding);
                Ok(queue)
            }
        }
    }

    fn declare_bound(
        &mut self,
        connection: ConnectionId,
        declaration: &QueueDeclaration,
        binding: Binding,
    ) -> Result<QueueId, Error> {
        let existed = self.names.contains_key(declaration.name.as_str());
        let queue = self.declare(declaration, Some(connection))?;
        self.bind(queue, binding).map(|()| queue).inspect_err(|_| {
            if !existed {
                self.delete(queue, &mut Effects::default()); // it has no subscription yet to be told
            }
        })
    }

    pub(super) fn unsubscribe(
        &mut self,
        connection: ConnectionId,
        number: SubscriptionNumber,
        delete: bool,
        token: Option<Token>,
        effects: &mut Effects,
    ) {
        let key = self.connection(connection).and_then(|state| state.find(number));
        let Some(key) = key.filter(|key| !self.subscriptions[*key].ended) else {
            return refuse(effects, connection, token, Error::UnknownSubscription(number));
        };
        let Subscription { queue, made_queue, browse, .. } = self.subscriptions[key];
        self.end_subscription(key);
        effects.list.push(Effect::Ended { connection, subscription: number, reason: EndReason::Unsubscribed(token) });
        if delete && made_queue {
            self.delete(queue, effects);
        } else if browse.is_none() && !self.delete_if_unused(queue, effects) {
            self.dispatch(queue, effects); // another may be served now
        }
    }

    /// Ends a subscription; what it has unacked can still be settled.
    fn end_subscription(&mut self, key: SubscriptionKey) {
        if self.end_consuming(key) {
            self.close_ranks(self.subscriptions[key].queue);
        }
        if self.subscriptions[key].unacked_count() == 0 {
            self.remove_subscription(key);
        }
    }

    /// A subscription gets nothing more. `true`: its queue has to close ranks.
    fn end_consuming(&mut self, key: SubscriptionKey) -> bool {
        let subscription = &mut self.subscriptions[key];
        if std::mem::replace(&mut subscription.ended, true) || subscription.browse.is_some() {
            return false;
        }
        self.topology += 1;
        let state = &mut self.queues[subscription.queue.into()];
        state.consumers -= 1;
        state.exclusive_consumers -= u32::from(subscription.terms.exclusive);
        true
    }

    /// Some subscriptions of a queue have ended: the others move up.
    fn close_ranks(&mut self, queue: QueueId) {
        let now = self.now;
        let subscriptions = &self.subscriptions;
        let state = &mut self.queues[queue.into()];
        state.line.retain(|key| subscriptions.get(*key).is_some_and(|subscription| !subscription.ended));
        let is_orphaned =
            state.active.is_some_and(|active| subscriptions.get(active).is_none_or(|subscription| subscription.ended));
        if is_orphaned {
            self.elect(queue);
        }
        let state = &mut self.queues[queue.into()];
        if state.consumers == 0 {
            state.unused_since = now;
            self.schedule(queue);
        }
    }

    /// Forgets a subscription that has nothing left to settle.
    pub(super) fn remove_subscription(&mut self, key: SubscriptionKey) {
        let Some(subscription) = self.subscriptions.try_remove(key) else { return };
        if let Some(state) = self.connection(subscription.connection) {
            state.remove(subscription.number);
            state.blocked.retain(|candidate| *candidate != key);
        }
        self.queues[subscription.queue.into()].subscriptions.retain(|candidate| *candidate != key);
    }

    /// Forgets the subscriptions of a connection that is gone; what was unacked goes back to its queue. Returns the queues
    /// that have lost one that took messages, or got some back.
    pub(super) fn remove_subscriptions(
        &mut self,
        subscriptions: &[(SubscriptionNumber, SubscriptionKey)],
    ) -> Vec<QueueId> {
        let mut returning: Vec<(QueueId, Entry)> = Vec::new();
        let mut left = Vec::with_capacity(subscriptions.len());
        let mut bereft = Vec::with_capacity(subscriptions.len());
        for (_, key) in subscriptions {
            if self.end_consuming(*key) {
                bereft.push(self.subscriptions[*key].queue);
            }
            let Some(mut subscription) = self.subscriptions.try_remove(*key) else { continue };
            let queue = subscription.queue;
            left.push(queue);
            returning.extend(subscription.settle_all().map(|entry| (queue, entry)));
        }
        // Each queue once, however many subscriptions it loses.
        for queue in each_once(left) {
            let alive = &self.subscriptions;
            self.queues[queue.into()].subscriptions.retain(|key| alive.contains(*key));
        }
        let mut touched = bereft.clone();
        returning.sort_by_key(|(queue, _)| *queue);
        while let Some((queue, _)) = returning.last() {
            let queue = *queue;
            let from = returning.partition_point(|(other, _)| *other < queue);
            let entries = returning.drain(from..).map(|(_, entry)| entry).collect();
            touched.push(queue);
            self.give_all_back(queue, entries);
        }
        each_once(bereft).into_iter().for_each(|queue| self.close_ranks(queue));
        each_once(touched)
    }
}

fn each_once(mut queues: Vec<QueueId>) -> Vec<QueueId> {
    queues.sort_unstable();
    queues.dedup();
    queues
}
