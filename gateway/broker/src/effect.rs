//! Everything that a vhost answers.

use crate::{ConnectionId, Error, LogPart, Message, StreamPlace, SubscriptionNumber, Time, Token};
use std::ops::Range;
use std::sync::Arc;

/// An output of [`crate::Vhost::handle`], for one connection; a delivery for one or many.
#[derive(Debug)]
pub enum Effect {
    /// Hand the message to each of these targets.
    Deliver {
        /// The message, shared.
        message: Arc<Message>,
        /// Where in [`Effects::targets`].
        targets: Range<usize>,
        /// Its place in the stream that it is read from.
        stream: Option<StreamPlace>,
    },
    /// A request was carried out.
    Confirmed {
        /// Whose.
        connection: ConnectionId,
        /// Its name.
        token: Token,
        /// A publish: how many queues took the message.
        routed: Option<u32>,
        /// A publish: it had been published before.
        duplicate: bool,
        /// A publish: its offset in the stream that took it.
        stream_offset: Option<u64>,
    },
    /// A subscription began; its deliveries follow.
    Subscribed {
        /// Whose.
        connection: ConnectionId,
        /// The request's name.
        token: Token,
        /// Where the record begins that declares what it reads, if that is kept and was not read back; else 0. It may have been declared just now, by
        /// whomever.
        declared: u64,
    },
    /// A subscription ended: no delivery follows.
    Ended {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        subscription: SubscriptionNumber,
        /// Why.
        reason: EndReason,
    },
    /// A request was refused, and changed nothing.
    Refused {
        /// Whose.
        connection: ConnectionId,
        /// The request's name, if it had one.
        token: Option<Token>,
        /// A refused subscription's number.
        subscription: Option<SubscriptionNumber>,
        /// Why.
        error: Error,
    },
    /// A browsing subscription has seen all that waited when it began.
    Browsed {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        subscription: SubscriptionNumber,
    },
    /// Messages were dropped since their reader fell too far behind: they are missing before the next delivery.
    Dropped {
        /// Whose.
        connection: ConnectionId,
        /// Whose reader.
        subscription: SubscriptionNumber,
        /// How many.
        count: u64,
    },
    /// What the connection publishes waits until there is room.
    Blocked {
        /// Who.
        connection: ConnectionId,
        /// The reason is the disk; otherwise it is memory.
        by_storage: bool,
    },
    /// There is room again.
    Unblocked {
        /// Who.
        connection: ConnectionId,
    },
    /// So much of the connection waits to be published that no more of it should be read.
    Pause {
        /// Who.
        connection: ConnectionId,
    },
    /// The pause is over.
    Resume {
        /// Who.
        connection: ConnectionId,
    },
    /// Messages are to be read from where they are kept: answered by [`crate::Command::Loaded`].
    Load(Load),
    /// A part of a stream's log is needed no more, once what was done is durable.
    Trimmed {
        /// The number of the stream in records.
        stream: u64,
        /// The first offset of the part.
        part: u64,
    },
}

/// A wish to read messages.
#[derive(Debug)]
pub struct Load {
    /// Its name, which the answer repeats.
    pub serial: u64,
    /// What to read.
    pub wanted: Wanted,
}

/// What to read.
#[derive(Debug)]
pub enum Wanted {
    /// Messages in records.
    Records(Vec<Kept>),
    /// Messages of a stream that were moved to its log.
    Log {
        /// The number of the stream in records.
        stream: u64,
        /// The part that they are in.
        part: LogPart,
        /// The first offset.
        from: u64,
        /// Or, if it is later, the first that is not older.
        since: Time,
        /// About how many octets.
        octets: usize,
    },
}

/// A message in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kept {
    /// The number of its queue or stream in records.
    pub queue: u64,
    /// Its number in there.
    pub number: u64,
    /// Where its record begins.
    pub place: u64,
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The connection asked for it.
    Unsubscribed(Option<Token>),
    /// Its queue was deleted.
    QueueDeleted,
}

/// One receiver of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Whose.
    pub connection: ConnectionId,
    /// To which subscription.
    pub subscription: SubscriptionNumber,
    /// The delivery's number in it.
    pub delivery: u64,
    /// Which delivery of this message it is, counted from 1.
    pub delivery_count: u32,
}

/// Collects effects. Targets stand in a list of their own, so that a fan-out to thousands allocates nothing.
#[derive(Debug, Default)]
pub struct Effects {
    /// The effects, in order.
    pub list: Vec<Effect>,
    /// The targets that [`Effect::Deliver`] refers to.
    pub targets: Vec<Target>,
}

impl Effects {
    /// Forgets everything, keeping the space.
    pub fn clear(&mut self) {
        self.list.clear();
        self.targets.clear();
    }

    /// Adds a delivery to the targets that were pushed since `start`; nothing, if there are none.
    pub(crate) fn deliver(&mut self, message: &Arc<Message>, start: usize, stream: Option<StreamPlace>) {
        let targets = start..self.targets.len();
        if !targets.is_empty() {
            self.list.push(Effect::Deliver { message: Arc::clone(message), targets, stream });
        }
    }

    pub(crate) fn confirm(&mut self, connection: ConnectionId, token: Option<Token>, routed: Option<u32>) {
        if let Some(token) = token {
            self.list.push(Effect::Confirmed { connection, token, routed, duplicate: false, stream_offset: None });
        }
    }
}
