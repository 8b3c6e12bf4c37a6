//! An append-only journal on disk, with group commit and recovery. To it a record is octets: it knows no queue and no
//! protocol. `FORMAT.md` draws the files.
//!
//! ```text
//!   append -> waiting records -> commit thread: write, sync -> Durable(position)
//!   open   -> snapshot -> records -> append
//! ```
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // it reads what a disk has kept
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod backend;
mod error;
mod journal;
mod position;
mod record;
mod recovery;
mod segment;
mod snapshot;
mod writer;

pub use error::{Cut, Error};
pub use journal::{Journal, Options, Progress};
pub use position::Position;
pub use record::MAX_RECORD;
pub use recovery::{Found, Replayed};
