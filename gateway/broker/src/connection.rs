//! What a vhost remembers of a connection.

use crate::limits::REMEMBERED;
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{Commit, DeliveryTag, Publish, SubscriptionNumber, Token};
use std::collections::VecDeque;

/// The requests of a connection that wait until it may publish again, in order. What it settles meanwhile does not
/// wait: or nobody would make room.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    pub(crate) requests: VecDeque<Parked>,
    /// Octets of the messages in there.
    pub(crate) octets: usize,
    /// Queues whose readers it waits for.
    pub(crate) held_by: Vec<QueueId>,
    /// It waits for memory, and was told so.
    pub(crate) is_blocked: bool,
    /// It was told to pause, since so much of it is parked.
    pub(crate) is_paused: bool,
}

/// A request that waits.
#[derive(Debug)]
pub(crate) enum Parked {
    Publish(Publish),
    Commit(Commit),
    Sync(Token),
}

/// One connection's share of a vhost.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Octets that may still be handed to it; the last message may overdraw it.
    pub(crate) window: isize,
    /// Its subscriptions, also ended ones with unacked deliveries, sorted by number.
    pub(crate) subscriptions: Vec<(SubscriptionNumber, SubscriptionKey)>,
    /// Subscriptions that wait for the window to open.
    pub(crate) blocked: Vec<SubscriptionKey>,
    /// Its exclusive queues.
    pub(crate) owned: Vec<QueueId>,
    /// What it asked for and may not have yet, since it publishes too much.
    pub(crate) parking: Parking,
    /// Subscriptions that went with their queue, and the delivery that each would have made next.
    gone: VecDeque<(SubscriptionNumber, u64)>,
}

impl Connection {
    pub(crate) fn new(window: usize) -> Self {
        Connection {
            window: isize::try_from(window).unwrap_or(isize::MAX),
            subscriptions: Vec::new(),
            blocked: Vec::new(),
            owned: Vec::new(),
            parking: Parking::default(),
            gone: VecDeque::new(),
        }
    }

    pub(crate) fn find(&self, number: SubscriptionNumber) -> Option<SubscriptionKey> {
        let index = self.subscriptions.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.subscriptions[index].1)
    }

    /// Adds a subscription; `false`: the number is in use.
    pub(crate) fn add(&mut self, number: SubscriptionNumber, key: SubscriptionKey) -> bool {
        match self.subscriptions.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(_) => false,
            Err(index) => {
                self.subscriptions.insert(index, (number, key));
                true
            }
        }
    }

    /// Remembers a subscription whose queue was deleted with all that it had delivered.
    pub(crate) fn remember(&mut self, number: SubscriptionNumber, next_delivery: u64) {
        if self.gone.len() == REMEMBERED {
            self.gone.pop_front();
        }
        self.gone.push_back((number, next_delivery));
    }

    /// Whether the delivery was made by a subscription whose queue was deleted: then settling it means nothing.
    pub(crate) fn is_of_deleted_queue(&self, tag: DeliveryTag) -> bool {
        self.gone.iter().any(|(number, next)| *number == tag.subscription && (1..*next).contains(&tag.delivery))
    }

    pub(crate) fn remove(&mut self, number: SubscriptionNumber) {
        self.subscriptions.retain(|(candidate, _)| *candidate != number);
    }
}
