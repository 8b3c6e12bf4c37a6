//! A subscription: its credit, and the deliveries it has not settled.

use crate::limits::SPARSE;
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::{AckMode, ConnectionId, Credit, SubscriptionNumber, Terms};
use std::collections::{BTreeMap, VecDeque};

/// A subscription's place in its vhost.
pub(crate) type SubscriptionKey = usize;

/// A request for messages from a queue.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) connection: ConnectionId,
    pub(crate) number: SubscriptionNumber,
    pub(crate) queue: QueueId,
    pub(crate) ack_mode: AckMode,
    pub(crate) terms: Terms,
    /// There is no limit but its life to what it is handed.
    is_unlimited: bool,
    /// The queue was made for this subscription, or for others of its name.
    pub(crate) made_queue: bool,
    /// Ended by its connection, kept for the deliveries it has not settled.
    pub(crate) ended: bool,
    /// Whether it stands in its queue's line of receivers.
    pub(crate) in_line: bool,
    /// What it still is to see, if it only browses.
    pub(crate) browse: Option<Browse>,
    /// Whether it stands among those of its connection that wait for its window to open.
    pub(crate) waits_for_window: bool,
    /// Unsettled deliveries long before the others, by their numbers.
    stragglers: BTreeMap<u64, Entry>,
    unacked: VecDeque<Option<Entry>>,
    /// Deliveries that are not yet settled.
    unacked_count: usize,
    /// Sum of their sizes.
    unacked_octets: usize,
    /// The delivery that stands first in `unacked`.
    first: u64,
}

/// How far a browsing subscription has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Browse {
    /// The number of the message to look at next, or of one before it.
    pub(crate) next: u64,
    /// The last number to look at.
    pub(crate) last: u64,
    /// What comes next is being read.
    pub(crate) is_loading: bool,
}

impl Subscription {
    pub(crate) fn new(
        connection: ConnectionId,
        number: SubscriptionNumber,
        queue: QueueId,
        ack_mode: AckMode,
        terms: Terms,
    ) -> Self {
        Subscription {
            connection,
            number,
            queue,
            ack_mode,
            terms,
            is_unlimited: terms.prefetch == 0 && terms.prefetch_octets == 0 && terms.credit.is_none(),
            made_queue: false,
            ended: false,
            in_line: false,
            browse: None,
            waits_for_window: false,
            stragglers: BTreeMap::new(),
            unacked: VecDeque::new(),
            unacked_count: 0,
            unacked_octets: 0,
            first: 1,
        }
    }

    /// The number that its next delivery will have.
    pub(crate) fn next_delivery(&self) -> u64 {
        self.first + self.unacked.len() as u64
    }

    /// Whether it may be handed another message, as far as prefetch and credit go.
    pub(crate) fn has_credit(&self) -> bool {
        !self.ended && (self.is_unlimited || self.is_within_limits())
    }

    fn is_within_limits(&self) -> bool {
        let Terms { prefetch, prefetch_octets, credit, .. } = &self.terms;
        (*prefetch == 0 || self.unacked_count < *prefetch as usize)
            && (*prefetch_octets == 0 || self.unacked_octets < *prefetch_octets as usize)
            && credit.as_ref().is_none_or(|credit| credit.messages != Some(0) && credit.octets != Some(0))
    }

    /// A message with a body of so many octets was handed to it.
    pub(crate) fn spend(&mut self, body: usize) {
        if let Some(Credit { messages, octets }) = &mut self.terms.credit {
            *messages = messages.map(|messages| messages.saturating_sub(1));
            *octets = octets.map(|octets| octets.saturating_sub(body as u64));
        }
    }

    /// Adds credit. `false`: it does not count any.
    pub(crate) fn grant(&mut self, more_messages: u64, more_octets: u64) -> bool {
        let Some(Credit { messages, octets }) = &mut self.terms.credit else { return false };
        *messages = messages.map(|messages| messages.saturating_add(more_messages));
        *octets = octets.map(|octets| octets.saturating_add(more_octets));
        true
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
        self.unacked_octets += entry.size();
        self.unacked.push_back(Some(entry));
        self.unacked_count += 1;
        delivery
    }

    /// Where an unsettled delivery stands in `unacked`.
    fn index(&self, delivery: u64) -> Option<usize> {
        let index = usize::try_from(delivery.checked_sub(self.first)?).ok()?;
        self.unacked.get(index)?.as_ref().map(|_| index)
    }

    /// A delivery that was made and is not settled.
    pub(crate) fn unsettled(&self, delivery: u64) -> Option<&Entry> {
        match self.index(delivery) {
            Some(index) => self.unacked[index].as_ref(),
            None => self.stragglers.get(&delivery),
        }
    }

    /// All that is unacked, in no particular order.
    pub(crate) fn unacked(&self) -> impl Iterator<Item = &Entry> {
        self.stragglers.values().chain(self.unacked.iter().flatten())
    }

    /// The same, to be changed in what does not concern their order.
    pub(crate) fn unacked_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.stragglers.values_mut().chain(self.unacked.iter_mut().flatten())
    }

    /// Whether a delivery was made, settled or not.
    pub(crate) fn was_made(&self, delivery: u64) -> bool {
        (1..self.next_delivery()).contains(&delivery)
    }

    /// What a settlement of an unsettled delivery covers, oldest first.
    pub(crate) fn covered(&self, delivery: u64) -> impl Iterator<Item = &Entry> {
        let first = if self.ack_mode == AckMode::Cumulative { 0 } else { delivery };
        let numbered = (self.first..).zip(&self.unacked).filter_map(|(number, entry)| Some((number, entry.as_ref()?)));
        let recent = numbered.take_while(move |(number, _)| *number <= delivery);
        let recent = recent.filter(move |(number, _)| *number >= first).map(|(_, entry)| entry);
        self.stragglers.range(first..=delivery).map(|(_, entry)| entry).chain(recent)
    }

    /// Takes what a settlement of `delivery` covers, oldest first; nothing, if it is settled already or was never
    /// made.
    pub(crate) fn settle(&mut self, delivery: u64) -> Vec<Entry> {
        let Some(index) = self.index(delivery) else { return self.settle_straggler(delivery) };
        let from = if self.ack_mode == AckMode::Cumulative { 0 } else { index };
        let mut settled: Vec<Entry> = match from == 0 && self.ack_mode == AckMode::Cumulative {
            true => std::mem::take(&mut self.stragglers).into_values().collect(),
            false => Vec::new(),
        };
        settled.extend(self.unacked.range_mut(from..=index).filter_map(Option::take));
        self.count_settled(&settled);
        while matches!(self.unacked.front(), Some(None)) {
            self.unacked.pop_front();
            self.first += 1;
        }
        if self.unacked.len() > SPARSE && self.unacked_count < self.unacked.len() / 4 {
            self.set_stragglers_aside();
        }
        settled
    }

    fn settle_straggler(&mut self, delivery: u64) -> Vec<Entry> {
        let Some(entry) = self.stragglers.remove(&delivery) else { return Vec::new() };
        let mut settled = Vec::new();
        if self.ack_mode == AckMode::Cumulative {
            let later = self.stragglers.split_off(&delivery);
            settled.extend(std::mem::replace(&mut self.stragglers, later).into_values());
        }
        settled.push(entry);
        self.count_settled(&settled);
        settled
    }

    fn count_settled(&mut self, settled: &[Entry]) {
        self.unacked_count -= settled.len();
        self.unacked_octets -= settled.iter().map(Entry::size).sum::<usize>();
    }

    /// Behind a delivery that is never settled the places of all that are would be kept.
    fn set_stragglers_aside(&mut self) {
        let next = self.next_delivery();
        let numbered = (self.first..).zip(std::mem::take(&mut self.unacked));
        self.stragglers.extend(numbered.filter_map(|(number, entry)| Some((number, entry?))));
        self.first = next;
    }

    /// Takes everything unacked, oldest first.
    pub(crate) fn settle_all(&mut self) -> impl Iterator<Item = Entry> {
        self.unacked_count = 0;
        self.unacked_octets = 0;
        self.first += self.unacked.len() as u64;
        let stragglers = std::mem::take(&mut self.stragglers).into_values();
        stragglers.chain(std::mem::take(&mut self.unacked).into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Content;
    use crate::{Headers, Message, Time};
    use bytes::Bytes;
    use std::sync::Arc;

    fn entry(message: Arc<Message>, number: u64) -> Entry {
        let content = Content::Here(message);
        Entry { content, number, delivery_count: 1, expires: Time::NEVER, record: 0, copies: 1 }
    }

    fn with_deliveries(ack_mode: AckMode) -> Subscription {
        let mut subscription =
            Subscription::new(ConnectionId(0), 1, QueueId(0), ack_mode, Terms { prefetch: 3, ..Terms::default() });
        for number in 1..=3 {
            let message = Arc::new(Message::new("", "", Headers::default(), Bytes::new()));
            assert!(subscription.has_credit());
            assert_eq!(subscription.number_unacked(entry(message, number)), number);
        }
        assert!(!subscription.has_credit());
        subscription
    }

    #[test]
    fn deliveries_that_are_never_settled_cost_no_more_than_themselves() {
        let mut subscription = Subscription::new(ConnectionId(0), 1, QueueId(0), AckMode::Individual, Terms::default());
        let message = Arc::new(Message::new("", "", Headers::default(), Bytes::new()));
        let entry = |number| entry(Arc::clone(&message), number);
        let count = 3 * SPARSE as u64;
        for number in 1..=count {
            subscription.number_unacked(entry(number));
            if number != 5 {
                assert_eq!(numbers(&subscription.settle(number)), [number]);
            }
        }
        assert!(subscription.unacked.len() <= SPARSE);
        assert_eq!(subscription.unacked_count(), 1);
        assert!(subscription.unsettled(5).is_some() && subscription.unsettled(6).is_none());
        assert_eq!(numbers(&subscription.settle(5)), [5]);
        assert_eq!(numbers(&subscription.settle(5)), [0; 0]);
        assert_eq!(subscription.next_delivery(), count + 1);
    }

    #[test]
    fn credit_is_spent_and_granted() {
        let credit = Some(Credit { messages: Some(1), octets: Some(10) });
        let terms = Terms { credit, ..Terms::default() };
        let mut subscription = Subscription::new(ConnectionId(0), 1, QueueId(0), AckMode::Auto, terms);
        assert!(subscription.has_credit());
        subscription.spend(30);
        assert!(!subscription.has_credit());
        assert!(subscription.grant(5, 0));
        assert!(!subscription.has_credit(), "there are no octets left");
        assert!(subscription.grant(0, 1) && subscription.has_credit());
        let mut free = Subscription::new(ConnectionId(0), 1, QueueId(0), AckMode::Auto, Terms::default());
        assert!(free.has_credit() && !free.grant(1, 1));
    }

    fn numbers(entries: &[Entry]) -> Vec<u64> {
        entries.iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn an_individual_settlement_covers_one() {
        let mut subscription = with_deliveries(AckMode::Individual);
        assert_eq!(numbers(&subscription.settle(2)), [2]);
        assert_eq!(numbers(&subscription.settle(2)), [0; 0]);
        assert_eq!(numbers(&subscription.settle(9)), [0; 0]);
        assert_eq!(numbers(&subscription.settle(0)), [0; 0]);
        assert!(subscription.has_credit());
        assert_eq!(numbers(&subscription.settle(1)), [1]);
        assert_eq!(numbers(&subscription.settle(3)), [3]);
        assert_eq!(subscription.unacked_count(), 0);
    }

    #[test]
    fn a_cumulative_settlement_covers_all_before() {
        let mut subscription = with_deliveries(AckMode::Cumulative);
        assert_eq!(numbers(&subscription.settle(2)), [1, 2]);
        assert_eq!(numbers(&subscription.settle(1)), [0; 0]);
        assert_eq!(subscription.settle_all().map(|entry| entry.number).collect::<Vec<_>>(), [3]);
        assert!(subscription.has_credit());
    }
}
