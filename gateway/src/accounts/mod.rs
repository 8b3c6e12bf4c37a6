//! Users and what they were granted: kept by the engine, known to who authenticates, changed while the server runs.
//!
//! A user is one definition with all that was granted to it, so that it comes and goes as a whole. Changes are made one after the other; each
//! counts from when it is durable.

mod change;
mod error;
mod initial;
mod revocation;

pub(crate) use change::NewUser;
pub(crate) use error::AccountError;
pub(crate) use initial::Initial;

use crate::auth::{Directory, Users};
use crate::engine::Engine;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Under which kind users are kept.
const USER: &str = "user";

/// The users of a server, to be looked at and changed. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    engine: Engine,
    users: Arc<Users>,
    /// Held while something is changed.
    changing: Arc<Mutex<()>>,
}

impl Accounts {
    /// The users that the engine keeps; in an empty data directory the initial one.
    pub(crate) async fn open(engine: &Engine, initial: &Initial, users: Users) -> Result<Self, AccountError> {
        let accounts = Accounts { engine: engine.clone(), users: Arc::new(users), changing: Arc::default() };
        accounts.begin(initial).await?;
        accounts.drop_strays().await?;
        accounts.install();
        Ok(accounts)
    }

    /// Who authenticates.
    pub(crate) fn users(&self) -> &Arc<Users> {
        &self.users
    }

    /// All users as they are now.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.users.directory()
    }

    /// Tells who authenticates of the users that are kept.
    fn install(&self) {
        let read = |(name, text): (String, String)| match serde_json::from_str(&text) {
            Ok(user) => Some((name.into(), user)),
            Err(error) => {
                tracing::error!(user = name, %error, "a user cannot be read, and is left out");
                None
            }
        };
        let users = self.engine.definitions(USER).into_iter().filter_map(read).collect();
        self.users.install(users, self.revocations().into_iter().map(|(_, revocation)| revocation).collect());
    }
}
