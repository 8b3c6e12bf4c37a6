//! Connections.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;

/// Columns with names of their own.
const COLUMNS: [Column; 5] =
    [("name", "name"), ("user", "user"), ("vhost", "vhost"), ("protocol", "protocol"), ("state", "state")];

/// What is done with connections.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// List connections, of the vhost if one is named.
    ListConnections {
        /// Columns [default: name user vhost protocol].
        columns: Vec<String>,
    },
    /// Close a connection.
    CloseConnection {
        /// Its name, as list_connections has it.
        name: String,
        /// What its client is told.
        reason: String,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        match self {
            Command::ListConnections { columns } => {
                let rows = match options.named_vhost() {
                    Some(vhost) => api.get(&["vhosts", vhost, "connections"]).await?,
                    None => api.get(&["connections"]).await?,
                };
                list(options, &rows, &COLUMNS, 4, &columns)
            }
            Command::CloseConnection { name, reason } => {
                api.delete_because(&["connections", &name], &reason).await?;
                done(options, &format!("connection {name:?} is closed"));
                Ok(())
            }
        }
    }
}
