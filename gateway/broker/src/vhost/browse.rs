//! Browsing: seeing what waits in a queue without taking it.

use super::Vhost;
use super::load::{Waits, index, next_away};
use crate::effect::{Effects, Target, Wanted};
use crate::subscription::{Browse, SubscriptionKey};
use crate::{Effect, Loaded};
use std::sync::Arc;

impl Vhost {
    /// Notes what a browsing subscription is to see: all that waits now.
    pub(super) fn begin_browsing(&mut self, key: SubscriptionKey) {
        let subscription = &mut self.subscriptions[key];
        let last = self.queues[subscription.queue.into()].backlog().last_number().unwrap_or(0);
        subscription.browse = Some(Browse { next: 0, last, is_loading: false });
    }

    /// Shows a browsing subscription what it has not seen yet, as far as the connection's window goes.
    pub(super) fn browse(&mut self, key: SubscriptionKey, effects: &mut Effects) {
        self.browse_with(key, &[], effects);
    }

    /// Goes on with a browser for which messages were read.
    pub(super) fn handle_browsed(&mut self, key: SubscriptionKey, read: &[Loaded], effects: &mut Effects) {
        if let Some(browse) = self.subscriptions.get_mut(key).and_then(|subscription| subscription.browse.as_mut()) {
            browse.is_loading = false;
            self.browse_with(key, read, effects);
        }
    }

    fn browse_with(&mut self, key: SubscriptionKey, read: &[Loaded], effects: &mut Effects) {
        let Some(subscription) = self.subscriptions.get_mut(key) else { return };
        let Some(browse) = subscription.browse.as_mut().filter(|browse| !browse.is_loading) else { return };
        let slot = self.connections.get_mut(subscription.connection.0 as usize);
        let Some(state) = slot.and_then(Option::as_mut).filter(|_| !subscription.ended) else { return };
        let (connection, number) = (subscription.connection, subscription.number);
        let queue = &self.queues[subscription.queue.into()];
        let (backlog, queue_number) = (queue.backlog(), queue.number);
        let read = index(read);
        let mut seen = Vec::new();
        let mut away = Vec::new();
        while let Some(entry) = backlog.first_from(browse.next).filter(|entry| entry.number <= browse.last) {
            if entry.expires <= self.now {
                browse.next = entry.number + 1;
                continue;
            }
            if state.window <= 0 {
                state.blocked.push(key);
                break;
            }
            let read = read.get(&(queue_number, entry.number)).copied();
            let Some(message) = entry.message().or(read) else {
                away = next_away(queue, entry.number);
                break;
            };
            state.window -= message.size().cast_signed();
            browse.next = entry.number + 1;
            seen.push((Arc::clone(message), entry.delivery_count + 1));
        }
        let has_window = state.window > 0;
        let is_at_end = || backlog.first_from(browse.next).is_none_or(|entry| entry.number > browse.last);
        let is_done = away.is_empty() && (has_window || is_at_end());
        browse.is_loading = !away.is_empty();
        let is_first_end = is_done && browse.next != u64::MAX;
        if is_done {
            browse.next = u64::MAX;
        }
        for (message, delivery_count) in seen {
            let start = effects.targets.len();
            let delivery = subscription.number_settled();
            effects.targets.push(Target { connection, subscription: number, delivery, delivery_count });
            effects.deliver(&message, start, None);
        }
        if is_first_end {
            effects.list.push(Effect::Browsed { connection, subscription: number });
        }
        if !away.is_empty() {
            self.load(Waits::Browser(key), Wanted::Records(away), effects);
        }
    }
}
