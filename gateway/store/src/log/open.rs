//! Files that are being read: kept open, with what was learned about them, for all who read.

use super::LogId;
use super::index::{Index, Place};
use super::record::Seed;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files that are kept open: a limit of the system's, which connections need more of.
const OPEN_PARTS: usize = 128;
/// Places where readings ended, about 100 octets each: who reads a log on and on needs one of them.
const ENDS: usize = 4096;

/// A file of a log, open.
#[derive(Debug)]
pub(super) struct OpenPart<F> {
    pub(super) name: String,
    pub(super) file: F,
    pub(super) seed: Seed,
    index: Mutex<Index>,
}

impl<F> OpenPart<F> {
    pub(super) fn new(name: String, file: F, seed: Seed, first: u64) -> Self {
        OpenPart { name, file, seed, index: Mutex::new(Index::new(first)) }
    }

    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file: its log, and its first record.
pub(super) type Key = (LogId, u64);

/// The files that are open.
#[derive(Debug)]
pub(super) struct Opened<F> {
    /// Which was used last is the last.
    parts: Vec<(Key, Arc<OpenPart<F>>)>,
    /// Where in a file the record is with which a reading ended before it.
    ends: HashMap<(Key, u64), u64>,
    /// The oldest first.
    order: VecDeque<(Key, u64)>,
    removals: u64,
}

impl<F> Default for Opened<F> {
    fn default() -> Self {
        Opened { parts: Vec::new(), ends: HashMap::new(), order: VecDeque::new(), removals: 0 }
    }
}

impl<F> Opened<F> {
    /// The file, if it is open.
    pub(super) fn get(&mut self, key: Key) -> Option<Arc<OpenPart<F>>> {
        let index = self.parts.iter().rposition(|(known, _)| *known == key)?;
        let part = self.parts.remove(index);
        let found = Arc::clone(&part.1);
        self.parts.push(part);
        Some(found)
    }

    /// Files that were removed until now.
    pub(super) fn removals(&self) -> u64 {
        self.removals
    }

    /// Keeps a file that was opened when so many had been removed. If more were, it may be one of them: a removed file that is
    /// open has its room on the disk still.
    pub(super) fn keep(&mut self, key: Key, part: Arc<OpenPart<F>>, removals: u64) -> Arc<OpenPart<F>> {
        if let Some(found) = self.get(key) {
            return found; // another was faster, and may have learned something
        }
        if removals == self.removals {
            if self.parts.len() >= OPEN_PARTS {
                self.parts.remove(0);
            }
            self.parts.push((key, Arc::clone(&part)));
        }
        part
    }

    /// A file was removed.
    pub(super) fn forget(&mut self, key: Key) {
        self.removals += 1;
        self.parts.retain(|(known, _)| *known != key);
        self.ends.retain(|(known, _), _| *known != key);
        self.order.retain(|(known, _)| *known != key);
    }

    /// The place of this record, if a reading ended before it.
    pub(super) fn end(&self, key: Key, number: u64) -> Option<Place> {
        self.ends.get(&(key, number)).map(|offset| Place { number, offset: *offset })
    }

    /// A reading ended here.
    pub(super) fn note_end(&mut self, key: Key, place: Place) {
        if self.ends.insert((key, place.number), place.offset).is_none() {
            self.order.push_back((key, place.number));
        }
        if self.order.len() > ENDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ends.remove(&oldest);
        }
    }
}
