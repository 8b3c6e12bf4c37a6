//! What management and the statistics exchange say, with RabbitMQ's field names.

mod connection;
mod consumer;
mod exchange;
mod node;
mod overview;
mod queue;
mod rate;
mod vhost;

pub(super) use connection::{ConnectionRates, ConnectionReport};
pub(super) use consumer::ConsumerReport;
pub(super) use exchange::{BindingReport, ExchangeRates, ExchangeReport};
pub(super) use node::{Node, NodeReport};
pub use overview::{Listener, SampleWindow};
pub(super) use overview::{ObjectTotals, OverviewReport, Totals};
pub(super) use queue::QueueRates;
pub use queue::QueueReport;
pub(super) use rate::{Rate, Sample, per_second};
pub(super) use vhost::{Held, VhostReport};

/// The response header that tells with which statistics message a snapshot can be continued.
pub const SEQUENCE_HEADER: &str = "x-wharf-sequence";
