//! Permissions: what users may do in a vhost.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;
use serde_json::json;

/// Columns with names of their own: of a vhost, and of a user.
const OF_VHOST: [Column; 4] = [("user", "user"), ("configure", "configure"), ("write", "write"), ("read", "read")];
const OF_USER: [Column; 4] = [("vhost", "vhost"), ("configure", "configure"), ("write", "write"), ("read", "read")];

/// What is done with permissions.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what a user may do in the vhost, as regular expressions of names: ".*" is all, "^$" nothing.
    #[command(name = "set_permissions")]
    Set {
        /// The user's name.
        user: String,
        /// What they may declare and delete.
        configure: String,
        /// What they may publish to, and bind.
        write: String,
        /// What they may consume from, and bind to.
        read: String,
    },
    /// Take a user's permissions in the vhost away.
    #[command(name = "clear_permissions")]
    Clear {
        /// The user's name.
        user: String,
    },
    /// List the permissions in the vhost.
    #[command(name = "list_permissions")]
    List,
    /// List a user's permissions in all vhosts.
    #[command(name = "list_user_permissions")]
    ListOfUser {
        /// The user's name.
        user: String,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let vhost = options.vhost();
        match self {
            Command::Set { user, configure, write, read } => {
                let body = json!({ "configure": configure, "write": write, "read": read });
                api.put(&["permissions", vhost, &user], body).await?;
                done(options, &format!("the permissions of user {user:?} in vhost {vhost:?} are set"));
                Ok(())
            }
            Command::Clear { user } => {
                api.delete(&["permissions", vhost, &user]).await?;
                done(options, &format!("user {user:?} may do nothing in vhost {vhost:?}"));
                Ok(())
            }
            Command::List => list(options, &api.get(&["vhosts", vhost, "permissions"]).await?, &OF_VHOST, 4, &[]),
            Command::ListOfUser { user } => {
                list(options, &api.get(&["users", &user, "permissions"]).await?, &OF_USER, 4, &[])
            }
        }
    }
}
