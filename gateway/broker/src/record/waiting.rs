//! The messages of a queue while its records are read: almost always they come in their order, and go in it.

use crate::queue::Entry;
use std::collections::{BTreeMap, VecDeque};

/// Entries by their numbers.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// In order; those that have gone have no record.
    entries: VecDeque<Entry>,
    /// How many of them have gone.
    gone: usize,
    /// Those that were written again, behind later ones.
    late: BTreeMap<u64, Entry>,
}

impl Waiting {
    /// Adds one, or puts it in the place of that with the same number.
    pub(super) fn insert(&mut self, entry: Entry) {
        if let Some(late) = self.late.get_mut(&entry.number) {
            *late = entry;
        } else if self.entries.back().is_none_or(|last| last.number < entry.number) {
            self.entries.push_back(entry);
        } else if let Some(known) = self.get_mut(entry.number) {
            *known = entry;
        } else {
            self.late.insert(entry.number, entry);
        }
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let index = self.entries.partition_point(|entry| entry.number < number);
        match self.entries.get_mut(index).filter(|entry| entry.number == number && entry.record != 0) {
            Some(entry) => Some(entry),
            None => self.late.get_mut(&number),
        }
    }

    pub(super) fn remove(&mut self, number: u64) {
        if self.late.remove(&number).is_some() {
            return;
        }
        if let Some(entry) = self.get_mut(number) {
            entry.record = 0;
            self.gone += 1;
        }
        while self.entries.front().is_some_and(|entry| entry.record == 0) {
            self.entries.pop_front();
            self.gone -= 1;
        }
        if self.gone > 1_024 && self.gone > self.entries.len() / 2 {
            self.entries.retain(|entry| entry.record != 0);
            self.gone = 0;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.gone + self.late.len()
    }

    /// All that is left, in order.
    pub(super) fn into_entries(mut self) -> VecDeque<Entry> {
        self.entries.retain(|entry| entry.record != 0);
        if !self.late.is_empty() {
            self.entries.extend(self.late.into_values());
            self.entries.make_contiguous().sort_by_key(|entry| entry.number);
        }
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::queue::Content;
    use proptest::prelude::*;

    fn entry(number: u64, record: u64) -> Entry {
        let content = Content::Away { size: 1, body: 1 };
        Entry { content, number, expires: Time::NEVER, record, delivery_count: 0, copies: 1 }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_would(steps in prop::collection::vec((0u64..40, any::<bool>()), 0..200)) {
            let mut waiting = Waiting::default();
            let mut model = BTreeMap::new();
            for (record, (number, comes)) in (1..).zip(steps) {
                if comes {
                    waiting.insert(entry(number, record));
                    model.insert(number, record);
                } else {
                    waiting.remove(number);
                    model.remove(&number);
                }
                prop_assert_eq!(waiting.len(), model.len());
                prop_assert_eq!(waiting.get_mut(number).map(|entry| entry.record), model.get(&number).copied());
            }
            let left: Vec<_> = waiting.into_entries().iter().map(|entry| (entry.number, entry.record)).collect();
            prop_assert_eq!(left, model.into_iter().collect::<Vec<_>>());
        }
    }
}
