//! Invalid events: each is answered, and who sends nothing else is not.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Invalid events in a minute that a connection survives.
const SURVIVED: usize = 16;
const MINUTE: Duration = Duration::from_secs(60);

/// When the last invalid events came.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    times: VecDeque<Instant>,
}

impl Strikes {
    /// One more. `true`: they are too many.
    pub(super) fn count(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|first| now.duration_since(*first) >= MINUTE) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.times.len() > SURVIVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seventeenth_in_a_minute_is_too_many() {
        let mut strikes = Strikes::default();
        let start = Instant::now();
        for second in 0..16 {
            assert!(!strikes.count(start + Duration::from_secs(second)));
        }
        assert!(!strikes.count(start + Duration::from_secs(60)), "the first is a minute old");
        assert!(strikes.count(start + Duration::from_secs(60)));
    }
}
