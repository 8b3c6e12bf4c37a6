//! The engine: what carries messages between connections. Protocols submit commands and get effects in an outbox;
//! they do not see which engine runs.

mod connections;
mod dismissal;
mod embedded;
mod entry;
mod expiry;
mod global;
mod handle;
mod headers;
mod held;
mod history;
mod keeping;
mod management;
mod narrowing;
mod outbox;
mod permission;
mod report;
#[cfg(test)]
mod simulation;
mod store_error;
mod vhosts;

/// What protocols submit, and what they are handed: made and read in their `translate` files alone.
pub use broker::{Command, Message};
pub use connections::{ConnectionInfo, Transport, milliseconds_since_1970};
pub use dismissal::Cause;
pub use entry::NotEntered;
pub use handle::{DEFAULT_VHOST, Engine, EngineLimits, Handle, NotConnected};
pub use headers::is_passed_on;
pub use keeping::{Keeping, StoreReport};
pub use management::{Creation, Management, NoVhost};
pub use outbox::{CloseReason, Item, Notice};
pub use report::{Listener, QueueReport, SEQUENCE_HEADER, SampleWindow};
pub use store::Cut;
pub use store_error::StoreError;
pub use vhosts::{AllowedOrigins, VhostError, VhostLimit, VhostLimits, VhostSettings};
