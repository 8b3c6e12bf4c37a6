//! Settling deliveries.

use super::{Vhost, refuse};
use crate::command::Settle;
use crate::effect::Effects;
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Error, Outcome};

impl Vhost {
    pub(super) fn settle(&mut self, settle: &Settle, effects: &mut Effects) {
        let Settle { connection, tag, outcome, token } = *settle;
        let key = self.connection(connection).and_then(|state| state.find(tag.subscription));
        // Only for a subscription that is gone: the list of those is searched, and settling is done for every message.
        if key.is_none() && self.connection(connection).is_some_and(|state| state.is_of_deleted_queue(tag)) {
            return effects.confirm(connection, token, None);
        }
        let entries = key.map(|key| self.subscriptions[key].settle(tag.delivery)).unwrap_or_default();
        let Some(key) = key.filter(|_| !entries.is_empty()) else {
            return refuse(effects, connection, token, Error::UnknownDelivery(tag));
        };
        effects.confirm(connection, token, None);
        match self.subscriptions[key].queue {
            Some(queue) => self.give_back(key, queue, entries, outcome, effects),
            None => self.forget_if_done(key),
        }
    }

    /// Settles entries with their queue, and goes on with what that makes room for.
    fn give_back(
        &mut self,
        key: SubscriptionKey,
        queue: QueueId,
        entries: Vec<Entry>,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let state = &mut self.queues[queue.into()];
        for entry in entries.into_iter().rev() {
            let size = entry.message.size();
            state.settled(size);
            match outcome {
                Outcome::Ack => state.counters.acked += 1,
                Outcome::Reject => state.counters.rejected += 1,
                Outcome::Requeue => {
                    state.put_back(entry);
                    continue; // it is still held
                }
            }
            self.held -= size;
        }
        self.get_in_line(key);
        self.dispatch(queue, effects);
        self.forget_if_done(key);
    }

    /// An ended subscription is forgotten with its last unacked delivery.
    fn forget_if_done(&mut self, key: SubscriptionKey) {
        if self.subscriptions.get(key).is_some_and(|it| it.ended && it.unacked_count() == 0) {
            self.remove_subscription(key);
        }
    }
}
