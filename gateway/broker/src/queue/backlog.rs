//! What waits in a queue: messages in order, and when which of them expire.

use super::{Content, Entry};
use crate::limits::{EXPIRIES, SWEEP_INTERVAL};
use crate::{Message, Time};
use std::collections::VecDeque;
use std::sync::Arc;

/// Messages that wait, by their numbers.
#[derive(Debug)]
pub(crate) struct Backlog {
    entries: VecDeque<Entry>,
    /// Sum of their sizes.
    octets: usize,
    /// Sum of their bodies.
    body_octets: usize,
    /// How many of them are not in memory.
    away: usize,
    /// No message expires before one that stands ahead of it: then the head tells when the next one does.
    in_order_of_expiry: bool,
    /// Not later than the first expiry.
    earliest: Time,
    /// When it was last searched from end to end.
    swept: Time,
}

impl Backlog {
    pub(super) fn new() -> Self {
        Backlog {
            entries: VecDeque::new(),
            octets: 0,
            body_octets: 0,
            away: 0,
            in_order_of_expiry: true,
            earliest: Time::NEVER,
            swept: Time(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn octets(&self) -> usize {
        self.octets
    }

    pub(crate) fn body_octets(&self) -> usize {
        self.body_octets
    }

    /// How many messages have to be read before anybody gets them.
    pub(crate) fn away(&self) -> usize {
        self.away
    }

    /// The head.
    pub(crate) fn first(&self) -> Option<&Entry> {
        self.entries.front()
    }

    /// A message that was read is in memory from now on. Returns the octets that it takes more than before; `None`: it is not
    /// awaited here any more.
    pub(crate) fn page_in(&mut self, number: u64, message: &Arc<Message>) -> Option<usize> {
        let index = self.find(number);
        let entry = self.entries.get_mut(index).filter(|entry| entry.number == number && entry.is_away())?;
        let before = entry.held();
        entry.content = Content::Here(Arc::clone(message));
        self.away -= 1;
        Some(entry.held().saturating_sub(before))
    }

    /// Lets a message go out of memory again, if it can be read again. Returns the octets that it takes less than before.
    pub(crate) fn page_out(&mut self, number: u64) -> usize {
        let index = self.find(number);
        let here = |entry: &&mut Entry| entry.number == number && !entry.is_away();
        let Some(entry) = self.entries.get_mut(index).filter(here) else { return 0 };
        let before = entry.held();
        entry.page_out();
        self.away += usize::from(entry.is_away());
        before.saturating_sub(entry.held())
    }

    /// The message of this number.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let index = self.find(number);
        self.entries.get_mut(index).filter(|entry| entry.number == number)
    }

    /// Takes the message of this number out, wherever it stands.
    pub(super) fn remove(&mut self, number: u64) -> Option<Entry> {
        let index = self.find(number);
        self.entries.get(index).filter(|entry| entry.number == number)?;
        let entry = self.entries.remove(index)?;
        self.count_out(&entry);
        Some(entry)
    }

    /// All messages from this number on.
    pub(crate) fn iter_from(&self, number: u64) -> impl Iterator<Item = &Entry> {
        self.entries.range(self.find(number)..)
    }

    /// Messages that were kept, by their numbers.
    pub(super) fn recover(&mut self, entries: VecDeque<Entry>) {
        debug_assert!(self.entries.is_empty());
        entries.iter().for_each(|entry| self.count_in(entry));
        self.in_order_of_expiry = entries.iter().is_sorted_by_key(|entry| entry.expires);
        self.entries = entries;
    }

    /// Adds a new message at the tail.
    pub(super) fn push(&mut self, entry: Entry) {
        self.in_order_of_expiry &= self.entries.back().is_none_or(|last| last.expires <= entry.expires);
        self.count_in(&entry);
        self.entries.push_back(entry);
    }

    /// Takes the head.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        self.count_out(&entry);
        if self.entries.is_empty() {
            self.in_order_of_expiry = true;
            self.earliest = Time::NEVER;
        }
        Some(entry)
    }

    /// Puts a message back where it was: before all that were published after it.
    pub(super) fn put_back(&mut self, entry: Entry) {
        self.count_in(&entry);
        let index = match self.entries.front() {
            Some(head) if head.number < entry.number => self.find(entry.number),
            _ => 0,
        };
        let before = index.checked_sub(1).and_then(|index| self.entries.get(index));
        self.in_order_of_expiry &= before.is_none_or(|before| before.expires <= entry.expires)
            && self.entries.get(index).is_none_or(|after| entry.expires <= after.expires);
        self.entries.insert(index, entry);
    }

    /// Puts messages back where they were; they come in the order of their numbers.
    pub(super) fn put_all_back(&mut self, returning: Vec<Entry>) {
        let Some(last) = returning.last() else { return };
        let belong_to_the_front = self.entries.front().is_none_or(|head| last.number < head.number);
        if belong_to_the_front || returning.len() == 1 {
            return returning.into_iter().rev().for_each(|entry| self.put_back(entry));
        }
        // Each by itself would move all behind it.
        returning.iter().for_each(|entry| self.count_in(entry));
        let mut waiting = std::mem::take(&mut self.entries).into_iter().peekable();
        for entry in returning {
            while let Some(earlier) = waiting.next_if(|waiting| waiting.number < entry.number) {
                self.entries.push_back(earlier);
            }
            self.entries.push_back(entry);
        }
        self.entries.extend(waiting);
        self.in_order_of_expiry = self.entries.iter().is_sorted_by_key(|entry| entry.expires);
    }

    /// The first message with this number or a later one.
    pub(crate) fn first_from(&self, number: u64) -> Option<&Entry> {
        self.entries.get(self.find(number))
    }

    /// All messages in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The number of the last message.
    pub(crate) fn last_number(&self) -> Option<u64> {
        self.entries.back().map(|entry| entry.number)
    }

    /// When [`Backlog::expire`] may have something to do.
    pub(super) fn deadline(&self) -> Time {
        match self.entries.front() {
            _ if self.earliest == Time::NEVER => Time::NEVER,
            Some(head) if self.in_order_of_expiry => head.expires,
            _ => self.earliest.max(self.swept + SWEEP_INTERVAL),
        }
    }

    /// Takes out what has expired, a part of it if it is much. Behind messages that expire later it is found a little late, since all must be
    /// looked at for it.
    pub(super) fn expire(&mut self, now: Time) -> Vec<Entry> {
        let mut expired = Vec::new();
        if self.earliest > now {
            return expired;
        }
        while expired.len() < EXPIRIES && self.entries.front().is_some_and(|head| head.expires <= now) {
            expired.extend(self.pop());
        }
        if expired.len() == EXPIRIES {
            return expired; // the next part follows at once
        }
        if !self.in_order_of_expiry && self.swept + SWEEP_INTERVAL <= now {
            expired.append(&mut self.sweep(now));
        } else if self.in_order_of_expiry {
            self.earliest = self.entries.front().map_or(Time::NEVER, |head| head.expires);
        }
        expired
    }

    fn sweep(&mut self, now: Time) -> Vec<Entry> {
        let mut room = EXPIRIES;
        let (expired, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries).into_iter().partition(|entry| {
            let is_taken = entry.expires <= now && room > 0;
            room -= usize::from(is_taken);
            is_taken
        });
        self.entries = rest.into();
        expired.iter().for_each(|entry| self.count_out(entry));
        // If there may be more, the next search follows soon.
        self.swept = if room > 0 { now } else { Time(now.0 - SWEEP_INTERVAL.min(now.0)) };
        self.in_order_of_expiry = self.entries.iter().is_sorted_by_key(|entry| entry.expires);
        self.earliest = self.entries.iter().map(|entry| entry.expires).min().unwrap_or(Time::NEVER);
        expired
    }

    fn find(&self, number: u64) -> usize {
        self.entries.partition_point(|waiting| waiting.number < number)
    }

    fn count_in(&mut self, entry: &Entry) {
        self.octets += entry.size();
        self.body_octets += entry.body_len();
        self.away += usize::from(entry.is_away());
        self.earliest = self.earliest.min(entry.expires);
    }

    fn count_out(&mut self, entry: &Entry) {
        self.octets -= entry.size();
        self.body_octets -= entry.body_len();
        self.away -= usize::from(entry.is_away());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn entry(number: u64, expires: u64) -> Entry {
        let message = Arc::new(Message::new("", "", Headers::default(), Bytes::from_static(b"12345")));
        let content = Content::Here(message);
        Entry { content, number, delivery_count: 0, expires: Time(expires), record: 0, copies: 1 }
    }

    fn numbers(entries: &[Entry]) -> Vec<u64> {
        entries.iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn the_head_tells_when_the_next_message_expires() {
        let mut backlog = Backlog::new();
        assert_eq!(backlog.deadline(), Time::NEVER);
        backlog.push(entry(1, 100));
        backlog.push(entry(2, 200));
        assert_eq!(backlog.deadline(), Time(100));
        assert_eq!(numbers(&backlog.expire(Time(99))), [0u64; 0]);
        assert_eq!(numbers(&backlog.expire(Time(100))), [1]);
        assert_eq!(backlog.deadline(), Time(200));
        assert_eq!(backlog.body_octets(), 5);
    }

    #[test]
    fn what_expires_behind_others_is_found_by_a_search() {
        let mut backlog = Backlog::new();
        backlog.push(entry(1, u64::MAX));
        backlog.push(entry(2, 100));
        assert_eq!(backlog.deadline(), Time(SWEEP_INTERVAL));
        assert_eq!(numbers(&backlog.expire(Time(SWEEP_INTERVAL))), [2]);
        assert_eq!(backlog.deadline(), Time::NEVER);
        assert_eq!(backlog.len(), 1);
    }

    proptest! {
        #[test]
        fn whatever_the_order_all_that_is_due_expires_and_nothing_else(
            expiries in prop::collection::vec(prop_oneof![1u64..5000, Just(u64::MAX)], 0..40),
            returned in any::<prop::sample::Index>(),
            now in 1u64..5000,
        ) {
            let mut backlog = Backlog::new();
            for (number, expires) in expiries.iter().enumerate() {
                backlog.push(entry(number as u64, *expires));
            }
            if !expiries.is_empty() {
                let taken: Vec<_> = (0..=returned.index(expiries.len())).filter_map(|_| backlog.pop()).collect();
                taken.into_iter().rev().for_each(|entry| backlog.put_back(entry));
            }
            let mut gone = numbers(&backlog.expire(Time(now)));
            // What a search would find is found at the latest one interval on.
            let later = now + SWEEP_INTERVAL;
            gone.extend(numbers(&backlog.expire(Time(later))));
            gone.sort_unstable();
            let due: Vec<_> = (0..).zip(&expiries).filter(|(_, expires)| **expires <= later).map(|(number, _)| number).collect();
            prop_assert_eq!(gone, due);
            prop_assert!(backlog.deadline() > Time(later));
            let left: Vec<_> = std::iter::from_fn(|| backlog.pop()).map(|entry| entry.number).collect();
            prop_assert!(left.is_sorted());
            prop_assert_eq!((backlog.octets(), backlog.body_octets()), (0, 0));
        }
    }
}
