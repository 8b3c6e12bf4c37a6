//! Keeps the order of events that share a key: one of them at a time, until it is delivered or given up.
//!
//! What waits is held unsettled, in memory. What failed is given back to its place in the queue, which keeps count of the attempts, and comes again at
//! once; then it is held until it is due, since what stays away from its queue could be overtaken. When it is due is known here alone: after a restart of
//! the server the delay begins anew.

use super::turn::Turn;
use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Events that wait, by key and by time.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// What waits behind the one whose turn it is.
    behind: HashMap<Box<str>, VecDeque<Turn>>,
    retries: BinaryHeap<Reverse<Retry>>,
    waiting: usize,
    due: Due,
}

/// When events that failed are due, by their messages' identities.
pub(super) type Due = HashMap<u128, Instant>;

#[derive(Debug)]
struct Retry {
    at: Instant,
    turn: Turn,
}

impl Order {
    /// Goes on with what is known of another version of the webhook.
    pub(super) fn new(due: Due) -> Self {
        Order { due, ..Order::default() }
    }

    /// What is to be known by another version.
    pub(super) fn into_due(self) -> Due {
        self.due
    }

    /// An event came. It is given back if it is its turn; `delay` is how long it waits if it failed before, and it is not known when it is due.
    pub(super) fn admit(&mut self, turn: Turn, now: Instant, delay: impl FnOnce(&Turn) -> Duration) -> Option<Turn> {
        let Some(key) = &turn.key else { return Some(turn) };
        if let Some(at) = self.due.get(&turn.delivery.message.id) {
            let at = *at;
            self.behind.entry(key.clone()).or_default();
            self.retries.push(Reverse(Retry { at, turn }));
            return None;
        }
        if let Some(behind) = self.behind.get_mut(key) {
            behind.push_back(turn);
            self.waiting += 1;
            return None;
        }
        self.behind.insert(key.clone(), VecDeque::new());
        if turn.number > 1 {
            let at = now + delay(&turn);
            self.retries.push(Reverse(Retry { at, turn }));
            return None;
        }
        Some(turn)
    }

    /// The event failed, and comes again: it is due then.
    pub(super) fn expect(&mut self, id: u128, at: Instant) {
        self.due.insert(id, at);
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

    /// An event that is to be tried again now.
    pub(super) fn due(&mut self, now: Instant) -> Option<Turn> {
        let first = self.retries.peek_mut().filter(|first| first.0.at <= now)?;
        let turn = PeekMut::pop(first).0.turn;
        self.due.remove(&turn.delivery.message.id);
        Some(turn)
    }

    /// All that is held, to be given back.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Turn> {
        let retries = std::mem::take(&mut self.retries).into_iter().map(|retry| retry.0.turn);
        let waiting = std::mem::take(&mut self.behind).into_values().flatten();
        self.waiting = 0;
        retries.chain(waiting)
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
