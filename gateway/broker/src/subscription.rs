//! A subscription: its credit, and the deliveries it has not settled.

use crate::queue::Entry;
use crate::routing::QueueId;
use crate::{AckMode, ConnectionId, SubscriptionNumber};
use std::collections::VecDeque;

/// A subscription's place in its vhost.
pub(crate) type SubscriptionKey = usize;

/// A request for messages from a queue.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) connection: ConnectionId,
    pub(crate) number: SubscriptionNumber,
    /// `None` once the queue is deleted.
    pub(crate) queue: Option<QueueId>,
    pub(crate) ack_mode: AckMode,
    /// Most unacked deliveries; 0: no limit.
    pub(crate) prefetch: u32,
    /// Ended by its connection, kept for the deliveries it has not settled.
    pub(crate) ended: bool,
    /// Whether it stands in its queue's line of receivers.
    pub(crate) in_line: bool,
    unacked: VecDeque<Option<Entry>>,
    /// Entries in `unacked` that are not yet settled.
    unacked_count: usize,
    /// The delivery that stands first in `unacked`.
    first: u64,
}

impl Subscription {
    pub(crate) fn new(
        connection: ConnectionId,
        number: SubscriptionNumber,
        queue: QueueId,
        ack_mode: AckMode,
        prefetch: u32,
    ) -> Self {
        Subscription {
            connection,
            number,
            queue: Some(queue),
            ack_mode,
            prefetch,
            ended: false,
            in_line: false,
            unacked: VecDeque::new(),
            unacked_count: 0,
            first: 1,
        }
    }

    /// The number that its next delivery will have.
    pub(crate) fn next_delivery(&self) -> u64 {
        self.first + self.unacked.len() as u64
    }

    /// Whether it may be handed another message, as far as prefetch goes.
    pub(crate) fn has_credit(&self) -> bool {
        !self.ended && (self.prefetch == 0 || self.unacked_count < self.prefetch as usize)
    }

    pub(crate) fn unacked_count(&self) -> usize {
        self.unacked_count
    }

    /// Numbers the next delivery, which is settled by being made.
    pub(crate) fn number_settled(&mut self) -> u64 {
        let delivery = self.first;
        self.first += 1;
        delivery
    }

    /// Numbers the next delivery and keeps it until it is settled.
    pub(crate) fn number_unacked(&mut self, entry: Entry) -> u64 {
        let delivery = self.next_delivery();
        self.unacked.push_back(Some(entry));
        self.unacked_count += 1;
        delivery
    }

    /// Takes what a settlement of `delivery` covers, oldest first; nothing, if it is settled already or was never
    /// made.
    pub(crate) fn settle(&mut self, delivery: u64) -> Vec<Entry> {
        let Some(index) = delivery.checked_sub(self.first).and_then(|index| usize::try_from(index).ok()) else {
            return Vec::new();
        };
        if !matches!(self.unacked.get(index), Some(Some(_))) {
            return Vec::new();
        }
        let from = if self.ack_mode == AckMode::Cumulative { 0 } else { index };
        let settled: Vec<Entry> = self.unacked.range_mut(from..=index).filter_map(Option::take).collect();
        self.unacked_count -= settled.len();
        while matches!(self.unacked.front(), Some(None)) {
            self.unacked.pop_front();
            self.first += 1;
        }
        settled
    }

    /// Takes everything unacked, oldest first.
    pub(crate) fn settle_all(&mut self) -> impl Iterator<Item = Entry> {
        self.unacked_count = 0;
        self.first += self.unacked.len() as u64;
        std::mem::take(&mut self.unacked).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Headers, Message};
    use bytes::Bytes;
    use std::sync::Arc;

    fn with_deliveries(ack_mode: AckMode) -> Subscription {
        let mut subscription = Subscription::new(ConnectionId(0), 1, QueueId(0), ack_mode, 3);
        for number in 1..=3 {
            let message = Arc::new(Message::new("", "", Headers::default(), Bytes::new()));
            assert!(subscription.has_credit());
            assert_eq!(subscription.number_unacked(Entry { message, number, delivery_count: 1 }), number);
        }
        assert!(!subscription.has_credit());
        subscription
    }

    fn numbers(entries: &[Entry]) -> Vec<u64> {
        entries.iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn an_individual_settlement_covers_one() {
        let mut subscription = with_deliveries(AckMode::Individual);
        assert_eq!(numbers(&subscription.settle(2)), [2]);
        assert_eq!(numbers(&subscription.settle(2)), []);
        assert_eq!(numbers(&subscription.settle(9)), []);
        assert_eq!(numbers(&subscription.settle(0)), []);
        assert!(subscription.has_credit());
        assert_eq!(numbers(&subscription.settle(1)), [1]);
        assert_eq!(numbers(&subscription.settle(3)), [3]);
        assert_eq!(subscription.unacked_count(), 0);
    }

    #[test]
    fn a_cumulative_settlement_covers_all_before() {
        let mut subscription = with_deliveries(AckMode::Cumulative);
        assert_eq!(numbers(&subscription.settle(2)), [1, 2]);
        assert_eq!(numbers(&subscription.settle(1)), []);
        assert_eq!(subscription.settle_all().map(|entry| entry.number).collect::<Vec<_>>(), [3]);
        assert!(subscription.has_credit());
    }
}
