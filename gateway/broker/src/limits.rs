//! What a vhost may hold, with units, defaults and reasons.

/// Limits of one vhost. Sizes of messages are [`crate::Message::size`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets that all queues together may hold; a publish beyond it is refused. Default 1 GiB.
    pub memory: usize,
    /// Octets in all queues from which publishers are stalled. Default 768 MiB: it leaves a quarter for those that
    /// are not slowed down in time.
    pub memory_watermark: usize,
    /// Octets that may wait for a topic subscription; beyond it the oldest are dropped. Default 2 MiB: bodies are
    /// shared, so this bounds how far behind a reader may fall.
    pub backlog: usize,
    /// Octets waiting for a topic subscription from which its publishers are stalled. Default 1 MiB.
    pub backlog_watermark: usize,
    /// Octets that may be handed to a connection before it says that it has written some. Default 256 KiB.
    pub window: usize,
    /// Queues in a vhost. Default 1,000,000.
    pub queues: usize,
    /// Subscriptions of a connection. Default 4,096: ending them takes time in which others wait.
    pub subscriptions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 1 << 30,
            memory_watermark: 768 << 20,
            backlog: 2 << 20,
            backlog_watermark: 1 << 20,
            window: 256 << 10,
            queues: 1_000_000,
            subscriptions: 4_096,
        }
    }
}

/// Routing keys whose queues an exchange remembers. Bounded, since publishers choose the keys.
pub const ROUTE_CACHE: usize = 1024;

/// Octets of a routing key or binding key, as in AMQP 0-9-1.
pub const KEY: usize = 255;

/// Ended subscriptions of deleted queues that a connection remembers, so that late settlements of their deliveries are
/// no error. Bounded, since a client may make them as often as it likes; the oldest are forgotten first.
pub const REMEMBERED: usize = 1024;

/// Octets of a queue or exchange name, as in AMQP 0-9-1.
pub const NAME: usize = 255;
