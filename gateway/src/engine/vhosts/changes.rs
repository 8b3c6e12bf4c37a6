//! How vhosts come and go while the server runs.
//!
//! A vhost is there as soon as its definition is in the journal, and what is done in it stands behind that. It goes in this order, so that a
//! crash at any moment leaves it whole or gone:
//!
//! ```text
//!   definition taken back -> durable -> in no list any more -> connections, webhooks told -> memory, files
//! ```

use super::definition::{KIND, VhostDefinition};
use super::{Hosted, Mourner, VhostSettings, Vhosts};
use crate::engine::connections::milliseconds_since_1970;
use crate::engine::dismissal::Cause;
use crate::engine::embedded::VhostNumber;
use crate::engine::handle::Engine;
use crate::engine::management::Creation;
use crate::engine::store_error::StoreError;
use crate::metrics::Limit;
use broker::stats::VhostRow;
use broker::{Error, Recovery};
use std::sync::{Arc, PoisonError};

/// Octets of a vhost's name.
const NAME: usize = 255;

/// Why a vhost cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum VhostError {
    /// It cannot be called so.
    #[error("a vhost's name must have 1 to {NAME} octets and no control characters, which {0:?} does not")]
    BadName(String),
    /// There are as many as there may be.
    #[error("there are {0} vhosts, which limits.vhosts allows: delete one, or raise it")]
    TooMany(usize),
    /// What is said of it cannot be kept.
    #[error(transparent)]
    Refused(#[from] Error),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Makes a vhost, or changes what is said of the one there is. Returns once it is durable.
    pub async fn create_vhost(&self, name: &str, settings: &VhostSettings) -> Result<Creation, VhostError> {
        let vhosts = &self.shared.vhosts;
        let mut last = vhosts.changing.lock().await;
        let creation = match vhosts.find(name) {
            Some(hosted) => {
                vhosts.change(&hosted, settings, *last)?;
                Creation::Existed
            }
            None => {
                vhosts.create(name, settings, &mut last)?;
                Creation::Created
            }
        };
        drop(last);
        self.wait_for_global().await;
        Ok(creation)
    }

    /// Deletes a vhost with all that is in it, and closes its connections; `false`: there is none. It is done to its end even if nobody waits
    /// for that.
    pub async fn delete_vhost(&self, name: &str) -> bool {
        let (engine, name) = (self.clone(), name.to_owned());
        let deleting = tokio::spawn(async move {
            let vhosts = &engine.shared.vhosts;
            let _changing = vhosts.changing.lock().await;
            let Some(hosted) = vhosts.find(&name) else { return false };
            vhosts.global.undefine(KIND, &name);
            engine.wait_for_global().await;
            engine.end(&hosted);
            true
        });
        deleting.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the deletion of a vhost was cut off: it is gone after a restart");
            false
        })
    }

    /// Has this called with the name of each vhost that is deleted from now on, when it is in no list any more, and before another can be called
    /// the same. It must not wait for anything.
    pub fn on_vhost_deleted(&self, act: impl Fn(&str) + Send + Sync + 'static) {
        let mut mourners = self.shared.vhosts.mourners.write().unwrap_or_else(PoisonError::into_inner);
        mourners.push(Mourner(Box::new(act)));
    }

    /// Takes a vhost out of memory whose definition is gone for good.
    fn end(&self, hosted: &Hosted) {
        let vhosts = &self.shared.vhosts;
        vhosts.remove(hosted);
        hosted.gone.cancel();
        // They learn it before what they read goes away, or they would be told of that instead.
        let leftovers = hosted.vhost.end();
        for connection in self.shared.connections.all_of(&hosted.name) {
            connection.dismissal.dismiss(Cause::VhostDeleted);
        }
        for Mourner(act) in &*vhosts.mourners.read().unwrap_or_else(PoisonError::into_inner) {
            act(&hosted.name);
        }
        // The task that moves streams removes them too: a file must not go while it is written.
        vhosts.leftovers.lock().unwrap_or_else(PoisonError::into_inner).extend(leftovers);
        tracing::info!(vhost = &*hosted.name, "a vhost was deleted");
    }
}

impl Vhosts {
    fn create(&self, name: &str, settings: &VhostSettings, last: &mut VhostNumber) -> Result<(), VhostError> {
        if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
            return Err(VhostError::BadName(name.chars().take(NAME).collect()));
        }
        if self.read().by_name.len() >= self.founding.most {
            Limit::Vhosts.count();
            return Err(VhostError::TooMany(self.founding.most));
        }
        let (number, created) = (*last + 1, milliseconds_since_1970());
        let definition = VhostDefinition { number, created, settings: settings.clone() };
        let hosted = self.founding.host(name, definition.clone(), Recovery::default())?;
        definition.keep(&self.global, name, number)?;
        *last = number;
        self.founding.journal.tell(&hosted.vhost);
        // Before anybody can enter.
        self.origins.set(&hosted.name, settings.allowed_origins.list());
        self.write().by_name.insert(Arc::clone(&hosted.name), hosted);
        self.came.notify_one();
        tracing::info!(vhost = name, "a vhost was created");
        Ok(())
    }

    fn change(&self, hosted: &Hosted, settings: &VhostSettings, last: VhostNumber) -> Result<(), VhostError> {
        let before = hosted.definition();
        let settings = settings.or(&before.settings);
        if settings != before.settings {
            let definition = VhostDefinition { settings, ..before };
            definition.keep(&self.global, &hosted.name, last)?;
            hosted.vhost.set_narrowing(definition.settings.narrow_subscriptions.unwrap_or_default());
            self.origins.set(&hosted.name, definition.settings.allowed_origins.list());
            *hosted.definition.write().unwrap_or_else(PoisonError::into_inner) = definition;
        }
        Ok(())
    }

    fn remove(&self, hosted: &Hosted) {
        let mut present = self.write();
        present.by_name.remove(&hosted.name);
        self.origins.set(&hosted.name, None);
        let VhostRow { published, counters, topology, .. } = hosted.vhost.row();
        // It went itself, too: who reads lists has to ask again.
        let past = VhostRow { published, counters, topology: topology + 1, ..VhostRow::default() };
        present.past = [present.past, past].into_iter().sum();
    }
}
