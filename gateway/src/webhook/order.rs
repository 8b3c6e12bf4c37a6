//! Keeps the order of events that share a key: one of them at a time, until it is delivered or given up.
//!
//! What waits is held unsettled, in memory: after a restart all of it comes again, in its order. A retry is held too, since what is given back to
//! the queue could be overtaken.

use super::turn::Turn;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use tokio::time::Instant;

/// Events that wait, by key and by time.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// What waits behind the one whose turn it is.
    behind: HashMap<Box<str>, VecDeque<Turn>>,
    retries: BinaryHeap<Reverse<Retry>>,
    waiting: usize,
}

#[derive(Debug)]
struct Retry {
    at: Instant,
    turn: Turn,
}

impl Order {
    /// An event came. It is given back if it is its turn.
    pub(super) fn admit(&mut self, turn: Turn) -> Option<Turn> {
        let Some(key) = &turn.key else { return Some(turn) };
        match self.behind.get_mut(key) {
            Some(behind) => {
                behind.push_back(turn);
                self.waiting += 1;
                None
            }
            None => {
                self.behind.insert(key.clone(), VecDeque::new());
                Some(turn)
            }
        }
    }

    /// The event with this key is done. The next one's turn has come.
    pub(super) fn release(&mut self, key: Option<&str>) -> Option<Turn> {
        let key = key?;
        let next = self.behind.get_mut(key)?.pop_front();
        match next {
            Some(_) => self.waiting -= 1,
            None => _ = self.behind.remove(key),
        }
        next
    }

    /// The event is to be tried again then.
    pub(super) fn retry(&mut self, turn: Turn, at: Instant) {
        self.retries.push(Reverse(Retry { at, turn }));
    }

    /// An event that is to be tried again now.
    pub(super) fn due(&mut self, now: Instant) -> Option<Turn> {
        let first = self.retries.peek_mut().filter(|first| first.0.at <= now)?;
        Some(std::collections::binary_heap::PeekMut::pop(first).0.turn)
    }

    /// When the next is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.retries.peek().map(|first| first.0.at)
    }

    /// Events that wait.
    pub(super) fn held(&self) -> usize {
        self.waiting + self.retries.len()
    }
}

impl PartialEq for Retry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Retry {}

impl PartialOrd for Retry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Retry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
