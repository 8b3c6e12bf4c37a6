//! What is sampled: queues, exchanges, connections.

use super::table::Row;
use crate::engine::connections::ConnectionSample;
use crate::engine::report::{
    ConnectionRates, ConnectionReport, ExchangeRates, ExchangeReport, QueueRates, QueueReport,
};
use broker::stats::{ExchangeRow, QueueRow};
use std::sync::Arc;

impl Row for QueueRow {
    type Rates = QueueRates;
    type Report = QueueReport;

    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn rates(earlier: Option<&Self>, later: &Self, seconds: f64) -> QueueRates {
        let earlier = earlier.map(|row| row.counters).unwrap_or_default();
        QueueRates::between(&earlier, &later.counters, seconds)
    }

    fn report(&self, vhost: &Arc<str>, rates: QueueRates) -> QueueReport {
        QueueReport::new(vhost, self, rates)
    }
}

impl Row for ExchangeRow {
    type Rates = ExchangeRates;
    type Report = ExchangeReport;

    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn rates(earlier: Option<&Self>, later: &Self, seconds: f64) -> ExchangeRates {
        let earlier = earlier.map(|row| row.counters).unwrap_or_default();
        ExchangeRates::between(earlier, later.counters, seconds)
    }

    fn report(&self, vhost: &Arc<str>, rates: ExchangeRates) -> ExchangeReport {
        ExchangeReport::new(vhost, self, rates)
    }
}

impl Row for ConnectionSample {
    type Rates = ConnectionRates;
    type Report = ConnectionReport;

    fn name(&self) -> &Arc<str> {
        &self.info.name
    }

    fn rates(earlier: Option<&Self>, later: &Self, seconds: f64) -> ConnectionRates {
        ConnectionRates::between(earlier, later, seconds)
    }

    fn report(&self, _: &Arc<str>, rates: ConnectionRates) -> ConnectionReport {
        ConnectionReport::new(self, rates)
    }
}
