//! Changes to users and permissions.

use super::{AccountError, Accounts, USER};
use crate::auth::{Granted, PasswordHash, Permission, Tags, TopicPermission, User};
use crate::engine::Creation;
use tokio::sync::MutexGuard;

/// Octets of a user's name.
const NAME: usize = 255;

/// What is to hold for a user.
#[derive(Default)]
pub(crate) struct NewUser {
    /// `None`: a new user has none, and one that is there keeps it.
    pub(crate) password: Option<String>,
    /// What is kept of a password, made elsewhere; an empty one takes the password away.
    pub(crate) password_hash: Option<String>,
    /// `None`: they stay.
    pub(crate) tags: Option<Tags>,
}

impl Accounts {
    /// Creates a user, or changes one.
    pub(crate) async fn put_user(&self, name: &str, new: NewUser) -> Result<Creation, AccountError> {
        if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
            return Err(AccountError::BadName { limit: NAME });
        }
        let hash = match (new.password, new.password_hash) {
            (Some(password), _) => Some(Some(hash(password).await?)),
            (None, Some(text)) if text.is_empty() => Some(None),
            (None, Some(text)) => Some(Some(PasswordHash::parse(&text)?)),
            (None, None) => None,
        };
        let _changing = self.changing.lock().await;
        let mut user = self.directory().get(name).cloned().unwrap_or_default();
        if let Some(hash) = hash {
            user.password = hash;
        }
        if let Some(tags) = new.tags {
            user.tags = tags;
        }
        let creation = self.keep(name, &user).await?;
        self.install();
        Ok(creation)
    }

    /// Deletes a user with all that was granted to it, and ends its connections. `false`: there was none.
    pub(crate) async fn delete_user(&self, name: &str) -> bool {
        let _changing = self.changing.lock().await;
        let was_there = self.engine.undefine(USER, name).await;
        self.install();
        self.engine.revoke(|identity| &*identity.user == name);
        was_there
    }

    /// Limits how many connections a user has at once, from now on; `None`: any number. Returns the limit before.
    pub(crate) async fn limit_connections(&self, name: &str, limit: Option<u64>) -> Result<Option<u64>, AccountError> {
        let _changing = self.changing.lock().await;
        let user = self.directory().get(name).cloned();
        let mut user = user.ok_or_else(|| AccountError::NoUser(name.to_owned()))?;
        let before = std::mem::replace(&mut user.max_connections, limit);
        self.keep(name, &user).await?;
        self.install();
        Ok(before)
    }

    /// Grants a user something in a vhost, or takes it back (`None`). Returns whether it is new, or was there.
    pub(crate) async fn set_permission(
        &self,
        vhost: &str,
        user: &str,
        permission: Option<Permission>,
    ) -> Result<bool, AccountError> {
        let changing = self.changing.lock().await;
        self.change_granted(&changing, vhost, user, |granted| {
            let before = std::mem::replace(&mut granted.permission, permission);
            before.is_some()
        })
        .await
    }

    /// The same for the routing keys of an exchange; without an exchange (to take back alone) of all of them.
    pub(crate) async fn set_topic_permission(
        &self,
        vhost: &str,
        user: &str,
        exchange: Option<&str>,
        permission: Option<TopicPermission>,
    ) -> Result<bool, AccountError> {
        let changing = self.changing.lock().await;
        self.change_granted(&changing, vhost, user, |granted| match (exchange, permission) {
            (Some(exchange), Some(permission)) => granted.topics.insert(exchange.to_owned(), permission).is_some(),
            (Some(exchange), None) => granted.topics.remove(exchange).is_some(),
            (None, _) => !std::mem::take(&mut granted.topics).is_empty(),
        })
        .await
    }

    /// Changes what was granted; nothing else is changed meanwhile.
    pub(super) async fn change_granted<T>(
        &self,
        _changing: &MutexGuard<'_, ()>,
        vhost: &str,
        name: &str,
        change: impl FnOnce(&mut Granted) -> T,
    ) -> Result<T, AccountError> {
        if self.engine.find_vhost(vhost).is_none() {
            return Err(AccountError::NoVhost(vhost.to_owned()));
        }
        // It may have been changed and not told yet, where the server begins.
        let kept = self.engine.definitions(USER).into_iter().find(|(other, _)| other == name);
        let user = kept.and_then(|(_, text)| serde_json::from_str::<User>(&text).ok());
        let mut user = user.ok_or_else(|| AccountError::NoUser(name.to_owned()))?;
        let mut granted = user.vhosts.remove(vhost).unwrap_or_default();
        let changed = change(&mut granted);
        if granted != Granted::default() {
            user.vhosts.insert(vhost.to_owned(), granted);
        }
        self.keep(name, &user).await?;
        self.install();
        Ok(changed)
    }

    pub(super) async fn keep(&self, name: &str, user: &User) -> Result<Creation, AccountError> {
        let text = serde_json::to_string(user).unwrap_or_default(); // nothing in it can fail
        Ok(self.engine.define(USER, name, &text).await?)
    }
}

/// Hashing takes processor time, by intention.
async fn hash(password: String) -> Result<PasswordHash, AccountError> {
    let hashed = tokio::task::spawn_blocking(move || PasswordHash::of(&password)).await;
    Ok(hashed.unwrap_or(Err(crate::auth::BadPassword::Failed))?)
}
