//! Whether and when to try again.

use crate::time::Millis;

/// Milliseconds that a connection must have lasted for the next delay to be the shortest again: a connection that is
/// cut as soon as it is made must not be made ever more often.
pub(super) const STABLE_TIME: u64 = 5_000;

/// Exponential back-off with full jitter: after a server's restart its clients must not come back all at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reconnect {
    /// Longest delay before the first attempt, in milliseconds; it doubles with each failure.
    pub initial_delay: u64,
    /// Longest delay of all, in milliseconds.
    pub max_delay: u64,
    /// Attempts in a row before giving up; `None`: any number.
    pub max_attempts: Option<u32>,
    /// Milliseconds without a connection before giving up; `None`: for ever.
    pub give_up_after: Option<u64>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Reconnect { initial_delay: 250, max_delay: 15_000, max_attempts: None, give_up_after: None }
    }
}

impl Reconnect {
    /// Milliseconds to wait: anything from 0 to the bound, which doubles.
    pub(super) fn delay(self, doublings: u32, random: f64) -> u64 {
        let doubled = self.initial_delay.saturating_mul(1u64.checked_shl(doublings).unwrap_or(u64::MAX));
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a delay"
        )]
        let delay = (doubled.min(self.max_delay) as f64 * random.clamp(0.0, 1.0)) as u64;
        delay
    }
}

/// How the attempts went since the last log-in.
#[derive(Debug)]
pub(super) struct Attempts {
    /// `None`: one attempt is all.
    rule: Option<Reconnect>,
    failed: u32,
    /// How often the delay before the next attempt has doubled.
    doublings: u32,
    /// Since when there is a connection, or is none.
    since: Millis,
    is_connected: bool,
}

impl Attempts {
    pub(super) fn new(rule: Option<Reconnect>, now: Millis) -> Self {
        Attempts { rule, failed: 0, doublings: 0, since: now, is_connected: false }
    }

    pub(super) fn failed(&self) -> u32 {
        self.failed
    }

    pub(super) fn handle_connected(&mut self, now: Millis) {
        self.failed = 0;
        self.since = now;
        self.is_connected = true;
    }

    /// The connection is lost.
    pub(super) fn handle_lost(&mut self, now: Millis) {
        if now - self.since >= STABLE_TIME {
            self.doublings = 0;
        }
        self.since = now;
        self.is_connected = false;
    }

    /// There is reason to hope: the delays begin with the shortest again.
    pub(super) fn begin_anew(&mut self) {
        self.doublings = 0;
    }

    /// When to try again after a failure; `None`: not any more.
    pub(super) fn next(&mut self, now: Millis, random: f64) -> Option<Millis> {
        let rule = self.rule?;
        if rule.max_attempts.is_some_and(|most| self.failed >= most) || self.is_over(now) {
            return None;
        }
        let delay = rule.delay(self.doublings, random);
        self.doublings += 1;
        self.failed += 1;
        Some(self.deadline(now + delay))
    }

    /// Whether there was no connection for so long that it is given up.
    pub(super) fn is_over(&self, now: Millis) -> bool {
        self.end().is_some_and(|end| now >= end)
    }

    /// The moment, or the one at which it is given up if that is sooner.
    pub(super) fn deadline(&self, at: Millis) -> Millis {
        self.end().map_or(at, |end| end.min(at))
    }

    fn end(&self) -> Option<Millis> {
        let patience = self.rule?.give_up_after.filter(|_| !self.is_connected)?;
        Some(self.since + patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_are_spread_from_zero() {
        let rule = Reconnect { initial_delay: 100, max_delay: 1_000, ..Reconnect::default() };
        assert_eq!(
            [0, 1, 2, 3, 4, 63, 64, 99].map(|n| rule.delay(n, 1.0)),
            [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]
        );
        assert_eq!(rule.delay(3, 0.0), 0);
        assert_eq!(rule.delay(3, 0.5), 400);
    }

    #[test]
    fn it_is_over_after_so_many_attempts_or_so_long() {
        let mut few = Attempts::new(Some(Reconnect { max_attempts: Some(2), ..Reconnect::default() }), Millis(0));
        assert_eq!([0; 3].map(|_| few.next(Millis(0), 0.0)), [Some(Millis(0)), Some(Millis(0)), None]);
        let rule = Reconnect { give_up_after: Some(1_000), ..Reconnect::default() };
        let mut short = Attempts::new(Some(rule), Millis(0));
        assert_eq!(short.next(Millis(900), 1.0), Some(Millis(1_000)), "no longer than that");
        assert_eq!(short.next(Millis(1_000), 1.0), None);
        assert_eq!(Attempts::new(None, Millis(0)).next(Millis(0), 0.0), None);
    }

    #[test]
    fn time_counts_only_without_a_connection() {
        let rule = Reconnect { give_up_after: Some(1_000), ..Reconnect::default() };
        let mut attempts = Attempts::new(Some(rule), Millis(0));
        attempts.handle_connected(Millis(500));
        assert!(!attempts.is_over(Millis(9_000)));
        attempts.handle_lost(Millis(9_000));
        assert!(!attempts.is_over(Millis(9_999)) && attempts.is_over(Millis(10_000)));
    }
}
