//! Why what was kept cannot be used.

use broker::UnknownRecord;
use std::io;

/// Why a data directory cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be made or read.
    #[error("{0}")]
    Directory(#[source] io::Error),
    /// Its files are not what they should be.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What is in them is of another release.
    #[error(transparent)]
    Record(#[from] UnknownRecord),
    /// A vhost cannot be defined.
    #[error("the vhost {0:?} cannot be kept: {1}")]
    Vhost(String, #[source] Box<broker::Error>),
    /// What is in them is of another program.
    #[error("a record is not one of Wharf's, though it is sound: the files are of another program")]
    Foreign,
    /// What is in them does not hold what is in use.
    #[error("messages that are needed are in no file of the journal")]
    Missing,
}
