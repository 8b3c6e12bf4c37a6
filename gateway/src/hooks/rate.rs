//! How many requests a receiver takes in a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What one request costs, of what comes back in a minute.
const MINUTE: Duration = Duration::from_secs(60);

/// A bucket that holds a minute's requests and is filled all the time.
#[derive(Debug)]
pub(super) struct Rate {
    per_minute: u32,
    /// When the bucket will be full again.
    full_at: Mutex<Instant>,
}

impl Rate {
    pub(super) fn new(per_minute: u32, now: Instant) -> Self {
        Rate { per_minute: per_minute.max(1), full_at: Mutex::new(now) }
    }

    /// Takes one request; an error says how long to wait for the next.
    pub(super) fn take(&self, now: Instant) -> Result<(), Duration> {
        let cost = MINUTE / self.per_minute;
        // No code that can panic runs under this lock.
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let then = (*full_at).max(now) + cost;
        let beyond = then.saturating_duration_since(now + cost * self.per_minute);
        if !beyond.is_zero() {
            return Err(beyond);
        }
        *full_at = then;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_requests_are_taken_at_once_and_then_one_at_a_time() {
        let start = Instant::now();
        let rate = Rate::new(3, start);
        for _ in 0..3 {
            assert_eq!(rate.take(start), Ok(()));
        }
        assert_eq!(rate.take(start), Err(Duration::from_secs(20)));
        assert_eq!(rate.take(start + Duration::from_secs(5)), Err(Duration::from_secs(15)));
        assert_eq!(rate.take(start + Duration::from_secs(20)), Ok(()));
        assert!(rate.take(start + Duration::from_secs(20)).is_err());
    }
}
