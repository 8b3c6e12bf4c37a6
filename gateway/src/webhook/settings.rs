//! `config` of a subscription: how it is delivered. Durations are seconds.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Steps of a retry schedule, and seconds of one: a week.
const STEPS: usize = 50;
const STEP: u64 = 7 * 24 * 60 * 60;

/// Seconds that an attempt may take.
const TIMEOUT: RangeInclusive<u64> = 1..=30;

/// Attempts at a time.
const CONCURRENCY: RangeInclusive<usize> = 1..=256;

/// Events in a batch, and seconds that one may wait for company.
const BATCH: RangeInclusive<usize> = 1..=1_000;
const BATCH_WAIT: f64 = 60.0;

/// Octets of attempts that may be kept.
const KEEP: RangeInclusive<u64> = 1_048_576..=17_179_869_184;

/// Octets of a description.
const DESCRIPTION: usize = 1_024;

/// The seconds between attempts that a subscription has which names no others: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
const SCHEDULE: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How events are delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) description: String,
    pub(super) mode: Mode,
    pub(super) signature: SignatureKind,
    pub(super) retry_schedule: Vec<u64>,
    pub(super) profile: Profile,
    pub(super) timeout: u64,
    pub(super) concurrency: usize,
    /// Requests a minute.
    pub(super) rate: Option<NonZeroU32>,
    pub(super) ordering: Ordering,
    pub(super) on_exhausted: OnExhausted,
    pub(super) verification: Verification,
    pub(super) header_encoding: HeaderEncoding,
    pub(super) batch: Batch,
    /// Where to begin in a stream.
    pub(super) from: Option<String>,
    /// Octets of attempts to keep.
    pub(super) keep: u64,
    pub(super) disabled: bool,
}

/// How a request holds an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// As a document, which the signature covers.
    #[default]
    Structured,
    /// Attributes as headers, which no signature covers.
    Binary,
    /// Several in one document.
    Batch,
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignatureKind {
    /// HMAC-SHA256.
    #[default]
    V1,
    /// ed25519.
    V1a,
    /// Not at all.
    None,
}

/// Which answers are worth another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Profile {
    /// All but those that say otherwise.
    #[default]
    Default,
    /// As Knative's data plane has it: what says that the request is wrong is final.
    Knative,
}

/// What keeps its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ordering {
    #[default]
    None,
    /// Events of one `partitionkey`, or of one `subject`.
    Key,
}

/// What becomes of an event whose schedule is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnExhausted {
    #[default]
    DeadLetter,
    /// It is tried on, at the last step, and what has its key waits.
    Block,
}

/// Whether the sink has to consent before anything is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verification {
    #[default]
    Off,
    Required,
}

/// How attributes stand in headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HeaderEncoding {
    /// As the binding says.
    #[default]
    Percent,
    /// As they are, for receivers that do not decode.
    Raw,
}

/// When a batch is complete.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Batch {
    pub(super) max: usize,
    pub(super) wait: f64,
}

impl Default for Batch {
    fn default() -> Self {
        Batch { max: 100, wait: 1.0 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            description: String::new(),
            mode: Mode::default(),
            signature: SignatureKind::default(),
            retry_schedule: SCHEDULE.to_vec(),
            profile: Profile::default(),
            timeout: 15,
            concurrency: 8,
            rate: None,
            ordering: Ordering::default(),
            on_exhausted: OnExhausted::default(),
            verification: Verification::default(),
            header_encoding: HeaderEncoding::default(),
            batch: Batch::default(),
            from: None,
            keep: 64 << 20,
            disabled: false,
        }
    }
}

impl Settings {
    /// The longest that an attempt takes.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The longest that an event waits for company.
    pub(super) fn batch_wait(&self) -> Duration {
        Duration::from_secs_f64(self.batch.wait)
    }

    /// What is wrong with them, for people.
    pub(super) fn check(&self) -> Result<(), String> {
        let wrong = |key: &str, wanted: String| Err(format!("config.{key}: {wanted}"));
        let within = |range: &RangeInclusive<usize>| format!("has to be between {} and {}", range.start(), range.end());
        if self.description.len() > DESCRIPTION {
            return wrong("description", format!("may have {DESCRIPTION} octets"));
        }
        if self.retry_schedule.len() > STEPS || self.retry_schedule.iter().any(|step| *step > STEP) {
            return wrong("retry_schedule", format!("may have {STEPS} steps of at most {STEP} seconds"));
        }
        if !self.retry_schedule.is_sorted() {
            return wrong("retry_schedule", "no step may be shorter than the one before it".to_owned());
        }
        if !TIMEOUT.contains(&self.timeout) {
            return wrong("timeout", format!("has to be between {} and {} seconds", TIMEOUT.start(), TIMEOUT.end()));
        }
        if !CONCURRENCY.contains(&self.concurrency) {
            return wrong("concurrency", within(&CONCURRENCY));
        }
        if !BATCH.contains(&self.batch.max) {
            return wrong("batch.max", within(&BATCH));
        }
        if !(0.0..=BATCH_WAIT).contains(&self.batch.wait) {
            return wrong("batch.wait", format!("has to be between 0 and {BATCH_WAIT} seconds"));
        }
        if !KEEP.contains(&self.keep) {
            return wrong("keep", format!("has to be between {} and {} octets", KEEP.start(), KEEP.end()));
        }
        if self.ordering == Ordering::Key && self.mode == Mode::Batch {
            return wrong("ordering", "\"key\" and mode \"batch\" do not go together".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<(), String> {
        let settings: Settings = serde_json::from_str(json).map_err(|error| error.to_string())?;
        settings.check()
    }

    #[test]
    fn what_is_not_said_is_as_documented() {
        let settings: Settings = serde_json::from_str("{}").unwrap();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!((settings.timeout, settings.concurrency, settings.retry_schedule.len()), (15, 8, 9));
        assert_eq!((settings.mode, settings.signature), (Mode::Structured, SignatureKind::V1));
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        for (json, key) in [
            (r#"{"timeout":0}"#, "config.timeout"),
            (r#"{"timeout":31}"#, "config.timeout"),
            (r#"{"concurrency":0}"#, "config.concurrency"),
            (r#"{"retry_schedule":[5,4]}"#, "config.retry_schedule"),
            (r#"{"retry_schedule":[604801]}"#, "config.retry_schedule"),
            (r#"{"batch":{"max":0}}"#, "config.batch.max"),
            (r#"{"batch":{"wait":-1}}"#, "config.batch.wait"),
            (r#"{"keep":1}"#, "config.keep"),
            (r#"{"mode":"batch","ordering":"key"}"#, "config.ordering"),
            (r#"{"rate":0}"#, "nonzero"),
            (r#"{"colour":"red"}"#, "colour"),
            (r#"{"mode":"avro"}"#, "avro"),
        ] {
            let wrong = check(json).unwrap_err();
            assert!(wrong.contains(key), "{json}: {wrong}");
        }
    }
}
