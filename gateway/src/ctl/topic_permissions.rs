//! Topic permissions: with which routing keys users may publish to an exchange and bind to it.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;
use serde_json::json;

/// Columns with names of their own: of a vhost, and of a user.
const OF_VHOST: [Column; 4] = [("user", "user"), ("exchange", "exchange"), ("write", "write"), ("read", "read")];
const OF_USER: [Column; 4] = [("vhost", "vhost"), ("exchange", "exchange"), ("write", "write"), ("read", "read")];

/// What is done with topic permissions.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Narrow a user's routing keys at an exchange of the vhost, as regular expressions.
    #[command(name = "set_topic_permissions")]
    Set {
        /// The user's name.
        user: String,
        /// The exchange, such as amq.topic.
        exchange: String,
        /// With which routing keys they may publish.
        write: String,
        /// With which they may bind.
        read: String,
    },
    /// Take a user's topic permissions in the vhost away, of one exchange or of all.
    #[command(name = "clear_topic_permissions")]
    Clear {
        /// The user's name.
        user: String,
        /// The exchange.
        exchange: Option<String>,
    },
    /// List the topic permissions in the vhost.
    #[command(name = "list_topic_permissions")]
    List,
    /// List a user's topic permissions in all vhosts.
    #[command(name = "list_user_topic_permissions")]
    ListOfUser {
        /// The user's name.
        user: String,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let vhost = options.vhost();
        match self {
            Command::Set { user, exchange, write, read } => {
                let body = json!({ "exchange": exchange, "write": write, "read": read });
                api.put(&["topic-permissions", vhost, &user], body).await?;
                done(options, &format!("the topic permissions of user {user:?} at exchange {exchange:?} are set"));
                Ok(())
            }
            Command::Clear { user, exchange } => {
                let mut path = vec!["topic-permissions", vhost, &user];
                path.extend(exchange.as_deref());
                api.delete(&path).await?;
                done(options, &format!("the topic permissions of user {user:?} are cleared"));
                Ok(())
            }
            Command::List => list(options, &api.get(&["vhosts", vhost, "topic-permissions"]).await?, &OF_VHOST, 4, &[]),
            Command::ListOfUser { user } => {
                list(options, &api.get(&["users", &user, "topic-permissions"]).await?, &OF_USER, 4, &[])
            }
        }
    }
}
