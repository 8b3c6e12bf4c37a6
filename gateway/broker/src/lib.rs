//! The broker core: what a vhost does with messages, as a pure and synchronous state machine.
//!
//! ```text
//!   Command -> Vhost::handle -> Effect, Effect, ...
//! ```
//!
//! There is no socket, file, clock or randomness in here, and no protocol: who calls it decides when, and gives ids
//! and seeds as arguments. The same commands give the same effects, which is what the model tests rely on.
//!
//! A message travels `vhost` → `routing` → `queue` → `subscription` → [`Effect::Deliver`]; a settlement travels back.

mod connection;
mod hash;
mod queue;
mod subscription;

pub mod command;
pub mod effect;
pub mod error;
pub mod exchange;
pub mod headers;
pub mod limits;
pub mod message;
pub mod routing;
pub mod stats;
mod vhost;

pub use command::{
    AckMode, Binding, Command, ConnectionId, DeliveryTag, Explicit, Outcome, Publish, QueueDeclaration, QueueSettings,
    Settle, Source, Subscribe, SubscriptionNumber, Token,
};
pub use effect::{Effect, Effects, EndReason, Target};
pub use error::Error;
pub use exchange::Kind;
pub use headers::Headers;
pub use limits::Limits;
pub use message::Message;
pub use vhost::{DeleteConditions, Vhost};
