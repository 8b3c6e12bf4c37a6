//! Settling deliveries.

use super::{Vhost, refuse};
use crate::command::Settle;
use crate::effect::Effects;
use crate::limits::DELAY;
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Error, Outcome, Reason, Time};

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
            (None, _) if subscription.unsettled(tag.delivery).is_some() => Ok(()),
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
            Outcome::Requeue(delay) => self.requeue(queue, entries, delay),
            Outcome::Return => {
                let uncounted =
                    |entry: Entry| Entry { delivery_count: entry.delivery_count.saturating_sub(1), ..entry };
                self.requeue(queue, entries.into_iter().map(uncounted).collect(), Some(0));
            }
            Outcome::Ack => {
                for entry in &entries {
                    self.let_go(queue, entry);
                    let left = self.keeper.leave(self.queues[queue.into()].number, entry);
                    self.keeper.settle(left);
                }
            }
            Outcome::Reject => {
                for entry in entries {
                    self.let_go(queue, &entry);
                    self.queues[queue.into()].counters.rejected += 1;
                    self.bury(queue, entry, Reason::Rejected, settle.text.as_deref());
                }
            }
        }
        if self.queues[queue.into()].cursor().is_some() {
            self.write_commit(queue);
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
        let state = &mut self.queues[queue.into()];
        state.settled(entry.size());
        self.held -= entry.held();
        if state.cursor().is_some() {
            self.settle_read(queue, entry.number);
        }
    }

    /// Gives messages back to their queue after a delay: the one that was asked for, or that of the queue's arguments.
    fn requeue(&mut self, queue: QueueId, entries: Vec<Entry>, delay: Option<u64>) {
        let now = self.now;
        let mut returning = Vec::with_capacity(entries.len());
        for entry in self.without_dead(queue, entries) {
            let state = &mut self.queues[queue.into()];
            let delay = delay.unwrap_or_else(|| state.settings.arguments().retry_after(entry.delivery_count));
            match delay.min(DELAY) {
                0 => {
                    self.keeper.return_to(state.number, &entry, Time(0));
                    returning.push(entry);
                }
                delay => {
                    self.keeper.return_to(state.number, &entry, now + delay);
                    state.delay(entry, now + delay);
                }
            }
        }
        self.put_back(queue, returning);
    }

    /// Messages come back to their queue at once.
    pub(super) fn give_all_back(&mut self, queue: QueueId, entries: Vec<Entry>) {
        let returning = self.without_dead(queue, entries);
        let number = self.queues[queue.into()].number;
        returning.iter().for_each(|entry| self.keeper.return_to(number, entry, Time(0)));
        self.put_back(queue, returning);
    }

    fn put_back(&mut self, queue: QueueId, mut returning: Vec<Entry>) {
        returning.sort_unstable_by_key(|entry| entry.number);
        self.queues[queue.into()].put_all_back(returning);
    }

    /// What of it may come back, since it has not come back too often. It is still held.
    fn without_dead(&mut self, queue: QueueId, entries: Vec<Entry>) -> Vec<Entry> {
        let limit = self.queues[queue.into()].settings.arguments().delivery_limit();
        let mut returning = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.delivery_count > limit {
                self.let_go(queue, &entry);
                self.bury(queue, entry, Reason::DeliveryLimit, None);
            } else {
                self.queues[queue.into()].settled(entry.size());
                returning.push(entry);
            }
        }
        returning
    }

    /// An ended subscription is forgotten with its last unacked delivery.
    fn forget_if_done(&mut self, key: SubscriptionKey) {
        if self.subscriptions.get(key).is_some_and(|it| it.ended && it.unacked_count() == 0) {
            self.remove_subscription(key);
        }
    }
}
