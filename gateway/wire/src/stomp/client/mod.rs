//! The client's side: a connection that keeps itself up. It opens, logs in, restores what was subscribed, sends what
//! waited, notices when the peer is gone, and tries again.
//!
//! ```text
//!   handle_* (socket, timer, user) -> poll_output -> open a socket, send octets, tell the user
//! ```
//!
//! ```text
//!             handle_open      CONNECTED
//!   Opening ------------> LoggingIn ------> Connected --- close() ---> Closing --> Closed
//!      ^                      |                 |                                    ^
//!      |   time, or online    +--- lost --------+                                    |
//!      +--------------------- Waiting <---------+---- refused, or given up ----------+
//! ```
//!
//! What becomes of a publish when the connection is lost: one that had not been sent waits for the next connection.
//! Whether one that had been sent and not confirmed has arrived, nobody here knows: it is sent again with the id by which
//! the server tells copies apart, or fails with `connection-lost`. See `publishes`.
//!
//! A server that agrees on soft errors goes on after them: such an ERROR is the answer to one frame, and whoever asked for
//! that frame is told.

mod error;
mod options;
mod output;
mod publishes;
mod subscriptions;
mod transactions;

pub use error::Error;
pub use options::{Options, Outbox, Reconnect};
pub use output::{Output, Settlement, State};
pub use publishes::PublishRequest;
pub use subscriptions::{Credit, SubscribeRequest};

use super::decode::Decoder;
use super::heartbeat::{Beat, HeartBeat, Offer};
use super::{Frame, Verb, Version};
use crate::limits::FrameLimits;
use crate::time::Millis;
use bytes::Bytes;
use output::sent;
use publishes::Publishes;
use std::collections::VecDeque;
use subscriptions::Subscriptions;
use transactions::Transactions;

/// The only version that is offered: every server that this client is for speaks it.
const VERSION: Version = Version::V1_2;

/// The receipt of DISCONNECT.
const FAREWELL: &str = "bye";

/// Milliseconds for the server to answer DISCONNECT.
const CLOSE_TIME: u64 = 2_000;

/// Milliseconds that a connection must have lasted for the next delay to be the shortest again: a connection that is
/// cut as soon as it is made must not be made ever more often.
const STABLE_TIME: u64 = 5_000;

/// A connection to a server, kept up over any number of sockets.
#[derive(Debug)]
pub struct Client {
    options: Options,
    phase: Phase,
    decoder: Decoder,
    heart_beat: HeartBeat,
    publishes: Publishes,
    subscriptions: Subscriptions,
    transactions: Transactions,
    /// Whether the server goes on after soft errors. It is then one of ours, and tells copies apart.
    soft_errors: bool,
    /// Counts log-ins: what was delivered before the last one cannot be settled any more.
    epoch: u32,
    /// Failed attempts since the last log-in.
    attempts: u32,
    /// How often the delay before the next attempt has doubled.
    doublings: u32,
    /// When the last log-in was.
    connected_at: Millis,
    /// What the server said before it closed.
    last_error: Option<Error>,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening { deadline: Millis },
    LoggingIn { deadline: Millis },
    Connected,
    Waiting { until: Millis },
    Closing { deadline: Millis },
    Closed,
}

impl Client {
    /// Starts to connect.
    pub fn new(mut options: Options, now: Millis) -> Self {
        let publishes = Publishes::new(options.outbox, std::mem::take(&mut options.dedup_prefix));
        let mut client = Client {
            options,
            phase: Phase::Closed,
            decoder: Decoder::new(FrameLimits::default()),
            heart_beat: HeartBeat::default(),
            publishes,
            subscriptions: Subscriptions::default(),
            transactions: Transactions::default(),
            soft_errors: false,
            epoch: 0,
            attempts: 0,
            doublings: 0,
            connected_at: now,
            last_error: None,
            outputs: VecDeque::new(),
        };
        client.open(now);
        client
    }

    /// What to do next; `None`: nothing, until something is handled.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Client::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Millis> {
        match self.phase {
            Phase::Opening { deadline } | Phase::LoggingIn { deadline } | Phase::Closing { deadline } => Some(deadline),
            Phase::Waiting { until } => Some(until),
            Phase::Connected => self.heart_beat.poll_timeout(),
            Phase::Closed => None,
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Opening { .. } | Phase::LoggingIn { .. } => State::Connecting,
            Phase::Connected => State::Connected,
            Phase::Waiting { .. } => State::Waiting,
            Phase::Closing { .. } | Phase::Closed => State::Closed,
        }
    }

    /// The number of the connection that stands, counted from 1; 0: there is none.
    pub fn epoch(&self) -> u32 {
        if self.phase == Phase::Connected { self.epoch } else { 0 }
    }

    /// Whether the server of the last connection agreed on soft errors.
    pub fn soft_errors(&self) -> bool {
        self.soft_errors
    }

    // ---- the socket ----

    /// The socket is open.
    pub fn handle_open(&mut self) {
        let Phase::Opening { deadline } = self.phase else { return };
        self.phase = Phase::LoggingIn { deadline };
        self.decoder = Decoder::new(FrameLimits::default());
        let Offer { send, receive } = self.options.heart_beat;
        let optional = [("login", &self.options.login), ("passcode", &self.options.passcode)];
        let mut connect = Frame::new(Verb::Connect)
            .with("accept-version", VERSION.as_str())
            .with("host", &self.options.host)
            .with("heart-beat", &format!("{send},{receive}"))
            .with("x-soft-errors", "true");
        for (name, value) in optional {
            if let Some(value) = value {
                connect.headers.push(name, value);
            }
        }
        self.send(&connect);
    }

    /// Octets came. `random` is uniform in 0..1, for a delay should the octets end the connection.
    pub fn handle_input(&mut self, mut input: &[u8], now: Millis, random: f64) {
        self.heart_beat.handle_received(now);
        loop {
            match self.decoder.decode(&mut input) {
                Ok(Some(frame)) => self.handle_frame(frame, now, random),
                Ok(None) => return,
                Err(error) => return self.cut(Error::protocol(error.to_string()), now, random),
            }
        }
    }

    /// The socket is closed, or could not be opened.
    pub fn handle_closed(&mut self, now: Millis, random: f64) {
        let error = match self.phase {
            Phase::Closing { .. } => return self.finish(None),
            Phase::Opening { .. } => Error::connect_failed(),
            Phase::LoggingIn { .. } | Phase::Connected => Error::connection_lost(),
            Phase::Waiting { .. } | Phase::Closed => return,
        };
        let error = self.last_error.take().unwrap_or(error);
        self.lose(error, now, random);
    }

    /// A deadline has passed. `random` is uniform in 0..1.
    pub fn handle_timeout(&mut self, now: Millis, random: f64) {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return;
        }
        match self.phase {
            Phase::Waiting { .. } => self.open(now),
            Phase::Opening { .. } | Phase::LoggingIn { .. } => {
                self.cut(Error::connect_timeout(self.options.connect_timeout), now, random);
            }
            Phase::Closing { .. } => {
                self.outputs.push_back(Output::CloseSocket);
                self.finish(None);
            }
            Phase::Connected => match self.heart_beat.handle_timeout(now) {
                Some(Beat::Send) => self.outputs.push_back(Output::Send(b"\n".to_vec())),
                Some(Beat::PeerGone) => self.cut(Error::connection_lost(), now, random),
                Some(Beat::Ping) | None => {} // a page cannot ping
            },
            Phase::Closed => {}
        }
    }

    fn open(&mut self, now: Millis) {
        self.phase = Phase::Opening { deadline: now + self.options.connect_timeout };
        self.last_error = None;
        self.outputs.push_back(Output::State(State::Connecting));
        self.outputs.push_back(Output::OpenSocket);
    }

    /// Gives the socket up, and goes on without it.
    fn cut(&mut self, error: Error, now: Millis, random: f64) {
        self.outputs.push_back(Output::CloseSocket);
        match self.phase {
            Phase::Closing { .. } => self.finish(None),
            Phase::Waiting { .. } | Phase::Closed => {}
            _ => self.lose(error, now, random),
        }
    }

    /// The socket is gone: tries again after a while, unless that makes no sense.
    fn lose(&mut self, error: Error, now: Millis, random: f64) {
        let unknown = Error::unknown_fate();
        let reason = if error.is_ours() { &error } else { &unknown };
        let may_resend = self.soft_errors && !error.is_ours();
        self.publishes.lose(may_resend, reason, now, &mut self.outputs);
        self.transactions.lose(&unknown, &mut self.outputs);
        self.subscriptions.lose(&Error::connection_lost(), &mut self.outputs);
        let reconnect =
            self.options.reconnect.filter(|rule| rule.allows(self.attempts)).filter(|_| !error.ends_the_loop);
        let Some(rule) = reconnect else { return self.finish(Some(error)) };
        if self.phase == Phase::Connected && now - self.connected_at >= STABLE_TIME {
            self.doublings = 0;
        }
        let delay = rule.delay(self.doublings, random);
        self.doublings += 1;
        self.attempts += 1;
        self.phase = Phase::Waiting { until: now + delay };
        self.outputs.push_back(Output::Error(error));
        self.outputs.push_back(Output::State(State::Waiting));
    }

    /// The end: nothing is tried again.
    fn finish(&mut self, error: Option<Error>) {
        self.phase = Phase::Closed;
        let reason = error.clone().unwrap_or_else(Error::closed);
        self.publishes.fail_all(&reason, &mut self.outputs);
        self.transactions.lose(&reason, &mut self.outputs);
        self.subscriptions.end_all(error.as_ref(), &mut self.outputs);
        self.outputs.push_back(Output::State(State::Closed));
        self.outputs.push_back(Output::Closed(error));
    }

    // ---- frames ----

    fn handle_frame(&mut self, frame: Frame, now: Millis, random: f64) {
        match (self.phase, frame.verb) {
            (Phase::LoggingIn { .. }, Verb::Connected) => self.handle_connected(&frame, now),
            (Phase::LoggingIn { .. }, Verb::Error) => {
                let error = Error::of_login(&frame);
                self.cut(error, now, random);
            }
            (Phase::Connected, Verb::Message) => {
                if let Some(subscription) = self.subscriptions.addressed(&frame) {
                    self.outputs.push_back(Output::Message { subscription, epoch: self.epoch, frame });
                }
            }
            (Phase::Connected | Phase::Closing { .. }, Verb::Receipt) => self.handle_receipt(&frame),
            (Phase::Connected | Phase::Closing { .. }, Verb::Error) => {
                let is_soft = self.soft_errors && frame.headers.get("x-fatal") == Some("false");
                let error = Error::of_frame(&frame);
                let is_told = self.blame(&frame, &error);
                match is_soft {
                    true if is_told => {}
                    true => self.outputs.push_back(Output::Error(error)),
                    false => self.cut(error, now, random), // the server closes behind it
                }
            }
            _ => {}
        }
    }

    fn handle_connected(&mut self, frame: &Frame, now: Millis) {
        self.phase = Phase::Connected;
        self.attempts = 0;
        self.connected_at = now;
        self.epoch += 1;
        self.decoder.set(VERSION, FrameLimits::default());
        let theirs = frame.headers.get("heart-beat").and_then(Offer::parse).unwrap_or_default();
        self.heart_beat = HeartBeat::agreed(self.options.heart_beat, theirs, now);
        self.soft_errors = frame.headers.get("x-soft-errors") == Some("true");
        self.outputs.push_back(Output::State(State::Connected));
        self.subscribe_all();
        self.publishes.send_waiting(self.soft_errors, now, &mut self.outputs);
    }

    fn handle_receipt(&mut self, frame: &Frame) {
        let Some(receipt) = frame.headers.get("receipt-id") else { return };
        if receipt == FAREWELL {
            self.outputs.push_back(Output::CloseSocket);
            return self.finish(None);
        }
        if let Some(transaction) = self.transactions.settle(receipt) {
            self.outputs.push_back(Output::TransactionEnded { transaction, error: None });
            return;
        }
        let output = self.publishes.confirm(receipt, frame).or_else(|| self.subscriptions.confirm(receipt));
        self.outputs.extend(output);
    }

    /// Tells whoever an ERROR is about: it will not be tried again. `false`: nobody asked to be told of it.
    fn blame(&mut self, frame: &Frame, error: &Error) -> bool {
        let header = |name| frame.headers.get(name);
        let receipt = header("receipt-id");
        if let Some(transaction) = receipt.and_then(|receipt| self.transactions.settle(receipt)) {
            self.publishes.fail_transaction(transaction, error, &mut self.outputs);
            self.outputs.push_back(Output::TransactionEnded { transaction, error: Some(error.clone()) });
            return true;
        }
        let of_publish = receipt.and_then(|receipt| self.publishes.refuse(receipt, error));
        let output = of_publish.or_else(|| self.subscriptions.refuse(receipt, header("subscription"), error));
        let is_told = output.is_some() || receipt.is_some(); // every receipt is ours, and was perhaps told before
        self.outputs.extend(output);
        is_told
    }

    fn send(&mut self, frame: &Frame) {
        self.outputs.push_back(sent(frame));
    }

    /// Sends a frame, unless it would come behind DISCONNECT.
    fn send_if_connected(&mut self, frame: Option<&Frame>) {
        if let Some(frame) = frame
            && self.phase == Phase::Connected
        {
            self.send(frame);
        }
    }

    /// Sends what the server does not know of the subscriptions.
    fn subscribe_all(&mut self) {
        self.subscriptions.send(&mut self.outputs);
    }

    // ---- the user ----

    /// Publishes; answered by [`Output::Confirmed`] or [`Output::Failed`] with the number that is returned. Without a
    /// connection the message waits for one.
    pub fn publish<'a>(
        &mut self,
        request: PublishRequest<'_>,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
        now: Millis,
    ) -> Result<u64, Error> {
        self.check_open()?;
        if let Some(transaction) = request.transaction {
            self.check_transaction(transaction)?;
        }
        let number = self.publishes.add(request, headers, body)?;
        if self.phase == Phase::Connected {
            self.publishes.send_last(self.soft_errors, now, &mut self.outputs);
        }
        Ok(number)
    }

    /// Takes a publish back that was never sent, of which nothing more is said then. `false`: it was.
    pub fn cancel(&mut self, publish: u64) -> bool {
        self.publishes.cancel(publish)
    }

    /// Subscribes for as long as the client lives, over reconnects; answered by [`Output::Subscribed`] each time the
    /// server has it, or by [`Output::SubscriptionFailed`].
    pub fn subscribe(&mut self, request: SubscribeRequest) -> Result<u32, Error> {
        self.check_open()?;
        let number = self.subscriptions.add(request);
        if self.phase == Phase::Connected {
            self.subscribe_all();
        }
        Ok(number)
    }

    /// Lets the server send more to a subscription that began with a credit.
    pub fn grant(&mut self, subscription: u32, more: Credit) {
        let frame = self.subscriptions.grant(subscription, more);
        self.send_if_connected(frame.as_ref());
    }

    /// Ends a subscription; answered by [`Output::Unsubscribed`].
    pub fn unsubscribe(&mut self, number: u32) {
        let frame = self.subscriptions.end(number, &mut self.outputs);
        self.send_if_connected(frame.as_ref());
    }

    /// Settles a delivery of the connection with this epoch, or has a transaction settle it. A delivery of an earlier one
    /// is the server's again, and will come again: settling it means nothing, and a transaction cannot promise it.
    pub fn settle(
        &mut self,
        ack_id: &str,
        epoch: u32,
        settlement: Settlement<'_>,
        transaction: Option<u32>,
    ) -> Result<(), Error> {
        if let Some(transaction) = transaction {
            self.check_transaction(transaction)?;
        }
        if epoch != self.epoch() {
            return if transaction.is_some() { Err(Error::connection_lost()) } else { Ok(()) };
        }
        let verb = if settlement == Settlement::Ack { Verb::Ack } else { Verb::Nack };
        let mut frame = Frame::new(verb).with("id", ack_id);
        if let Settlement::Nack { requeue, delay, reason } = settlement {
            if !requeue {
                frame.headers.push("requeue", "false");
            }
            if let Some(delay) = delay {
                frame.headers.push("delay", &delay.to_string());
            }
            if let Some(reason) = reason {
                frame.headers.push("reason", reason);
            }
        }
        if let Some(transaction) = transaction {
            frame.headers.push("transaction", &transaction.to_string());
        }
        self.send(&frame);
        Ok(())
    }

    /// Begins a transaction on the connection that stands.
    pub fn begin(&mut self) -> Result<u32, Error> {
        self.check_open()?;
        if self.phase != Phase::Connected {
            return Err(Error::not_connected());
        }
        let (number, frame) = self.transactions.begin();
        self.send(&frame);
        Ok(number)
    }

    /// Commits a transaction, or aborts it; answered by [`Output::TransactionEnded`].
    pub fn end_transaction(&mut self, transaction: u32, commit: bool) {
        let Some(frame) = self.transactions.end(transaction, commit) else { return };
        if !commit {
            self.publishes.fail_transaction(transaction, &Error::aborted(), &mut self.outputs);
        }
        self.send_if_connected(Some(&frame));
    }

    /// Ends the connection once the server has taken all that was sent; answered by [`Output::Closed`].
    pub fn close(&mut self, now: Millis) {
        match self.phase {
            Phase::Connected => {
                self.phase = Phase::Closing { deadline: now + CLOSE_TIME };
                self.send(&Frame::new(Verb::Disconnect).with("receipt", FAREWELL));
            }
            Phase::Opening { .. } | Phase::LoggingIn { .. } | Phase::Waiting { .. } => {
                self.outputs.push_back(Output::CloseSocket);
                self.finish(None);
            }
            Phase::Closing { .. } | Phase::Closed => {}
        }
    }

    /// A transaction that is not open was lost with its connection, as far as its user can see.
    fn check_transaction(&self, transaction: u32) -> Result<(), Error> {
        if self.transactions.is_open(transaction) { Ok(()) } else { Err(Error::connection_lost()) }
    }

    fn check_open(&self) -> Result<(), Error> {
        match self.state() {
            State::Closed => Err(Error::closed()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
