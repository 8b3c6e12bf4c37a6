//! How a vhost ends that is deleted: what it holds goes at once, while connections may hold it for a moment more.

use super::vhost::EmbeddedVhost;
use crate::engine::outbox::{CloseReason, Item};
use broker::{Limits, Vhost};
use store::LogId;

impl EmbeddedVhost {
    /// Tells all connections to go, forgets all that is in the vhost, and carries out nothing any more. Returns the parts of logs that are of no
    /// use now. The vhost has to be gone from the journal for good.
    pub(in crate::engine) fn end(&self) -> Vec<(LogId, u64)> {
        let (ended, logs) = self.with_core(|core, wakers| {
            core.is_ended = true;
            let connections = core.outboxes.iter();
            wakers.extend(connections.filter_map(|(_, it)| it.push(Item::Close(CloseReason::VhostDeleted))));
            core.unread.clear();
            let mut logs: Vec<_> = core.trimmed.drain(..).map(|(_, id, first)| (id, first)).collect();
            let group = core.number;
            logs.extend(core.vhost.logs().into_iter().map(|(log, first)| (LogId { group, log }, first)));
            let empty = Vhost::new(Limits::DEFAULT, 0); // which keeps nothing
            (std::mem::replace(&mut core.vhost, empty), logs)
        });
        drop(ended); // outside of the lock: it may hold much
        logs
    }
}
