//! Subscriptions of a client: declared once, restored on every connection.

use super::output::{gap, sent};
use super::place::{Place, Unsettled};
use super::publishes::receipt;
use super::{Delivery, Error, GapReason, Output, Settlement};
use crate::stomp::{AckMode, Code, Frame, Headers, Verb};
use std::collections::VecDeque;

/// What precedes the number in receipts of SUBSCRIBE and UNSUBSCRIBE.
const SUBSCRIBE: char = 's';
const UNSUBSCRIBE: char = 'u';

/// With this a stream leaves messages out.
const STREAM_FILTER: &str = "x-stream-filter";

/// Where nothing waits for those who are away,
const VOLATILE: [&str; 4] = ["/topic/", "/exchange/", "/temp-topic/", "/temp-queue/"];

/// unless one of these gives them a queue that stays.
const DURABLE: [&str; 6] = [
    "durable",
    "persistent",
    "durable-subscription-name",
    "durable-subscriber-name",
    "activemq.subscriptionName",
    "x-queue-name",
];

/// A wish to get messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeRequest {
    /// Where from.
    pub destination: String,
    /// How deliveries are settled.
    pub ack: AckMode,
    /// Most unsettled deliveries; 0: no limit.
    pub prefetch: u32,
    /// Messages, and octets of bodies, that may be sent before more are granted; `None`: as many as there are.
    pub credit: Credit,
    /// Whether it makes sense on one connection only: it is not restored on the next.
    pub once: bool,
    /// More headers of SUBSCRIBE.
    pub headers: Headers,
}

/// What the server may still send; `None`: without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Credit {
    /// Messages.
    pub messages: Option<u32>,
    /// Octets of their bodies.
    pub octets: Option<u32>,
}

impl Credit {
    fn grant(&mut self, more: Credit) {
        let sum = |have: u32, more: Option<u32>| have.saturating_add(more.unwrap_or(0));
        self.messages = self.messages.map(|have| sum(have, more.messages));
        self.octets = self.octets.map(|have| sum(have, more.octets));
    }

    fn spend(&mut self, octets: usize) {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        self.messages = self.messages.map(|have| have.saturating_sub(1));
        self.octets = self.octets.map(|have| have.saturating_sub(octets));
    }

    fn write(self, names: [&str; 2], frame: &mut Frame) {
        for (name, value) in names.into_iter().zip([self.messages, self.octets]) {
            if let Some(value) = value {
                frame.headers.push(name, &value.to_string());
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// In the order of their numbers.
    live: Vec<Subscription>,
    /// Ended, and the server has not said so yet.
    ending: Vec<u32>,
    last: u32,
    /// What streams have delivered.
    unsettled: Unsettled,
}

#[derive(Debug)]
struct Subscription {
    number: u32,
    /// Its credit is what was granted and not yet used.
    request: SubscribeRequest,
    /// Whether it was sent on the connection that stands.
    is_sent: bool,
    /// Whether any connection had it.
    was_confirmed: bool,
    /// Where it is, if it reads a stream.
    place: Option<Place>,
    /// Whether the next message is the first of its connection.
    is_first: bool,
}

impl Subscription {
    /// Whether messages are lost to it while it is away.
    fn is_volatile(&self) -> bool {
        let SubscribeRequest { destination, headers, .. } = &self.request;
        if let Some(place) = &self.place {
            return place.is_lost(headers);
        }
        let has = |name: &&str| headers.get(name).is_some_and(|value| value != "false");
        VOLATILE.iter().any(|prefix| destination.starts_with(prefix)) && !DURABLE.iter().any(has)
    }
}

impl Subscriptions {
    /// Numbers a subscription; [`Subscriptions::send`] makes the server know of it.
    pub(super) fn add(&mut self, request: SubscribeRequest) -> u32 {
        self.last += 1;
        let number = self.last;
        let (is_sent, was_confirmed, place, is_first) = (false, false, Place::of(&request), false);
        self.live.push(Subscription { number, request, is_sent, was_confirmed, place, is_first });
        self.last
    }

    /// Sends those that were not sent on this connection, in the order in which they were made.
    pub(super) fn send(&mut self, outputs: &mut VecDeque<Output>) {
        for live in self.live.iter_mut().filter(|live| !live.is_sent) {
            if live.was_confirmed && live.is_volatile() {
                outputs.push_back(gap(live.number, GapReason::Reconnected, None));
            }
            outputs.push_back(sent(&subscribe(live)));
        }
    }

    /// Adds to what the server may send. The frame that tells it is returned, if it knows the subscription.
    pub(super) fn grant(&mut self, number: u32, more: Credit) -> Option<Frame> {
        let index = self.position(number)?;
        let live = self.live.get_mut(index)?;
        live.request.credit.grant(more);
        let mut frame =
            Frame::new(Verb::Send).with("destination", "/control/credit").with("subscription", &number.to_string());
        more.write(["count", "bytes"], &mut frame);
        live.is_sent.then_some(frame)
    }

    /// Ends one. With a connection its frame is returned; without one it has ended already.
    pub(super) fn end(&mut self, number: u32, outputs: &mut VecDeque<Output>) -> Option<Frame> {
        if !self.remove(number)?.is_sent {
            outputs.push_back(Output::Unsubscribed(number));
            return None;
        }
        self.ending.push(number);
        let receipt = receipt(UNSUBSCRIBE, number.into());
        Some(Frame::new(Verb::Unsubscribe).with("id", &number.to_string()).with("receipt", &receipt))
    }

    /// A MESSAGE came, at the cost of its subscription's credit. `false`: nobody has subscribed. Until the server says that
    /// a subscription has ended it goes on: in mode `auto` what was on its way would not come again, and in the others its
    /// queue would wait for an answer. `tells_missing`: what a stream did not keep is told here.
    pub(super) fn handle_delivery(
        &mut self,
        delivery: &Delivery,
        tells_missing: bool,
        outputs: &mut VecDeque<Output>,
    ) -> bool {
        if self.ending.contains(&delivery.subscription) {
            return true;
        }
        let index = self.position(delivery.subscription);
        let Some(live) = index.and_then(|index| self.live.get_mut(index)) else { return false };
        live.request.credit.spend(delivery.body_len());
        if let (Some(place), Some(offset)) = (&mut live.place, delivery.offset) {
            let is_first = std::mem::take(&mut live.is_first);
            let tells_missing = tells_missing && is_first && live.request.headers.get(STREAM_FILTER).is_none();
            self.unsettled.handle_delivery((delivery, offset), place, tells_missing, outputs);
        }
        true
    }

    /// A delivery of the connection that stands is settled, or is to be in a transaction.
    pub(super) fn settle(&mut self, ack_id: &str, settlement: Settlement<'_>, transaction: Option<u32>) {
        let live = &self.live;
        let is_cumulative = |number| live.iter().any(|l| l.number == number && l.request.ack == AckMode::Client);
        self.unsettled.settle(ack_id, settlement, transaction, is_cumulative);
    }

    /// A transaction is over.
    pub(super) fn end_transaction(&mut self, transaction: u32, is_committed: bool) {
        self.unsettled.end_transaction(transaction, is_committed);
    }

    pub(super) fn confirm(&mut self, receipt: &str) -> Option<Output> {
        if let Some(number) = number(receipt, UNSUBSCRIBE) {
            return self.is_ended(number).then_some(Output::Unsubscribed(number));
        }
        let number = number(receipt, SUBSCRIBE)?;
        let index = self.position(number)?;
        self.live.get_mut(index)?.was_confirmed = true;
        Some(Output::Subscribed(number))
    }

    /// The subscription that an ERROR is about: by the receipt that it answers, else by the id that it names.
    pub(super) fn refuse(&mut self, receipt: Option<&str>, id: Option<&str>, error: &Error) -> Option<Output> {
        let failed = |subscription| Output::SubscriptionFailed { subscription, error: error.clone() };
        if let Some(subscription) = receipt.and_then(|receipt| number(receipt, UNSUBSCRIBE)) {
            let is_gone = error.code == Code::UnknownSubscription.as_str();
            return self.is_ended(subscription).then(|| match is_gone {
                true => Output::Unsubscribed(subscription), // the server was faster
                false => failed(subscription),
            });
        }
        let subscription = subject(receipt, id)?;
        self.remove(subscription).map(|_| failed(subscription))
    }

    /// Whether an ERROR says that a stream is not the one that its subscription was reading: that is then to be sent again,
    /// to begin with the first message.
    pub(super) fn begin_anew(
        &mut self,
        receipt: Option<&str>,
        id: Option<&str>,
        error: &Error,
        outputs: &mut VecDeque<Output>,
    ) -> bool {
        let number = subject(receipt, id).filter(|_| error.code == Code::EpochChanged.as_str());
        let index = number.and_then(|number| self.position(number));
        let Some(live) = index.and_then(|index| self.live.get_mut(index)) else { return false };
        let Some(place) = &mut live.place else { return false };
        if !place.begin_anew(&mut live.request.headers) {
            return false;
        }
        live.is_sent = false;
        self.unsettled.forget(live.number);
        outputs.push_back(gap(live.number, GapReason::Recreated, None));
        true
    }

    /// The connection is lost, and with it what was ending and what cannot go on.
    pub(super) fn lose(&mut self, error: &Error, outputs: &mut VecDeque<Output>) {
        self.let_go(outputs);
        self.live.retain(|live| {
            let stays = !(live.request.once && live.is_sent);
            if !stays {
                outputs.push_back(Output::SubscriptionFailed { subscription: live.number, error: error.clone() });
            }
            stays
        });
        for live in &mut self.live {
            live.is_sent = false;
        }
        for (number, offset) in self.unsettled.take() {
            let live = self.live.iter_mut().find(|live| live.number == number);
            if let Some(place) = live.and_then(|live| live.place.as_mut()) {
                place.go_back(offset);
            }
        }
    }

    /// The client ends: as asked, or since it failed.
    pub(super) fn end_all(&mut self, error: Option<&Error>, outputs: &mut VecDeque<Output>) {
        self.let_go(outputs);
        for Subscription { number: subscription, .. } in self.live.drain(..) {
            outputs.push_back(match error {
                Some(error) => Output::SubscriptionFailed { subscription, error: error.clone() },
                None => Output::Unsubscribed(subscription),
            });
        }
    }

    /// What was ending has ended.
    fn let_go(&mut self, outputs: &mut VecDeque<Output>) {
        for number in self.ending.drain(..) {
            outputs.push_back(Output::Unsubscribed(number));
        }
    }

    /// Whether the server now has answered an UNSUBSCRIBE of this number.
    fn is_ended(&mut self, number: u32) -> bool {
        let index = self.ending.iter().position(|ending| *ending == number);
        index.map(|index| self.ending.swap_remove(index)).is_some()
    }

    fn position(&self, number: u32) -> Option<usize> {
        self.live.binary_search_by_key(&number, |live| live.number).ok()
    }

    fn remove(&mut self, number: u32) -> Option<Subscription> {
        self.unsettled.forget(number);
        self.position(number).map(|index| self.live.remove(index))
    }
}

/// The subscription that an ERROR is about.
fn subject(receipt: Option<&str>, id: Option<&str>) -> Option<u32> {
    match receipt {
        Some(receipt) => number(receipt, SUBSCRIBE),
        None => id?.parse().ok(),
    }
}

fn subscribe(live: &mut Subscription) -> Frame {
    live.is_sent = true;
    live.is_first = true;
    let Subscription { number, request, place, .. } = live;
    let mut frame = Frame::new(Verb::Subscribe)
        .with("id", &number.to_string())
        .with("destination", &request.destination)
        .with("ack", request.ack.as_str())
        .with("receipt", &receipt(SUBSCRIBE, (*number).into()));
    if request.prefetch > 0 {
        frame.headers.push("prefetch-count", &request.prefetch.to_string());
    }
    request.credit.write(["x-credit", "x-credit-bytes"], &mut frame);
    if let Some(place) = place {
        place.write(&mut frame);
    }
    for (name, value) in request.headers.iter() {
        frame.headers.push(name, value);
    }
    frame
}

fn number(receipt: &str, kind: char) -> Option<u32> {
    receipt.strip_prefix(kind)?.parse().ok()
}
