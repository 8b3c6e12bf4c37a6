//! Messages that are not in memory: asking for them a little before they are wanted, and going on when they come.
//!
//! Nothing waits in here for a file: a queue whose next message is away rests until [`crate::Command::Loaded`].

use super::Vhost;
use crate::effect::{Effects, Kept, Load, Wanted};
use crate::hash::{Map, map};
use crate::limits::{READ_AHEAD, READ_AHEAD_MESSAGES};
use crate::queue::{Entry, Queue};
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Effect, Loaded, Message};
use std::sync::Arc;

/// Who waits for messages that are being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// A queue, for the messages that stand next in it.
    Queue(QueueId),
    /// A reader of a stream, for what it has not read from this offset on; and whether that is in a log.
    Cursor(QueueId, u64, bool),
    /// A browser.
    Browser(SubscriptionKey),
    /// Messages that are to be dead-lettered.
    Dead,
}

impl Vhost {
    /// Asks for messages, and notes who waits for them. Returns the name of the request.
    pub(super) fn load(&mut self, waits: Waits, wanted: Wanted, effects: &mut Effects) -> u64 {
        self.last_load += 1;
        let serial = self.last_load;
        self.loads.insert(serial, waits);
        effects.list.push(Effect::Load(Load { serial, wanted }));
        serial
    }

    /// Messages were read.
    pub(super) fn handle_loaded(&mut self, serial: u64, messages: Vec<Loaded>, effects: &mut Effects) {
        match self.loads.remove(&serial) {
            Some(Waits::Queue(queue)) => {
                self.end_loading(queue);
                self.page_in(queue, &messages);
                self.dispatch(queue, effects);
            }
            Some(Waits::Cursor(queue, from, is_log)) => {
                self.end_loading(queue);
                self.handle_read(queue, from, is_log, messages, effects);
            }
            Some(Waits::Browser(key)) => self.handle_browsed(key, &messages, effects),
            Some(Waits::Dead) => self.handle_dead_loaded(&messages),
            None => {} // who wanted them is gone
        }
    }

    fn end_loading(&mut self, queue: QueueId) {
        if let Some(state) = self.queues.get_mut(queue.into()) {
            state.loading = None;
        }
    }

    /// Nobody waits any more.
    pub(super) fn stop_loading(&mut self, state: &mut Queue) {
        if let Some(serial) = state.loading.take() {
            self.loads.remove(&serial);
        }
    }

    /// Messages that wait in a queue are in memory from now on.
    pub(super) fn page_in(&mut self, queue: QueueId, messages: &[Loaded]) {
        let Some(state) = self.queues.get_mut(queue.into()) else { return };
        for Loaded { number, message, .. } in messages {
            self.held += state.backlog_mut().page_in(*number, message).unwrap_or(0);
        }
        let mark = messages.get(messages.len() / 2).map(|loaded| loaded.number);
        state.load_mark = mark.unwrap_or(state.load_mark);
    }

    /// Asks for the next messages of a queue, if somebody takes them and they are not there.
    pub(super) fn read_ahead(&mut self, queue: QueueId, effects: &mut Effects) {
        let state = &self.queues[queue.into()];
        if state.cursor().is_some() {
            return self.read_on(queue, effects);
        }
        if state.backlog().away() == 0 || state.loading.is_some() || state.line.is_empty() {
            return;
        }
        let is_due = state.backlog().first().is_some_and(|head| head.is_away() || head.number >= state.load_mark);
        if !is_due {
            return;
        }
        let wanted = next_away(state, 0);
        if let Some(last) = wanted.last() {
            // Until they are here, what is here already is enough.
            self.queues[queue.into()].load_mark = last.number;
            let serial = self.load(Waits::Queue(queue), Wanted::Records(wanted), effects);
            self.queues[queue.into()].loading = Some(serial);
        }
    }

    /// What of the first messages of a queue has to be read before they can be looked at: of at most so many, and about so many
    /// octets.
    pub fn missing(&self, name: &str, count: usize, octets: usize) -> Vec<Kept> {
        let Some(id) = self.names.get(name) else { return Vec::new() };
        let state = &self.queues[(*id).into()];
        let mut sum = 0;
        let first = state.backlog().iter().take(count).take_while(|entry| {
            let is_within = sum < octets;
            sum += entry.size();
            is_within
        });
        first.filter(|entry| entry.is_away()).map(|entry| kept(state.number, entry)).collect()
    }

    /// Messages of a queue were looked at, and those that were read for it are not needed in memory any more.
    pub fn handle_looked(&mut self, name: &str, messages: &[Loaded]) {
        let Some(id) = self.names.get(name).copied() else { return };
        let Vhost { queues, limits, held, .. } = self;
        for Loaded { number, .. } in messages {
            if *held > limits.resident {
                *held -= queues[id.into()].backlog_mut().page_out(*number);
            }
        }
    }

    /// Messages of a queue that were missing are in memory from now on.
    pub fn handle_found(&mut self, name: &str, messages: &[Loaded]) {
        if let Some(id) = self.names.get(name).copied() {
            self.page_in(id, messages);
        }
    }
}

/// The next messages of a queue that are away, from this number on: as many as are read at once.
pub(super) fn next_away(state: &Queue, from: u64) -> Vec<Kept> {
    let mut octets = 0;
    let near = state.backlog().iter_from(from).take(2 * READ_AHEAD_MESSAGES);
    let away = near.filter(|entry| entry.is_away()).take(READ_AHEAD_MESSAGES);
    let part = away.take_while(|entry| {
        let is_within = octets < READ_AHEAD;
        octets += entry.size();
        is_within
    });
    part.map(|entry| kept(state.number, entry)).collect()
}

pub(super) fn kept(queue: u64, entry: &Entry) -> Kept {
    Kept { queue, number: entry.number, place: entry.record }
}

/// What was read, by queue and number.
pub(super) fn index(messages: &[Loaded]) -> Map<(u64, u64), &Arc<Message>> {
    let mut index = map(0);
    index.extend(messages.iter().map(|loaded| ((loaded.queue, loaded.number), &loaded.message)));
    index
}
