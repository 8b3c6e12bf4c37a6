//! How a topic subscription that falls behind slows its publishers down.

use crate::limits::READER_PATIENCE;
use crate::{ConnectionId, Time};

/// Whether publishers wait for the reader of a queue.
#[derive(Debug, Default)]
pub(crate) enum Pace {
    /// It keeps up.
    #[default]
    Free,
    /// Publishers wait for it.
    Held {
        /// When the first began to wait.
        since: Time,
        /// When the reader last took something.
        progress: Time,
        /// Who waits.
        publishers: Vec<ConnectionId>,
    },
    /// It was waited for long enough: until it has caught up, its oldest messages make room.
    Overrun,
}

impl Pace {
    /// A publisher finds the reader behind. `true`: it waits, and did not before.
    pub(crate) fn hold(&mut self, publisher: ConnectionId, now: Time) -> bool {
        match self {
            Pace::Free => *self = Pace::Held { since: now, progress: now, publishers: vec![publisher] },
            Pace::Held { publishers, .. } if !publishers.contains(&publisher) => publishers.push(publisher),
            Pace::Held { .. } | Pace::Overrun => return false,
        }
        true
    }

    /// The reader took something.
    pub(crate) fn handle_progress(&mut self, now: Time) {
        if let Pace::Held { progress, .. } = self {
            *progress = now;
        }
    }

    /// When publishers have waited long enough: in all, or for a reader that does not read at all.
    pub(crate) fn deadline(&self, stall: u64) -> Time {
        match self {
            Pace::Held { since, progress, .. } => (*since + stall).min(*progress + READER_PATIENCE),
            Pace::Free | Pace::Overrun => Time::NEVER,
        }
    }

    /// The reader has caught up: who waited may go on.
    pub(crate) fn release(&mut self) -> Vec<ConnectionId> {
        match std::mem::take(self) {
            Pace::Held { publishers, .. } => publishers,
            Pace::Free | Pace::Overrun => Vec::new(),
        }
    }

    /// It was waited for long enough: who waited may go on.
    pub(crate) fn overrun(&mut self) -> Vec<ConnectionId> {
        let publishers = self.release();
        *self = Pace::Overrun;
        publishers
    }

    /// A publisher is gone.
    pub(crate) fn forget(&mut self, publisher: ConnectionId) {
        if let Pace::Held { publishers, .. } = self {
            publishers.retain(|waiting| *waiting != publisher);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_waited_for_as_long_as_it_reads_but_not_for_ever() {
        let mut pace = Pace::default();
        assert!(pace.hold(ConnectionId(1), Time(1000)));
        assert!(!pace.hold(ConnectionId(1), Time(1000)));
        assert_eq!(pace.deadline(2000), Time(1000 + READER_PATIENCE));
        pace.handle_progress(Time(1100));
        assert_eq!(pace.deadline(2000), Time(1100 + READER_PATIENCE));
        pace.handle_progress(Time(2999));
        assert_eq!(pace.deadline(2000), Time(3000));
        assert_eq!(pace.overrun(), [ConnectionId(1)]);
        assert!(!pace.hold(ConnectionId(2), Time(4000)), "nobody waits for it twice");
        assert!(pace.release().is_empty());
        assert!(pace.hold(ConnectionId(2), Time(5000)), "it had caught up");
    }
}
