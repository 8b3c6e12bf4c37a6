//! The subscriptions of one connection.

use crate::events::selection::Selection;
use std::collections::BTreeMap;

/// By the numbers under which the broker knows them.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_number: BTreeMap<u32, Subscription>,
    last: u32,
}

#[derive(Debug)]
pub(super) struct Subscription {
    /// The client's name for it.
    pub(super) name: Box<str>,
    pub(super) selection: Selection,
    /// The client acks what it gets.
    pub(super) acks: bool,
    /// It gets what it has credit for.
    pub(super) is_counted: bool,
    /// The URL asked for it: without it the connection is not what it was to be.
    pub(super) is_of_opening: bool,
}

impl Subscriptions {
    /// Adds one; its number.
    pub(super) fn add(&mut self, subscription: Subscription) -> u32 {
        self.last += 1;
        self.by_number.insert(self.last, subscription);
        self.last
    }

    pub(super) fn get(&self, number: u32) -> Option<&Subscription> {
        self.by_number.get(&number)
    }

    /// The number of the one with this name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.by_number.iter().find(|(_, it)| *it.name == *name).map(|(number, _)| *number)
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<Subscription> {
        self.by_number.remove(&number)
    }

    pub(super) fn count(&self) -> usize {
        self.by_number.len()
    }
}
