//! Subscriptions of a client: declared once, restored on every connection.

use super::{Error, Output};
use crate::stomp::{AckMode, Frame, Headers, Verb};
use std::collections::{BTreeMap, VecDeque};

/// What precedes the number in receipts of SUBSCRIBE and UNSUBSCRIBE.
const SUBSCRIBE: char = 's';
const UNSUBSCRIBE: char = 'u';

/// A wish to get messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeRequest {
    /// Where from.
    pub destination: String,
    /// How deliveries are settled.
    pub ack: AckMode,
    /// Most unsettled deliveries; 0: no limit.
    pub prefetch: u32,
    /// More headers of SUBSCRIBE.
    pub headers: Headers,
}

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    live: BTreeMap<u32, SubscribeRequest>,
    /// Ended, and the server has not said so yet.
    ending: Vec<u32>,
    last: u32,
}

impl Subscriptions {
    pub(super) fn add(&mut self, request: SubscribeRequest) -> u32 {
        self.last += 1;
        self.live.insert(self.last, request);
        self.last
    }

    /// The SUBSCRIBE frame of a live subscription.
    pub(super) fn frame(&self, number: u32) -> Option<Frame> {
        let request = self.live.get(&number)?;
        let mut frame = Frame::new(Verb::Subscribe)
            .with("id", &number.to_string())
            .with("destination", &request.destination)
            .with("ack", request.ack.as_str())
            .with("receipt", &format!("{SUBSCRIBE}{number}"));
        if request.prefetch > 0 {
            frame.headers.push("prefetch-count", &request.prefetch.to_string());
        }
        for (name, value) in request.headers.iter() {
            frame.headers.push(name, value);
        }
        Some(frame)
    }

    /// The frames that restore all of them on a new connection, in the order in which they were made.
    pub(super) fn restore(&self) -> Vec<Frame> {
        self.live.keys().filter_map(|number| self.frame(*number)).collect()
    }

    /// Ends one. With a connection its frame is returned; without one it has ended already.
    pub(super) fn end(&mut self, number: u32, connected: bool, outputs: &mut VecDeque<Output>) -> Option<Frame> {
        self.live.remove(&number)?;
        if !connected {
            outputs.push_back(Output::Unsubscribed(number));
            return None;
        }
        self.ending.push(number);
        let receipt = format!("{UNSUBSCRIBE}{number}");
        Some(Frame::new(Verb::Unsubscribe).with("id", &number.to_string()).with("receipt", &receipt))
    }

    /// The live subscription that a MESSAGE is for.
    pub(super) fn addressed(&self, frame: &Frame) -> Option<u32> {
        let number = frame.headers.get("subscription")?.parse().ok()?;
        self.live.contains_key(&number).then_some(number)
    }

    pub(super) fn confirm(&mut self, receipt: &str) -> Option<Output> {
        if let Some(number) = number(receipt, UNSUBSCRIBE) {
            self.ending.retain(|ending| *ending != number);
            return Some(Output::Unsubscribed(number));
        }
        let number = number(receipt, SUBSCRIBE)?;
        self.live.contains_key(&number).then_some(Output::Subscribed(number))
    }

    /// The subscription that an ERROR is about, by its receipt or by its id.
    pub(super) fn refuse(&mut self, frame: &Frame, error: &Error) -> Option<Output> {
        let by_receipt = frame.headers.get("receipt-id").and_then(|receipt| number(receipt, SUBSCRIBE));
        let by_id = || frame.headers.get("subscription").and_then(|id| id.parse().ok());
        let subscription = by_receipt.or_else(by_id)?;
        self.live.remove(&subscription).map(|_| Output::SubscriptionFailed { subscription, error: error.clone() })
    }

    /// The connection is lost, and with it what was ending.
    pub(super) fn lose(&mut self, outputs: &mut VecDeque<Output>) {
        outputs.extend(self.ending.drain(..).map(Output::Unsubscribed));
    }

    /// The client ends: as asked, or since it failed.
    pub(super) fn end_all(&mut self, error: Option<&Error>, outputs: &mut VecDeque<Output>) {
        self.lose(outputs);
        let all = std::mem::take(&mut self.live).into_keys();
        outputs.extend(all.map(|subscription| match error {
            Some(error) => Output::SubscriptionFailed { subscription, error: error.clone() },
            None => Output::Unsubscribed(subscription),
        }));
    }
}

fn number(receipt: &str, prefix: char) -> Option<u32> {
    receipt.strip_prefix(prefix)?.parse().ok()
}
