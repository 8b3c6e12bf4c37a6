//! What a connection reads, so that it can be asked again whether it may: permissions change, and so do tokens.

use super::permission::{Surroundings, check_held};
use crate::auth::{Access, Denied};
use broker::{Command, Source, SubscriptionNumber};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a subscription has its messages from.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// A queue or a stream.
    Queue(Box<str>),
    /// An exchange, with this binding key.
    Exchange(Box<str>, Box<str>),
    /// An exchange, of which it gets no more than it may read.
    Narrowed(Box<str>),
}

/// The subscriptions of one connection. Those that the vhost refused are among them: to ask about one of them does no harm.
#[derive(Debug, Default)]
pub(super) struct Held {
    subscriptions: Mutex<BTreeMap<SubscriptionNumber, From>>,
}

impl Held {
    /// Notes what a command changes.
    pub(super) fn note(&self, command: &Command) {
        match command {
            Command::Subscribe(subscribe) => {
                let from = match &subscribe.source {
                    Source::Queue(name) => From::Queue(name.as_str().into()),
                    Source::Declared(queue) => From::Queue(queue.name.as_str().into()),
                    Source::Bound(_, binding) | Source::Rebound(_, binding) => {
                        From::Exchange(binding.exchange.as_str().into(), binding.key.as_str().into())
                    }
                    Source::Narrowed(_, binding, _) => From::Narrowed(binding.exchange.as_str().into()),
                };
                self.lock().insert(subscribe.subscription, from);
            }
            Command::Unsubscribe { subscription, .. } => drop(self.lock().remove(subscription)),
            _ => {}
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

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SubscriptionNumber, From>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
