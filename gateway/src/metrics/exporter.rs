//! From counters to the text that Prometheus reads.

use super::{LIMIT_REACHED, LOGINS_REFUSED, Limit};
use ::metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// The one recorder of this process.
#[derive(Debug, Clone)]
pub struct Exporter {
    handle: PrometheusHandle,
}

impl Exporter {
    /// Counts from now on. Only once in a process.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new().install_recorder()?;
        describe_counter!(LIMIT_REACHED, "Times that a limit bit, by its name in [limits].");
        describe_counter!(LOGINS_REFUSED, "Log-ins that were refused, by reason.");
        // What never happened is 0 and not absent: an alarm on its growth needs a beginning.
        for limit in Limit::ALL {
            counter!(LIMIT_REACHED, "limit" => limit.name()).absolute(0);
        }
        Ok(Exporter { handle })
    }

    /// Something that goes up and down.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a double, exact up to 2^53")]
    pub fn gauge(&self, name: &'static str, description: &'static str, value: u64) {
        describe_gauge!(name, description);
        gauge!(name).set(value as f64);
    }

    /// A gauge of octets.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a double, exact up to 2^53")]
    pub fn octets(&self, name: &'static str, description: &'static str, value: u64) {
        describe_gauge!(name, Unit::Bytes, description);
        gauge!(name).set(value as f64);
    }

    /// Something that only grows, of which somebody else keeps count.
    pub fn total(&self, name: &'static str, description: &'static str, value: u64) {
        describe_counter!(name, description);
        counter!(name).absolute(value);
    }

    /// All of it, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}
