//! Who subscribes, and what each is owed.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::stomp;
use crate::system::{Route, Traffic};
use crate::websocket::push_server_message;

/// Copies of the frame that one write can hold.
const BLOCK_OCTETS: usize = 256 * 1024;

/// All that connections share.
#[derive(Debug)]
pub(super) struct Hub {
    route: Route,
    /// Copies of the frame, back to back.
    block: Vec<u8>,
    frame_octets: usize,
    subscribers: RwLock<Vec<Arc<Outbox>>>,
    /// Whose turn it is in a queue.
    turn: AtomicUsize,
}

/// What one subscriber is owed. All frames are equal, so a number says it.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    owed: AtomicU64,
    wake: Notify,
}

impl Hub {
    pub(super) fn new(traffic: Traffic) -> Self {
        let mut frame = Vec::new();
        push_server_message(&mut frame, &stomp::message(traffic));
        Self {
            route: traffic.route,
            block: frame.repeat((BLOCK_OCTETS / frame.len()).max(1)),
            frame_octets: frame.len(),
            subscribers: RwLock::default(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The next octets to write when `owed` octets are, of which the first belongs to a frame begun earlier or not.
    pub(super) fn octets(&self, owed: u64) -> &[u8] {
        // Frames end where the debt ends: counted from there, what is left of a frame begun is known.
        let partial = usize::try_from(owed % self.frame_octets as u64).unwrap_or(0);
        let start = if partial == 0 { 0 } else { self.frame_octets - partial };
        let length = usize::try_from(owed).unwrap_or(usize::MAX).min(self.block.len() - start);
        &self.block[start..start + length]
    }

    /// Octets of `messages` frames.
    pub(super) fn octets_of(&self, messages: u64) -> u64 {
        messages * self.frame_octets as u64
    }

    pub(super) fn subscribe(&self) -> Arc<Outbox> {
        let outbox = Arc::new(Outbox::default());
        self.subscribers.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&outbox));
        outbox
    }

    pub(super) fn unsubscribe(&self, outbox: &Arc<Outbox>) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|other| !Arc::ptr_eq(other, outbox));
    }

    /// Hands on what one read of the publisher's socket brought.
    pub(super) fn publish(&self, messages: u64) {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        if subscribers.is_empty() {
            return;
        }
        match self.route {
            Route::Topic => subscribers.iter().for_each(|outbox| outbox.owe(messages)),
            Route::Queue | Route::AckedQueue => self.share_out(messages, &subscribers),
        }
    }

    /// Round robin: everybody gets an equal share, and the next ones in turn one of the remainder each.
    fn share_out(&self, messages: u64, subscribers: &[Arc<Outbox>]) {
        let everybody = messages / subscribers.len() as u64;
        let remainder = usize::try_from(messages % subscribers.len() as u64).unwrap_or(0);
        let turn = self.turn.fetch_add(remainder, Ordering::Relaxed);
        for (position, outbox) in subscribers.iter().enumerate() {
            let distance = (position + subscribers.len() - turn % subscribers.len()) % subscribers.len();
            outbox.owe(everybody + u64::from(distance < remainder));
        }
    }
}

impl Outbox {
    /// Adds to the debt. Only the first to do so wakes the connection: it takes all at once.
    fn owe(&self, messages: u64) {
        if messages > 0 && self.owed.fetch_add(messages, Ordering::AcqRel) == 0 {
            self.wake.notify_one();
        }
    }

    /// Waits for a debt and takes it.
    pub(super) async fn take(&self) -> u64 {
        loop {
            let owed = self.owed.swap(0, Ordering::AcqRel);
            if owed > 0 {
                return owed;
            }
            self.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(route: Route) -> Hub {
        Hub::new(Traffic::plain(route, 64))
    }

    fn owed(outboxes: &[Arc<Outbox>]) -> Vec<u64> {
        outboxes.iter().map(|outbox| outbox.owed.load(Ordering::Acquire)).collect()
    }

    #[test]
    fn a_topic_owes_everybody_everything() {
        let hub = hub(Route::Topic);
        let outboxes: Vec<_> = (0..3).map(|_| hub.subscribe()).collect();
        hub.publish(5);
        hub.unsubscribe(&outboxes[1]);
        hub.publish(2);
        assert_eq!(owed(&outboxes), [7, 5, 7]);
    }

    #[test]
    fn a_queue_shares_out_in_turn() {
        let hub = hub(Route::Queue);
        let outboxes: Vec<_> = (0..3).map(|_| hub.subscribe()).collect();
        hub.publish(4);
        assert_eq!(owed(&outboxes), [2, 1, 1]);
        hub.publish(4);
        assert_eq!(owed(&outboxes), [3, 3, 2]);
        hub.publish(1);
        assert_eq!(owed(&outboxes), [3, 3, 3]);
    }

    #[test]
    fn octets_go_on_where_a_write_stopped() {
        let hub = hub(Route::Topic);
        let owed = hub.octets_of(3);
        let whole = hub.octets(owed).to_vec();
        assert_eq!(whole.len() as u64, owed);
        for written in 0..whole.len() {
            let rest = hub.octets(owed - written as u64);
            assert!(whole[written..].starts_with(rest) && !rest.is_empty(), "after {written}");
        }
    }
}
