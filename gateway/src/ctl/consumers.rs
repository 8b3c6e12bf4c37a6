//! Consumers, which are called subscriptions elsewhere.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, list};
use clap::Subcommand;

/// Columns with names of their own.
const COLUMNS: [Column; 4] = [
    ("queue_name", "queue.name"),
    ("consumer_tag", "consumer_tag"),
    ("ack_required", "ack_required"),
    ("prefetch_count", "prefetch_count"),
];

/// What is done with consumers.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// List the consumers of the vhost.
    ListConsumers {
        /// Columns [default: queue_name consumer_tag ack_required prefetch_count].
        columns: Vec<String>,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let Command::ListConsumers { columns } = self;
        list(options, &api.get(&["consumers", options.vhost()]).await?, &COLUMNS, COLUMNS.len(), &columns)
    }
}
