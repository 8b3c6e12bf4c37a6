//! The circuit breaker of an endpoint: while most attempts fail, there are none but a probe now and then.

use serde::Serialize;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How long an attempt counts.
const WINDOW: Duration = Duration::from_secs(5 * 60);

/// Attempts are counted together that are no further apart.
const GRAIN: Duration = Duration::from_secs(10);

/// Attempts in the window below which nothing is concluded, and the share of failures from which it opens, in percent.
const ATTEMPTS: u64 = 10;
const FAILURES: u64 = 70;

/// For how long it opens at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Whether there are attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Circuit {
    /// There are.
    Closed,
    /// There are none until its pause is over.
    Open,
    /// There is one, which decides.
    HalfOpen,
}

/// Counts attempts, and concludes.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Successes and failures, oldest first.
    counts: VecDeque<(Instant, u64, u64)>,
    /// Since when it is open, and until when.
    open: Option<Instant>,
    pause: Duration,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Breaker { counts: VecDeque::new(), open: None, pause: FIRST_PAUSE }
    }

    /// The state at this moment.
    pub(super) fn circuit(&self, now: Instant) -> Circuit {
        match self.open {
            None => Circuit::Closed,
            Some(until) if now < until => Circuit::Open,
            Some(_) => Circuit::HalfOpen,
        }
    }

    /// When it lets a probe through, if it is open.
    pub(super) fn opens_until(&self) -> Option<Instant> {
        self.open
    }

    /// An attempt was made.
    pub(super) fn note(&mut self, is_success: bool, now: Instant) {
        match (self.circuit(now), is_success) {
            (Circuit::Closed, _) => self.count(is_success, now),
            (_, true) => *self = Breaker::new(),
            (Circuit::HalfOpen, false) => {
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                self.open = Some(now + self.pause);
            }
            (Circuit::Open, false) => {} // it was on its way when the circuit opened
        }
    }

    fn count(&mut self, is_success: bool, now: Instant) {
        while self.counts.front().is_some_and(|(since, ..)| *since + WINDOW <= now) {
            self.counts.pop_front();
        }
        if self.counts.back().is_none_or(|(since, ..)| *since + GRAIN <= now) {
            self.counts.push_back((now, 0, 0));
        }
        if let Some((_, successes, failures)) = self.counts.back_mut() {
            *if is_success { successes } else { failures } += 1;
        }
        let (successes, failures) =
            self.counts.iter().fold((0, 0), |(good, bad), (_, more, worse)| (good + more, bad + worse));
        let all = successes + failures;
        if all >= ATTEMPTS && failures * 100 >= all * FAILURES {
            self.open = Some(now + self.pause);
            self.counts.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(breaker: &mut Breaker, outcomes: &[bool], now: Instant) {
        outcomes.iter().for_each(|outcome| breaker.note(*outcome, now));
    }

    #[test]
    fn it_opens_when_most_of_enough_attempts_fail() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        noted(&mut breaker, &[false; 9], now);
        assert_eq!(breaker.circuit(now), Circuit::Closed, "too few to conclude");
        breaker.note(false, now);
        assert_eq!(breaker.circuit(now), Circuit::Open);
        let mut breaker = Breaker::new();
        noted(&mut breaker, &[true; 4], now);
        noted(&mut breaker, &[false; 8], now);
        assert_eq!(breaker.circuit(now), Circuit::Closed, "two of three is not most");
    }

    #[test]
    fn what_is_long_ago_does_not_count() {
        let mut now = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 0..100 {
            breaker.note(false, now);
            now += Duration::from_secs(60);
        }
        assert_eq!(breaker.circuit(now), Circuit::Closed, "five in the window");
        assert!(breaker.counts.len() <= 6);
    }

    #[test]
    fn a_probe_closes_it_or_doubles_its_pause() {
        let mut now = Instant::now();
        let mut breaker = Breaker::new();
        noted(&mut breaker, &[false; 10], now);
        for seconds in [30, 60, 120, 240, 480, 600, 600] {
            assert_eq!(breaker.circuit(now + Duration::from_secs(seconds - 1)), Circuit::Open, "{seconds}");
            now += Duration::from_secs(seconds);
            assert_eq!(breaker.circuit(now), Circuit::HalfOpen, "{seconds}");
            breaker.note(false, now);
        }
        now += Duration::from_secs(600);
        breaker.note(true, now);
        assert_eq!(breaker.circuit(now), Circuit::Closed);
        noted(&mut breaker, &[false; 10], now);
        assert_eq!(breaker.circuit(now + Duration::from_secs(30)), Circuit::HalfOpen, "it begins anew");
    }

    #[test]
    fn late_answers_change_nothing_while_it_is_open() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        noted(&mut breaker, &[false; 18], now);
        assert_eq!(breaker.circuit(now + Duration::from_secs(30)), Circuit::HalfOpen);
    }
}
