//! When a failed attempt is followed by the next.

use super::settings::Settings;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use std::time::Duration;

/// By how much a delay varies either way, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// The delay after the attempt of this number, counted from 1; `None`: there is no further attempt. No delay is shorter than the one before it.
/// What varies follows from the message, so that it is the same whoever asks, and whenever.
pub(super) fn delay(settings: &Settings, message: u128, attempt: u32) -> Option<Duration> {
    let attempt = usize::try_from(attempt).ok()?;
    let steps = settings.retry_schedule.get(..attempt).filter(|steps| !steps.is_empty())?;
    let delays = (0_u64..).zip(steps).map(|(number, step)| jittered(*step, message, number));
    delays.reduce(f64::max).map(Duration::from_secs_f64)
}

fn jittered(seconds: u64, message: u128, number: u64) -> f64 {
    #[allow(clippy::cast_possible_truncation, reason = "the random half of an identity")]
    let mut random = SmallRng::seed_from_u64(message as u64 ^ number.rotate_right(8));
    #[allow(clippy::cast_precision_loss, reason = "a week in seconds is exact")]
    let exact = seconds as f64;
    exact * random.random_range(1.0 - JITTER..=1.0 + JITTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_schedule_within_the_jitter_and_never_shrink() {
        let settings = Settings::default();
        for message in 0..200 {
            let mut before = Duration::ZERO;
            for (attempt, step) in (1..).zip(&settings.retry_schedule) {
                let delay = delay(&settings, message, attempt).unwrap();
                let ratio = delay.as_secs_f64() / Duration::from_secs(*step).as_secs_f64();
                assert!((0.8..=1.2).contains(&ratio), "{attempt}: {ratio}");
                assert!(delay >= before);
                before = delay;
            }
            assert_eq!(delay(&settings, message, 10), None);
        }
    }

    #[test]
    fn the_same_message_has_the_same_delay_and_others_have_others() {
        let settings = Settings::default();
        assert_eq!(delay(&settings, 7, 3), delay(&settings, 7, 3));
        assert_ne!(delay(&settings, 7, 3), delay(&settings, 8, 3));
    }

    #[test]
    fn an_empty_schedule_has_one_attempt() {
        let settings = Settings { retry_schedule: Vec::new(), ..Settings::default() };
        assert_eq!(delay(&settings, 7, 1), None);
    }
}
