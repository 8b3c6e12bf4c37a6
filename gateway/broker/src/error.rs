//! Why a vhost refuses.

use crate::{DeliveryTag, SubscriptionNumber};
use thiserror::Error as ThisError;

/// A refusal, with what a person needs to know to do better.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub enum Error {
    #[error("there is no queue {name:?} in this vhost")]
    QueueNotFound { name: String },
    #[error("there is no exchange {name:?} in this vhost")]
    ExchangeNotFound { name: String },
    #[error("the queue {name:?} is exclusive to another connection")]
    ResourceLocked { name: String },
    #[error(
        "the queue {name:?} exists with {argument}:{existing}, not {argument}:{requested}: change that header, or delete the queue first"
    )]
    QueueDiffers { name: String, argument: &'static str, existing: String, requested: String },
    #[error("{name} must be {wanted}, not {value:?}")]
    BadArgument { name: String, value: String, wanted: &'static str },
    #[error("the exchange {name:?} exists with another type or alternate exchange")]
    ExchangeDiffers { name: String },
    #[error("the queue {queue:?} has no such binding to the exchange {exchange:?}")]
    BindingNotFound { queue: String, exchange: String },
    #[error("the exchange {name:?} is in use: {bindings} bindings")]
    ExchangeInUse { name: String, bindings: usize },
    #[error("publishers wait: the queues hold {held} octets, more than {limit}; consume first")]
    MemoryAlarm { held: usize, limit: usize },
    #[error("publishers wait: the disk is full, or slower than they are; nothing was taken")]
    StorageAlarm,
    #[error("the queue {name:?} is not empty: {messages} messages")]
    QueueNotEmpty { name: String, messages: u64 },
    #[error("the queue {name:?} is in use: {consumers} subscriptions")]
    QueueInUse { name: String, consumers: u32 },
    #[error("the exchange {name:?} is read-only: only the server publishes to it")]
    ReadOnlyExchange { name: String },
    #[error("the name {name:?} is reserved: names must not begin with \"amq.\" or \"wharf.\"")]
    ReservedName { name: String },
    #[error("a name must have 1 to {limit} octets, {name:?} has {length}")]
    BadName { name: String, length: usize, limit: usize },
    #[error("a routing key or binding key must have at most {limit} octets, not {length}")]
    BadKey { length: usize, limit: usize },
    #[error("this connection has {limit} subscriptions, its limit")]
    TooManySubscriptions { limit: usize },
    #[error("a headers binding must have x-match all, any, all-with-x or any-with-x, not {value:?}")]
    BadMatch { value: String },
    #[error("the subscription {0} is in use on this connection")]
    SubscriptionInUse(SubscriptionNumber),
    #[error("this connection has no subscription {0}")]
    UnknownSubscription(SubscriptionNumber),
    #[error("no unsettled delivery {}-{} on this connection: settled already, or never made", .0.subscription, .0.delivery)]
    UnknownDelivery(DeliveryTag),
    #[error("a message or transaction of {size} octets is more than all queues together may hold: {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("the queue {name:?} is full and refuses new messages: {ready} wait; consume first")]
    QueueFull { name: String, ready: u64 },
    #[error("no queue took the message, and it is mandatory: nothing is bound to {exchange:?} with {routing_key:?}")]
    Unroutable { exchange: String, routing_key: String },
    #[error("the subscription {0} has no credit to add to: begin it with one")]
    NoCredit(SubscriptionNumber),
    #[error("a browsed message cannot be given back: it was not taken")]
    Browsed,
    #[error("a deduplication id must have at most {limit} octets, not {length}")]
    BadDeduplicationId { length: usize, limit: usize },
    #[error("number {number} of what was to be done together failed, so none of it was done: {error}")]
    Action { number: usize, error: Box<Error> },
    #[error("not done, since number {number} of what was to be done together failed")]
    Aborted { number: usize },
    #[error("the queue {name:?} has {limit} bindings, its limit")]
    TooManyBindings { name: String, limit: usize },
    #[error("{name:?} is a stream: {operation} is for queues")]
    IsStream { name: String, operation: &'static str },
    #[error("{name:?} is a queue: {header} is for streams")]
    IsQueue { name: String, header: &'static str },
    #[error(
        "the stream {name:?} was deleted and declared again: its epoch is {current:x} now, not {known:x}; begin anew, without that header"
    )]
    EpochChanged { name: String, known: u64, current: u64 },
    #[error(
        "the consumer group {group:?} of the stream {name:?} reads with another filter: leave the group, or give the same one"
    )]
    GroupDiffers { name: String, group: String },
    #[error("the stream {name:?} has no consumer group {group:?}")]
    GroupNotFound { name: String, group: String },
    #[error("the stream {name:?} has {limit} consumer groups, its limit")]
    TooManyGroups { name: String, limit: usize },
    #[error("a definition may have {limit} octets, not {length}")]
    LongDefinition { length: usize, limit: usize },
    #[error("this vhost has {limit} definitions of webhooks, hooks and the like, its limit")]
    TooManyDefinitions { limit: usize },
    #[error("this vhost has {limit} queues, its limit")]
    TooManyQueues { limit: usize },
    /// Never found here: who asks may not do it, which is decided in front of the vhost.
    #[error("{reason}")]
    Forbidden { reason: Box<str> },
}
