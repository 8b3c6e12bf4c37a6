//! Exchanges.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, list};
use clap::Subcommand;

/// Columns with names of their own.
const COLUMNS: [Column; 2] = [("name", "name"), ("type", "type")];

/// What is done with exchanges.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// List the exchanges of the vhost.
    ListExchanges {
        /// Columns [default: name type], such as durable, auto_delete, arguments.
        columns: Vec<String>,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let Command::ListExchanges { columns } = self;
        list(options, &api.get(&["exchanges", options.vhost()]).await?, &COLUMNS, 2, &columns)
    }
}
