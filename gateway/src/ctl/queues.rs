//! Queues and streams.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;

/// Columns with names of their own.
const COLUMNS: [Column; 3] =
    [("name", "name"), ("messages", "messages"), ("messages_unacked", "messages_unacknowledged")];

/// What is done with queues.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// List the queues of the vhost.
    ListQueues {
        /// Columns [default: name messages], such as messages_ready, consumers, durable, arguments.
        columns: Vec<String>,
    },
    /// Delete a queue of the vhost with its messages.
    DeleteQueue {
        /// Its name.
        name: String,
        /// Only if no message is in it.
        #[arg(long = "if-empty")]
        if_empty: bool,
        /// Only if nobody consumes from it.
        #[arg(long = "if-unused")]
        if_unused: bool,
    },
    /// Drop the messages of a queue of the vhost that wait.
    PurgeQueue {
        /// Its name.
        name: String,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let vhost = options.vhost();
        match self {
            Command::ListQueues { columns } => {
                list(options, &api.get(&["queues", vhost]).await?, &COLUMNS, 2, &columns)
            }
            Command::DeleteQueue { name, if_empty, if_unused } => {
                let conditions = [(if_empty, "if-empty=true"), (if_unused, "if-unused=true")];
                let query: Vec<_> =
                    conditions.into_iter().filter(|(is_set, _)| *is_set).map(|(_, term)| term).collect();
                api.delete_if(&["queues", vhost, &name], &query.join("&")).await?;
                done(options, &format!("queue {name:?} is deleted"));
                Ok(())
            }
            Command::PurgeQueue { name } => {
                api.delete(&["queues", vhost, &name, "contents"]).await?;
                done(options, &format!("queue {name:?} is empty"));
                Ok(())
            }
        }
    }
}
