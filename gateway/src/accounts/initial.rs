//! The user of an empty data directory, and what is left of vhosts that are gone.

use super::change::NewUser;
use super::{AccountError, Accounts, USER};
use crate::auth::{Granted, Pattern, Permission, Tags, User};
use crate::engine::{Creation, DEFAULT_VHOST, VhostSettings};
use crate::error::Refusal;

/// Says that there were users once: who deletes all of them does not want the initial one back.
const BEGUN: (&str, &str) = ("users", "begun");

/// The user of an empty data directory.
#[derive(Debug, Clone)]
pub(crate) struct Initial {
    /// Its name; `guest` may log in from loopback alone.
    pub(crate) name: String,
    /// Its password.
    pub(crate) password: String,
}

impl Accounts {
    /// Makes the initial user, once.
    pub(super) async fn begin(&self, initial: &Initial) -> Result<(), AccountError> {
        let (kind, name) = BEGUN;
        if self.engine.definitions(kind).iter().any(|(other, _)| other == name) {
            return Ok(());
        }
        let user = NewUser {
            password: Some(initial.password.clone()),
            password_hash: None,
            tags: Some(Tags::new(["administrator"])),
        };
        self.put_user(&initial.name, user).await?;
        self.engine.define(kind, name, "{}").await?;
        if self.engine.find_vhost(DEFAULT_VHOST).is_some() {
            self.set_permission(DEFAULT_VHOST, &initial.name, Some(everything())).await?;
        }
        Ok(())
    }

    /// Takes back what was granted in vhosts that are gone: a crash came between the two. A vhost that gets the name again is another one.
    pub(super) async fn drop_strays(&self) -> Result<(), AccountError> {
        for (name, text) in self.engine.definitions(USER) {
            let Ok(mut user) = serde_json::from_str::<User>(&text) else { continue };
            let before = user.vhosts.len();
            user.vhosts.retain(|vhost, _| self.engine.find_vhost(vhost).is_some());
            if user.vhosts.len() < before {
                self.keep(&name, &user).await?;
            }
        }
        Ok(())
    }

    /// Makes a vhost, in which whoever makes it may do everything; `None`: somebody whose token says what it may.
    pub(crate) async fn create_vhost(
        &self,
        vhost: &str,
        settings: &VhostSettings,
        creator: Option<&str>,
    ) -> Result<Creation, Refusal> {
        let changing = self.changing.lock().await;
        let creation = self.engine.create_vhost(vhost, settings).await?;
        if let (Creation::Created, Some(user)) = (creation, creator) {
            self.change_granted(&changing, vhost, user, |granted| granted.permission = Some(everything())).await?;
        }
        Ok(creation)
    }

    /// Deletes a vhost with what was granted in it: one that gets the name later is another. `false`: there was none.
    pub(crate) async fn delete_vhost(&self, vhost: &str) -> Result<bool, AccountError> {
        let _changing = self.changing.lock().await;
        let was_there = self.engine.delete_vhost(vhost).await;
        for (name, user) in &*self.directory() {
            if user.vhosts.contains_key(vhost) {
                let mut user = user.clone();
                user.vhosts.remove(vhost);
                self.keep(name, &user).await?;
            }
        }
        self.install();
        Ok(was_there)
    }
}

fn everything() -> Permission {
    let all = || Pattern::everything();
    Permission { configure: all(), write: all(), read: all() }
}

impl Accounts {
    /// Whether nobody can log in but from this machine: there are no users, or guest alone.
    pub(crate) fn are_local(&self) -> bool {
        self.directory().iter().all(|(name, user)| User::is_loopback_only(name) || user.password.is_none())
    }

    /// What was granted to a user in a vhost.
    pub(crate) fn granted(&self, vhost: &str, user: &str) -> Option<Granted> {
        self.directory().get(user)?.vhosts.get(vhost).cloned()
    }
}
