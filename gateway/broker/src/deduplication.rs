//! Which messages were published lately: a publisher that did not hear back may publish again without harm.
//!
//! Ids of publishers stand for themselves at the place they are published to. A scope has ids of its own, which are the same wherever
//! they are published to, and says how long each is remembered.

use crate::Time;
use crate::hash::{Map, map};
use crate::limits::{DEDUPLICATED, DEDUPLICATED_IN_SCOPES, DEDUPLICATION_TIME};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What tells a message from others, so that it is published once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeduplicationId {
    /// The id.
    pub text: Box<str>,
    /// Where no other message has it; `None`: at the exchange and key that it is published to, for [`DEDUPLICATION_TIME`].
    pub scope: Option<DeduplicationScope>,
}

/// Ids apart from those of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeduplicationScope {
    /// Its name.
    pub name: Box<str>,
    /// Milliseconds for which the id is remembered.
    pub time: u64,
}

impl From<Box<str>> for DeduplicationId {
    fn from(text: Box<str>) -> Self {
        DeduplicationId { text, scope: None }
    }
}

impl From<&str> for DeduplicationId {
    fn from(text: &str) -> Self {
        Box::<str>::from(text).into()
    }
}

/// An id that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remembered<'a> {
    /// It was published to this exchange, with this key.
    At { exchange: &'a str, routing_key: &'a str, id: &'a str, since: Time },
    /// It was published in this scope.
    In { scope: &'a str, id: &'a str, until: Time },
}

/// The deduplication ids of a vhost.
#[derive(Debug)]
pub(crate) struct Deduplication {
    seed: u64,
    /// Each with the place it was published to.
    places: Shelf,
    scopes: BTreeMap<Box<str>, Shelf>,
    /// How many ids there are in all scopes.
    scoped: usize,
}

impl Deduplication {
    pub(crate) fn new(seed: u64) -> Self {
        Deduplication { seed, places: Shelf::new(seed), scopes: BTreeMap::new(), scoped: 0 }
    }

    /// Whether the id was published in its scope, or to this place, within the time for which it is remembered.
    pub(crate) fn is_known(&mut self, exchange: &str, routing_key: &str, id: &DeduplicationId, now: Time) -> bool {
        let Some(scope) = &id.scope else {
            self.places.forget_old(now);
            return !self.places.is_empty() && self.places.is_known(&name(exchange, routing_key, &id.text), now);
        };
        self.forget_old_of(&scope.name, now);
        self.scopes.get(&scope.name).is_some_and(|shelf| shelf.is_known(&id.text, now))
    }

    /// Remembers what was published now.
    pub(crate) fn remember(&mut self, exchange: &str, routing_key: &str, id: &DeduplicationId, now: Time) {
        match &id.scope {
            None => self.remember_at(exchange, routing_key, &id.text, now),
            Some(scope) => self.remember_in(&scope.name, &id.text, now + scope.time),
        }
    }

    /// Remembers what was published to a place.
    pub(crate) fn remember_at(&mut self, exchange: &str, routing_key: &str, id: &str, since: Time) {
        self.places.remember(name(exchange, routing_key, id).into(), since + DEDUPLICATION_TIME);
        if self.places.len() > DEDUPLICATED {
            self.places.forget_first();
        }
    }

    /// Remembers what was published in a scope.
    pub(crate) fn remember_in(&mut self, scope: &str, id: &str, until: Time) {
        if !self.scopes.contains_key(scope) {
            self.scopes.insert(scope.into(), Shelf::new(self.seed));
        }
        let Some(shelf) = self.scopes.get_mut(scope) else { return };
        let before = shelf.len();
        shelf.remember(id.into(), until);
        self.scoped += shelf.len() - before;
        if self.scoped > DEDUPLICATED_IN_SCOPES {
            self.make_room();
        }
    }

    /// All that is remembered, oldest first in each place and scope.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Remembered<'_>> {
        let places = self.places.order.iter().filter_map(|(until, name)| {
            let (exchange, routing_key, id) = parts(name)?;
            Some(Remembered::At { exchange, routing_key, id, since: Time(until.0 - DEDUPLICATION_TIME) })
        });
        let scopes = self.scopes.iter().flat_map(|(scope, shelf)| {
            shelf.order.iter().map(move |(until, id)| Remembered::In { scope, id, until: *until })
        });
        places.chain(scopes)
    }

    fn forget_old_of(&mut self, scope: &str, now: Time) {
        let Some(shelf) = self.scopes.get_mut(scope) else { return };
        let before = shelf.len();
        shelf.forget_old(now);
        self.scoped -= before - shelf.len();
        if shelf.is_empty() {
            self.scopes.remove(scope);
        }
    }

    /// The scope with most ids forgets one: who is busy does not push out what others have to remember.
    fn make_room(&mut self) {
        if let Some(shelf) = self.scopes.values_mut().max_by_key(|shelf| shelf.len()) {
            let before = shelf.len();
            shelf.forget_first();
            self.scoped -= before - shelf.len();
        }
    }
}

/// Ids, each known until its time.
#[derive(Debug)]
struct Shelf {
    known: Map<Arc<str>, Time>,
    /// Oldest first.
    order: VecDeque<(Time, Arc<str>)>,
}

impl Shelf {
    fn new(seed: u64) -> Self {
        Shelf { known: map(seed), order: VecDeque::new() }
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn is_known(&self, id: &str, now: Time) -> bool {
        self.known.get(id).is_some_and(|until| *until > now)
    }

    /// One that is known already stays known until the later of both times, and is counted once for each.
    fn remember(&mut self, id: Arc<str>, until: Time) {
        if self.known.get(&id).is_none_or(|known| *known < until) {
            self.known.insert(Arc::clone(&id), until);
            self.order.push_back((until, id));
        }
    }

    fn forget_old(&mut self, now: Time) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((until, id)) = self.order.pop_front() else { return };
        if self.known.get(&id) == Some(&until) {
            self.known.remove(&id);
        }
    }
}

/// Exchanges and keys are short and told apart by their lengths, whatever is in them.
fn name(exchange: &str, routing_key: &str, id: &str) -> String {
    format!("{}.{}.{exchange}{routing_key}{id}", exchange.len(), routing_key.len())
}

/// What [`name`] was made of.
fn parts(name: &str) -> Option<(&str, &str, &str)> {
    let (exchange, rest) = name.split_once('.')?;
    let (routing_key, rest) = rest.split_once('.')?;
    let (exchange, rest) = rest.split_at_checked(exchange.parse().ok()?)?;
    let (routing_key, id) = rest.split_at_checked(routing_key.parse().ok()?)?;
    Some((exchange, routing_key, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(scope: &str, id: &str, time: u64) -> DeduplicationId {
        DeduplicationId { text: id.into(), scope: Some(DeduplicationScope { name: scope.into(), time }) }
    }

    #[test]
    fn an_id_is_known_at_its_place_and_for_its_time() {
        let mut ids = Deduplication::new(1);
        assert!(!ids.is_known("e", "k", &"1".into(), Time(0)));
        ids.remember("e", "k", &"1".into(), Time(0));
        assert!(ids.is_known("e", "k", &"1".into(), Time(DEDUPLICATION_TIME - 1)));
        assert!(ids.iter().eq([Remembered::At { exchange: "e", routing_key: "k", id: "1", since: Time(0) }]));
        assert!(!ids.is_known("e", "k1", &"".into(), Time(1)));
        assert!(!ids.is_known("", "ek", &"1".into(), Time(1)));
        assert!(!ids.is_known("e", "k", &scoped("", "1", 10), Time(1)));
        assert!(!ids.is_known("e", "k", &"1".into(), Time(DEDUPLICATION_TIME)));
    }

    #[test]
    fn the_oldest_ids_make_room() {
        let mut ids = Deduplication::new(1);
        for number in 0..=DEDUPLICATED {
            ids.remember("e", "k", &number.to_string().as_str().into(), Time(0));
        }
        assert!(!ids.is_known("e", "k", &"0".into(), Time(0)));
        assert!(ids.is_known("e", "k", &"1".into(), Time(0)));
        assert_eq!(ids.places.known.len(), DEDUPLICATED);
    }

    #[test]
    fn a_scope_has_its_own_ids_and_its_own_time() {
        let mut ids = Deduplication::new(1);
        ids.remember("e", "k", &scoped("a", "1", 5), Time(0));
        assert!(ids.is_known("elsewhere", "", &scoped("a", "1", 5), Time(4)));
        assert!(!ids.is_known("e", "k", &scoped("b", "1", 5), Time(4)));
        assert!(!ids.is_known("e", "k", &"1".into(), Time(4)));
        assert!(ids.iter().eq([Remembered::In { scope: "a", id: "1", until: Time(5) }]));
        assert!(!ids.is_known("e", "k", &scoped("a", "1", 5), Time(5)));
        assert_eq!((ids.scoped, ids.scopes.len()), (0, 0), "nothing is left of it");
    }

    #[test]
    fn each_id_keeps_the_time_it_was_remembered_with() {
        let mut ids = Deduplication::new(1);
        ids.remember("", "", &scoped("a", "long", 100), Time(0));
        ids.remember("", "", &scoped("a", "short", 5), Time(0));
        assert!(!ids.is_known("", "", &scoped("a", "short", 100), Time(5)), "though it stands behind the other");
        ids.remember("", "", &scoped("a", "short", 200), Time(5));
        assert!(!ids.is_known("", "", &scoped("a", "long", 5), Time(100)));
        assert!(ids.is_known("", "", &scoped("a", "short", 5), Time(204)));
    }

    #[test]
    fn the_largest_scope_makes_room() {
        let mut ids = Deduplication::new(1);
        ids.remember("", "", &scoped("small", "1", 5), Time(0));
        for number in 0..DEDUPLICATED_IN_SCOPES {
            ids.remember("", "", &scoped("large", &number.to_string(), 5), Time(0));
        }
        assert!(ids.is_known("", "", &scoped("small", "1", 5), Time(0)));
        assert!(!ids.is_known("", "", &scoped("large", "0", 5), Time(0)));
        assert!(ids.is_known("", "", &scoped("large", "1", 5), Time(0)));
        assert_eq!(ids.scoped, DEDUPLICATED_IN_SCOPES);
    }
}
