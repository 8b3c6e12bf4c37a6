//! What the engine keeps of itself: where, how it is looked at, and how it is given back.

use super::embedded::{EmbeddedVhost, Journal, Kept, reclaim};
use super::handle::Engine;
use super::store_error::StoreError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often it is looked whether the journal has become too large.
const RECLAIM_INTERVAL: Duration = Duration::from_millis(250);

/// Where the engine keeps what is to survive.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The directory; `None`: nothing survives the process.
    pub directory: Option<PathBuf>,
    /// What is damaged is put aside, instead of refused.
    pub repair: bool,
    /// Octets of one file of the journal in a directory.
    pub segment: u64,
    /// Octets of the journal in a directory, up to which nothing is given back.
    pub window: u64,
}

/// What is in a data directory.
#[derive(Debug, Default)]
pub struct StoreReport {
    /// Records in the journal.
    pub records: u64,
    /// Durable queues.
    pub queues: u64,
    /// Streams.
    pub streams: u64,
    /// Messages in them; one in two queues counts twice.
    pub messages: u64,
    /// The end of the journal was being written when the server ended.
    pub cut: Option<store::Cut>,
}

impl Engine {
    /// Looks at a data directory that no server uses, and changes nothing.
    pub fn check_store(directory: &Path) -> Result<StoreReport, StoreError> {
        let kept = Journal::check(directory)?;
        let mut report = StoreReport { records: kept.found.records, cut: kept.found.cut, ..StoreReport::default() };
        for vhost in kept.vhosts.into_values() {
            let (queues, streams, messages) = vhost.count();
            report.queues += queues;
            report.streams += streams;
            report.messages += messages;
        }
        Ok(report)
    }

    /// Waits until nothing can be kept any more, and tells why: the server has to end.
    pub async fn failure(&self) -> String {
        self.shared.journal.failure().await
    }

    /// Waits until all that was done is durable.
    pub async fn flush(&self) {
        self.shared.journal.wait(self.shared.journal.end()).await;
    }

    /// Gives back what the journal does not need, for as long as the future is polled.
    pub async fn run_reclaiming(&self) {
        let mut ticks = tokio::time::interval(RECLAIM_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.reclaim().await;
        }
    }

    /// Gives back what the journal does not need now, if it is much.
    pub(super) async fn reclaim(&self) {
        let vhosts = self.shared.vhosts.kept();
        self.shared.journal.look_for_room();
        self.remove_trimmed(&vhosts);
        let live = vhosts.iter().map(|vhost| vhost.live()).sum();
        let Some(covers) = self.shared.journal.reclaimable(live) else { return };
        let (journal, runtime) = (Arc::clone(&self.shared.journal), tokio::runtime::Handle::current());
        let work = move || {
            let needed = |covers, most| vhosts.iter().map(|vhost| vhost.needed_octets(covers, most)).sum();
            let affordable = journal.affordable(covers, needed);
            affordable.map_or(Ok(()), |covers| reclaim(&journal, &vhosts, covers, &runtime))
        };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
            tracing::warn!("the journal stays as large as it is for now: {error}");
        }
    }

    /// Removes the files of what streams do not keep any more, and of vhosts that are gone. One that stays is removed at the next start.
    fn remove_trimmed(&self, vhosts: &[Arc<EmbeddedVhost>]) {
        let trimmed = vhosts.iter().flat_map(|vhost| vhost.take_trimmed());
        for (id, first) in trimmed.chain(self.shared.vhosts.take_leftovers()) {
            if let Err(error) = self.shared.journal.remove_from_log(id, first) {
                tracing::warn!("{error}");
            }
        }
    }
}

impl Kept {
    /// Tells the log what was wrong with it.
    pub(super) fn report(&self) {
        if let Some(cut) = &self.found.cut {
            tracing::warn!(
                file = cut.file,
                offset = cut.offset,
                octets = cut.octets,
                "the end of the journal was being written when the server ended, and was cut off"
            );
        }
        for damage in &self.found.damaged {
            tracing::warn!("put aside: {damage}");
        }
    }
}
