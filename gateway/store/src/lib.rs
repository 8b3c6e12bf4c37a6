//! An append-only journal on disk, with group commit and recovery, and logs of numbered records for what outlives it. To it a
//! record is octets: it knows no queue and no protocol. `FORMAT.md` draws the files.
//!
//! ```text
//!   append -> waiting records -> commit thread: write, sync -> Durable(position) -> reader
//!   open   -> snapshot -> records -> append
//!   logs   -> settle -> append, sync -> reader
//! ```
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // it reads what a disk has kept
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod backend;
mod error;
pub mod failpoint;
mod gathering;
mod journal;
mod log;
mod position;
mod reader;
mod record;
mod recovery;
mod segment;
mod snapshot;
mod writer;

pub use error::{Cut, Error};
pub use journal::{Journal, Options, Progress};
pub use log::{LogId, LogReader, LogRecord, Logs, Part};
pub use position::Position;
pub use reader::Reader;
pub use record::{HEAD as RECORD_HEAD, MAX_RECORD};
pub use recovery::{Found, Replayed};
