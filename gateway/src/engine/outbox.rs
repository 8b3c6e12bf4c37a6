//! What waits to be written to one connection.
//!
//! What is delivered is bounded by the broker: it hands out no more than the connection's window, which the connection
//! opens again as it writes. Answers are counted, and the connection reads no more requests while too many are untold.

use broker::{Error, Message, StreamPlace, SubscriptionNumber, Token};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use store::Position;

/// Items for which an emptied outbox keeps its space: an idle connection holds none.
const RETAINED: usize = 32;

/// One thing to tell a connection.
#[derive(Debug)]
pub enum Item {
    /// A message for a subscription.
    Deliver {
        /// The message, shared by all who get it.
        message: Arc<Message>,
        /// The subscription.
        subscription: SubscriptionNumber,
        /// The delivery's number in it.
        delivery: u64,
        /// Which delivery of the message it is, counted from 1.
        delivery_count: u32,
        /// Its place in the stream that it is read from.
        stream: Option<StreamPlace>,
    },
    /// A request was carried out.
    Confirmed {
        /// Which.
        token: Token,
        /// A publish: how many queues took it.
        routed: Option<u32>,
        /// A publish: it had been published before.
        duplicate: bool,
        /// A publish: its offset in the stream that took it.
        stream_offset: Option<u64>,
    },
    /// A subscription ended as asked.
    Unsubscribed {
        /// Which.
        subscription: SubscriptionNumber,
        /// The request, if it had a name.
        token: Option<Token>,
    },
    /// A subscription ended since its queue was deleted.
    QueueDeleted {
        /// Which.
        subscription: SubscriptionNumber,
    },
    /// A request was refused.
    Refused {
        /// Which, if it had a name.
        token: Option<Token>,
        /// A refused subscription.
        subscription: Option<SubscriptionNumber>,
        /// Why.
        error: Box<Error>,
    },
    /// A browsing subscription has seen all there was.
    Browsed {
        /// Which.
        subscription: SubscriptionNumber,
    },
    /// Something that the client may want to know.
    Notice(Notice),
    /// Read nothing more of this client: too much of what it publishes waits.
    Pause,
    /// Read again.
    Resume,
    /// Somebody asks that the connection be closed, once all before is told.
    Close(CloseReason),
}

/// What a connection may want to know, though it asked for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// What it publishes waits.
    Blocked {
        /// Since the disk is full or too slow; otherwise since queues hold too much.
        by_storage: bool,
    },
    /// It may publish again.
    Unblocked,
    /// Messages are missing before the next one of a subscription, whose reader was too slow.
    Dropped {
        /// Which subscription.
        subscription: SubscriptionNumber,
        /// How many messages.
        count: u64,
    },
    /// The server is about to stop.
    Draining,
    /// Its token ends soon: a new one is to come.
    TokenExpiring {
        /// When, in seconds since 1970.
        expires: u64,
    },
}

impl Item {
    /// Whether it has its place among the deliveries of a subscription: it does not come before them.
    pub(super) fn is_about_deliveries(&self) -> bool {
        matches!(
            self,
            Item::Deliver { .. }
                | Item::Browsed { .. }
                | Item::Unsubscribed { .. }
                | Item::QueueDeleted { .. }
                | Item::Notice(Notice::Dropped { .. })
        )
    }

    /// Whether it counts among the answers: see [`crate::engine::Handle::answers`].
    pub fn is_answer(&self) -> bool {
        !matches!(self, Item::Deliver { .. } | Item::Pause | Item::Resume)
    }
}

/// Why a connection is asked to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The server stops.
    Draining,
    /// The vhost is gone.
    VhostDeleted,
}

/// Items for one connection, in order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    inner: Mutex<Inner>,
    /// Items that are no deliveries, until the connection has told them.
    answers: AtomicUsize,
    /// Answers among them that are not to be told yet.
    deferred: AtomicUsize,
    /// Up to where the journal has to be durable before anything is delivered: the answer to a subscription waits for it, and precedes its messages.
    held_until: AtomicU64,
    /// The last word on pausing, known before the connection has come to it in the queue of items.
    is_paused: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    items: VecDeque<Item>,
    /// Set while the connection sleeps.
    waker: Option<Waker>,
}

impl Outbox {
    /// Adds an item. The waker of a sleeping connection is returned, to be woken once no lock is held.
    #[must_use]
    pub(super) fn push(&self, item: Item) -> Option<Waker> {
        if !matches!(item, Item::Deliver { .. }) {
            self.take_note(&item);
        }
        let mut inner = self.lock();
        inner.items.push_back(item);
        inner.waker.take()
    }

    /// An item is there, and not to be told before this is durable: [`Outbox::push_deferred`] follows.
    pub(super) fn defer(&self, item: &Item, until: Position) {
        self.deferred.fetch_add(1, Ordering::Relaxed);
        match item {
            Item::Deliver { .. } => self.hold_until(until), // the next is not to overtake it
            item => _ = self.answers.fetch_add(usize::from(item.is_answer()), Ordering::Relaxed),
        }
    }

    /// Nothing is delivered before this is durable.
    pub(super) fn hold_until(&self, until: Position) {
        self.held_until.fetch_max(until.0, Ordering::Relaxed);
    }

    /// Whether deliveries wait, if so much is durable.
    pub(super) fn is_held(&self, durable: Position) -> bool {
        self.held_until.load(Ordering::Relaxed) > durable.0
    }

    /// Whether there are answers that are not to be told yet.
    pub(super) fn has_deferred(&self) -> bool {
        self.deferred.load(Ordering::Relaxed) > 0
    }

    /// Adds an item that was deferred.
    #[must_use]
    pub(super) fn push_deferred(&self, item: Item) -> Option<Waker> {
        self.deferred.fetch_sub(1, Ordering::Relaxed);
        let mut inner = self.lock();
        inner.items.push_back(item);
        inner.waker.take()
    }

    /// What has to be known before the connection comes to the item.
    #[cold]
    fn take_note(&self, item: &Item) {
        match item {
            Item::Pause => self.is_paused.store(true, Ordering::Relaxed),
            Item::Resume => self.is_paused.store(false, Ordering::Relaxed),
            item if item.is_answer() => _ = self.answers.fetch_add(1, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Items that the connection has not come to yet.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Answers that the connection has not told yet.
    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    /// The connection has told an item.
    pub(super) fn handle_told(&self) {
        self.answers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether nothing more of this client is to be read.
    pub(super) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Moves all items to `taken`, which must be empty; pending while there are none.
    pub(super) fn poll_take(&self, taken: &mut VecDeque<Item>, cx: &Context<'_>) -> Poll<()> {
        debug_assert!(taken.is_empty());
        let mut inner = self.lock();
        if inner.items.is_empty() {
            match &mut inner.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => inner.waker = Some(cx.waker().clone()),
            }
            if taken.capacity() > RETAINED {
                *taken = VecDeque::new();
            }
            return Poll::Pending;
        }
        std::mem::swap(&mut inner.items, taken);
        Poll::Ready(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under this lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeping_connection_is_woken_once() {
        let outbox = Outbox::default();
        let mut taken = VecDeque::new();
        let cx = Context::from_waker(Waker::noop());
        assert!(outbox.poll_take(&mut taken, &cx).is_pending());
        assert!(outbox.push(Item::Pause).is_some());
        assert!(outbox.push(Item::Resume).is_none());
        assert!(outbox.poll_take(&mut taken, &cx).is_ready());
        assert_eq!(taken.len(), 2);
        assert!(outbox.push(Item::Pause).is_none(), "it is not asleep");
    }
}
