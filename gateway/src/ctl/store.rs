//! Data directories of servers that do not run.

use super::error::CtlError;
use super::output::say;
use crate::engine::{Cut, Engine, StoreReport};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// What is done with a data directory.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// Verify a data directory that no server uses. Changes nothing.
    CheckStore {
        /// The directory.
        #[arg(long = "data-dir", value_name = "DIR", default_value = "wharf-data")]
        data_dir: PathBuf,
    },
}

impl Command {
    pub(super) fn run(self) -> Result<(), CtlError> {
        let Command::CheckStore { data_dir } = self;
        check(&data_dir)
    }
}

fn check(directory: &Path) -> Result<(), CtlError> {
    if !directory.is_dir() {
        let reason = format!("{} is no directory: name one with --data-dir", directory.display());
        return Err(CtlError::Usage(reason));
    }
    let report = Engine::check_store(directory).map_err(|error| CtlError::Failed(error.to_string()))?;
    let StoreReport { records, queues, streams, messages, cut } = report;
    say(&format!("wharf: sound: {records} records, {queues} queues and {streams} streams with {messages} messages"));
    if let Some(Cut { file, offset, octets, .. }) = cut {
        let tail = format!("{octets} octets in {file} from {offset} on");
        say(&format!("wharf: {tail} were being written when the server ended; the next start cuts them off"));
    }
    Ok(())
}
