//! The embedded engine: the broker behind a lock, in this process.

mod ending;
mod files;
mod journal;
mod management;
mod places;
mod reader;
mod reclaim;
mod statistics;
mod vhost;

#[cfg(test)]
pub(super) use journal::Sizes;
pub(super) use journal::{Disk, GLOBAL, Journal, Kept, VhostNumber};
pub(super) use management::PART;
pub(super) use reader::{Located, Readers};
pub(super) use reclaim::reclaim;
pub(super) use statistics::{INTERVAL as STATISTICS_INTERVAL, Statistics, is_overview_wanted, publish_overview};
pub(super) use vhost::EmbeddedVhost;
