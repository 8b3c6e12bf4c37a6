//! Giving the oldest records back: what is still needed of them is written again, or moved to the log of its stream.

use super::Vhost;
use super::load::kept;
use crate::effect::Kept;
use crate::hash::{Map, map};
use crate::queue::{Entry, Queue};
use crate::record::{Keeper, Stored};
use crate::routing::QueueId;
use crate::subscription::Subscription;
use crate::{LogPart, Time};
use slab::Slab;

/// What is needed of a stream's part of the oldest records.
#[derive(Debug)]
pub struct Movable {
    /// The number of the stream in records.
    pub stream: u64,
    /// The parts that it has.
    pub parts: Vec<LogPart>,
    /// Octets of the files that it wants.
    pub segment: u64,
    /// The messages.
    pub messages: Vec<Moving>,
}

/// A message that is to be moved.
#[derive(Debug, Clone, Copy)]
pub struct Moving {
    /// Where it is.
    pub kept: Kept,
    /// When it was published.
    pub at: Time,
    /// [`crate::Message::size`].
    pub size: u32,
}

/// Octets of a record beside the message in it, at most.
const AROUND: u64 = 128;

/// Collects messages until there are enough.
struct Collected {
    before: u64,
    most: usize,
    octets: usize,
    messages: Vec<Kept>,
}

impl Collected {
    fn add(&mut self, kept: Kept, size: usize) {
        if kept.place != 0 && kept.place < self.before && !self.is_enough() {
            self.octets += size;
            self.messages.push(kept);
        }
    }

    fn is_enough(&self) -> bool {
        self.octets >= self.most
    }
}

/// How far the search for what is needed has come: queue, message, and whether there was any on this way.
#[derive(Debug, Default)]
pub(super) struct Search {
    queue: usize,
    number: u64,
    has_found: bool,
}

impl Vhost {
    /// Messages of queues, and of small streams, that are in records before this one: a part of about so many octets. Empty: there are none
    /// left. They are to be read, and given to [`Vhost::carry`].
    pub fn needed(&mut self, before: u64, octets: usize) -> Vec<Kept> {
        loop {
            let mut collected = Collected { before, most: octets, octets: 0, messages: Vec::new() };
            let is_at_end = self.collect(&mut collected);
            self.search.has_found |= !collected.messages.is_empty();
            // What came back to its place behind the search is found on the next way.
            let is_done = is_at_end && !std::mem::take(&mut self.search.has_found);
            if is_done || !collected.messages.is_empty() {
                return collected.messages;
            }
        }
    }

    /// Octets of messages in records before this one that giving those back would write again, here or in the log of a stream. It is not counted
    /// further than to `most`.
    pub fn needed_octets(&self, before: u64, most: u64) -> u64 {
        let mut octets = 0;
        let mut count = |place: u64, size: usize| {
            octets += if place != 0 && place < before { size as u64 + AROUND } else { 0 };
            octets > most
        };
        let mut dying = self.unread_dead.iter().filter_map(|dying| dying.entry());
        if dying.any(|(_, entry)| count(entry.record, entry.size())) {
            return octets;
        }
        for (_, queue) in self.queues.iter().filter(|(_, queue)| queue.number != 0) {
            let is_too_much = match queue.stream() {
                Some(stream) => stream.recent_from(0).any(|(_, it)| count(it.place, it.size as usize)),
                None => {
                    let unacked = queue.subscriptions.iter().filter_map(|key| self.subscriptions.get(*key));
                    let mut entries = unacked.flat_map(Subscription::unacked).chain(queue.entries());
                    entries.any(|entry| count(entry.record, entry.size()))
                }
            };
            if is_too_much {
                break;
            }
        }
        octets
    }

    /// Goes on with the search. `true`: it has come to the end, and begins anew.
    fn collect(&mut self, collected: &mut Collected) -> bool {
        for dying in &self.unread_dead {
            dying.entry().into_iter().for_each(|(queue, entry)| collected.add(kept(queue, entry), entry.size()));
        }
        let Search { queue: first, number: from, .. } = self.search;
        for (index, queue) in self.queues.iter().filter(|(index, queue)| queue.number != 0 && *index >= first) {
            let number = queue.number;
            if let Some(stream) = queue.stream() {
                for (offset, it) in stream.recent_from(if index == first { from } else { 0 }) {
                    if collected.is_enough() {
                        (self.search.queue, self.search.number) = (index, offset);
                        return false;
                    }
                    collected.add(Kept { queue: number, number: offset, place: it.place }, it.size as usize);
                }
                continue;
            }
            let unacked = queue.subscriptions.iter().filter_map(|key| self.subscriptions.get(*key));
            let unacked = unacked.flat_map(Subscription::unacked);
            unacked.chain(queue.delayed()).for_each(|entry| collected.add(kept(number, entry), entry.size()));
            for entry in queue.backlog().iter_from(if index == first { from } else { 0 }) {
                if collected.is_enough() {
                    (self.search.queue, self.search.number) = (index, entry.number);
                    return false;
                }
                collected.add(kept(number, entry), entry.size());
            }
        }
        (self.search.queue, self.search.number) = (0, 0);
        true
    }

    /// Writes messages again, into the record, as far as they are still needed and where they were.
    pub fn carry(&mut self, messages: &[(Kept, Stored<'_>)], now: Time) {
        self.now = now;
        let mut stored: Map<Kept, &Stored<'_>> = map(0);
        let mut by_queue: Map<u64, Vec<Kept>> = map(0);
        for (kept, message) in messages {
            stored.insert(*kept, message);
            by_queue.entry(kept.queue).or_default().push(*kept);
        }
        let Vhost { queues, subscriptions, keeper, unread_dead, .. } = self;
        for (queue, entry) in unread_dead.iter_mut().filter_map(|dying| dying.entry_mut()) {
            carry_entry(keeper, queue, entry, Time(0), &mut stored);
        }
        for (_, queue) in queues.iter_mut() {
            let Some(wanted) = by_queue.get(&queue.number) else { continue };
            carry_of_queue(queue, wanted, subscriptions, keeper, &mut stored);
        }
    }

    /// Streams of which records before this one hold so much that it is worth files of their own, with what is to be moved
    /// there. Each wants [`Vhost::handle_moved`] afterwards.
    pub fn movable(&mut self, before: u64) -> Vec<Movable> {
        self.movable_of(before, self.limits.small_stream)
    }

    /// The same, of streams that have more octets there than `small`, or files already.
    pub(super) fn movable_of(&mut self, before: u64, small: u64) -> Vec<Movable> {
        let mut movable = Vec::new();
        for (_, queue) in self.queues.iter_mut().filter(|(_, queue)| queue.number != 0) {
            let (number, segment) = (queue.number, queue.settings.arguments().segment());
            let Some(stream) = queue.stream_mut() else { continue };
            let octets: u64 = stream.movable(before).map(|(_, recent)| u64::from(recent.size)).sum();
            if octets == 0 || (octets <= small && stream.parts().len() == 0) {
                continue;
            }
            let messages = stream.movable(before).map(|(offset, recent)| Moving {
                kept: Kept { queue: number, number: offset, place: recent.place },
                at: recent.at,
                size: recent.size,
            });
            let messages = messages.collect();
            movable.push(Movable { stream: number, parts: stream.parts().copied().collect(), segment, messages });
            stream.is_moving = true;
        }
        movable
    }

    /// All that streams have in logs, whether it is needed or not: stream, and the first offset of a part.
    pub fn logs(&self) -> Vec<(u64, u64)> {
        let streams = self.queues.iter().filter_map(|(_, queue)| Some((queue.number, queue.stream()?)));
        let needed = streams.flat_map(|(number, stream)| stream.parts().map(move |part| (number, part.first)));
        let left = self.leftovers.iter().flat_map(|(number, _, parts)| parts.iter().map(move |part| (*number, *part)));
        needed.chain(left).collect()
    }

    /// Messages of a stream were moved to these parts; none, if that failed. `false`: the stream is not there any more.
    pub fn handle_moved(&mut self, stream: u64, changed: &[LogPart]) -> bool {
        let Some((index, queue)) = self.queues.iter_mut().find(|(_, queue)| queue.number == stream) else {
            return false;
        };
        let Some(state) = queue.stream_mut() else { return false };
        let before = state.octets();
        let useless = state.handle_moved(changed);
        if self.limits.is_memory_all {
            // A file counts by its octets, which are not those that its messages were counted by.
            let octets = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
            self.held = self.held.saturating_add(octets(state.octets())).saturating_sub(octets(before));
        }
        if !useless.is_empty() {
            self.leftovers.push((stream, state.first(), useless));
        }
        self.schedule(QueueId(u32::try_from(index).unwrap_or(u32::MAX))); // what had to stay meanwhile may go
        true
    }
}

fn carry_of_queue(
    queue: &mut Queue,
    wanted: &[Kept],
    subscriptions: &mut Slab<Subscription>,
    keeper: &mut Keeper,
    stored: &mut Map<Kept, &Stored<'_>>,
) {
    let number = queue.number;
    if let Some(stream) = queue.stream_mut() {
        for it in wanted {
            if stream.recent(it.number).is_some_and(|recent| recent.place == it.place)
                && let Some(stored) = stored.remove(it)
            {
                stream.carry(it.number, it.place, keeper.carry_appended(number, it.number, stored));
            }
        }
        return;
    }
    for it in wanted {
        if let Some(entry) = queue.backlog_mut().get_mut(it.number) {
            carry_entry(keeper, number, entry, Time(0), stored);
        }
    }
    if !wanted.iter().any(|it| stored.contains_key(it)) {
        return; // all of them wait, as almost always
    }
    for key in &queue.subscriptions {
        let unacked = subscriptions.get_mut(*key).into_iter().flat_map(Subscription::unacked_mut);
        unacked.for_each(|entry| carry_entry(keeper, number, entry, Time(0), stored));
    }
    queue.delayed_mut().for_each(|(until, entry)| carry_entry(keeper, number, entry, until, stored));
}

fn carry_entry(keeper: &mut Keeper, queue: u64, entry: &mut Entry, until: Time, stored: &mut Map<Kept, &Stored<'_>>) {
    if let Some(stored) = stored.remove(&kept(queue, entry)) {
        keeper.carry(queue, entry, until, stored);
    }
}
