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
    /// End the subscription with this number.
    Unsubscribe {
        /// Its number on this connection.
        number: u32,
        /// The receipt that is owed.
        token: Option<Token>,
    },
    /// Accept a delivery.
    Ack(Settle),
    /// Give a delivery back.
    Nack(Settle),
    /// End the connection once everything before it is answered; its receipt is the last frame.
    Disconnect {
        /// The receipt that is owed.
        token: Option<Token>,
    },
}

impl Request {
    /// The receipt that is owed for it.
    pub fn token(&self) -> Option<Token> {
        match self {
            Request::Connect(_) => None,
            Request::Send(send) => send.token,
            Request::Subscribe(subscribe) => subscribe.token,
            Request::Ack(settle) | Request::Nack(settle) => settle.token,
            Request::Unsubscribe { token, .. } | Request::Disconnect { token } => *token,
        }
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

/// ACK or NACK.
#[derive(Debug, PartialEq, Eq)]
pub struct Settle {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// NACK only: whether the message goes back to its queue.
    pub requeue: bool,
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
        Some(DeliveryId { subscription: subscription.parse().ok()?, delivery: delivery.parse().ok()? })
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.subscription, self.delivery)
    }
}
