//! Users.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use super::passwords::given_or_read;
use crate::config::Secret;
use clap::Subcommand;
use serde_json::{Value, json};

/// Columns with names of their own.
const COLUMNS: [Column; 2] = [("user", "name"), ("tags", "tags")];

/// What is done with users.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Command {
    /// Make a user, who may do nothing yet: set_permissions, set_user_tags.
    AddUser {
        /// Their name.
        name: String,
        /// Their password; without it, a line of standard input.
        password: Option<Secret>,
    },
    /// Give a user another password.
    ChangePassword {
        /// Their name.
        name: String,
        /// The password; without it, a line of standard input.
        password: Option<Secret>,
    },
    /// Delete a user; their connections are closed.
    DeleteUser {
        /// Their name.
        name: String,
    },
    /// List users.
    ListUsers,
    /// Say what a user is: administrator, monitoring, policymaker, management; nothing takes all tags away.
    SetUserTags {
        /// Their name.
        name: String,
        /// All tags that they have from now on.
        tags: Vec<String>,
    },
    /// Try a password.
    AuthenticateUser {
        /// Their name.
        name: String,
        /// The password; without it, a line of standard input.
        password: Option<Secret>,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        match self {
            Command::AddUser { name, password } => {
                let password = given_or_read(password)?;
                add(api, &name, &password).await?;
                done(options, &format!("user {name:?} is there, and may do nothing yet: see set_permissions"));
            }
            Command::ChangePassword { name, password } => {
                let password = given_or_read(password)?;
                let tags = api.get(&["users", &name]).await?["tags"].clone();
                api.put(&["users", &name], json!({ "password": password, "tags": joined(&tags) })).await?;
                done(options, &format!("user {name:?} has another password"));
            }
            Command::DeleteUser { name } => {
                api.delete(&["users", &name]).await?;
                done(options, &format!("user {name:?} is deleted"));
            }
            Command::ListUsers => list(options, &api.get(&["users"]).await?, &COLUMNS, 2, &[])?,
            Command::SetUserTags { name, tags } => {
                set_tags(api, &name, &tags.join(",")).await?;
                done(options, &format!("user {name:?} has these tags: [{}]", tags.join(", ")));
            }
            Command::AuthenticateUser { name, password } => {
                api.as_user(&name, &given_or_read(password)?).get(&["whoami"]).await?;
                done(options, &format!("this is the password of user {name:?}"));
            }
        }
        Ok(())
    }
}

/// The API would change one who is there: who makes a user does not mean to.
async fn add(api: &Api, name: &str, password: &str) -> Result<(), CtlError> {
    if api.find(&["users", name]).await?.is_some() {
        return Err(CtlError::Failed(format!("refused: user {name:?} is there already: see change_password")));
    }
    api.put(&["users", name], json!({ "password": password, "tags": "" })).await
}

/// A user is put as a whole: where the server tells the password's hash, it goes with it.
async fn set_tags(api: &Api, name: &str, tags: &str) -> Result<(), CtlError> {
    let user = api.get(&["users", name]).await?;
    let mut body = json!({ "tags": tags });
    for key in ["password_hash", "hashing_algorithm"] {
        if user[key].is_string() {
            body[key] = user[key].clone();
        }
    }
    api.put(&["users", name], body).await
}

/// Tags between commas, from a list or a text.
fn joined(tags: &Value) -> String {
    match tags {
        Value::String(text) => text.clone(),
        tags => tags.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
    }
}
