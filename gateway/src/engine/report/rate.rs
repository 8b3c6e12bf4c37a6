//! How fast counters grow.

use serde::Serialize;

/// Events per second over the last interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct Rate {
    pub rate: f64,
    /// Earlier readings, the newest first; only where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

/// A counter as it was at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct Sample {
    pub sample: u64,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// From two readings of a counter, `seconds` apart.
pub(in crate::engine) fn per_second(earlier: u64, later: u64, seconds: f64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let count = later.saturating_sub(earlier) as f64;
    if seconds > 0.0 { (count / seconds * 10.0).round() / 10.0 } else { 0.0 }
}

impl From<f64> for Rate {
    fn from(rate: f64) -> Self {
        Rate { rate, samples: Vec::new() }
    }
}
