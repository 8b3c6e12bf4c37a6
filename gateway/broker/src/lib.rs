//! The broker core: what a vhost does with messages, as a pure and synchronous state machine.
//!
//! ```text
//!   Command, Time -> Vhost::handle         -> Effect, Effect, ...
//!            Time -> Vhost::handle_timeout -> Effect, Effect, ...
//! ```
//!
//! There is no socket, file, clock or randomness in here, and no protocol: who calls it decides when, and gives ids
//! and seeds as arguments. The same commands give the same effects, which is what the model tests rely on.
//!
//! A message travels `vhost` → `routing` → `queue` → `subscription` → [`Effect::Deliver`]; a settlement travels back.

mod connection;
mod deduplication;
mod hash;
mod narrowing;
mod queue;
mod record;
mod stream;
mod subscription;

pub mod arguments;
pub mod command;
pub mod death;
pub mod effect;
pub mod error;
pub mod exchange;
pub mod headers;
pub mod limits;
pub mod message;
pub mod routing;
pub mod stats;
pub mod time;
mod vhost;

pub use arguments::{Arguments, Overflow, QueueType};
pub use command::{
    AckMode, Action, Binding, Command, Commit, ConnectionId, Credit, Declare, DeliveryTag, ExchangeDeclaration,
    Explicit, Grant, Loaded, Outcome, Publish, QueueDeclaration, QueueSettings, Settle, Source, Subscribe,
    SubscriptionNumber, Taken, Terms, Token,
};
pub use death::{Death, Deaths, Reason};
pub use deduplication::{DeduplicationId, DeduplicationScope};
pub use effect::{Effect, Effects, EndReason, Kept, Load, Target, Wanted};
pub use error::Error;
pub use exchange::Kind;
pub use headers::Headers;
pub use limits::Limits;
pub use message::Message;
pub use narrowing::Narrowing;
pub use record::{Recovery, Stored, UnknownRecord, stored};
pub use stream::{Filter, LogPart, Start, StreamPlace, StreamTerms};
pub use time::Time;
pub use vhost::{DeleteConditions, Disposal, Movable, Moving, Seen, Vhost};
