//! What a client's frame asks of the server, checked and without the protocol's variations.

use crate::stomp::{AckMode, Headers};
use bytes::Bytes;
use std::fmt;

/// Names an answer that is owed: the caller gives it back when the request is done.
pub type Token = u64;

/// What a frame asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Log in; answered by `Session::accept` or by an error.
    Connect(Connect),
    /// Publish.
    Send(Send),
    /// Begin a subscription.
    Subscribe(Subscribe),
    /// End a subscription, or delete a durable one.
    Unsubscribe(Unsubscribe),
    /// Accept a delivery.
    Ack(Settle),
    /// Give a delivery back.
    Nack(Settle),
    /// Begin a transaction: that is done, only the receipt is owed.
    Begin {
        /// The receipt that is owed.
        token: Option<Token>,
    },
    /// Carry out a transaction: all of it or nothing, in this order.
    Commit {
        /// Its frames.
        actions: Vec<Action>,
        /// The receipt that is owed after theirs.
        token: Option<Token>,
    },
    /// Give a transaction up: nothing of it happens, but its receipts are owed.
    Abort {
        /// Its frames.
        actions: Vec<Action>,
        /// The receipt that is owed after theirs.
        token: Option<Token>,
    },
    /// End the connection once everything before it is answered; its receipt is the last frame.
    Disconnect {
        /// The receipt that is owed.
        token: Option<Token>,
    },
}

impl Request {
    /// The receipt that is owed for it; those of a transaction's frames are owed besides.
    pub fn token(&self) -> Option<Token> {
        match self {
            Request::Connect(_) => None,
            Request::Send(send) => send.token,
            Request::Subscribe(subscribe) => subscribe.token,
            Request::Ack(settle) | Request::Nack(settle) => settle.token,
            Request::Unsubscribe(unsubscribe) => unsubscribe.token,
            Request::Begin { token }
            | Request::Commit { token, .. }
            | Request::Abort { token, .. }
            | Request::Disconnect { token } => *token,
        }
    }
}

/// One frame of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Publish.
    Send(Send),
    /// Accept a delivery.
    Ack(Settle),
    /// Give a delivery back.
    Nack(Settle),
}

impl Action {
    /// The receipt that is owed for it.
    pub fn token(&self) -> Option<Token> {
        match self {
            Action::Send(send) => send.token,
            Action::Ack(settle) | Action::Nack(settle) => settle.token,
        }
    }

    /// The same, owed under another token: that of the moment at which its transaction ended.
    pub(super) fn with_token(mut self, token: Option<Token>) -> Self {
        match &mut self {
            Action::Send(send) => send.token = token,
            Action::Ack(settle) | Action::Nack(settle) => settle.token = token,
        }
        self
    }
}

/// CONNECT or STOMP.
#[derive(Debug, PartialEq, Eq)]
pub struct Connect {
    /// The user's name.
    pub login: Option<Box<str>>,
    /// The password.
    pub passcode: Option<Box<str>>,
    /// The vhost.
    pub host: Option<Box<str>>,
    /// Half of the identity of a durable subscription.
    pub client_id: Option<Box<str>>,
    /// Which WebSocket frames the client wants, as it wrote it: `auto`, `text` or `binary`.
    pub ws_frame: Option<Box<str>>,
    /// Whether the client takes several frames in one binary WebSocket message.
    pub ws_pack: bool,
}

/// SEND.
#[derive(Debug, PartialEq, Eq)]
pub struct Send {
    /// Where to, as the client wrote it.
    pub destination: String,
    /// All headers of the frame.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// The receipt that is owed.
    pub token: Option<Token>,
}

/// SUBSCRIBE.
#[derive(Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// The number that stands for the client's id from here on; never used twice on a connection.
    pub number: u32,
    /// Where from, as the client wrote it.
    pub destination: String,
    /// How deliveries are settled.
    pub ack: AckMode,
    /// All headers of the frame.
    pub headers: Headers,
    /// The receipt that is owed.
    pub token: Option<Token>,
}

/// UNSUBSCRIBE.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The number of the subscription that ends. `None`: there is none on this connection, a durable one is only named.
    pub number: Option<u32>,
    /// Whether the queue of a durable subscription is deleted too.
    pub delete: bool,
    /// The name of the durable subscription, where it has one.
    pub name: Option<Box<str>>,
    /// The receipt that is owed.
    pub token: Option<Token>,
}

/// ACK or NACK. What an ACK says beyond the delivery is without effect.
#[derive(Debug, PartialEq, Eq)]
pub struct Settle {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Whether the message goes back to its queue; `None`: as the server does by default.
    pub requeue: Option<bool>,
    /// After how many milliseconds it comes back; `u64::MAX` stands for all that is longer.
    pub delay: Option<u64>,
    /// Why, in the client's words: at most [`REASON`](crate::limits::REASON) octets.
    pub reason: Option<Box<str>>,
    /// The receipt that is owed.
    pub token: Option<Token>,
}

/// Names one delivery on a connection, in MESSAGE as `message-id` and `ack`, and in ACK and NACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryId {
    /// Number of the subscription.
    pub subscription: u32,
    /// Number of the delivery in it.
    pub delivery: u64,
}

impl DeliveryId {
    /// Reads `SUBSCRIPTION-DELIVERY`.
    pub fn parse(text: &str) -> Option<DeliveryId> {
        let (subscription, delivery) = text.split_once('-')?;
        if subscription.starts_with('+') || delivery.starts_with('+') {
            return None; // a number to Rust, but none that was ever written
        }
        Some(DeliveryId { subscription: subscription.parse().ok()?, delivery: delivery.parse().ok()? })
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.subscription, self.delivery)
    }
}
