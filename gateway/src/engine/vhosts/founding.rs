//! How vhosts are made: of what was kept, when the server starts, and anew.

use super::definition::{Known, VhostDefinition};
use super::{Hosted, Present, VhostSettings, Vhosts};
use crate::engine::connections::milliseconds_since_1970;
use crate::engine::embedded::{EmbeddedVhost, GLOBAL, Journal, Kept, Readers, VhostNumber};
use crate::engine::handle::DEFAULT_VHOST;
use crate::engine::store_error::StoreError;
use broker::{Limits, Recovery};
use std::collections::BTreeMap;
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
        let vhost = self.recover(name, definition.number, kept)?;
        Ok(Arc::new(Hosted::new(name, vhost, definition)))
    }

    fn recover(&self, name: &str, number: VhostNumber, kept: Recovery) -> Result<Arc<EmbeddedVhost>, StoreError> {
        let (journal, readers) = (Arc::clone(&self.journal), Arc::clone(&self.readers));
        EmbeddedVhost::recover(self.limits, journal, readers, (number, name.into()), kept)
    }
}

impl Vhosts {
    /// All vhosts that were kept. A new server has one.
    pub(in crate::engine) fn found(founding: Founding, mut kept: Kept) -> Result<Self, StoreError> {
        let is_damaged = !kept.found.damaged.is_empty();
        let global = kept.vhosts.remove(&GLOBAL);
        let known = Known::read(global.as_ref())?;
        let last = kept.vhosts.keys().copied().chain(known.last).max().unwrap_or(FIRST);
        let undefined = undefined(&known, &kept.vhosts, is_damaged);
        let global = founding.recover("", GLOBAL, global.unwrap_or_default())?;
        let mut present = Present::default();
        for (name, definition) in known.vhosts.iter().chain(&undefined) {
            let recovery = kept.vhosts.remove(&definition.number).unwrap_or_default();
            let hosted = founding.host(name, definition.clone(), recovery)?;
            present.by_name.insert(Arc::clone(&hosted.name), hosted);
        }
        let vhosts = Vhosts {
            global,
            founding,
            present: RwLock::new(present),
            changing: tokio::sync::Mutex::new(last),
            came: Notify::new(),
            leftovers: std::sync::Mutex::default(),
            mourners: RwLock::default(),
        };
        let (kept, journal) = (vhosts.kept(), &vhosts.founding.journal);
        kept.iter().for_each(|vhost| journal.tell(vhost));
        for (name, definition) in &undefined {
            definition
                .keep(&vhosts.global, name, last)
                .map_err(|error| StoreError::Vhost(name.clone(), error.into()))?;
        }
        if is_damaged {
            let definitions: Vec<_> = kept.iter().map(|vhost| vhost.definitions()).collect();
            journal.note_repaired(&definitions)?;
        }
        Ok(vhosts)
    }
}

/// Vhosts that are there though no definition says so: the first one, of a new server; and those whose definitions were lost to damage, under
/// other names.
fn undefined(
    known: &Known,
    recovered: &BTreeMap<VhostNumber, Recovery>,
    is_damaged: bool,
) -> Vec<(String, VhostDefinition)> {
    let defined = |number| known.vhosts.iter().any(|(_, definition)| definition.number == number);
    let holds_something = |recovery: &Recovery| recovery.count() != (0, 0, 0);
    let is_new = known.last.is_none();
    let first = is_new.then(|| (DEFAULT_VHOST.to_owned(), FIRST));
    let lost = recovered.iter().filter(|(number, recovery)| {
        let is_first = is_new && **number == FIRST;
        is_damaged && !is_first && !defined(**number) && holds_something(recovery)
    });
    let lost = lost.map(|(number, _)| {
        let name = lost_name(known, *number);
        tracing::warn!("the name of a vhost is lost, with its users' permissions: it is called {name:?} now");
        (name, *number)
    });
    let created = milliseconds_since_1970();
    let define = |(name, number): (String, VhostNumber)| {
        let description = (name == DEFAULT_VHOST).then(|| "Default virtual host".to_owned());
        (name, VhostDefinition { number, created, settings: VhostSettings { description, tags: None } })
    };
    first.into_iter().chain(lost).map(define).collect()
}

/// A name that no vhost has.
fn lost_name(known: &Known, number: VhostNumber) -> String {
    let mut name = format!("recovered-{number}");
    while known.vhosts.iter().any(|(other, _)| *other == name) {
        name.push('\'');
    }
    name
}
