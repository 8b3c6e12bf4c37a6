//! Which messages were published lately: a publisher that did not hear back may publish again without harm.

use crate::Time;
use crate::hash::{Map, map};
use crate::limits::{DEDUPLICATED, DEDUPLICATION_TIME};
use std::collections::VecDeque;
use std::sync::Arc;

/// The deduplication ids of a vhost, each with the place it was published to.
#[derive(Debug)]
pub(crate) struct Deduplication {
    known: Map<Arc<str>, ()>,
    /// Oldest first.
    order: VecDeque<(Time, Arc<str>)>,
}

impl Deduplication {
    pub(crate) fn new(seed: u64) -> Self {
        Deduplication { known: map(seed), order: VecDeque::new() }
    }

    /// Whether the id was published to this place within the time for which it is remembered.
    pub(crate) fn is_known(&mut self, exchange: &str, routing_key: &str, id: &str, now: Time) -> bool {
        self.forget_old(now);
        !self.known.is_empty() && self.known.contains_key(&*name(exchange, routing_key, id))
    }

    /// Remembers what was published.
    pub(crate) fn remember(&mut self, exchange: &str, routing_key: &str, id: &str, now: Time) {
        let name: Arc<str> = name(exchange, routing_key, id).into();
        if self.known.insert(Arc::clone(&name), ()).is_none() {
            self.order.push_back((now, name));
        }
        if self.order.len() > DEDUPLICATED {
            self.forget_first();
        }
    }

    /// All that is remembered, oldest first: exchange, routing key and id, and since when.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ((&str, &str, &str), Time)> {
        self.order.iter().filter_map(|(since, name)| Some((parts(name)?, *since)))
    }

    fn forget_old(&mut self, now: Time) {
        while self.order.front().is_some_and(|(since, _)| *since + DEDUPLICATION_TIME <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, name)) = self.order.pop_front() {
            self.known.remove(&name);
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

    #[test]
    fn an_id_is_known_at_its_place_and_for_its_time() {
        let mut ids = Deduplication::new(1);
        assert!(!ids.is_known("e", "k", "1", Time(0)));
        ids.remember("e", "k", "1", Time(0));
        assert!(ids.is_known("e", "k", "1", Time(DEDUPLICATION_TIME - 1)));
        assert!(ids.iter().eq([(("e", "k", "1"), Time(0))]));
        assert!(!ids.is_known("e", "k1", "", Time(1)));
        assert!(!ids.is_known("", "ek", "1", Time(1)));
        assert!(!ids.is_known("e", "k", "1", Time(DEDUPLICATION_TIME)));
    }

    #[test]
    fn the_oldest_ids_make_room() {
        let mut ids = Deduplication::new(1);
        for number in 0..=DEDUPLICATED {
            ids.remember("e", "k", &number.to_string(), Time(0));
        }
        assert!(!ids.is_known("e", "k", "0", Time(0)));
        assert!(ids.is_known("e", "k", "1", Time(0)));
        assert_eq!(ids.known.len(), DEDUPLICATED);
    }
}
