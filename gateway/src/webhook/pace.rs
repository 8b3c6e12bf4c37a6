//! How fast an endpoint is called: a rate, pauses that it asks for, and its circuit breaker.

use super::breaker::{Breaker, Circuit};
use super::endpoint::Health;
use crate::engine::milliseconds_since_1970;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// Says when the next request may be sent.
#[derive(Debug)]
pub(super) struct Pace {
    limiter: Option<DefaultDirectRateLimiter>,
    /// When the limiter has room again.
    limited_until: Option<Instant>,
    paused_until: Option<Instant>,
    breaker: Breaker,
}

impl Pace {
    /// So many requests a minute, spread over it.
    pub(super) fn new(rate: Option<u32>) -> Self {
        let limiter = rate.and_then(NonZeroU32::new).map(|rate| {
            let burst = NonZeroU32::new(rate.get() / 60).unwrap_or(NonZeroU32::MIN);
            RateLimiter::direct(Quota::per_minute(rate).allow_burst(burst))
        });
        Pace { limiter, limited_until: None, paused_until: None, breaker: Breaker::new() }
    }

    /// The same for another rate: what the sink asked for holds on.
    pub(super) fn with_rate(self, rate: Option<u32>) -> Self {
        Pace { paused_until: self.paused_until, breaker: self.breaker, ..Pace::new(rate) }
    }

    /// Requests that may be on their way, of `most`.
    pub(super) fn allowed(&self, most: usize, now: Instant) -> usize {
        if self.paused_until.is_some_and(|until| now < until) {
            return 0;
        }
        match self.breaker.circuit(now) {
            Circuit::Closed => most,
            Circuit::Open => 0,
            Circuit::HalfOpen => 1,
        }
    }

    /// Takes leave for one request; `false`: not before [`Pace::wake`].
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let Some(limiter) = &self.limiter else { return true };
        match limiter.check() {
            Ok(()) => true,
            Err(not_until) => {
                self.limited_until = Some(now + not_until.wait_time_from(DefaultClock::default().now()));
                false
            }
        }
    }

    /// A request was answered, or not.
    pub(super) fn note(&mut self, is_success: bool, now: Instant) {
        self.breaker.note(is_success, now);
    }

    /// Nothing is sent for so long.
    pub(super) fn pause(&mut self, pause: Duration, now: Instant) {
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    /// When more may be allowed than now.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let moments = [self.limited_until, self.paused_until, self.breaker.opens_until()];
        moments.into_iter().flatten().filter(|moment| *moment > now).min()
    }

    /// Tells it to people.
    pub(super) fn tell(&self, health: &mut Health, now: Instant) {
        let until = [self.paused_until, self.breaker.opens_until()].into_iter().flatten().max();
        let left = until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero());
        let left = left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        health.paused_until = left.map(|left| milliseconds_since_1970().saturating_add(left));
        health.circuit = self.breaker.circuit(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lets_nothing_through() {
        let now = Instant::now();
        let mut pace = Pace::new(None);
        assert_eq!(pace.allowed(8, now), 8);
        pace.pause(Duration::from_secs(5), now);
        pace.pause(Duration::from_secs(2), now);
        assert_eq!(pace.allowed(8, now + Duration::from_secs(4)), 0, "a shorter one does not end a longer one");
        assert_eq!(pace.wake(now), Some(now + Duration::from_secs(5)));
        assert_eq!(pace.allowed(8, now + Duration::from_secs(5)), 8);
    }

    #[test]
    fn a_breaker_lets_one_through_when_its_pause_is_over() {
        let now = Instant::now();
        let mut pace = Pace::new(None);
        (0..10).for_each(|_| pace.note(false, now));
        assert_eq!(pace.allowed(8, now), 0);
        assert_eq!(pace.allowed(8, pace.wake(now).unwrap()), 1);
    }

    #[test]
    fn a_rate_spreads_requests() {
        let now = Instant::now();
        let mut pace = Pace::new(Some(120));
        let taken = (0..100).filter(|_| pace.take(now)).count();
        assert!((2..10).contains(&taken), "a second's worth at once, and not {taken}");
        assert!(pace.wake(now).is_some());
    }
}
