//! The client's side: a connection that keeps itself up. It opens, logs in, restores what was subscribed, sends what
//! waited, notices when the peer is gone, and tries again.
//!
//! ```text
//!   handle_* (socket, timer, token, page, user) -> poll_output -> open a socket, send octets, tell the user
//! ```
//!
//! ```text
//!                    token             open             CONNECTED
//!        Fetching ----------> Opening -------> LoggingIn ------> Connected --- close() ---> Closing --> Closed
//!           ^                    ^                |                |    |                                 ^
//!           |  (no provider) ----+                +----- lost -----+    +-- a new token --> Switching     |
//!           |                                     |                                             |         |
//!           +------ time, or woken ------------ Waiting --------- refused, or given up ---------|---------+
//!           +-----------------------------------------------------------------------------------+
//! ```
//!
//! There is at most one socket. Sockets are numbered, and what comes from any but the current one is ignored, so the
//! surroundings may be late with what they tell.
//!
//! What becomes of a publish when the connection is lost: one that had not been sent waits for the next connection.
//! Whether one that had been sent and not confirmed has arrived, nobody here knows: it is sent again with the id by which
//! the server tells copies apart, or fails with `connection-lost`. See `publishes`.
//!
//! A server that agrees on soft errors goes on after them: such an ERROR is the answer to one frame, and whoever asked for
//! that frame is told.

mod calls;
mod delivery;
mod error;
mod frames;
mod link;
mod options;
mod output;
mod place;
mod probe;
mod publishes;
mod reconnect;
mod subscriptions;
mod token;
mod transactions;

pub use delivery::Delivery;
pub use error::Error;
pub use options::{Options, Outbox};
pub use output::{GapReason, Output, Settlement, State};
pub use publishes::PublishRequest;
pub use reconnect::Reconnect;
pub use subscriptions::{Credit, SubscribeRequest};
pub use token::Token;

use super::Version;
use super::decode::Decoder;
use super::heartbeat::HeartBeat;
use crate::limits::{FrameLimits, PACK};
use crate::time::Millis;
use link::Phase;
use probe::Probe;
use publishes::Publishes;
use reconnect::Attempts;
use std::collections::VecDeque;
use subscriptions::Subscriptions;
use token::Tokens;
use transactions::Transactions;

/// The only version that is offered: every server that this client is for speaks it.
const VERSION: Version = Version::V1_2;

/// A connection to a server, kept up over any number of sockets.
#[derive(Debug)]
pub struct Client {
    options: Options,
    phase: Phase,
    /// The state that was told last.
    told: Option<State>,
    /// The socket that is open or opening.
    socket: Option<u32>,
    /// Counts sockets.
    last_socket: u32,
    decoder: Decoder,
    heart_beat: HeartBeat,
    probe: Probe,
    tokens: Tokens,
    attempts: Attempts,
    publishes: Publishes,
    subscriptions: Subscriptions,
    transactions: Transactions,
    /// Whether the server goes on after soft errors. It is then one of ours, and tells copies apart.
    soft_errors: bool,
    /// What the server calls itself.
    server: Option<String>,
    /// Counts log-ins: what was delivered before the last one cannot be settled any more.
    epoch: u32,
    /// What went wrong last.
    last_error: Option<Error>,
    /// Whether frames that come are told as they are.
    traces: bool,
    outputs: VecDeque<Output>,
}

impl Client {
    /// Starts to connect.
    pub fn new(mut options: Options, now: Millis) -> Self {
        let mut client = Client {
            phase: Phase::Closed,
            told: None,
            socket: None,
            last_socket: 0,
            decoder: Decoder::new(FrameLimits::default()),
            heart_beat: HeartBeat::default(),
            probe: Probe::default(),
            tokens: Tokens::new(options.asks_tokens),
            attempts: Attempts::new(options.reconnect, now),
            publishes: Publishes::new(options.outbox, std::mem::take(&mut options.dedup_prefix)),
            subscriptions: Subscriptions::default(),
            transactions: Transactions::default(),
            soft_errors: false,
            server: None,
            epoch: 0,
            last_error: None,
            traces: false,
            outputs: VecDeque::new(),
            options,
        };
        client.open(now);
        client
    }

    /// What to do next; `None`: nothing, until something is handled.
    pub fn poll_output(&mut self) -> Option<Output> {
        let mut output = self.outputs.pop_front()?;
        if let Output::Send(octets) = &mut output
            && self.soft_errors
            && !self.traces
        {
            self.pack(octets);
        }
        Some(output)
    }

    /// Adds the frames that would be sent next: a WebSocket message costs a browser many times what a frame costs. Servers
    /// that are not ours may expect one in each.
    fn pack(&mut self, octets: &mut Vec<u8>) {
        while let Some(Output::Send(next)) = self.outputs.front_mut()
            && octets.len() + next.len() <= PACK
        {
            octets.append(next);
            self.outputs.pop_front();
        }
    }

    /// When [`Client::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Millis> {
        match self.phase {
            Phase::Closed => None,
            Phase::Connected => {
                let timers = [self.heart_beat.poll_timeout(), self.probe.poll_timeout(), self.tokens.poll_timeout()];
                timers.into_iter().flatten().min()
            }
            Phase::Waiting { until: at }
            | Phase::Fetching { deadline: at }
            | Phase::Opening { deadline: at }
            | Phase::LoggingIn { deadline: at }
            | Phase::Switching { deadline: at }
            | Phase::Closing { deadline: at } => Some(at),
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.phase.state().unwrap_or(State::Closed)
    }

    /// The number of the connection that stands, counted from 1; 0: there is none.
    pub fn epoch(&self) -> u32 {
        if self.phase == Phase::Connected { self.epoch } else { 0 }
    }

    /// Whether the server of the last connection agreed on soft errors.
    pub fn soft_errors(&self) -> bool {
        self.soft_errors
    }

    /// What the server of the last connection calls itself.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Failed attempts since the last log-in.
    pub fn attempts(&self) -> u32 {
        self.attempts.failed()
    }

    /// When the next attempt begins, while it is waited for.
    pub fn next_attempt(&self) -> Option<Millis> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            _ => None,
        }
    }

    /// Messages that were published and are not confirmed, and the octets of their bodies.
    pub fn outbox(&self) -> (usize, usize) {
        self.publishes.size()
    }

    /// Whether each frame that comes is told as [`Output::Received`]. It costs a copy of its headers.
    pub fn set_trace(&mut self, traces: bool) {
        self.traces = traces;
    }
}

#[cfg(test)]
mod tests;
