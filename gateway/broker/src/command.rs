//! Everything that may be asked of a vhost.

use crate::{Arguments, DeduplicationId, Kind, Message, Narrowing, QueueType, StreamTerms, Time};
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
    /// Publish and settle: all of it, or nothing.
    Commit(Commit),
    /// Begin a subscription.
    Subscribe(Box<Subscribe>),
    /// End a subscription; what it has unacked stays settleable until the connection ends.
    Unsubscribe {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        subscription: SubscriptionNumber,
        /// Delete the queue that was made for it too, if it would outlive it.
        delete: bool,
        /// Answered by [`crate::Effect::Ended`].
        token: Option<Token>,
    },
    /// Delete a queue that nobody subscribes to.
    DeleteQueue {
        /// Who asks.
        connection: ConnectionId,
        /// Which.
        name: String,
        /// Answered by [`crate::Effect::Confirmed`].
        token: Option<Token>,
    },
    /// Settle deliveries.
    Settle(Settle),
    /// Let a subscription that counts its credit have more.
    Grant(Grant),
    /// The connection has written this many octets of deliveries, so it can be handed as many more.
    Replenish {
        /// Whose window.
        connection: ConnectionId,
        /// Sum of [`Message::size`].
        octets: usize,
    },
    /// The answer to [`crate::Effect::Load`].
    Loaded {
        /// Which.
        serial: u64,
        /// What was found, in the order in which it was asked for. What is missing was reclaimed or trimmed meanwhile.
        messages: Vec<Loaded>,
    },
    /// Answer once everything before it was handled.
    Sync {
        /// Whom.
        connection: ConnectionId,
        /// Also what waits since the connection may not publish yet.
        and_parked: bool,
        /// Answered by [`crate::Effect::Confirmed`].
        token: Token,
    },
}

/// A message that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The number of its queue or stream in records.
    pub queue: u64,
    /// Its number in there.
    pub number: u64,
    /// When it was published.
    pub at: Time,
    /// The message.
    pub message: Arc<Message>,
}

/// Publishing.
#[derive(Debug)]
pub struct Publish {
    /// Whose.
    pub connection: ConnectionId,
    /// The message, with its exchange and routing key.
    pub message: Arc<Message>,
    /// On the default exchange: declare the queue first, if it is not there.
    pub declare: Declare,
    /// Refuse it if no queue takes it.
    pub mandatory: bool,
    /// If the same was published to the same place with the same id lately, it is not published again.
    pub deduplication_id: Option<DeduplicationId>,
    /// Answered by [`crate::Effect::Confirmed`].
    pub token: Option<Token>,
}

impl Publish {
    /// A message that no connection publishes, and that declares nothing: see [`crate::Vhost::publish_unparked`].
    pub fn detached(message: Message) -> Self {
        Publish {
            connection: ConnectionId(u32::MAX),
            message: Arc::new(message),
            declare: Declare::No,
            mandatory: false,
            deduplication_id: None,
            token: None,
        }
    }
}

/// What became of a message that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// How many queues took it.
    pub routed: u32,
    /// It had been published before, and was not published again.
    pub duplicate: bool,
    /// Its offset in the stream that took it.
    pub stream_offset: Option<u64>,
}

/// Whether a publish declares the queue that it goes to.
#[derive(Debug, Default)]
pub enum Declare {
    /// It must be there, or nobody gets the message.
    #[default]
    No,
    /// As a queue with no particular settings.
    Plain,
    /// As a stream with no particular settings; what is there must be one.
    Stream,
    /// With these settings; a queue that exists must agree in the explicit ones.
    As(Box<(QueueSettings, Explicit)>),
}

impl Declare {
    /// What the queue will be.
    pub(crate) fn settings(&self) -> QueueSettings {
        match self {
            Declare::As(declared) => declared.0.clone(),
            Declare::Stream => {
                let arguments = Arguments { queue_type: Some(QueueType::Stream), ..Arguments::default() };
                QueueSettings { durable: true, arguments: Some(arguments.into()), ..QueueSettings::default() }
            }
            Declare::Plain | Declare::No => QueueSettings { durable: true, ..QueueSettings::default() },
        }
    }
}

/// Several requests of one connection, of which all are carried out or none.
#[derive(Debug)]
pub struct Commit {
    /// Whose.
    pub connection: ConnectionId,
    /// What, in order. Tokens in here are answered before the commit's own.
    pub actions: Vec<Action>,
    /// Whether its confirmation tells how many queues took the messages, all together.
    pub reports_routed: bool,
    /// Answered by [`crate::Effect::Confirmed`].
    pub token: Option<Token>,
}

/// One of several requests.
#[derive(Debug)]
pub enum Action {
    /// Publish a message.
    Publish(Publish),
    /// Publish messages that are answered as one: the tokens in here are not used.
    PublishAll(Vec<Publish>, Option<Token>),
    /// Settle deliveries.
    Settle(Settle),
}

impl Action {
    pub(crate) fn token(&self) -> Option<Token> {
        match self {
            Action::Publish(publish) => publish.token,
            Action::PublishAll(_, token) => *token,
            Action::Settle(settle) => settle.token,
        }
    }
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
    /// What it is handed, and when.
    pub terms: Terms,
    /// What it wants of a stream; refused where it reads a queue.
    pub stream: Option<Box<StreamTerms>>,
    /// Answered by [`crate::Effect::Subscribed`], before the first delivery.
    pub token: Option<Token>,
}

/// What a subscription is handed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// Most unacked deliveries; 0: no limit.
    pub prefetch: u32,
    /// Most octets of unacked deliveries, which the last may overdraw; 0: no limit.
    pub prefetch_octets: u32,
    /// Subscriptions of a higher priority are served first.
    pub priority: i32,
    /// As long as it lives, only it or another exclusive one of its queue is served.
    pub exclusive: bool,
    /// It is handed nothing but what it was granted.
    pub credit: Option<Credit>,
    /// It sees what waits now without taking it.
    pub browse: bool,
}

/// How much a subscription may still be handed; `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Credit {
    /// Messages.
    pub messages: Option<u64>,
    /// Octets of bodies, which the last message may overdraw.
    pub octets: Option<u64>,
}

/// More credit.
#[derive(Debug)]
pub struct Grant {
    /// Whose.
    pub connection: ConnectionId,
    /// For which subscription, which must have begun with credit.
    pub subscription: SubscriptionNumber,
    /// Messages.
    pub messages: u64,
    /// Octets of bodies.
    pub octets: u64,
    /// Answered by [`crate::Effect::Confirmed`].
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
    /// The same, and if the queue is there it loses its other bindings.
    Rebound(QueueDeclaration, Binding),
    /// A queue of its own, bound to an exchange, that takes only some of what the binding matches.
    Narrowed(QueueDeclaration, Binding, Narrowing),
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
#[derive(Debug, Clone, PartialEq)]
pub struct QueueDeclaration {
    /// Its name.
    pub name: String,
    /// What it is, if it does not exist.
    pub settings: QueueSettings,
    /// In what an existing queue must agree.
    pub explicit: Explicit,
}

/// The settings that somebody asked for by name: a queue that exists must have them, and the arguments that were given;
/// otherwise it is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Explicit {
    /// [`QueueSettings::durable`].
    pub durable: bool,
    /// [`QueueSettings::exclusive`].
    pub exclusive: bool,
    /// [`QueueSettings::auto_delete`].
    pub auto_delete: bool,
}

impl Explicit {
    /// All settings were asked for.
    pub const ALL: Explicit = Explicit { durable: true, exclusive: true, auto_delete: true };
}

/// What a queue is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueSettings {
    /// Is to survive a restart.
    pub durable: bool,
    /// Belongs to the connection that declares it, and goes with it.
    pub exclusive: bool,
    /// Goes with its last subscription.
    pub auto_delete: bool,
    /// Waits for one reader of a topic: when it falls behind, publishers are stalled, then the oldest are dropped.
    pub drops_oldest: bool,
    /// Takes nothing that its own connection publishes.
    pub no_local: bool,
    /// What else was asked for.
    pub arguments: Option<Arc<Arguments>>,
}

impl QueueSettings {
    /// The arguments, also if there are none.
    pub fn arguments(&self) -> &Arguments {
        self.arguments.as_deref().unwrap_or(Arguments::NONE)
    }
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
    /// Why it was not acked, for people.
    pub text: Option<Box<str>>,
    /// Answered by [`crate::Effect::Confirmed`].
    pub token: Option<Token>,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done: the message leaves the queue.
    Ack,
    /// Back to its place in the queue, after so many milliseconds; `None`: when the queue's arguments say.
    Requeue(Option<u64>),
    /// Back to its place in the queue at once, as if it had not been handed out: that does not count.
    Return,
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
    /// Is to survive a restart.
    pub durable: bool,
    /// Takes what this one cannot route.
    pub alternate: Option<String>,
    /// Only the server publishes to it.
    pub read_only: bool,
}
