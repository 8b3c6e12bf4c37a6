//! What a connection reads, so that it can be asked again whether it may: permissions change, and so do tokens.

use super::permission::{Surroundings, check_held};
use crate::auth::{Access, Denied};
use broker::limits::{KEY, NAME};
use broker::{Command, Source, SubscriptionNumber};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a subscription has its messages from.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// A queue or a stream.
    Queue(Box<str>),
    /// An exchange, with this binding key.
    Exchange(Box<str>, Box<str>),
    /// The same, of which it gets no more than it may read.
    Narrowed(Box<str>, Box<str>),
}

impl From {
    /// Whether there can be such a thing: a vhost refuses longer names, which would be held for nothing.
    fn is_possible(&self) -> bool {
        match self {
            From::Queue(name) => name.len() <= NAME,
            From::Exchange(exchange, key) | From::Narrowed(exchange, key) => exchange.len() <= NAME && key.len() <= KEY,
        }
    }
}

/// Subscriptions from which on those are looked for that have ended, or were refused.
const MANY: usize = 64;

/// The subscriptions of one connection. Some that the vhost refused, or that have ended, are among them: to ask about one of them does no harm.
#[derive(Debug, Default)]
pub(super) struct Held {
    subscriptions: Mutex<BTreeMap<SubscriptionNumber, From>>,
    /// How many were left when they were last looked through.
    left: AtomicUsize,
}

impl Held {
    /// Notes what a command changes, as it is carried out: whoever looks at what is held finds all that there is. `true`: there may be more than before.
    pub(super) fn note(&self, command: &Command) -> bool {
        match command {
            Command::Subscribe(subscribe) => {
                let from = match &subscribe.source {
                    Source::Queue(name) => From::Queue(name.as_str().into()),
                    Source::Declared(queue) => From::Queue(queue.name.as_str().into()),
                    Source::Bound(_, binding) | Source::Rebound(_, binding) => {
                        From::Exchange(binding.exchange.as_str().into(), binding.key.as_str().into())
                    }
                    Source::Narrowed(_, binding, _) => {
                        From::Narrowed(binding.exchange.as_str().into(), binding.key.as_str().into())
                    }
                };
                let is_possible = from.is_possible();
                if is_possible {
                    self.lock().insert(subscribe.subscription, from);
                }
                is_possible
            }
            Command::Unsubscribe { subscription, .. } => {
                self.lock().remove(subscription);
                false
            }
            _ => false,
        }
    }

    /// Takes out those that are not allowed any more.
    pub(super) fn take_denied(&self, access: &Access, there: &impl Surroundings) -> Vec<(SubscriptionNumber, Denied)> {
        let all: Vec<_> = self.lock().iter().map(|(number, from)| (*number, from.clone())).collect();
        let denied = |(number, from)| Some((number, check_held(&from, access, there).err()?));
        let denied: Vec<_> = all.into_iter().filter_map(denied).collect();
        let mut subscriptions = self.lock();
        for (number, _) in &denied {
            subscriptions.remove(number);
        }
        denied
    }

    /// Forgets those that are there no more, if they may be many.
    pub(super) fn tidy(&self, is_there: impl Fn(SubscriptionNumber) -> bool) {
        let numbers: Vec<_> = {
            let subscriptions = self.lock();
            if subscriptions.len() < MANY.max(2 * self.left.load(Ordering::Relaxed)) {
                return;
            }
            subscriptions.keys().copied().collect()
        };
        let gone: Vec<_> = numbers.into_iter().filter(|number| !is_there(*number)).collect();
        let mut subscriptions = self.lock();
        for number in gone {
            subscriptions.remove(&number);
        }
        self.left.store(subscriptions.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SubscriptionNumber, From>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use broker::{AckMode, ConnectionId, Subscribe, Terms};

    fn subscribe(number: u32, queue: String) -> Command {
        Command::Subscribe(Box::new(Subscribe {
            connection: ConnectionId(0),
            subscription: number,
            source: Source::Queue(queue),
            ack_mode: AckMode::Auto,
            terms: Terms::default(),
            stream: None,
            token: None,
        }))
    }

    #[test]
    fn what_is_refused_or_has_ended_is_not_held_for_ever() {
        let held = Held::default();
        held.note(&subscribe(0, "x".repeat(NAME + 1)));
        assert!(held.lock().is_empty(), "there is no such queue");
        for number in 0..100_000 {
            held.note(&subscribe(number, "q".to_owned()));
            held.tidy(|number| number % 10_000 == 0);
            assert!(held.lock().len() <= MANY, "{}", held.lock().len());
        }
        assert!((0..10).all(|number| held.lock().contains_key(&(number * 10_000))), "what is there stays");
    }
}
