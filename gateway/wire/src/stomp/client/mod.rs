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
//! What becomes of a publish when the connection is lost: one that had not been sent waits for the next connection;
//! one that had been sent and not confirmed fails with `connection-lost`, since nobody here knows whether it arrived.

mod error;
mod options;
mod output;
mod publishes;
mod subscriptions;

pub use error::Error;
pub use options::{Options, Reconnect};
pub use output::{Output, Settlement, State};
pub use subscriptions::SubscribeRequest;

use super::decode::Decoder;
use super::encode::encode;
use super::heartbeat::{Beat, HeartBeat, Offer};
use super::{Frame, Verb, Version};
use crate::limits::FrameLimits;
use crate::time::Millis;
use bytes::Bytes;
use publishes::Publishes;
use std::collections::VecDeque;
use subscriptions::Subscriptions;

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
    pub fn new(options: Options, now: Millis) -> Self {
        let mut client = Client {
            options,
            phase: Phase::Closed,
            decoder: Decoder::new(FrameLimits::default()),
            heart_beat: HeartBeat::default(),
            publishes: Publishes::default(),
            subscriptions: Subscriptions::default(),
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
            .with("heart-beat", &format!("{send},{receive}"));
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
        self.publishes.fail_sent(&mut self.outputs);
        self.subscriptions.lose(&mut self.outputs);
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
        self.publishes.fail_all(&error.clone().unwrap_or_else(Error::closed), &mut self.outputs);
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
                let error = Error::of_frame(&frame);
                self.blame(&frame, &error);
                self.cut(error, now, random); // the server closes behind an ERROR
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
        self.outputs.push_back(Output::State(State::Connected));
        for frame in self.subscriptions.restore() {
            self.send(&frame);
        }
        for frame in self.publishes.send_waiting() {
            self.send(&frame);
        }
    }

    fn handle_receipt(&mut self, frame: &Frame) {
        let Some(receipt) = frame.headers.get("receipt-id") else { return };
        if receipt == FAREWELL {
            self.outputs.push_back(Output::CloseSocket);
            return self.finish(None);
        }
        let routed = frame.headers.get("routed").and_then(|routed| routed.parse().ok());
        let output = self.publishes.confirm(receipt, routed).or_else(|| self.subscriptions.confirm(receipt));
        self.outputs.extend(output);
    }

    /// Tells whoever an ERROR is about: it will not be tried again.
    fn blame(&mut self, frame: &Frame, error: &Error) {
        let output = self.publishes.refuse(frame, error).or_else(|| self.subscriptions.refuse(frame, error));
        self.outputs.extend(output);
    }

    fn send(&mut self, frame: &Frame) {
        let mut octets = Vec::with_capacity(128 + frame.body.len());
        encode(frame, VERSION, &mut octets);
        self.outputs.push_back(Output::Send(octets));
    }

    // ---- the user ----

    /// Publishes; answered by [`Output::Confirmed`] or [`Output::Failed`] with the number that is returned. Without a
    /// connection the message waits for one.
    pub fn publish<'a>(
        &mut self,
        destination: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Result<u64, Error> {
        self.check_open()?;
        let (number, frame) = self.publishes.add(destination, headers, body, self.phase == Phase::Connected)?;
        if let Some(frame) = frame {
            self.send(&frame);
        }
        Ok(number)
    }

    /// Subscribes for as long as the client lives, over reconnects; answered by [`Output::Subscribed`] each time the
    /// server has it, or by [`Output::SubscriptionFailed`].
    pub fn subscribe(&mut self, request: SubscribeRequest) -> Result<u32, Error> {
        self.check_open()?;
        let number = self.subscriptions.add(request);
        if self.phase == Phase::Connected
            && let Some(frame) = self.subscriptions.frame(number)
        {
            self.send(&frame);
        }
        Ok(number)
    }

    /// Ends a subscription; answered by [`Output::Unsubscribed`].
    pub fn unsubscribe(&mut self, number: u32) {
        let frame = self.subscriptions.end(number, self.phase == Phase::Connected, &mut self.outputs);
        if let Some(frame) = frame {
            self.send(&frame);
        }
    }

    /// Settles a delivery of the connection with this epoch. A delivery of an earlier one is the server's again, and
    /// will come again: settling it means nothing.
    pub fn settle(&mut self, ack_id: &str, epoch: u32, settlement: Settlement) {
        if self.phase != Phase::Connected || epoch != self.epoch {
            return;
        }
        let frame = match settlement {
            Settlement::Ack => Frame::new(Verb::Ack).with("id", ack_id),
            Settlement::Nack { requeue: true } => Frame::new(Verb::Nack).with("id", ack_id),
            Settlement::Nack { requeue: false } => Frame::new(Verb::Nack).with("id", ack_id).with("requeue", "false"),
        };
        self.send(&frame);
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

    fn check_open(&self) -> Result<(), Error> {
        match self.state() {
            State::Closed => Err(Error::closed()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
