//! Whether the peer is still there: asked when there is reason to doubt it, sooner than heart-beats would tell.

use super::{Client, link::Phase};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;

/// Milliseconds for the server to show a sign of life.
pub(super) const PROBE_TIME: u64 = 5_000;

/// The transaction, which does nothing, and its receipt.
const NAME: &str = "probe";

/// A question that is not answered yet, if there is one. Any octet answers it.
#[derive(Debug, Default)]
pub(super) struct Probe {
    deadline: Option<Millis>,
}

impl Probe {
    pub(super) fn poll_timeout(&self) -> Option<Millis> {
        self.deadline
    }

    pub(super) fn is_over(&self, now: Millis) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    pub(super) fn handle_received(&mut self) {
        self.deadline = None;
    }
}

impl Client {
    /// Has the server say something. An empty transaction changes nothing, and every server knows it.
    pub(super) fn check_link(&mut self, now: Millis) {
        if self.phase != Phase::Connected || self.probe.deadline.is_some() {
            return;
        }
        self.probe.deadline = Some(now + PROBE_TIME);
        self.send(&Frame::new(Verb::Begin).with("transaction", NAME).with("receipt", NAME));
        self.send(&Frame::new(Verb::Abort).with("transaction", NAME));
    }
}
