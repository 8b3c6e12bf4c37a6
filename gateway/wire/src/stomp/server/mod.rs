//! The server's side of a STOMP connection: which frame may come when, and what the frames to the client look like.
//!
//! ```text
//!   octets -> handle_input -> Request -> (the caller acts) -> write_* -> octets
//! ```
//!
//! The session owns what the protocol remembers: version, heart-beats, which subscription id has which number, which
//! receipt belongs to which request, and the frames of transactions that are not committed. Inputs are `handle_*`; outputs are requests, and frames written into the
//! caller's buffer.

mod connect;
mod failure;
mod receipts;
mod request;
mod settle;
mod subscribe;
mod subscriptions;
mod transactions;

pub use connect::Welcome;
pub use failure::Failure;
pub use receipts::Receipt;
pub use request::{Action, Connect, DeliveryId, Request, Send, Settle, Subscribe, Token, Unsubscribe};

use super::decode::Decoder;
use super::encode::FrameWriter;
use super::heartbeat::{Beat, HeartBeat};
use super::{Code, Frame, Verb, Version};
use crate::limits::{FrameLimits, ID, TransactionLimits};
use crate::time::Millis;
use connect::Wishes;
use receipts::Receipts;
use std::collections::VecDeque;
use subscriptions::Subscriptions;
use transactions::Transactions;

/// One STOMP conversation, seen from the server.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    limits: FrameLimits,
    state: State,
    version: Version,
    heart_beat: HeartBeat,
    subscriptions: Subscriptions,
    receipts: Receipts,
    transactions: Transactions,
    /// What a frame came to, where it is more than one thing; handed out before more is read.
    outcomes: VecDeque<Result<Request, Failure>>,
    soft_errors: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing but CONNECT or STOMP may come.
    AwaitingConnect,
    /// A CONNECT was handed out; `accept` goes on from here.
    Authenticating(Wishes),
    Connected,
    /// DISCONNECT came: what follows it is not read.
    Disconnecting,
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
    /// Its place in the stream that it is read from.
    pub stream: Option<StreamPlace>,
}

/// A message's place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    /// Its number there.
    pub offset: u64,
    /// The identity of that numbering: a stream that is created again has another.
    pub epoch: u64,
}

impl Session {
    /// A session on a fresh connection.
    pub fn new(frames: FrameLimits, transactions: TransactionLimits) -> Self {
        Session {
            decoder: Decoder::new(frames.before_login()),
            limits: frames,
            state: State::AwaitingConnect,
            version: Version::V1_2,
            heart_beat: HeartBeat::default(),
            subscriptions: Subscriptions::default(),
            receipts: Receipts::default(),
            transactions: Transactions::new(transactions),
            outcomes: VecDeque::new(),
            soft_errors: false,
        }
    }

    /// The agreed version; 1.2 before that.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the client agreed to live on after errors that leave the conversation intact.
    pub fn soft_errors(&self) -> bool {
        self.soft_errors
    }

    /// Whether the connection goes on after this failure. Before CONNECTED none does: nothing is agreed on yet.
    pub fn survives(&self, failure: &Failure) -> bool {
        self.soft_errors && failure.is_soft()
    }

    /// How many subscriptions the client has.
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.len()
    }

    /// How many receipts are owed to the client, without those of frames in open transactions.
    pub fn receipts_owed(&self) -> usize {
        self.receipts.len()
    }

    /// Takes octets off the front of `input` until a frame asks for something. `None`: all of it was taken. One frame
    /// may ask for several things, so it is to be called until then.
    ///
    /// After [`Request::Connect`] it must not be called again before [`Session::accept`]; after [`Request::Disconnect`],
    /// and after a [`Failure`] that the session does not survive, the rest of the input is of no interest.
    pub fn handle_input(&mut self, input: &mut &[u8]) -> Result<Option<Request>, Failure> {
        loop {
            if let Some(outcome) = self.outcomes.pop_front() {
                return outcome.map(Some);
            }
            if matches!(self.state, State::Disconnecting) {
                *input = &[];
                return Ok(None);
            }
            let Some(frame) = self.decoder.decode(input)? else { return Ok(None) };
            let request = self.handle_frame(frame)?;
            if request.is_some() {
                return Ok(request);
            }
        }
    }

    /// What one frame asks for. A refused one is owed nothing: its receipt is answered by the ERROR.
    fn handle_frame(&mut self, frame: Frame) -> Result<Option<Request>, Failure> {
        let receipt = frame.headers.get("receipt");
        if receipt.is_some_and(|id| id.len() > ID) {
            return Err(Failure::too_long("a receipt"));
        }
        let token = self.receipts.owe(receipt.map(Box::from));
        let result = self.handle_verb(frame, token);
        result.map_err(|failure| failure.answering(self.receipts.withdraw(token)))
    }

    fn handle_verb(&mut self, frame: Frame, token: Option<Token>) -> Result<Option<Request>, Failure> {
        match (&self.state, frame.verb) {
            (State::AwaitingConnect, Verb::Connect | Verb::Stomp) => {
                let request = self.handle_connect(&frame)?;
                self.receipts.withdraw(token); // CONNECTED is the answer
                Ok(Some(request))
            }
            (State::AwaitingConnect, verb) => {
                Err(Failure::new(Code::Protocol, format!("the first frame must be CONNECT or STOMP, not {verb}")))
            }
            (_, Verb::Connect | Verb::Stomp) => Err(Failure::new(Code::Protocol, "already connected")),
            (_, Verb::Send) => self.handle_send(frame, token),
            (_, Verb::Ack | Verb::Nack) => self.handle_settle(&frame, token),
            (_, Verb::Subscribe) => self.handle_subscribe(frame, token).map(Some),
            (_, Verb::Unsubscribe) => self.handle_unsubscribe(&frame, token).map(Some),
            (_, Verb::Begin) => self.handle_begin(&frame, token).map(Some),
            (_, Verb::Commit) => self.handle_commit(&frame, token),
            (_, Verb::Abort) => self.handle_abort(&frame, token).map(Some),
            (_, Verb::Disconnect) => {
                self.handle_disconnect(token);
                Ok(None)
            }
            (_, verb) => Err(Failure::new(Code::Protocol, format!("{verb} is a frame of the server"))),
        }
    }

    fn handle_send(&mut self, frame: Frame, token: Option<Token>) -> Result<Option<Request>, Failure> {
        // One pass over the headers: this is done for every message.
        let (mut destination, mut message_id, mut transaction) = ("", false, None);
        for (name, value) in frame.headers.iter() {
            match name {
                "destination" => destination = value,
                "message-id" => message_id = true,
                "transaction" => transaction = Some(value),
                _ => {}
            }
        }
        if destination.is_empty() {
            return Err(Failure::missing("SEND", "destination"));
        }
        if message_id {
            return Err(Failure::new(Code::Protocol, "message-id is the server's to set: leave it out of SEND"));
        }
        let destination = destination.to_owned();
        let place = transaction.map(|id| self.transactions.find(id)).transpose()?;
        let octets = place.map_or(0, |_| transactions::cost(&frame));
        let send = Send { destination, headers: frame.headers, body: frame.body, token };
        match place {
            None => Ok(Some(Request::Send(send))),
            Some(place) => self.keep(place, octets, Action::Send(send)),
        }
    }

    /// The client is behind a WebSocket: pings are sent, and their pongs are signs of life.
    pub fn use_pings(&mut self) {
        self.heart_beat = self.heart_beat.with_pings();
    }

    /// Writes the RECEIPT that is owed under `token`.
    pub fn write_receipt(&mut self, token: Token, receipt: Receipt, out: &mut Vec<u8>) {
        if let Some(id) = self.receipts.take(token) {
            receipt.write(&id, self.version, out);
        }
    }

    /// The receipt id that is owed under `token`, which an ERROR then answers in its place.
    pub fn take_receipt(&mut self, token: Token) -> Option<Box<str>> {
        self.receipts.take(token)
    }

    /// Writes the part of a MESSAGE frame that differs between receivers: the command line and the first headers.
    /// The shared rest of the head, the body and NUL follow it. `false`: no such subscription, nothing was written.
    #[allow(clippy::inline_always, reason = "this is done for every delivery")]
    #[inline(always)]
    pub fn write_message_head(&self, message: MessageHead, out: &mut Vec<u8>) -> bool {
        self.subscriptions.write_head(message, out)
    }

    /// Writes the MESSAGE that ends the browsing of a queue. `false`: no such subscription, nothing was written.
    pub fn write_browser_end(&self, subscription: u32, destination: &str, out: &mut Vec<u8>) -> bool {
        let Some(id) = self.subscriptions.id(subscription) else { return false };
        FrameWriter::new(out, Verb::Message, self.version)
            .header("subscription", id)
            .header("message-id", "0")
            .header("destination", destination)
            .header("browser", "end")
            .finish();
        true
    }

    /// A subscription that the server makes by itself, for replies; gives its number. The `id` stands in its MESSAGE
    /// frames, but no UNSUBSCRIBE can name it.
    pub fn add_reply_subscription(&mut self, id: &str) -> u32 {
        self.subscriptions.add_unnamed(id, self.version)
    }

    /// The number of the live subscription to which the client gave this id.
    pub fn subscription_number(&self, id: &str) -> Option<u32> {
        self.subscriptions.number(id)
    }

    /// The broker has let go of a subscription: no more messages come for it.
    pub fn forget_subscription(&mut self, number: u32) {
        self.subscriptions.forget(number);
    }

    /// The id of the subscription, as it stands in MESSAGE.
    pub fn subscription_id(&self, number: u32) -> Option<&str> {
        self.subscriptions.id(number)
    }

    /// Writes the ERROR frame. Where soft errors are agreed on, it says whether it ends the connection.
    pub fn write_error(&self, failure: &Failure, out: &mut Vec<u8>) {
        failure.write(self.version, self.soft_errors.then(|| !self.survives(failure)), out);
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
