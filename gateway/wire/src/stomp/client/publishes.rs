//! The outbox: publishes that are not yet confirmed.
//!
//! ```text
//!            connected          RECEIPT
//!   waiting -----------> sent ----------> confirmed
//!      ^                  |
//!      +------ lost ------+---> failed      (not to be sent again, too old, or the server cannot tell copies apart)
//! ```
//!
//! What was sent and not confirmed may or may not have been stored. It is sent again with the id that it had, before
//! anything newer, to a server that stores one of each id; as long as that server remembers the first copy.

use super::output::sent;
use super::{Error, Outbox, Output};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;
use bytes::Bytes;
use std::collections::VecDeque;

/// What precedes the number in a receipt of a SEND.
const PREFIX: char = 'p';

/// Milliseconds for which the server remembers the id of what it stored.
const DEDUPLICATION_TIME: u64 = 600_000;

/// Milliseconds that a frame may be on its way: a copy must not arrive when the first one was just forgotten.
const TRAVEL_TIME: u64 = 5_000;

/// Headers by which the server tells copies apart: what the user has set is not set again.
const DEDUPLICATION_HEADERS: [&str; 2] = ["x-dedup-id", "_AMQ_DUPL_ID"];

/// A wish to publish.
#[derive(Debug, Clone, Copy)]
pub struct PublishRequest<'a> {
    /// Where to.
    pub destination: &'a str,
    /// Whether it may be sent again when the connection is lost before it was confirmed.
    pub resend: bool,
    /// The transaction that it belongs to.
    pub transaction: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Publishes {
    limits: Outbox,
    /// What the ids of this client begin with.
    prefix: String,
    /// In the order of their numbers.
    entries: VecDeque<Entry>,
    /// Octets of their bodies.
    octets: usize,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    /// What to send; nothing once it was sent and is not to be sent again.
    frame: Option<Frame>,
    /// Octets of its body, which count until it is confirmed.
    octets: usize,
    /// When it was sent for the first time.
    first_sent: Option<Millis>,
    /// Whether it was sent on the connection that stands.
    is_sent: bool,
    resend: bool,
    transaction: Option<u32>,
}

impl Entry {
    /// Sends it, with an id where `prefix` is what such ids begin with.
    fn send(&mut self, prefix: Option<&str>, now: Millis, outputs: &mut VecDeque<Output>) {
        if let Some(frame) = &mut self.frame {
            if let Some(prefix) = prefix.filter(|_| self.resend) {
                identify(frame, prefix, self.number);
            }
            outputs.push_back(sent(frame));
        }
        self.first_sent = self.first_sent.or(Some(now));
        self.is_sent = true;
        if !self.resend {
            self.frame = None;
        }
    }

    /// Whether a copy that is sent now could be stored beside the first one.
    fn is_forgotten(&self, now: Millis) -> bool {
        self.first_sent.is_some_and(|first| now - first > DEDUPLICATION_TIME - TRAVEL_TIME)
    }
}

impl Publishes {
    pub(super) fn new(limits: Outbox, prefix: String) -> Self {
        Publishes { limits, prefix, entries: VecDeque::new(), octets: 0, last: 0 }
    }

    /// Numbers a publish. It waits, until [`Publishes::send_last`] or a new connection sends it.
    pub(super) fn add<'a>(
        &mut self,
        request: PublishRequest<'_>,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Result<u64, Error> {
        let octets = body.len();
        // One alone is always taken: no limit of ours says how large a message may be.
        let is_full = self.entries.len() >= self.limits.messages || self.octets + octets > self.limits.octets;
        if is_full && !self.entries.is_empty() {
            return Err(Error::outbox_full());
        }
        self.last += 1;
        let number = self.last;
        let mut frame =
            Frame::new(Verb::Send).with("destination", request.destination).with("receipt", &receipt(PREFIX, number));
        if let Some(transaction) = request.transaction {
            frame.headers.push("transaction", &transaction.to_string());
        }
        for (name, value) in headers {
            frame.headers.push(name, value);
        }
        frame.body = body;
        self.octets += octets;
        self.entries.push_back(Entry {
            number,
            frame: Some(frame),
            octets,
            first_sent: None,
            is_sent: false,
            resend: request.resend,
            transaction: request.transaction,
        });
        Ok(number)
    }

    /// Sends what was added last, on a connection on which all before it was sent.
    pub(super) fn send_last(&mut self, tells_copies: bool, now: Millis, outputs: &mut VecDeque<Output>) {
        if let Some(entry) = self.entries.back_mut() {
            entry.send(tells_copies.then_some(&self.prefix), now, outputs);
        }
    }

    /// A connection stands: sends what waits, in order. A server that does not tell copies apart gets none.
    pub(super) fn send_waiting(&mut self, tells_copies: bool, now: Millis, outputs: &mut VecDeque<Output>) {
        self.fail(&Error::unknown_fate(), outputs, &|entry| {
            entry.is_forgotten(now) || (entry.first_sent.is_some() && !tells_copies)
        });
        for entry in &mut self.entries {
            entry.send(tells_copies.then_some(&self.prefix), now, outputs);
        }
    }

    /// How many there are, and the octets of their bodies.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.octets)
    }

    /// Takes back what was never sent.
    pub(super) fn cancel(&mut self, number: u64) -> bool {
        let index = self.position(number);
        let Some(index) = index.filter(|index| self.entries.get(*index).is_some_and(|e| e.first_sent.is_none())) else {
            return false;
        };
        self.remove(index);
        true
    }

    pub(super) fn confirm(&mut self, receipt: &str, frame: &Frame) -> Option<Output> {
        let publish = self.settle(receipt)?;
        let header = |name| frame.headers.get(name);
        Some(Output::Confirmed {
            publish,
            routed: header("routed").and_then(|routed| routed.parse().ok()),
            duplicate: header("duplicate") == Some("true"),
            offset: header("x-stream-offset").and_then(|offset| offset.parse().ok()),
        })
    }

    /// The publish that an ERROR is about.
    pub(super) fn refuse(&mut self, receipt: &str, error: &Error) -> Option<Output> {
        let publish = self.settle(receipt)?;
        Some(Output::Failed { publish, error: error.clone() })
    }

    /// The connection is lost. What was sent waits again if it may be sent again; the rest fails with `error`.
    pub(super) fn lose(&mut self, may_resend: bool, error: &Error, now: Millis, outputs: &mut VecDeque<Output>) {
        self.fail(error, outputs, &|entry| entry.is_sent && !(may_resend && entry.resend));
        self.fail(&Error::unknown_fate(), outputs, &|entry| entry.is_forgotten(now));
        for entry in &mut self.entries {
            entry.is_sent = false;
        }
    }

    /// Those of a transaction that is over without having been committed.
    pub(super) fn fail_transaction(&mut self, transaction: u32, error: &Error, outputs: &mut VecDeque<Output>) {
        self.fail(error, outputs, &|entry| entry.transaction == Some(transaction));
    }

    pub(super) fn fail_all(&mut self, error: &Error, outputs: &mut VecDeque<Output>) {
        self.fail(error, outputs, &|_| true);
    }

    fn fail(&mut self, error: &Error, outputs: &mut VecDeque<Output>, is_hit: &dyn Fn(&Entry) -> bool) {
        let octets = &mut self.octets;
        self.entries.retain(|entry| {
            let hit = is_hit(entry);
            if hit {
                *octets -= entry.octets;
                outputs.push_back(Output::Failed { publish: entry.number, error: error.clone() });
            }
            !hit
        });
    }

    /// Removes the publish that a receipt is of.
    fn settle(&mut self, receipt: &str) -> Option<u64> {
        let number = receipt.strip_prefix(PREFIX)?.parse().ok()?;
        let index = self.position(number)?;
        self.remove(index);
        Some(number)
    }

    fn position(&self, number: u64) -> Option<usize> {
        // Mostly the oldest: receipts come in the order of the publishes.
        match self.entries.front()?.number == number {
            true => Some(0),
            false => self.entries.binary_search_by_key(&number, |entry| entry.number).ok(),
        }
    }

    fn remove(&mut self, index: usize) {
        self.octets -= self.entries.remove(index).map_or(0, |entry| entry.octets);
    }
}

/// Gives a frame the id by which the server tells its copies apart, unless it has one.
fn identify(frame: &mut Frame, prefix: &str, number: u64) {
    if DEDUPLICATION_HEADERS.iter().all(|name| frame.headers.get(name).is_none()) {
        let mut id = number.to_string();
        id.insert(0, '-');
        id.insert_str(0, prefix);
        frame.headers.push("x-dedup-id", &id);
    }
}

/// The receipt of the `number`th frame of a kind.
pub(super) fn receipt(kind: char, number: u64) -> String {
    let mut text = number.to_string();
    text.insert(0, kind);
    text
}
