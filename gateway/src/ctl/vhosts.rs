//! Vhosts.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;
use serde_json::json;

/// Columns with names of their own.
const COLUMNS: [Column; 1] = [("name", "name")];

/// What is done with vhosts.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// Make a vhost; whoever makes it may do everything in it.
    AddVhost {
        /// Its name.
        name: String,
        /// What it is for.
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// Tags between commas.
        #[arg(long, default_value = "", hide_default_value = true)]
        tags: String,
        /// Give subscriptions with wildcards what their reader may have, where they would be refused.
        #[arg(long = "narrow-subscriptions", value_name = "BOOL")]
        narrow_subscriptions: Option<bool>,
        /// Of which other site pages may enter, such as https://shop.example, in place of those that the server lets in; may be there
        /// several times; empty: pages of no other site may.
        #[arg(long = "allowed-origin", value_name = "ORIGIN")]
        allowed_origins: Vec<String>,
    },
    /// Delete a vhost with everything in it; its connections are closed.
    DeleteVhost {
        /// Its name.
        name: String,
    },
    /// List vhosts.
    ListVhosts {
        /// Columns [default: name].
        columns: Vec<String>,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        match self {
            Command::AddVhost { name, description, tags, narrow_subscriptions, allowed_origins } => {
                let mut body = json!({});
                for (key, value) in [("description", description), ("tags", tags)] {
                    if !value.is_empty() {
                        body[key] = json!(value);
                    }
                }
                if let Some(narrows) = narrow_subscriptions {
                    body["narrow_subscriptions"] = json!(narrows);
                }
                if !allowed_origins.is_empty() {
                    let origins: Vec<_> = allowed_origins.iter().filter(|origin| !origin.is_empty()).collect();
                    body["allowed_origins"] = json!(origins);
                }
                api.put(&["vhosts", &name], body).await?;
                done(options, &format!("vhost {name:?} is there"));
                Ok(())
            }
            Command::DeleteVhost { name } => {
                api.delete(&["vhosts", &name]).await?;
                done(options, &format!("vhost {name:?} is deleted"));
                Ok(())
            }
            Command::ListVhosts { columns } => list(options, &api.get(&["vhosts"]).await?, &COLUMNS, 1, &columns),
        }
    }
}
