//! `[log]`: what is logged, and how.

use serde::Deserialize;

/// Settings of the log, which goes to standard error.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Level, or directives such as `info,gateway::stomp=debug`.
    pub level: String,
    /// For people or for programs.
    pub format: LogFormat,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object.
    Json,
}
