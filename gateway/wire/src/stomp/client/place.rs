//! Where subscriptions are in their streams, so that the next connection goes on there.
//!
//! ```text
//!   offset   4          5           6          7           8
//!            settled    delivered   settled    delivered   to come
//!                       ^ where the next connection goes on
//! ```
//!
//! What was delivered and not settled comes again, and with it what was settled behind it: each message at least once.
//! In mode `auto` nothing is ever unsettled, so each comes once. Where the server keeps the place nothing is counted here.

use super::output::gap;
use super::{Delivery, GapReason, Output, Settlement, SubscribeRequest, VERSION};
use crate::stomp::escape::escape;
use crate::stomp::{Frame, Headers};
use std::collections::VecDeque;

/// The place in a stream: of a message, and from which on to read.
const OFFSET: &str = "x-stream-offset";

/// What its offsets belong to.
const EPOCH: &str = "x-stream-epoch";

/// What reads a stream.
const DESTINATION: &str = "/stream/";

/// Under these names the server keeps the place, wherever it is to begin the first time.
const NAMES: [&str; 4] =
    ["x-consumer-group", "durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"];

/// Where a subscription is in its stream.
#[derive(Debug)]
pub(super) struct Place {
    /// Empty: nobody knows yet.
    epoch: String,
    /// The offset behind all that were delivered, or where the connection began if that was not delivered again. `None`:
    /// nothing came, or the server counts.
    next: Option<u64>,
    /// Whether the server keeps it, under the name of the subscription.
    is_kept: bool,
}

impl Place {
    /// The place of a new subscription. `None`: it reads no stream.
    pub(super) fn of(request: &SubscribeRequest) -> Option<Self> {
        let header = |name| request.headers.get(name);
        let is_ours = request.destination.starts_with(DESTINATION);
        let is_named = is_ours && NAMES.into_iter().any(|name| header(name).is_some());
        let is_kept = is_named || header(OFFSET) == Some("resume");
        let is_stream = is_ours || header(OFFSET).is_some();
        is_stream.then(|| Place { epoch: String::new(), next: None, is_kept })
    }

    /// Whether it was to begin behind what there was, and nobody knows where that is: what comes meanwhile is lost to it.
    pub(super) fn is_lost(&self, headers: &Headers) -> bool {
        self.next.is_none() && !self.is_kept && matches!(headers.get(OFFSET), None | Some("next" | "last"))
    }

    /// Says in a SUBSCRIBE where to go on, before anything says where it began: the first of a name counts.
    pub(super) fn write(&self, frame: &mut Frame) {
        let Some(next) = self.next else { return };
        frame.headers.push(OFFSET, &format!("offset={next}"));
        if !self.epoch.is_empty() {
            frame.headers.push(EPOCH, &self.epoch);
        }
    }

    /// A delivery of the connection that is lost was not settled.
    pub(super) fn go_back(&mut self, offset: u64) {
        self.next = self.next.min(Some(offset));
    }

    /// The server knows another epoch than it was told: the next SUBSCRIBE wants all that the new stream has. `false`: it was
    /// told none from here.
    pub(super) fn begin_anew(&mut self, headers: &mut Headers) -> bool {
        if self.next.is_none() || self.epoch.is_empty() {
            return false;
        }
        self.next = None;
        self.epoch.clear();
        let others = headers.iter().filter(|(name, _)| *name != OFFSET && *name != EPOCH);
        *headers = others.chain([(OFFSET, "first")]).collect();
        true
    }
}

/// What streams have delivered and is not settled, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Unsettled(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    subscription: u32,
    offset: u64,
    /// What settles it, with its escapes. Empty: it was given back, and comes again under another one.
    ack_id: Box<[u8]>,
    /// In which it is settled, once that is committed.
    transaction: Option<u32>,
}

impl Unsettled {
    /// Notes the place of a message. `tells_missing`: it is the first of its connection, and nobody else would tell how many
    /// are missing before it.
    pub(super) fn handle_delivery(
        &mut self,
        (delivery, offset): (&Delivery, u64),
        place: &mut Place,
        tells_missing: bool,
        outputs: &mut VecDeque<Output>,
    ) {
        let subscription = delivery.subscription;
        let epoch = delivery.header(b"x-stream-epoch:").unwrap_or_default();
        if !epoch.is_empty() && epoch != place.epoch.as_bytes() {
            if !place.epoch.is_empty() {
                outputs.push_back(gap(subscription, GapReason::Recreated, None));
                place.next = None;
                self.forget(subscription);
            }
            place.epoch = String::from_utf8_lossy(epoch).into_owned();
        }
        if place.is_kept {
            return;
        }
        let next = place.next.unwrap_or(offset);
        if offset < next {
            // It was given back. Nothing else comes again on one connection.
            self.retain(&mut |entry| (entry.subscription, entry.offset) != (subscription, offset));
        } else if offset > next && tells_missing {
            outputs.push_back(gap(subscription, GapReason::Retention, Some(offset - next)));
        }
        place.next = Some(next.max(offset.saturating_add(1)));
        if let Some(ack_id) = delivery.header(b"ack:") {
            self.0.push(Entry { subscription, offset, ack_id: ack_id.into(), transaction: None });
        }
    }

    /// A delivery is settled, and if `is_cumulative` says so of its subscription those before it too. Given back is not
    /// settled; whether a transaction settles it is not known before it is committed.
    pub(super) fn settle(
        &mut self,
        ack_id: &str,
        settlement: Settlement<'_>,
        transaction: Option<u32>,
        is_cumulative: impl FnOnce(u32) -> bool,
    ) {
        if self.0.is_empty() {
            return;
        }
        let mut escaped = Vec::new();
        escape(ack_id, VERSION, &mut escaped);
        let Some(named) = self.0.iter().find(|entry| *entry.ack_id == *escaped) else { return };
        let subscription = named.subscription;
        let is_cumulative = is_cumulative(subscription);
        let is_given_back = matches!(settlement, Settlement::Nack { requeue: true, .. });
        let mut is_behind = false;
        self.retain(&mut |entry| {
            let is_named = *entry.ack_id == *escaped;
            let is_meant = is_named || (is_cumulative && !is_behind && entry.subscription == subscription);
            is_behind |= is_named;
            if !is_meant || entry.ack_id.is_empty() {
                return true;
            }
            if is_given_back {
                entry.ack_id = Box::default();
            } else {
                entry.transaction = transaction;
            }
            is_given_back || transaction.is_some()
        });
    }

    /// A transaction is over.
    pub(super) fn end_transaction(&mut self, transaction: u32, is_committed: bool) {
        self.retain(&mut |entry| {
            let is_of_it = entry.transaction == Some(transaction);
            if is_of_it {
                entry.transaction = None;
            }
            !(is_of_it && is_committed)
        });
    }

    /// A subscription has ended, or its offsets mean nothing any more.
    pub(super) fn forget(&mut self, subscription: u32) {
        self.retain(&mut |entry| entry.subscription != subscription);
    }

    /// The connection is lost: subscriptions, and offsets that come again.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (u32, u64)> {
        std::mem::take(&mut self.0).into_iter().map(|entry| (entry.subscription, entry.offset))
    }

    /// There are as many as the prefetch allows. One loop for all, since a page downloads it.
    fn retain(&mut self, stays: &mut dyn FnMut(&mut Entry) -> bool) {
        self.0.retain_mut(stays);
    }
}
