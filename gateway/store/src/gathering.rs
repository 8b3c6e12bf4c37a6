//! For how many records the commit thread waits before it syncs.
//!
//! Those whose records one sync made durable are about to append their next ones. Without waiting, the first of them gets a sync of its
//! own, and the others wait for that: so they fall apart into two halves that take turns, and half of the syncs would do. So the thread
//! waits for as many records as there lately were, but not for long; and where they do not come, it does not wait for a while.

use std::time::Duration;

/// The longest wait. A sync takes about as long on a fast disk, and much longer on others.
pub(crate) const PATIENCE: Duration = Duration::from_micros(100);

/// Waits in vain after which the next ones are left out: twice as many each time, up to this.
const MOST_LEFT_OUT: u32 = 64;

/// What is expected.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// Records of the group that is being synced.
    taken: usize,
    /// Records to wait for.
    expected: usize,
    /// Waits to leave out.
    left_out: u32,
    /// Waits that were left out after the last one in vain.
    penalty: u32,
}

impl Gathering {
    /// How many records are worth waiting for, if any.
    pub(crate) fn expected(&mut self) -> Option<usize> {
        if self.left_out > 0 {
            self.left_out -= 1;
            return None;
        }
        Some(self.expected)
    }

    /// So many records are about to be synced.
    pub(crate) fn handle_taken(&mut self, records: usize) {
        self.taken = records;
    }

    /// They are durable, and so many have come meanwhile.
    pub(crate) fn handle_synced(&mut self, waiting: usize) {
        self.expected = self.taken + waiting;
    }

    /// It was waited for those who were expected.
    pub(crate) fn handle_waited(&mut self, in_vain: bool) {
        self.penalty = if in_vain { (self.penalty * 2).clamp(1, MOST_LEFT_OUT) } else { 0 };
        self.left_out = self.penalty;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_that_take_turns_become_one() {
        let mut gathering = Gathering::default();
        gathering.handle_taken(4);
        gathering.handle_synced(4);
        assert_eq!(gathering.expected(), Some(8));
        gathering.handle_waited(false);
        gathering.handle_taken(8);
        gathering.handle_synced(0);
        assert_eq!(gathering.expected(), Some(8));
    }

    #[test]
    fn who_is_alone_does_not_wait() {
        let mut gathering = Gathering::default();
        assert_eq!(gathering.expected(), Some(0));
        gathering.handle_taken(1);
        gathering.handle_synced(0);
        assert_eq!(gathering.expected(), Some(1), "the record that woke the thread is enough");
    }

    #[test]
    fn those_who_do_not_come_are_not_waited_for_again_and_again() {
        let mut gathering = Gathering::default();
        let waits = (0..1_000).filter(|_| {
            gathering.handle_taken(5);
            gathering.handle_synced(0);
            let waits = gathering.expected().is_some();
            if waits {
                gathering.handle_waited(true);
            }
            waits
        });
        assert!(waits.count() < 30);
    }
}
