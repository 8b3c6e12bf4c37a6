//! How vhosts are made: of what was kept, when the server starts, and anew.

use super::definition::{Known, VhostDefinition};
use super::{Hosted, Present, VhostSettings, Vhosts};
use crate::auth::VhostOrigins;
use crate::engine::connections::milliseconds_since_1970;
use crate::engine::embedded::{EmbeddedVhost, GLOBAL, Journal, Kept, Readers, VhostNumber};
use crate::engine::handle::DEFAULT_VHOST;
use crate::engine::store_error::StoreError;
use broker::{Limits, Recovery};
use std::sync::{Arc, RwLock};
use tokio::sync::Notify;

/// The number of the vhost that every server begins with.
const FIRST: VhostNumber = 0;

/// What vhosts are made with.
#[derive(Debug)]
pub(in crate::engine) struct Founding {
    /// Of each vhost.
    pub(in crate::engine) limits: Limits,
    /// How many there may be.
    pub(in crate::engine) most: usize,
    pub(in crate::engine) journal: Arc<Journal>,
    pub(in crate::engine) readers: Arc<Readers>,
}

impl Founding {
    /// The vhost that is called so, with what was kept of it.
    pub(super) fn host(
        &self,
        name: &str,
        definition: VhostDefinition,
        kept: Recovery,
    ) -> Result<Arc<Hosted>, StoreError> {
        let vhost = self.recover(definition.number, kept)?;
        Ok(Arc::new(Hosted::new(name, vhost, definition)))
    }

    fn recover(&self, number: VhostNumber, kept: Recovery) -> Result<Arc<EmbeddedVhost>, StoreError> {
        let (journal, readers) = (Arc::clone(&self.journal), Arc::clone(&self.readers));
        EmbeddedVhost::recover(self.limits, journal, readers, number, kept)
    }
}

impl Vhosts {
    /// All vhosts that were kept. A new server has one.
    pub(in crate::engine) fn found(founding: Founding, mut kept: Kept) -> Result<Self, StoreError> {
        let is_damaged = !kept.found.damaged.is_empty();
        let global = kept.vhosts.remove(&GLOBAL);
        let known = Known::read(global.as_ref())?;
        let last = known.last.unwrap_or(FIRST);
        let new = known.last.is_none().then(first_vhost); // not again, once somebody has deleted it
        let global = founding.recover(GLOBAL, global.unwrap_or_default())?;
        let (mut present, origins) = (Present::default(), VhostOrigins::default());
        for (name, definition) in known.vhosts.into_iter().chain(new.clone()) {
            let recovery = kept.vhosts.remove(&definition.number).unwrap_or_default();
            let hosted = founding.host(&name, definition, recovery)?;
            origins.set(&hosted.name, hosted.definition().settings.allowed_origins.list());
            present.by_name.insert(Arc::clone(&hosted.name), hosted);
        }
        let vhosts = Vhosts {
            global,
            founding,
            present: RwLock::new(present),
            origins: Arc::new(origins),
            changing: tokio::sync::Mutex::new(last),
            came: Notify::new(),
            leftovers: std::sync::Mutex::default(),
            mourners: RwLock::default(),
        };
        let (kept, journal) = (vhosts.kept(), &vhosts.founding.journal);
        kept.iter().for_each(|vhost| journal.tell(vhost));
        if let Some((name, definition)) = new {
            let kept = definition.keep(&vhosts.global, &name, last);
            kept.map_err(|error| StoreError::Vhost(name, error.into()))?;
        }
        if is_damaged {
            let definitions: Vec<_> = kept.iter().map(|vhost| vhost.definitions()).collect();
            journal.note_repaired(&definitions)?;
        }
        Ok(vhosts)
    }
}

/// The vhost that a new server has, and one of the release that had no other.
fn first_vhost() -> (String, VhostDefinition) {
    let settings = VhostSettings { description: Some("Default virtual host".to_owned()), ..VhostSettings::default() };
    (DEFAULT_VHOST.to_owned(), VhostDefinition { number: FIRST, created: milliseconds_since_1970(), settings })
}
