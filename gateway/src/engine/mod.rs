//! The engine: what carries messages between connections. Protocols submit commands and get effects in an outbox;
//! they do not see which engine runs.

mod connections;
mod embedded;
mod handle;
mod outbox;
mod report;

/// What protocols submit, and what they are handed: made and read in their `translate` files alone.
pub use broker::{Command, Message};
pub use connections::{ConnectionInfo, Transport, milliseconds_since_1970};
pub use handle::{DEFAULT_VHOST, Engine, Handle, QueueCreation};
pub use outbox::{CloseReason, Item, Notice};
pub use report::SEQUENCE_HEADER;
