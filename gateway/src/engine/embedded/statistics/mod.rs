//! The statistics of a vhost: counters are sampled once a second; while somebody is bound to the statistics exchange,
//! each sample is published there as what changed since the last one.
//!
//! A reader subscribes, takes a snapshot from the API, which names the sequence number it is at least as new as, and
//! applies what comes with a higher number. Every second has its message, so silence is told from quiet.

mod rows;
mod table;

use super::EmbeddedVhost;
use crate::engine::connections::{ConnectionSample, milliseconds_since_1970};
use crate::engine::report::{ConnectionReport, ExchangeReport, NodeReport, OverviewReport, QueueReport};
use broker::routing::STATISTICS;
use broker::stats::{ExchangeRow, QueueRow};
use broker::{Headers, Message};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use table::{Changes, Row, Table};

/// Time between samples.
pub(in crate::engine) const INTERVAL: Duration = Duration::from_secs(1);

/// The routing keys of the messages, and the names of what is in them.
const QUEUES: &str = "queues";
const EXCHANGES: &str = "exchanges";
const CONNECTIONS: &str = "connections";
const OVERVIEW: &str = "overview";

/// The last samples of a vhost.
#[derive(Debug)]
pub(in crate::engine) struct Statistics {
    vhost: Arc<str>,
    queues: Mutex<Table<QueueRow>>,
    exchanges: Mutex<Table<ExchangeRow>>,
    connections: Mutex<Table<ConnectionSample>>,
}

/// The body of a message about the whole server.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    sequence: u64,
    time: u64,
    overview: &'a OverviewReport,
    node: &'a NodeReport,
    topology: u64,
}

impl Statistics {
    pub(in crate::engine) fn new(vhost: Arc<str>) -> Self {
        Statistics {
            vhost,
            queues: Mutex::new(Table::new()),
            exchanges: Mutex::new(Table::new()),
            connections: Mutex::new(Table::new()),
        }
    }

    /// Reports of queues just read, and the number of the message that they are at least as new as.
    pub(in crate::engine) fn queues(&self, read: impl FnOnce() -> Vec<QueueRow>) -> (u64, Vec<QueueReport>) {
        self.snapshot(&self.queues, read)
    }

    /// The same for exchanges.
    pub(in crate::engine) fn exchanges(&self, read: impl FnOnce() -> Vec<ExchangeRow>) -> (u64, Vec<ExchangeReport>) {
        self.snapshot(&self.exchanges, read)
    }

    /// The same for connections.
    pub(in crate::engine) fn connections(
        &self,
        read: impl FnOnce() -> Vec<ConnectionSample>,
    ) -> (u64, Vec<ConnectionReport>) {
        self.snapshot(&self.connections, read)
    }

    fn snapshot<R: Row>(&self, table: &Mutex<Table<R>>, read: impl FnOnce() -> Vec<R>) -> (u64, Vec<R::Report>) {
        table.lock().unwrap_or_else(PoisonError::into_inner).snapshot(&self.vhost, read)
    }

    /// Takes samples, and publishes what changed to whoever wants to know.
    pub(in crate::engine) fn tick(&self, vhost: &EmbeddedVhost, connections: Vec<ConnectionSample>) {
        publish(vhost, QUEUES, &self.advance(&self.queues, || vhost.queues()));
        publish(vhost, EXCHANGES, &self.advance(&self.exchanges, || vhost.exchanges()));
        publish(vhost, CONNECTIONS, &self.advance(&self.connections, || connections));
    }

    fn advance<R: Row>(&self, table: &Mutex<Table<R>>, read: impl FnOnce() -> Vec<R>) -> Changes<R::Report> {
        // Rows are read under the lock, or a snapshot could tell of newer ones under the same number.
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = read();
        table.advance(&self.vhost, rows)
    }
}

/// Whether anybody in the vhost wants to know of the whole server.
pub(in crate::engine) fn is_overview_wanted(vhost: &EmbeddedVhost) -> bool {
    vhost.is_heard(STATISTICS, OVERVIEW)
}

/// Publishes what there is to say of the whole server, as number `sequence`.
pub(in crate::engine) fn publish_overview(
    vhost: &EmbeddedVhost,
    sequence: u64,
    overview: &OverviewReport,
    node: &NodeReport,
) {
    let topology = vhost.row().topology;
    let whole = Whole { sequence, time: milliseconds_since_1970(), overview, node, topology };
    announce(vhost, OVERVIEW, serde_json::to_vec(&whole));
}

fn publish<T: Serialize>(vhost: &EmbeddedVhost, kind: &'static str, changes: &Changes<T>) {
    if !vhost.is_heard(STATISTICS, kind) {
        return;
    }
    let time = milliseconds_since_1970();
    for part in changes.messages() {
        announce(vhost, kind, part.body(kind, time));
    }
}

fn announce(vhost: &EmbeddedVhost, kind: &'static str, body: serde_json::Result<Vec<u8>>) {
    match body {
        Ok(body) => vhost.announce(&Arc::new(message(kind, body))),
        Err(error) => tracing::error!(%error, kind, "statistics cannot be written as JSON"),
    }
}

fn message(kind: &'static str, body: Vec<u8>) -> Message {
    let destination = format!("/exchange/{STATISTICS}/{kind}");
    let headers = [("destination", destination.as_str()), ("content-type", "application/json")];
    Message::new(STATISTICS, kind, Headers::new(headers.into_iter()), body.into())
}
