//! Settling deliveries.

use super::{Vhost, refuse};
use crate::command::Settle;
use crate::effect::Effects;
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Error, Outcome, Reason};

impl Vhost {
    pub(super) fn settle(&mut self, settle: &Settle, effects: &mut Effects) {
        let Settle { connection, tag, token, .. } = *settle;
        let key = self.connection(connection).and_then(|state| state.find(tag.subscription));
        let entries = key.map(|key| self.subscriptions[key].settle(tag.delivery)).unwrap_or_default();
        if let Some(key) = key.filter(|_| !entries.is_empty()) {
            effects.confirm(connection, token, None);
            return self.give_back(key, entries, settle, effects);
        }
        match self.check_settle(settle) {
            Ok(()) => effects.confirm(connection, token, None),
            Err(error) => refuse(effects, connection, token, error),
        }
    }

    /// Settles what an earlier settlement of the same commit may have covered already.
    pub(super) fn settle_leniently(&mut self, settle: &Settle, effects: &mut Effects) {
        match self.check_settle(settle) {
            Ok(()) => self.settle(settle, effects),
            Err(_) => effects.confirm(settle.connection, settle.token, None),
        }
    }

    /// Whether a settlement settles something, or at least does no harm: a browsed message was not taken, and one of a
    /// deleted queue is gone.
    pub(super) fn check_settle(&mut self, settle: &Settle) -> Result<(), Error> {
        let Settle { connection, tag, outcome, .. } = *settle;
        let unknown = Error::UnknownDelivery(tag);
        let Some(state) = self.connection(connection) else { return Err(unknown) };
        let Some(key) = state.find(tag.subscription) else {
            return if state.is_of_deleted_queue(tag) { Ok(()) } else { Err(unknown) };
        };
        let subscription = &self.subscriptions[key];
        match (&subscription.browse, outcome) {
            (None, _) if subscription.is_unsettled(tag.delivery) => Ok(()),
            (Some(_), Outcome::Ack) if subscription.was_made(tag.delivery) => Ok(()),
            (Some(_), _) if subscription.was_made(tag.delivery) => Err(Error::Browsed),
            _ => Err(unknown),
        }
    }

    /// Settles entries with their queue, and goes on with what that makes room for.
    fn give_back(&mut self, key: SubscriptionKey, entries: Vec<Entry>, settle: &Settle, effects: &mut Effects) {
        let queue = self.subscriptions[key].queue;
        let count = entries.len() as u64;
        match settle.outcome {
            // The youngest first: then each goes to the head, where it is cheap.
            Outcome::Requeue(delay) => entries.into_iter().rev().for_each(|entry| self.requeue(queue, entry, delay)),
            Outcome::Ack => entries.iter().for_each(|entry| self.let_go(queue, entry)),
            Outcome::Reject => {
                for entry in entries {
                    self.let_go(queue, &entry);
                    self.queues[queue.into()].counters.rejected += 1;
                    self.bury(queue, entry.message, Reason::Rejected, settle.text.as_deref());
                }
            }
        }
        match settle.outcome {
            Outcome::Ack => self.queues[queue.into()].counters.acked += count,
            _ => {
                self.drop_surplus(queue);
                self.schedule(queue);
            }
        }
        self.get_in_line(key);
        self.dispatch(queue, effects);
        self.forget_if_done(key);
    }

    /// Nobody has the message any more.
    fn let_go(&mut self, queue: QueueId, entry: &Entry) {
        let size = entry.message.size();
        self.queues[queue.into()].settled(size);
        self.held -= size;
    }

    /// Gives a message back to its queue after a delay: the one that was asked for, or that of the queue's arguments.
    fn requeue(&mut self, queue: QueueId, entry: Entry, delay: Option<u64>) {
        let arguments = self.queues[queue.into()].settings.arguments();
        let delay = delay.unwrap_or_else(|| arguments.retry_after(entry.delivery_count));
        self.return_entry(queue, entry, delay);
    }

    /// A message comes back to its queue, unless it has come back too often.
    pub(super) fn return_entry(&mut self, queue: QueueId, entry: Entry, delay: u64) {
        if entry.delivery_count > self.queues[queue.into()].settings.arguments().delivery_limit() {
            self.let_go(queue, &entry);
            return self.bury(queue, entry.message, Reason::DeliveryLimit, None);
        }
        let now = self.now;
        let state = &mut self.queues[queue.into()];
        state.settled(entry.message.size()); // it is still held
        match delay {
            0 => state.put_back(entry),
            delay => state.delay(entry, now + delay),
        }
    }

    /// An ended subscription is forgotten with its last unacked delivery.
    fn forget_if_done(&mut self, key: SubscriptionKey) {
        if self.subscriptions.get(key).is_some_and(|it| it.ended && it.unacked_count() == 0) {
            self.remove_subscription(key);
        }
    }
}
