//! What a client asks of its surroundings, and tells its user.

use super::Error;
use crate::stomp::Frame;

/// One thing to do or to tell.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Open a socket, dropping any other.
    OpenSocket,
    /// Write these octets to the socket.
    Send(Vec<u8>),
    /// Close the socket, and let nothing more be heard of it.
    CloseSocket,
    /// The connection stands differently now.
    State(State),
    /// A message for a subscription.
    Message {
        /// Its number.
        subscription: u32,
        /// To be given back when the message is settled.
        epoch: u32,
        /// The MESSAGE frame.
        frame: Frame,
    },
    /// The server has taken responsibility for a publish.
    Confirmed {
        /// Its number.
        publish: u64,
        /// How many queues took it, if the server says so.
        routed: Option<u32>,
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
    /// Something went wrong that is being dealt with: a connection was lost.
    Error(Error),
    /// Nothing more will come. Without an error: as asked.
    Closed(Option<Error>),
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
pub enum Settlement {
    /// Done.
    Ack,
    /// Not done.
    Nack {
        /// Whether it goes back to its queue.
        requeue: bool,
    },
}
