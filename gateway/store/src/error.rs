//! What goes wrong with a disk.

use crate::Position;
use std::io;

/// Why a store cannot be opened, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused an operation.
    #[error("{operation} {file:?} failed: {source}")]
    Io {
        /// "reading", "syncing", ...
        operation: &'static str,
        /// In the data directory.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Another server uses the directory.
    #[error("another server uses this data directory: stop it, or choose another directory")]
    Locked,
    /// What was written and synced is not there any more, or is not what it was.
    #[error(
        "{file:?} is damaged at octet {offset}: {what}. Nothing was changed. Restore the directory from a backup, or start with --repair, which keeps \
         what precedes the damage and puts the rest aside"
    )]
    Damaged {
        /// In the data directory.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// The file is of another version of this program.
    #[error("{file:?} has format version {version}, and this release reads {expected}: use the release that wrote it")]
    Version {
        /// In the data directory.
        file: String,
        /// What it says.
        version: u32,
        /// What is known.
        expected: u32,
    },
    /// A record over [`crate::MAX_RECORD`].
    #[error("a record has {0} octets: it must have one, and at most {most}", most = crate::MAX_RECORD)]
    TooLarge(usize),
    /// Something failed before, after which nothing can be promised any more.
    #[error("the store has failed before: {0}")]
    Failed(String),
}

impl Error {
    pub(crate) fn io(operation: &'static str, file: &str, source: io::Error) -> Self {
        Error::Io { operation, file: file.to_owned(), source }
    }

    /// Whether it is for want of room, which may come back.
    pub(crate) fn is_full(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        // After a sync that failed, for whatever reason, nobody knows what is on the disk.
        matches!(self, Error::Io { operation, source, .. }
            if !operation.starts_with("syncing") && matches!(source.kind(), StorageFull | QuotaExceeded))
    }
}

/// The end of a journal that was cut off when it was opened: what was being written when the power went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// In the data directory.
    pub file: String,
    /// Where in it the cut is.
    pub offset: u64,
    /// From where on records are missing, if any were complete.
    pub position: Position,
    /// Octets that were cut off, up to the last that was not zero.
    pub octets: u64,
}
