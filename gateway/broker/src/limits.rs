//! What a vhost may hold, with units, defaults and reasons.

/// Limits of one vhost. Sizes of messages are [`crate::Message::size`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the largest message or transaction that is taken at all. Default 1 GiB.
    pub memory: usize,
    /// Octets in all queues from which publishers are blocked until consumers have made room. Default 768 MiB.
    pub memory_watermark: usize,
    /// Octets in all queues from which on messages that are kept are not held in memory beside that. Default 64 MiB.
    pub resident: usize,
    /// Octets of a stream in the oldest part of the journal up to which they are written again there, instead of to files of their own.
    /// Default 256 KiB: ten thousand small streams must not be as many files.
    pub small_stream: u64,
    /// The smallest files that may be asked for, for a stream: or it could be as many files as messages. Default 64 KiB.
    pub least_segment: u64,
    /// Memory is all there is to keep messages in: streams count there too.
    pub is_memory_all: bool,
    /// Octets that may wait for a topic subscription; beyond it the oldest are dropped. Default 2 MiB: bodies are
    /// shared, so this bounds how far behind a reader may fall.
    pub backlog: usize,
    /// Octets waiting for a topic subscription from which its publishers are stalled. Default 1 MiB.
    pub backlog_watermark: usize,
    /// Octets of publishes that are kept for a blocked or stalled connection, so that what it settles behind them is
    /// still heard; beyond it nothing more of it is read. Default 1 MiB.
    pub parked: usize,
    /// Milliseconds for which a publisher is stalled at most, before the oldest messages of a reader that is too slow
    /// are dropped. Default 2,000.
    pub stall: u64,
    /// Octets that may be handed to a connection before it says that it has written some. Default 256 KiB.
    pub window: usize,
    /// Queues in a vhost. Default 1,000,000.
    pub queues: usize,
    /// Subscriptions of a connection. Default 4,096: ending them takes time in which others wait.
    pub subscriptions: usize,
}

impl Limits {
    /// The defaults that the fields are described with, for constants.
    pub const DEFAULT: Self = Limits {
        memory: 1 << 30,
        memory_watermark: 768 << 20,
        resident: 64 << 20,
        small_stream: 256 << 10,
        least_segment: 64 << 10,
        is_memory_all: false,
        backlog: 2 << 20,
        backlog_watermark: 1 << 20,
        parked: 1 << 20,
        stall: 2_000,
        window: 256 << 10,
        queues: 1_000_000,
        subscriptions: 4_096,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}

/// Octets of the largest message or transaction whatever the memory: it is kept in one piece.
pub const RECORD: usize = 1 << 30;

/// Routing keys whose queues an exchange remembers. Bounded, since publishers choose the keys.
pub const ROUTE_CACHE: usize = 1024;

/// Octets of a routing key or binding key, as in AMQP 0-9-1.
pub const KEY: usize = 255;

/// Ended subscriptions of deleted queues that a connection remembers, so that late settlements of their deliveries are
/// no error. Bounded, since a client may make them as often as it likes; the oldest are forgotten first.
pub const REMEMBERED: usize = 1024;

/// Octets of a queue or exchange name, as in AMQP 0-9-1.
pub const NAME: usize = 255;

/// Milliseconds without progress after which publishers no longer wait for a reader: it does not read at all.
pub const READER_PATIENCE: u64 = 200;

/// How often a message may come back where nobody said so, and a dead-letter exchange takes it then.
pub const DELIVERIES: u32 = 20;

/// Queues and reasons in the history of a dead-lettered message; one that has more is dropped.
pub const DEATHS: usize = 32;

/// Milliseconds between two searches of one queue for messages that expire before those ahead of them: a search looks
/// at all that waits.
pub const SWEEP_INTERVAL: u64 = 1_000;

/// Deduplication ids that a vhost remembers; the oldest are forgotten first.
pub const DEDUPLICATED: usize = 65_536;

/// Octets of a definition that is kept for the caller: it is in memory, and in every snapshot.
pub const DEFINITION: usize = 64 * 1024;

/// Such definitions in a vhost.
pub const DEFINED: usize = 10_000;

/// Deduplication ids in all scopes of a vhost. They are in every snapshot of the definitions, which is made under the vhost's lock.
pub const DEDUPLICATED_IN_SCOPES: usize = 262_144;

/// Milliseconds for which a deduplication id is remembered that is in no scope.
pub const DEDUPLICATION_TIME: u64 = 600_000;

/// Octets of a deduplication id: 65,536 of them, each with the place it was published to, must not take much.
pub const DEDUPLICATION_ID: usize = 128;

/// Octets that a parked request, and each action of one, counts beside its messages.
pub const REQUEST: usize = 256;

/// Bindings of a queue: each is searched when another comes.
pub const BINDINGS: usize = 4_096;

/// Messages of a queue that expire in one go: what follows from each may take long, and others wait for the vhost.
pub const EXPIRIES: usize = 1_000;

/// Dead letters of dead letters that one command may cause; what is beyond is dropped. Queues that are full and
/// dead-letter to each other would multiply a message for ever.
pub const CONSEQUENCES: usize = 10_000;

/// The longest that a message which came back stays away: 30 days, in milliseconds.
pub const DELAY: u64 = 30 * 24 * 60 * 60 * 1_000;

/// Settled deliveries among unsettled ones from which a subscription keeps only the latter, more slowly.
pub const SPARSE: usize = 4_096;

/// Octets by which a message counts that is not in memory: its place in the queue.
pub const AWAY: usize = 64;

/// Octets of messages that are read ahead for a queue, a reader of a stream, or a browser: as much as a connection's window takes.
pub const READ_AHEAD: usize = 256 << 10;

/// Messages that are read at once.
pub const READ_AHEAD_MESSAGES: usize = 1_024;

/// Dead letters that wait to be read; while there are so many, no more messages expire.
pub const UNREAD_DEAD: usize = 1_024;

/// Consumer groups of a stream: their places are kept.
pub const GROUPS: usize = 1_024;

/// Octets of the files of a stream, unless it is declared with others.
pub const SEGMENT: u64 = 64 << 20;

/// Milliseconds until it is looked again whether dead letters were read that others wait for.
pub const READ_PAUSE: u64 = 10;
