//! The server's side of a STOMP connection: which frame may come when, and what the frames to the client look like.
//!
//! ```text
//!   octets -> handle_input -> Request -> (the caller acts) -> write_* -> octets
//! ```
//!
//! The session owns what the protocol remembers: version, heart-beats, which subscription id has which number, and
//! which receipt belongs to which request. Inputs are `handle_*`; outputs are requests, and frames written into the
//! caller's buffer.

mod failure;
mod request;
mod subscriptions;

pub use failure::Failure;
pub use request::{Connect, DeliveryId, Request, Send, Settle, Subscribe, Token};

use super::decode::Decoder;
use super::encode::FrameWriter;
use super::heartbeat::{Beat, HeartBeat, Offer};
use super::{AckMode, Code, Frame, Verb, Version};
use crate::limits::{FrameLimits, ID};
use crate::time::Millis;
use std::collections::VecDeque;
use subscriptions::Subscriptions;

/// Headers of UNSUBSCRIBE that ask for more than to be sent no more messages.
const DURABLE_SUBSCRIPTION: [&str; 5] =
    ["durable", "persistent", "durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"];

/// One STOMP conversation, seen from the server.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    limits: FrameLimits,
    state: State,
    version: Version,
    heart_beat: HeartBeat,
    subscriptions: Subscriptions,
    /// Receipts that are owed, oldest first; tokens ascend.
    receipts: VecDeque<(Token, Box<str>)>,
    last_token: Token,
}

#[derive(Debug)]
enum State {
    /// Nothing but CONNECT or STOMP may come.
    AwaitingConnect,
    /// A CONNECT was handed out; `accept` goes on from here.
    Authenticating {
        offer: Offer,
        request_id: Option<Box<str>>,
    },
    Connected,
    /// DISCONNECT came: what follows it is not read.
    Disconnecting,
}

/// What CONNECTED tells the client.
#[derive(Debug, Clone, Copy)]
pub struct Welcome<'a> {
    /// A random id of this session.
    pub session: &'a str,
    /// `name/version` of the server.
    pub server: &'a str,
    /// The user the client was taken for.
    pub user: &'a str,
}

/// One MESSAGE frame, without what is the same for all who receive it.
#[derive(Debug, Clone, Copy)]
pub struct MessageHead {
    /// Number of the subscription on this connection.
    pub subscription: u32,
    /// Number of the delivery in that subscription.
    pub delivery: u64,
    /// Which delivery of this message it is, counted from 1.
    pub delivery_count: u32,
}

impl Session {
    /// A session on a fresh connection.
    pub fn new(limits: FrameLimits) -> Self {
        Session {
            decoder: Decoder::new(limits.before_login()),
            limits,
            state: State::AwaitingConnect,
            version: Version::V1_2,
            heart_beat: HeartBeat::default(),
            subscriptions: Subscriptions::default(),
            receipts: VecDeque::new(),
            last_token: 0,
        }
    }

    /// The agreed version; 1.2 before that.
    pub fn version(&self) -> Version {
        self.version
    }

    /// How many subscriptions the client has.
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.len()
    }

    /// How many receipts are owed to the client.
    pub fn receipts_owed(&self) -> usize {
        self.receipts.len()
    }

    /// Takes octets off the front of `input` until a frame asks for something. `None`: all of it was taken.
    ///
    /// After [`Request::Connect`] it must not be called again before [`Session::accept`]; after a [`Failure`] or
    /// [`Request::Disconnect`] the rest of the input is of no interest.
    pub fn handle_input(&mut self, input: &mut &[u8]) -> Result<Option<Request>, Failure> {
        if matches!(self.state, State::Disconnecting) {
            *input = &[];
            return Ok(None);
        }
        match self.decoder.decode(input)? {
            Some(frame) => self.handle_frame(frame).map(Some),
            None => Ok(None),
        }
    }

    fn handle_frame(&mut self, frame: Frame) -> Result<Request, Failure> {
        let receipt_id: Option<Box<str>> = frame.headers.get("receipt").map(Box::from);
        if receipt_id.as_ref().is_some_and(|id| id.len() > ID) {
            return Err(Failure::new(Code::TooLarge, format!("a receipt must have at most {ID} octets")));
        }
        let result = match (&self.state, frame.verb) {
            (State::AwaitingConnect, Verb::Connect | Verb::Stomp) => self.handle_connect(&frame),
            (State::AwaitingConnect, verb) => {
                Err(Failure::new(Code::Protocol, format!("the first frame must be CONNECT or STOMP, not {verb}")))
            }
            (_, Verb::Connect | Verb::Stomp) => Err(Failure::new(Code::Protocol, "already connected")),
            (_, Verb::Send) => self.handle_send(frame),
            (_, Verb::Subscribe) => self.handle_subscribe(frame),
            (_, Verb::Unsubscribe) => self.handle_unsubscribe(&frame),
            (_, Verb::Ack) => self.handle_settle(&frame).map(Request::Ack),
            (_, Verb::Nack) => self.handle_settle(&frame).map(Request::Nack),
            (_, Verb::Begin | Verb::Commit | Verb::Abort) => Err(Failure::unsupported("transactions")),
            (_, Verb::Disconnect) => {
                self.state = State::Disconnecting;
                Ok(Request::Disconnect { token: self.owe(&frame) })
            }
            (_, verb) => Err(Failure::new(Code::Protocol, format!("{verb} is a frame of the server"))),
        };
        result.map_err(|failure| failure.answering(receipt_id))
    }

    fn handle_connect(&mut self, frame: &Frame) -> Result<Request, Failure> {
        let header = |name| frame.headers.get(name);
        self.version = Version::negotiate(header("accept-version")).ok_or_else(Failure::no_common_version)?;
        let offer = match header("heart-beat") {
            None => Offer::default(),
            Some(text) => Offer::parse(text).ok_or_else(|| {
                Failure::new(Code::Protocol, format!("heart-beat must be two integers, not {text:?}"))
            })?,
        };
        if !frame.body.is_empty() && self.version > Version::V1_0 {
            return Err(Failure::new(Code::Protocol, "CONNECT must not have a body"));
        }
        self.state = State::Authenticating { offer, request_id: header("request-id").map(Box::from) };
        let owned = |name| header(name).map(Box::from);
        Ok(Request::Connect(Connect { login: owned("login"), passcode: owned("passcode"), host: owned("host") }))
    }

    /// The client is behind a WebSocket: pings are sent, and their pongs are signs of life.
    pub fn use_pings(&mut self) {
        self.heart_beat = self.heart_beat.with_pings();
    }

    /// The log-in succeeded: writes CONNECTED; from here on the limits after log-in hold.
    pub fn accept(&mut self, welcome: Welcome<'_>, now: Millis, out: &mut Vec<u8>) {
        let (offer, request_id) = match std::mem::replace(&mut self.state, State::Connected) {
            State::Authenticating { offer, request_id } => (offer, request_id),
            _ => (Offer::default(), None),
        };
        let answer = offer.mirrored();
        self.heart_beat = HeartBeat::agreed(answer, offer, now);
        self.decoder.set(self.version, self.limits);
        let mut writer = FrameWriter::new(out, Verb::Connected, self.version);
        writer
            .header("version", self.version.as_str())
            .header("session", welcome.session)
            .header("server", welcome.server)
            .header("heart-beat", &format!("{},{}", answer.send, answer.receive))
            .header("user-name", welcome.user);
        if let Some(id) = request_id {
            writer.header("response-id", &id);
        }
        writer.finish();
    }

    fn handle_send(&mut self, frame: Frame) -> Result<Request, Failure> {
        let destination = required(&frame, "destination")?.to_owned();
        if frame.headers.get("message-id").is_some() {
            return Err(Failure::new(Code::Protocol, "message-id is the server's to set: leave it out of SEND"));
        }
        let token = self.owe(&frame);
        Ok(Request::Send(Send { destination, headers: frame.headers, body: frame.body, token }))
    }

    fn handle_subscribe(&mut self, frame: Frame) -> Result<Request, Failure> {
        let destination = required(&frame, "destination")?.to_owned();
        let id = match (frame.headers.get("id"), self.version) {
            (Some(id), _) => id,
            (None, Version::V1_0) => &destination,
            (None, _) => return Err(Failure::missing("SUBSCRIBE", "id")),
        };
        if id.len() > ID {
            return Err(Failure::new(Code::TooLarge, format!("a subscription id must have at most {ID} octets")));
        }
        let mode = frame.headers.get("ack").unwrap_or("auto");
        let ack = AckMode::parse(mode).ok_or_else(|| {
            Failure::new(Code::Protocol, format!("ack must be auto, client or client-individual, not {mode:?}"))
        })?;
        let number = self.subscriptions.add(id, ack, self.version).ok_or_else(|| {
            Failure::new(Code::Protocol, format!("the subscription id {id:?} is in use on this connection"))
        })?;
        let token = self.owe(&frame);
        Ok(Request::Subscribe(Subscribe { number, destination, ack, headers: frame.headers, token }))
    }

    fn handle_unsubscribe(&mut self, frame: &Frame) -> Result<Request, Failure> {
        let id = match (frame.headers.get("id"), self.version) {
            (Some(id), _) => id,
            (None, Version::V1_0) => required(frame, "destination")?,
            (None, _) => return Err(Failure::missing("UNSUBSCRIBE", "id")),
        };
        let deletes = |name: &&&str| frame.headers.get(name).is_some_and(|value| !value.eq_ignore_ascii_case("false"));
        if let Some(name) = DURABLE_SUBSCRIPTION.iter().find(deletes) {
            return Err(Failure::unsupported(&format!("the header {name}, which deletes a durable subscription")));
        }
        let number = self
            .subscriptions
            .end(id)
            .ok_or_else(|| Failure::new(Code::UnknownSubscription, format!("no subscription has the id {id:?}")))?;
        Ok(Request::Unsubscribe { number, token: self.owe(frame) })
    }

    fn handle_settle(&mut self, frame: &Frame) -> Result<Settle, Failure> {
        if frame.headers.get("transaction").is_some() {
            return Err(Failure::unsupported("transactions"));
        }
        if frame.headers.get("delay").is_some() {
            return Err(Failure::unsupported("the header delay"));
        }
        let name = if self.version == Version::V1_2 { "id" } else { "message-id" };
        let text = required(frame, name)?;
        let delivery = DeliveryId::parse(text).ok_or_else(|| {
            Failure::new(Code::UnknownMessage, format!("{text:?} is not the id of a message on this connection"))
        })?;
        let requeue = match frame.headers.get("requeue") {
            None => true,
            Some(text) => boolean("requeue", text)?,
        };
        Ok(Settle { delivery, requeue, token: self.owe(frame) })
    }

    /// Notes the receipt that a frame asks for.
    fn owe(&mut self, frame: &Frame) -> Option<Token> {
        let id = frame.headers.get("receipt")?;
        self.last_token += 1;
        self.receipts.push_back((self.last_token, id.into()));
        Some(self.last_token)
    }

    /// Writes the RECEIPT that is owed under `token`. `routed` is how many queues a SEND reached.
    pub fn write_receipt(&mut self, token: Token, routed: Option<u32>, out: &mut Vec<u8>) {
        let Some(id) = self.take_receipt(token) else { return };
        let mut writer = FrameWriter::new(out, Verb::Receipt, self.version);
        writer.header("receipt-id", &id);
        if let Some(routed) = routed {
            writer.number("routed", routed.into());
        }
        writer.finish();
    }

    /// The receipt id that is owed under `token`, which an ERROR then answers in its place.
    pub fn take_receipt(&mut self, token: Token) -> Option<Box<str>> {
        // Receipts are mostly paid in the order in which they were asked for, so the search ends at the front.
        let index = self.receipts.iter().position(|(owed, _)| *owed == token)?;
        self.receipts.remove(index).map(|(_, id)| id)
    }

    /// Writes the part of a MESSAGE frame that differs between receivers: the command line and the first headers.
    /// The shared rest of the head, the body and NUL follow it. `false`: no such subscription, nothing was written.
    pub fn write_message_head(&self, message: MessageHead, out: &mut Vec<u8>) -> bool {
        self.subscriptions.write_head(message, out)
    }

    /// The broker has let go of a subscription: no more messages come for it.
    pub fn forget_subscription(&mut self, number: u32) {
        self.subscriptions.forget(number);
    }

    /// The id that the client gave to the subscription.
    pub fn subscription_id(&self, number: u32) -> Option<&str> {
        self.subscriptions.id(number)
    }

    /// Writes the ERROR frame that ends the connection.
    pub fn write_error(&self, failure: &Failure, out: &mut Vec<u8>) {
        failure.write(self.version, out);
    }

    /// Octets came.
    pub fn handle_received(&mut self, now: Millis) {
        self.heart_beat.handle_received(now);
    }

    /// A WebSocket pong came.
    pub fn handle_pong(&mut self, now: Millis) {
        self.heart_beat.handle_pong(now);
    }

    /// Octets were written.
    pub fn handle_sent(&mut self, now: Millis) {
        self.heart_beat.handle_sent(now);
    }

    /// When [`Session::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Millis> {
        self.heart_beat.poll_timeout()
    }

    /// What the heart-beat asks for at `now`.
    pub fn handle_timeout(&mut self, now: Millis) -> Option<Beat> {
        self.heart_beat.handle_timeout(now)
    }
}

/// A header that the frame must have, and not empty.
fn required<'a>(frame: &'a Frame, name: &str) -> Result<&'a str, Failure> {
    match frame.headers.get(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(Failure::missing(frame.verb.as_str(), name)),
    }
}

/// Reads a header that is a truth value, in any case.
pub fn boolean(name: &str, text: &str) -> Result<bool, Failure> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(Failure::new(Code::Protocol, format!("{name} must be true or false, not {text:?}")))
    }
}

#[cfg(test)]
mod tests;
