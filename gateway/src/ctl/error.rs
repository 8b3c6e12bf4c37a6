//! Why a command came to nothing.

use thiserror::Error;

/// One line that says what was wrong, and perhaps what to do.
#[derive(Debug, Error)]
pub enum CtlError {
    /// The command or the configuration is wrong: nothing was done.
    #[error("{0}")]
    Usage(String),
    /// The server refused, or something else failed.
    #[error("{0}")]
    Failed(String),
}

impl CtlError {
    /// What the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            CtlError::Failed(_) => 1,
            CtlError::Usage(_) => 2,
        }
    }
}
