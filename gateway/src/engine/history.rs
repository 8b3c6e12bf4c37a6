//! The figures of the last ten minutes, so that a page that is opened now need not begin with an empty chart.

use super::connections::milliseconds_since_1970;
use super::report::{Rate, Sample, SampleWindow, Totals, per_second};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Readings that are kept, one a second.
const KEPT: usize = 600;

/// Readings of the whole server.
#[derive(Debug, Default)]
pub(super) struct History {
    readings: Mutex<VecDeque<Reading>>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    /// Milliseconds since 1970.
    timestamp: u64,
    totals: Totals,
}

impl History {
    /// Adds a reading that is made now.
    pub(super) fn push(&self, totals: Totals) {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        if readings.len() == KEPT {
            readings.pop_front();
        }
        readings.push_back(Reading { at: Instant::now(), timestamp: milliseconds_since_1970(), totals });
    }

    /// How one of the figures went.
    pub(super) fn rate(&self, of: fn(&Totals) -> u64, window: Option<SampleWindow>) -> Rate {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let mut latest = readings.iter().rev();
        let rate = match (latest.next(), latest.next()) {
            (Some(last), Some(before)) => {
                per_second(of(&before.totals), of(&last.totals), (last.at - before.at).as_secs_f64())
            }
            _ => 0.0,
        };
        let samples = window.map_or_else(Vec::new, |SampleWindow { age, step }| {
            let (count, step) = (usize::try_from(age).unwrap_or(KEPT), usize::try_from(step.max(1)).unwrap_or(KEPT));
            let wanted = readings.iter().rev().take(count.saturating_add(1)).step_by(step);
            wanted.map(|reading| Sample { sample: of(&reading.totals), timestamp: reading.timestamp }).collect()
        });
        Rate { rate, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_last_ten_minutes_are_kept() {
        let history = History::default();
        assert_eq!(history.rate(|totals| totals.published, None), Rate::default());
        for second in 0..700 {
            history.push(Totals { published: 10 * second, ..Totals::default() });
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let published = |window| history.rate(|totals| totals.published, window);
        assert_eq!(published(None), Rate { rate: 10.0, samples: Vec::new() });
        let samples = |age, step| {
            let samples = published(Some(SampleWindow { age, step })).samples;
            samples.into_iter().map(|sample| sample.sample).collect::<Vec<_>>()
        };
        assert_eq!(samples(2, 1), [6990, 6980, 6970]);
        assert_eq!(samples(20, 10), [6990, 6890, 6790]);
        assert_eq!(samples(9_999_999, 1).len(), KEPT);
        assert_eq!(samples(2, 0), samples(2, 1));
    }
}
