//! What happened, counted for Prometheus. A leaf: whoever sees something happen counts it here.

mod exporter;
mod limit;

pub use exporter::Exporter;
pub use limit::Limit;

/// Times that a limit bit.
const LIMIT_REACHED: &str = "wharf_limit_reached_total";

/// Log-ins that were refused.
const LOGINS_REFUSED: &str = "wharf_logins_refused_total";

/// Counts a log-in that was refused. `reason` is one of few words.
pub fn login_refused(reason: &'static str) {
    ::metrics::counter!(LOGINS_REFUSED, "reason" => reason).increment(1);
}
