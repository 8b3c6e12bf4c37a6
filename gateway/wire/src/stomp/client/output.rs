//! What a client asks of its surroundings, and tells its user.

use super::{Delivery, Error, VERSION};
use crate::stomp::Frame;
use crate::stomp::encode::encode;

/// One thing to do or to tell.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Ask for a token to log in with; [`super::Client::handle_token`] takes the answer to the request of this number.
    RequestToken(u32),
    /// Open the socket of this number. There is no other: it was closed, or told to be.
    OpenSocket(u32),
    /// Write these octets to the socket.
    Send(Vec<u8>),
    /// Close the socket of this number.
    CloseSocket(u32),
    /// A frame came; told only while [`super::Client::set_trace`] wants it.
    Received {
        /// The command and the headers.
        head: Vec<u8>,
        /// Octets of the body.
        body: usize,
    },
    /// The connection stands differently now.
    State(State),
    /// A message for a subscription.
    Message {
        /// Its number.
        subscription: u32,
        /// To be given back when the message is settled.
        epoch: u32,
        /// The MESSAGE frame.
        delivery: Delivery,
    },
    /// Before the next message of a subscription others may be missing.
    Gap {
        /// Its number.
        subscription: u32,
        /// Why.
        reason: GapReason,
        /// How many, if that is known.
        count: Option<u64>,
    },
    /// The server has taken responsibility for a publish.
    Confirmed {
        /// Its number.
        publish: u64,
        /// How many queues took it, if the server says so.
        routed: Option<u32>,
        /// Whether the server had stored it before, under the same id, and did not store it again.
        duplicate: bool,
        /// Its offset in the stream that took it.
        offset: Option<u64>,
    },
    /// A publish failed.
    Failed {
        /// Its number.
        publish: u64,
        /// Why.
        error: Error,
    },
    /// The server has a subscription: for the first time, or again.
    Subscribed(u32),
    /// A subscription is refused or was ended by the server; it will not be tried again.
    SubscriptionFailed {
        /// Its number.
        subscription: u32,
        /// Why.
        error: Error,
    },
    /// A subscription has ended as asked.
    Unsubscribed(u32),
    /// A transaction is over: committed or aborted as asked, or failed, so that nothing of it happened.
    TransactionEnded {
        /// Its number.
        transaction: u32,
        /// Why it failed.
        error: Option<Error>,
    },
    /// Something went wrong that no other output tells: a connection was lost, a settlement was refused.
    Error(Error),
    /// Nothing more will come. Without an error: as asked.
    Closed(Option<Error>),
}

/// Why messages may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    /// The connection was lost, and nothing kept them meanwhile.
    Reconnected,
    /// A stream did not keep them for so long.
    Retention,
    /// A stream was deleted and created again: what the old one had behind the last message is gone, and all that the new one
    /// has comes.
    Recreated,
}

impl GapReason {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            GapReason::Reconnected => "reconnected",
            GapReason::Retention => "retention",
            GapReason::Recreated => "recreated",
        }
    }
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A socket is being opened, or a log-in answered.
    Connecting,
    /// Logged in.
    Connected,
    /// Waiting to try again.
    Waiting,
    /// Not any more.
    Closed,
}

impl State {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Connecting => "connecting",
            State::Connected => "connected",
            State::Waiting => "waiting",
            State::Closed => "closed",
        }
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement<'a> {
    /// Done.
    Ack,
    /// Not done.
    Nack {
        /// Whether it goes back to its queue.
        requeue: bool,
        /// Milliseconds after which it comes back.
        delay: Option<u64>,
        /// What to write on the dead letter.
        reason: Option<&'a str>,
    },
}

pub(super) fn gap(subscription: u32, reason: GapReason, count: Option<u64>) -> Output {
    Output::Gap { subscription, reason, count }
}

/// The frame's octets, to be written.
pub(super) fn sent(frame: &Frame) -> Output {
    let mut octets = Vec::with_capacity(128 + frame.body.len());
    encode(frame, VERSION, &mut octets);
    Output::Send(octets)
}
