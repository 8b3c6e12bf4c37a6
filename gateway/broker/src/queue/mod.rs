//! A queue: messages in order, and the line of subscriptions that take them in turn.

use crate::routing::QueueId;
use crate::stats::{Counters, QueueRow};
use crate::subscription::SubscriptionKey;
use crate::{Binding, ConnectionId, Message, QueueSettings};
use std::collections::VecDeque;
use std::sync::Arc;

/// A message's place in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) message: Arc<Message>,
    /// Its number in the queue: the order to keep when it comes back.
    pub(crate) number: u64,
    /// How often it has been delivered.
    pub(crate) delivery_count: u32,
}

/// Each message to one subscription, gone when settled.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: Arc<str>,
    pub(crate) settings: QueueSettings,
    /// The connection of an exclusive queue.
    pub(crate) owner: Option<ConnectionId>,
    /// Bindings to take back when it is deleted.
    pub(crate) bindings: Vec<Binding>,
    /// All its subscriptions, also ended ones with unacked deliveries.
    pub(crate) subscriptions: Vec<SubscriptionKey>,
    /// Live subscriptions.
    pub(crate) consumers: u32,
    /// Subscriptions with credit, the next receiver first: taking turns is going to the end of the line.
    pub(crate) line: VecDeque<SubscriptionKey>,
    /// Publishers that wait for it to shrink.
    pub(crate) stalled: Vec<ConnectionId>,
    pub(crate) counters: Counters,
    ready: VecDeque<Entry>,
    ready_octets: usize,
    unacked: u64,
    unacked_octets: usize,
    last: u64,
}

impl Queue {
    pub(crate) fn new(name: Arc<str>, settings: QueueSettings, owner: Option<ConnectionId>) -> Self {
        Queue {
            name,
            settings,
            owner,
            bindings: Vec::new(),
            subscriptions: Vec::new(),
            consumers: 0,
            line: VecDeque::new(),
            stalled: Vec::new(),
            counters: Counters::default(),
            ready: VecDeque::new(),
            ready_octets: 0,
            unacked: 0,
            unacked_octets: 0,
            last: 0,
        }
    }

    /// Makes a new message's entry, which is not in the queue yet.
    pub(crate) fn admit(&mut self, message: &Arc<Message>) -> Entry {
        self.last += 1;
        self.counters.published += 1;
        Entry { message: Arc::clone(message), number: self.last, delivery_count: 0 }
    }

    /// Puts a new message at the tail.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.ready_octets += entry.message.size();
        self.ready.push_back(entry);
    }

    /// Takes the head.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let entry = self.ready.pop_front()?;
        self.ready_octets -= entry.message.size();
        Some(entry)
    }

    /// Puts a message back where it was: before all that were published after it.
    pub(crate) fn put_back(&mut self, entry: Entry) {
        self.ready_octets += entry.message.size();
        match self.ready.front() {
            Some(head) if head.number < entry.number => {
                let index = self.ready.partition_point(|waiting| waiting.number < entry.number);
                self.ready.insert(index, entry);
            }
            _ => self.ready.push_front(entry),
        }
    }

    /// A delivery that will be settled was made.
    pub(crate) fn lend(&mut self, octets: usize) {
        self.unacked += 1;
        self.unacked_octets += octets;
    }

    /// A delivery was settled.
    pub(crate) fn settled(&mut self, octets: usize) {
        self.unacked -= 1;
        self.unacked_octets -= octets;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub(crate) fn ready_count(&self) -> usize {
        self.ready.len()
    }

    pub(crate) fn ready_octets(&self) -> usize {
        self.ready_octets
    }

    /// Octets of what waits and what is unacked.
    pub(crate) fn octets(&self) -> usize {
        self.ready_octets + self.unacked_octets
    }

    pub(crate) fn row(&self) -> QueueRow {
        QueueRow {
            name: Arc::clone(&self.name),
            exclusive: self.settings.exclusive,
            auto_delete: self.settings.auto_delete,
            ready: self.ready.len() as u64,
            unacked: self.unacked,
            octets: self.octets() as u64,
            consumers: self.consumers,
            counters: self.counters,
        }
    }
}

/// The queues of a vhost by their identity.
pub(crate) type Queues = slab::Slab<Queue>;

impl From<QueueId> for usize {
    fn from(id: QueueId) -> usize {
        id.0 as usize
    }
}
