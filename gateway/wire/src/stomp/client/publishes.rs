//! Publishes that are not yet confirmed.

use super::{Error, Output};
use crate::stomp::{Frame, Verb};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// Octets that may wait for a connection.
const WAITING_LIMIT: usize = 16 * 1024 * 1024;

/// What precedes the number in a receipt of a SEND.
const PREFIX: char = 'p';

#[derive(Debug, Default)]
pub(super) struct Publishes {
    /// By number, so in order; `None` once sent.
    unconfirmed: BTreeMap<u64, Option<Frame>>,
    /// Octets of bodies that wait.
    waiting: usize,
    last: u64,
}

impl Publishes {
    /// Numbers a publish. With a connection its frame is returned, to be sent; without one it waits.
    pub(super) fn add<'a>(
        &mut self,
        destination: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
        connected: bool,
    ) -> Result<(u64, Option<Frame>), Error> {
        if !connected && self.waiting + body.len() > WAITING_LIMIT {
            return Err(Error::outbox_full(WAITING_LIMIT));
        }
        self.last += 1;
        let receipt = format!("{PREFIX}{}", self.last);
        let mut frame =
            Frame::new(Verb::Send).with("destination", destination).with("receipt", &receipt).with_body(body);
        for (name, value) in headers {
            frame.headers.push(name, value);
        }
        let (now, later) = if connected { (Some(frame), None) } else { (None, Some(frame)) };
        self.waiting += later.as_ref().map_or(0, |frame| frame.body.len());
        self.unconfirmed.insert(self.last, later);
        Ok((self.last, now))
    }

    /// What waited, to be sent now.
    pub(super) fn send_waiting(&mut self) -> Vec<Frame> {
        self.waiting = 0;
        self.unconfirmed.values_mut().filter_map(Option::take).collect()
    }

    pub(super) fn confirm(&mut self, receipt: &str, routed: Option<u32>) -> Option<Output> {
        let publish = number(receipt)?;
        self.unconfirmed.remove(&publish).map(|_| Output::Confirmed { publish, routed })
    }

    /// The publish that an ERROR is about.
    pub(super) fn refuse(&mut self, frame: &Frame, error: &Error) -> Option<Output> {
        let publish = frame.headers.get("receipt-id").and_then(number)?;
        self.unconfirmed.remove(&publish).map(|_| Output::Failed { publish, error: error.clone() })
    }

    /// The connection is lost: what was sent may or may not have arrived.
    pub(super) fn fail_sent(&mut self, outputs: &mut VecDeque<Output>) {
        let sent = self.unconfirmed.iter().filter(|(_, frame)| frame.is_none());
        outputs.extend(sent.map(|(publish, _)| Output::Failed { publish: *publish, error: Error::unknown_fate() }));
        self.unconfirmed.retain(|_, frame| frame.is_some());
    }

    pub(super) fn fail_all(&mut self, error: &Error, outputs: &mut VecDeque<Output>) {
        let all = std::mem::take(&mut self.unconfirmed).into_keys();
        outputs.extend(all.map(|publish| Output::Failed { publish, error: error.clone() }));
        self.waiting = 0;
    }
}

fn number(receipt: &str) -> Option<u64> {
    receipt.strip_prefix(PREFIX)?.parse().ok()
}
