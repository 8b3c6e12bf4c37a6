//! Everything that may be asked of a vhost.

use crate::{Kind, Message};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A connection, numbered by the caller. Numbers are small and used again only after [`Command::Disconnect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A subscription, numbered by its connection.
pub type SubscriptionNumber = u32;

/// The caller's name for a request; the effect that answers it carries the same.
pub type Token = u64;

/// One handing of a message to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryTag {
    /// The subscription it was handed to.
    pub subscription: SubscriptionNumber,
    /// Its number in that subscription, counted from 1.
    pub delivery: u64,
}

/// An input of [`crate::Vhost::handle`]. With a token, exactly one effect answers it; without one only a refusal does.
#[derive(Debug)]
pub enum Command {
    /// A connection may use this vhost from now on.
    Connect {
        /// Its number.
        connection: ConnectionId,
    },
    /// A connection is gone: its unacked messages are requeued, its exclusive queues are deleted.
    Disconnect {
        /// Its number, which may be used again.
        connection: ConnectionId,
    },
    /// Publish a message.
    Publish(Publish),
    /// Begin a subscription.
    Subscribe(Subscribe),
    /// End a subscription; what it has unacked stays settleable until the connection ends.
    Unsubscribe {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        subscription: SubscriptionNumber,
        /// Answered by [`crate::Effect::Ended`].
        token: Option<Token>,
    },
    /// Settle deliveries.
    Settle(Settle),
    /// The connection has written this many octets of deliveries, so it can be handed as many more.
    Replenish {
        /// Whose window.
        connection: ConnectionId,
        /// Sum of [`Message::size`].
        octets: usize,
    },
    /// Answer once everything before it was handled.
    Sync {
        /// Whom.
        connection: ConnectionId,
        /// Answered by [`crate::Effect::Confirmed`].
        token: Token,
    },
}

/// Publishing.
#[derive(Debug)]
pub struct Publish {
    /// Whose.
    pub connection: ConnectionId,
    /// The message, with its exchange and routing key.
    pub message: Arc<Message>,
    /// On the default exchange: declare the queue first, if it is not there.
    pub declare: Option<QueueSettings>,
    /// Answered by [`crate::Effect::Confirmed`].
    pub token: Option<Token>,
}

/// Subscribing.
#[derive(Debug)]
pub struct Subscribe {
    /// Whose.
    pub connection: ConnectionId,
    /// Its number, new on this connection.
    pub subscription: SubscriptionNumber,
    /// What to read.
    pub source: Source,
    /// How deliveries are settled.
    pub ack_mode: AckMode,
    /// Most unacked deliveries; 0: no limit.
    pub prefetch: u32,
    /// Answered by [`crate::Effect::Subscribed`], before the first delivery.
    pub token: Option<Token>,
}

/// What a subscription reads.
#[derive(Debug)]
pub enum Source {
    /// A queue that must exist.
    Queue(String),
    /// A queue that is declared first, if it is not there.
    Declared(QueueDeclaration),
    /// A queue of its own, bound to an exchange.
    Bound(QueueDeclaration, Binding),
}

/// How deliveries of a subscription are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckMode {
    /// By being handed out.
    Auto,
    /// By a settlement that covers all earlier deliveries of the subscription.
    Cumulative,
    /// Each by its own settlement.
    Individual,
}

/// A queue to be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDeclaration {
    /// Its name.
    pub name: String,
    /// What it is, if it does not exist.
    pub settings: QueueSettings,
    /// In what an existing queue must agree.
    pub explicit: Explicit,
}

/// The settings that somebody asked for by name: a queue that exists must have them, and is taken as it is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Explicit {
    /// [`QueueSettings::exclusive`].
    pub exclusive: bool,
    /// [`QueueSettings::auto_delete`].
    pub auto_delete: bool,
}

impl Explicit {
    /// All settings were asked for.
    pub const ALL: Explicit = Explicit { exclusive: true, auto_delete: true };
}

/// What a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueSettings {
    /// Belongs to the connection that declares it, and goes with it.
    pub exclusive: bool,
    /// Goes with its last subscription.
    pub auto_delete: bool,
    /// Waits for one reader of a topic: when it falls behind, publishers are stalled, then the oldest are dropped.
    pub drops_oldest: bool,
}

/// A queue's wish to get what an exchange routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The exchange.
    pub exchange: String,
    /// The binding key: literal for direct, a pattern for topic, ignored for fanout and headers.
    pub key: String,
    /// For a headers exchange: the headers to match, and `x-match`.
    pub arguments: BTreeMap<String, String>,
}

/// Settling.
#[derive(Debug)]
pub struct Settle {
    /// Whose.
    pub connection: ConnectionId,
    /// Which delivery; of a cumulative subscription also all earlier ones.
    pub tag: DeliveryTag,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Answered by [`crate::Effect::Confirmed`].
    pub token: Option<Token>,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done: the message leaves the queue.
    Ack,
    /// Back to its place in the queue.
    Requeue,
    /// Refused: the message leaves the queue undone.
    Reject,
}

/// An exchange to be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeDeclaration {
    /// Its name.
    pub name: String,
    /// How it routes.
    pub kind: Kind,
    /// Takes what this one cannot route.
    pub alternate: Option<String>,
    /// Only the server publishes to it.
    pub read_only: bool,
}
