//! Bindings.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, list};
use clap::Subcommand;

/// Columns with names of their own.
const COLUMNS: [Column; 5] = [
    ("source_name", "source"),
    ("destination_name", "destination"),
    ("destination_kind", "destination_type"),
    ("routing_key", "routing_key"),
    ("arguments", "arguments"),
];

/// What is done with bindings.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// List the bindings of the vhost.
    ListBindings {
        /// Columns [default: source_name destination_name destination_kind routing_key arguments].
        columns: Vec<String>,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let Command::ListBindings { columns } = self;
        list(options, &api.get(&["bindings", options.vhost()]).await?, &COLUMNS, COLUMNS.len(), &columns)
    }
}
