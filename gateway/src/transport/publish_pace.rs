//! How fast a connection publishes.

use std::time::{Duration, Instant};

/// What may come at once: the messages of this time.
const BURST: Duration = Duration::from_secs(1);

/// The pace of one connection. Each message pushes the time further at which all of them would have come evenly; who is ahead of it by more
/// than a burst waits. What was taken is paid for, also beyond the limit, as a transaction is that counts at once.
#[derive(Debug)]
pub(super) struct PublishPace {
    interval: Duration,
    even: Instant,
}

impl PublishPace {
    /// `None`: there is no limit.
    pub(super) fn new(per_second: u32, now: Instant) -> Option<Self> {
        let interval = Duration::from_secs(1).checked_div(per_second)?;
        Some(PublishPace { interval, even: now })
    }

    /// So many messages were taken. `true`: with them it is too fast, and was not before.
    pub(super) fn handle_published(&mut self, count: u32, now: Instant) -> bool {
        let was_fast = self.waits_until(now).is_some();
        self.even = self.even.max(now) + self.interval * count;
        !was_fast && self.waits_until(now).is_some()
    }

    /// Until when nothing more of it is taken. `None`: something may come now.
    pub(super) fn waits_until(&self, now: Instant) -> Option<Instant> {
        let until = self.even + self.interval;
        (until > now + BURST).then(|| until.checked_sub(BURST).unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_may_come_at_once_and_then_it_goes_evenly() {
        let start = Instant::now();
        let mut pace = PublishPace::new(10, start).unwrap();
        let told: Vec<bool> = (0..10).map(|_| pace.handle_published(1, start)).collect();
        assert_eq!(told.iter().position(|is_fast| *is_fast), Some(9), "{told:?}");
        let mut now = start;
        for _ in 0..20 {
            now = pace.waits_until(now).unwrap();
            assert_eq!(pace.waits_until(now), None);
            pace.handle_published(1, now);
        }
        assert_eq!(now - start, Duration::from_secs(2));
    }

    #[test]
    fn what_comes_together_is_paid_for_together() {
        let start = Instant::now();
        let mut pace = PublishPace::new(10, start).unwrap();
        assert!(pace.handle_published(50, start));
        assert_eq!(pace.waits_until(start).unwrap() - start, Duration::from_millis(4100));
        assert_eq!(pace.waits_until(start + Duration::from_secs(60)), None);
    }

    #[test]
    fn without_a_limit_there_is_no_pace() {
        assert!(PublishPace::new(0, Instant::now()).is_none());
    }
}
