//! Dead-lettering: what expires, is refused, or has no room goes to the exchange that its queue names.

use super::Vhost;
use crate::death::{Death, Deaths, Reason};
use crate::effect::Effects;
use crate::limits::CONSEQUENCES;
use crate::queue::Entry;
use crate::record::Left;
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Effect, Message, Time};
use std::sync::Arc;

/// A message on its way out of a queue.
#[derive(Debug)]
pub(super) struct Dying {
    message: Arc<Message>,
    exchange: Box<str>,
    routing_key: Option<Box<str>>,
    death: Death,
    /// It is not to come back, once it has come where it goes.
    left: Option<Left>,
}

impl Vhost {
    /// Ends a message that has left the queue. It is published again at the end of the command, not in the midst of it:
    /// one that goes from queue to queue comes back here.
    pub(super) fn bury(
        &mut self,
        queue: QueueId,
        message: Arc<Message>,
        reason: Reason,
        text: Option<&str>,
        left: Option<Left>,
    ) {
        let time = self.now;
        let state = &mut self.queues[queue.into()];
        match reason {
            Reason::Expired => state.counters.expired += 1,
            Reason::Overflowed => state.counters.dropped += 1,
            Reason::Rejected | Reason::DeliveryLimit => {}
        }
        let arguments = state.settings.arguments();
        let Some(exchange) = arguments.dead_letter_exchange.clone() else { return self.keeper.settle(left) };
        self.consequences += usize::from(self.is_burying);
        if self.consequences > CONSEQUENCES {
            return self.keeper.settle(left);
        }
        let death = Death {
            queue: Arc::clone(&state.name),
            reason,
            count: 1,
            exchange: (*message.exchange).into(),
            routing_key: message.routing_key.clone(),
            time,
            text: text.map(Box::from),
        };
        let routing_key = arguments.dead_letter_key.clone();
        state.counters.dead_lettered += 1;
        self.dying.push_back(Dying { message, exchange, routing_key, death, left });
    }

    /// Publishes a message to the dead-letter exchange. Where there is none of this name it is gone, as is one that
    /// would go round in circles.
    pub(super) fn publish_dead(&mut self, mut dying: Dying, effects: &mut Effects) {
        let left = dying.left.take();
        self.publish_elsewhere(dying, effects);
        self.keeper.settle(left);
    }

    fn publish_elsewhere(&mut self, dying: Dying, effects: &mut Effects) {
        let Dying { message, exchange, routing_key, death, .. } = dying;
        let Some(deaths) = Deaths::with(message.deaths.as_deref(), death) else { return };
        let routing_key = routing_key.as_deref().unwrap_or(&message.routing_key);
        let message = Arc::new(message.dead(&exchange, routing_key, deaths));
        let Ok(queues) = self.find_queues(&message) else { return };
        let queues = queues.iter().copied().filter(|queue| {
            let queue = &self.queues[(*queue).into()];
            !message.deaths.as_ref().is_some_and(|deaths| deaths.is_circle(&queue.name))
        });
        let queues: Vec<QueueId> = queues.collect();
        self.is_burying = true;
        self.fan_out(None, &message, &queues, effects);
        self.is_burying = false;
        self.check_memory(effects);
    }

    /// Takes out of a queue what is too old, a part at a time.
    pub(super) fn expire(&mut self, queue: QueueId) {
        let now = self.now;
        for entry in self.queues[queue.into()].expire(now) {
            self.end(queue, entry, Reason::Expired);
        }
    }

    /// Takes out of a queue what is too much.
    pub(super) fn drop_surplus(&mut self, queue: QueueId) {
        while let Some(entry) = self.queues[queue.into()].pop_surplus() {
            let state = &mut self.queues[queue.into()];
            state.missing += u64::from(state.settings.drops_oldest);
            self.end(queue, entry, Reason::Overflowed);
        }
    }

    /// Ends a message that waited, and was held for it.
    pub(super) fn end(&mut self, queue: QueueId, entry: Entry, reason: Reason) {
        self.held -= entry.message.size();
        let left = self.keeper.leave(self.queues[queue.into()].number, &entry);
        self.bury(queue, entry.message, reason, None, left);
    }

    /// Keeps the backlog of a topic subscription within its limit, or at one message that is larger.
    pub(super) fn drop_oldest(&mut self, queue: QueueId) {
        if self.queues[queue.into()].settings.drops_oldest {
            self.drop_oldest_beyond(queue, self.limits.backlog, 1);
        }
    }

    /// Drops the oldest messages until no more octets wait than these, or only so many messages.
    pub(super) fn drop_oldest_beyond(&mut self, queue: QueueId, octets: usize, messages: usize) {
        let state = &mut self.queues[queue.into()];
        while state.backlog().octets() > octets && state.backlog().len() > messages {
            let Some(entry) = state.pop() else { break };
            self.held -= entry.message.size();
            state.counters.dropped += 1;
            state.missing += 1;
        }
    }

    /// Tells the next receiver of a queue that messages are missing before what it gets now.
    pub(super) fn tell_missing(&mut self, queue: QueueId, key: SubscriptionKey, effects: &mut Effects) {
        let count = std::mem::take(&mut self.queues[queue.into()].missing);
        let subscription = &self.subscriptions[key];
        let (connection, subscription) = (subscription.connection, subscription.number);
        effects.list.push(Effect::Dropped { connection, subscription, count });
    }

    /// Whether nobody is to get a message any more.
    pub(super) fn is_past(&self, message: &Message) -> bool {
        message.expires != Time::NEVER && message.expires < self.now
    }
}
