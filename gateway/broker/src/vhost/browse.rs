//! Browsing: seeing what waits in a queue without taking it.

use super::Vhost;
use crate::Effect;
use crate::effect::{Effects, Target};
use crate::subscription::{Browse, SubscriptionKey};
use std::sync::Arc;

impl Vhost {
    /// Notes what a browsing subscription is to see: all that waits now.
    pub(super) fn begin_browsing(&mut self, key: SubscriptionKey) {
        let subscription = &mut self.subscriptions[key];
        let last = self.queues[subscription.queue.into()].backlog().last_number().unwrap_or(0);
        subscription.browse = Some(Browse { next: 0, last });
    }

    /// Shows a browsing subscription what it has not seen yet, as far as the connection's window goes.
    pub(super) fn browse(&mut self, key: SubscriptionKey, effects: &mut Effects) {
        let Some(subscription) = self.subscriptions.get_mut(key) else { return };
        let Some(browse) = &mut subscription.browse else { return };
        let slot = self.connections.get_mut(subscription.connection.0 as usize);
        let Some(state) = slot.and_then(Option::as_mut).filter(|_| !subscription.ended) else { return };
        let (connection, number) = (subscription.connection, subscription.number);
        let backlog = self.queues[subscription.queue.into()].backlog();
        let mut seen = Vec::new();
        while let Some(entry) = backlog.first_from(browse.next).filter(|entry| entry.number <= browse.last) {
            if entry.expires <= self.now {
                browse.next = entry.number + 1;
                continue;
            }
            if state.window <= 0 {
                state.blocked.push(key);
                break;
            }
            state.window -= entry.message.size().cast_signed();
            browse.next = entry.number + 1;
            seen.push((Arc::clone(&entry.message), entry.delivery_count + 1));
        }
        let is_done =
            state.window > 0 || backlog.first_from(browse.next).is_none_or(|entry| entry.number > browse.last);
        let is_first_end = is_done && browse.next != u64::MAX;
        if is_done {
            browse.next = u64::MAX;
        }
        for (message, delivery_count) in seen {
            let start = effects.targets.len();
            let delivery = subscription.number_settled();
            effects.targets.push(Target { connection, subscription: number, delivery, delivery_count });
            effects.deliver(&message, start);
        }
        if is_first_end {
            effects.list.push(Effect::Browsed { connection, subscription: number });
        }
    }
}
