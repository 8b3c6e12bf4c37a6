//! Dead-lettering: what expires, is refused, or has no room goes to the exchange that its queue names.

use super::Vhost;
use super::load::{Waits, index, kept};
use crate::death::{Death, Deaths, Reason};
use crate::effect::{Effects, Wanted};
use crate::limits::{CONSEQUENCES, READ_AHEAD, READ_AHEAD_MESSAGES, UNREAD_DEAD};
use crate::queue::{Content, Entry};
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Effect, Loaded, Message, Time};
use std::sync::Arc;

/// A message on its way out of a queue.
#[derive(Debug)]
pub(super) struct Dying {
    body: Body,
    queue: Arc<str>,
    reason: Reason,
    text: Option<Box<str>>,
    time: Time,
    exchange: Box<str>,
    routing_key: Option<Box<str>>,
}

/// What dies.
#[derive(Debug)]
enum Body {
    /// A message that was refused before it was in the queue.
    New(Arc<Message>),
    /// One that was: it is not to come back, once it has come where it goes. With the queue's number in records.
    Old(u64, Entry),
}

impl Dying {
    /// The message, if it is in memory.
    fn message(&self) -> Option<&Arc<Message>> {
        match &self.body {
            Body::New(message) => Some(message),
            Body::Old(_, entry) => entry.message(),
        }
    }

    /// What records still say of it.
    pub(super) fn entry(&self) -> Option<(u64, &Entry)> {
        match &self.body {
            Body::New(_) => None,
            Body::Old(queue, entry) => Some((*queue, entry)),
        }
    }

    pub(super) fn entry_mut(&mut self) -> Option<(u64, &mut Entry)> {
        match &mut self.body {
            Body::New(_) => None,
            Body::Old(queue, entry) => Some((*queue, entry)),
        }
    }
}

impl Vhost {
    /// Ends a message that has left the queue.
    pub(super) fn bury(&mut self, queue: QueueId, entry: Entry, reason: Reason, text: Option<&str>) {
        let number = self.queues[queue.into()].number;
        if let Some(Body::Old(number, entry)) = self.mourn(queue, Body::Old(number, entry), reason, text) {
            let left = self.keeper.leave(number, &entry);
            self.keeper.settle(left);
        }
    }

    /// Ends a message that does not come to the queue.
    pub(super) fn bury_new(&mut self, queue: QueueId, message: &Arc<Message>, reason: Reason) {
        self.mourn(queue, Body::New(Arc::clone(message)), reason, None);
    }

    /// Notes a message that is to be dead-lettered; it is given back if it is not. It is published again at the end of the command, not in the
    /// midst of it: one that goes from queue to queue comes back here.
    fn mourn(&mut self, queue: QueueId, body: Body, reason: Reason, text: Option<&str>) -> Option<Body> {
        let time = self.now;
        let state = &mut self.queues[queue.into()];
        match reason {
            Reason::Expired => state.counters.expired += 1,
            Reason::Overflowed => state.counters.dropped += 1,
            Reason::Rejected | Reason::DeliveryLimit => {}
        }
        let arguments = state.settings.arguments();
        let Some(exchange) = arguments.dead_letter_exchange.clone() else { return Some(body) };
        self.consequences += usize::from(self.is_burying);
        if self.consequences > CONSEQUENCES {
            return Some(body);
        }
        let routing_key = arguments.dead_letter_key.clone();
        state.counters.dead_lettered += 1;
        let (queue, text) = (Arc::clone(&state.name), text.map(Box::from));
        self.dying.push_back(Dying { body, queue, reason, text, time, exchange, routing_key });
        None
    }

    /// Publishes a message to the dead-letter exchange; one that is away, and all behind it, once it has been read.
    pub(super) fn handle_dying(&mut self, dying: Dying, effects: &mut Effects) {
        if self.unread_dead.is_empty() && dying.message().is_some() {
            self.publish_dead(dying, effects);
        } else {
            // It was refused for certain only once it is where it goes: if it comes back before that, it says that it was seen.
            if let Some((queue, entry)) = dying.entry().filter(|_| dying.reason == Reason::Rejected) {
                self.keeper.return_to(queue, entry, Time(0));
            }
            self.unread_dead.push_back(dying);
        }
    }

    /// The next message that waited to be read, and was.
    pub(super) fn pop_read_dead(&mut self) -> Option<Dying> {
        self.unread_dead.pop_front_if(|dying| dying.message().is_some())
    }

    /// Asks for the messages that are to be dead-lettered and are away.
    pub(super) fn load_dead(&mut self, effects: &mut Effects) {
        let is_loading = self.dead_load.is_some_and(|serial| self.loads.contains_key(&serial));
        if self.unread_dead.is_empty() || is_loading {
            return;
        }
        let mut octets = 0;
        let away = self.unread_dead.iter().filter_map(Dying::entry).filter(|(_, entry)| entry.is_away());
        let part = away.take(READ_AHEAD_MESSAGES).take_while(|(_, entry)| {
            let is_within = octets < READ_AHEAD;
            octets += entry.size();
            is_within
        });
        let wanted = part.map(|(queue, entry)| kept(queue, entry)).collect();
        self.dead_load = Some(self.load(Waits::Dead, Wanted::Records(wanted), effects));
    }

    /// Messages that are to be dead-lettered were read. What was written elsewhere meanwhile is asked for again.
    pub(super) fn handle_dead_loaded(&mut self, messages: &[Loaded]) {
        let read = index(messages);
        for (queue, entry) in self.unread_dead.iter_mut().filter_map(Dying::entry_mut) {
            if let Some(message) = read.get(&(queue, entry.number)) {
                entry.content = Content::Here(Arc::clone(message));
            }
        }
    }

    /// Publishes a message to the dead-letter exchange. Where there is none of this name it is gone, as is one that
    /// would go round in circles.
    pub(super) fn publish_dead(&mut self, dying: Dying, effects: &mut Effects) {
        let left = dying.entry().and_then(|(queue, entry)| self.keeper.leave(queue, entry));
        self.publish_elsewhere(dying, effects);
        self.keeper.settle(left);
    }

    fn publish_elsewhere(&mut self, dying: Dying, effects: &mut Effects) {
        let Some(message) = dying.message().cloned() else { return };
        let Dying { queue, reason, text, time, exchange, routing_key, .. } = dying;
        let death = Death {
            queue,
            reason,
            count: 1,
            exchange: (*message.exchange).into(),
            routing_key: message.routing_key.clone(),
            time,
            text,
        };
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
        if self.unread_dead.len() > UNREAD_DEAD {
            return; // those first
        }
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
        self.held -= entry.held();
        self.bury(queue, entry, reason, None);
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
            self.held -= entry.held();
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
