//! For how many records the commit thread waits before it syncs.
//!
//! Those whose records one sync made durable are about to append their next ones. Without waiting, the first of them gets a sync of its
//! own, and the others wait for that: so they fall apart into two halves that take turns, and half of the syncs would do. So the thread
//! waits for as many records as there lately were, but not for long: half of what a sync takes, which is what each would wait on average for
//! one under way. And where they do not come, it does not wait for a while.

use std::time::Duration;

/// The longest wait on a fast disk, whose sync takes about as long.
const PATIENCE: Duration = Duration::from_micros(100);

/// The longest wait on any disk.
const MOST_PATIENCE: Duration = Duration::from_millis(5);

/// Waits in vain after which the next ones are left out: twice as many each time, up to this.
const MOST_LEFT_OUT: u32 = 64;

/// What is expected.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// Records of the group that is being synced.
    taken: usize,
    /// Records to wait for.
    expected: usize,
    /// How long.
    patience: Duration,
    /// Waits to leave out.
    left_out: u32,
    /// Waits that were left out after the last one in vain.
    penalty: u32,
}

impl Gathering {
    /// How many records are worth waiting for, and how long; `None`: do not wait.
    pub(crate) fn expected(&mut self) -> Option<(usize, Duration)> {
        if self.left_out > 0 {
            self.left_out -= 1;
            return None;
        }
        Some((self.expected, self.patience))
    }

    /// So many records are about to be synced.
    pub(crate) fn handle_taken(&mut self, records: usize) {
        self.taken = records;
    }

    /// They are durable, which took so long, and so many have come meanwhile.
    pub(crate) fn handle_synced(&mut self, took: Duration, waiting: usize) {
        self.expected = self.taken + waiting;
        self.patience = (took / 2).clamp(PATIENCE, MOST_PATIENCE);
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

    const FAST: Duration = Duration::from_micros(70);

    #[test]
    fn halves_that_take_turns_become_one() {
        let mut gathering = Gathering::default();
        gathering.handle_taken(4);
        gathering.handle_synced(FAST, 4);
        assert_eq!(gathering.expected(), Some((8, PATIENCE)));
        gathering.handle_waited(false);
        gathering.handle_taken(8);
        gathering.handle_synced(FAST, 0);
        assert_eq!(gathering.expected(), Some((8, PATIENCE)));
    }

    /// With 100 us of patience the halves stayed apart on a disk whose sync takes a millisecond.
    #[test]
    fn a_slow_disk_is_worth_a_longer_wait() {
        let mut gathering = Gathering::default();
        for (took, patience) in [(1_000, 500), (4_000, 2_000), (60_000, 5_000), (10, 100)] {
            gathering.handle_taken(4);
            gathering.handle_synced(Duration::from_micros(took), 4);
            assert_eq!(gathering.expected(), Some((8, Duration::from_micros(patience))));
        }
    }

    #[test]
    fn who_is_alone_does_not_wait() {
        let mut gathering = Gathering::default();
        let count = |gathering: &mut Gathering| gathering.expected().map(|(count, _)| count);
        assert_eq!(count(&mut gathering), Some(0));
        gathering.handle_taken(1);
        gathering.handle_synced(FAST, 0);
        assert_eq!(count(&mut gathering), Some(1), "the record that woke the thread is enough");
    }

    #[test]
    fn those_who_do_not_come_are_not_waited_for_again_and_again() {
        let mut gathering = Gathering::default();
        let waits = (0..1_000).filter(|_| {
            gathering.handle_taken(5);
            gathering.handle_synced(FAST, 0);
            let waits = gathering.expected().is_some();
            if waits {
                gathering.handle_waited(true);
            }
            waits
        });
        assert!(waits.count() < 30);
    }
}
