//! `[metrics]`: what Prometheus reads.

use serde::Deserialize;

/// Settings of `/metrics`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Whether anybody may read them, and not only who is at this machine, or has the tag monitoring.
    pub public: bool,
}
