//! What was measured, and what Wharf wants to reach.

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
    /// Not done: the system is not installed.
    Skipped(String),
    /// It went wrong.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_becomes_a_line() {
        assert_eq!(one_line(b"\x81\x15ERROR\nmessage:no  way\n\n\0"), "ERROR message:no way");
    }
}
