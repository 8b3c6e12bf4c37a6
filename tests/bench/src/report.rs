//! What was measured, and what Wharf wants to reach.

use std::fmt;

use serde::Serialize;

/// What a server said, as a line of the report can repeat it.
pub(crate) fn one_line(said: &[u8]) -> String {
    let printable = String::from_utf8_lossy(said).replace(|sign: char| sign.is_control() || sign == '\u{fffd}', " ");
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The figures of one system in one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figures {
    /// Messages were delivered.
    Deliveries {
        /// Server processor time for each.
        cpu_micros: f64,
        /// How many a second. Of interest only beside the other rows of the same run.
        per_second: f64,
        /// Processors that the server kept busy.
        cores: f64,
    },
    /// Messages were delivered with and without a subscriber that reads nothing.
    Stalled {
        /// Deliveries a second to those who read, while there was no such subscriber.
        alone_per_second: f64,
        /// The same beside it, after the first stall.
        beside_per_second: f64,
        /// Longest time without a delivery, from when it came.
        pause_millis: f64,
    },
    /// Equal messages were confirmed, volatile ones and persistent ones.
    Surcharge {
        /// Server processor time for a volatile one.
        volatile_micros: f64,
        /// For one that is on the disk when it is confirmed.
        durable_micros: f64,
        /// Volatile ones a second.
        volatile_per_second: f64,
        /// Persistent ones a second.
        durable_per_second: f64,
    },
    /// Publishers waited for the disk, each for its own message.
    SharedSync {
        /// Messages a second of one of them.
        alone_per_second: f64,
        /// Messages a second of all of them at one time.
        together_per_second: f64,
        /// Their messages for each sync of the disk, if that is known.
        per_sync: Option<f64>,
    },
    /// Events were published over HTTP, and parsed by a bare handler.
    Events {
        /// Processor time of the bare handler for each.
        bare_micros: f64,
        /// Processor time of the server for each.
        event_micros: f64,
        /// What the bare handler parsed a second.
        bare_per_second: f64,
        /// Events a second.
        events_per_second: f64,
    },
    /// Events were pushed to a sink, and posted to it by a bare client.
    Webhook {
        /// What the bare client posted a second.
        bare_per_second: f64,
        /// What the server delivered a second.
        delivered_per_second: f64,
        /// Processor time of the server for each.
        cpu_micros: f64,
    },
    /// A server was killed and started again on what it kept.
    Restart {
        /// Messages a second that were kept before, if any.
        filled_per_second: Option<f64>,
        /// Resident memory before.
        filled_mb: f64,
        /// From the kill to the first session.
        ready_seconds: f64,
        /// Resident memory after it.
        restarted_mb: f64,
        /// Files that it then has open.
        open_files: u64,
    },
    /// A stream was read as it was published, and again from its first message.
    Replay {
        /// Deliveries a second of the first.
        live_per_second: f64,
        /// Deliveries a second of the second.
        replayed_per_second: f64,
    },
    /// A log of the store was read, and nothing sent.
    StoreReplay {
        /// Records a second.
        per_second: f64,
    },
    /// Connections were made and left alone.
    Idle {
        /// Resident memory of the server for each.
        resident_kib: f64,
        /// Server processor time for each connect and subscribe.
        connect_micros: f64,
    },
}

/// Figures, and how quiet the machine was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Measurement {
    /// The figures.
    #[serde(flatten)]
    pub(crate) figures: Figures,
    /// Processors that other programs kept busy meanwhile.
    pub(crate) elsewhere_cores: f64,
}

/// What Wharf wants to reach on a small virtual machine with two processors. Other machines differ; ratios travel
/// better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// Nothing in particular.
    None,
    /// Microseconds for each delivery.
    Micros(f64),
    /// At most so many times the floor.
    TimesFloor(f64),
    /// At least this part of the rate without the disturbance.
    RateKept(f64),
    /// At most so many microseconds more than for a volatile message.
    MicrosMore(f64),
    /// At least so many times the rate of one publisher.
    TimesAlone(f64),
    /// At most so many times the bare handler.
    TimesBare(f64),
    /// At least so many a second.
    PerSecond(f64),
    /// At least so many a second, or this part of what the bare client does, whichever is less.
    PerSecondOrOfBare(f64, f64),
    /// Seconds from the kill, and what may be used before it and after it.
    Restart { ready_seconds: f64, resident_mb: Option<f64>, open_files: Option<u64> },
    /// KiB and microseconds for each connection.
    Connection { resident_kib: f64, connect_micros: f64 },
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// The scenario's name.
    pub(crate) scenario: String,
    /// The system's name.
    pub(crate) system: &'static str,
    /// The figures, or why there are none.
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// What is wanted of this row.
    #[serde(skip)]
    pub(crate) goal: Goal,
}

/// How a measurement ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// With figures.
    Measured(Measurement),
    /// Not done: the system is not installed, or does not offer it.
    Skipped(String),
    /// It went wrong.
    Failed(String),
}

/// The server says that it does not offer what was asked for.
#[derive(Debug)]
pub(crate) struct Unsupported(pub(crate) String);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_becomes_a_line() {
        assert_eq!(one_line(b"\x81\x15ERROR\nmessage:no  way\n\n\0"), "ERROR message:no way");
    }
}
