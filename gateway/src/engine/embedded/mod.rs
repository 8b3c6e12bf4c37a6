//! The embedded engine: the broker behind a lock, in this process.

mod statistics;
mod vhost;

pub(super) use statistics::{INTERVAL as STATISTICS_INTERVAL, Statistics};
pub(super) use vhost::EmbeddedVhost;
