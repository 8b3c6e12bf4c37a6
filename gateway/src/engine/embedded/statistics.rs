//! The statistics of a vhost: counters are sampled once a second; while somebody is bound to the statistics exchange,
//! each sample is published there as what changed since the last one.
//!
//! A reader subscribes, takes a snapshot from the API, which names the sequence number it is at least as new as, and
//! applies what comes with a higher number. Every second has its message, so silence is told from quiet.

use super::EmbeddedVhost;
use crate::engine::connections::milliseconds_since_1970;
use crate::engine::report::{QueueReport, Rates};
use broker::routing::STATISTICS;
use broker::stats::QueueRow;
use broker::{Headers, Message};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Time between samples.
pub(in crate::engine) const INTERVAL: Duration = Duration::from_secs(1);

/// The routing key of messages about queues.
const QUEUES: &str = "queues";

/// The last sample of a vhost.
#[derive(Debug)]
pub(in crate::engine) struct Statistics {
    vhost: Arc<str>,
    sample: Mutex<Sample>,
}

#[derive(Debug)]
struct Sample {
    sequence: u64,
    taken_at: Instant,
    queues: BTreeMap<Arc<str>, Sampled>,
    /// Queues that snapshots told of and no sample has seen yet: should they go before one does, that must be said.
    told: BTreeSet<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Sampled {
    row: QueueRow,
    rates: Rates,
}

/// The body of a statistics message.
#[derive(Debug, Serialize)]
struct Changes {
    sequence: u64,
    time: u64,
    queues: Vec<QueueReport>,
    deleted: Vec<Arc<str>>,
}

impl Statistics {
    pub(in crate::engine) fn new(vhost: Arc<str>) -> Self {
        let sample = Sample { sequence: 0, taken_at: Instant::now(), queues: BTreeMap::new(), told: BTreeSet::new() };
        Statistics { vhost, sample: Mutex::new(sample) }
    }

    /// Reports of rows just read, with the rates of the last sample; and the number of that sample.
    pub(in crate::engine) fn report(&self, rows: impl FnOnce() -> Vec<QueueRow>) -> (u64, Vec<QueueReport>) {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        // The number is read before the rows, so that they are at least as new as it says.
        let mut rows = rows();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        sample.tell(&rows);
        let rates = |row: &QueueRow| sample.queues.get(&row.name).map(|sampled| sampled.rates).unwrap_or_default();
        let reports = rows.iter().map(|row| QueueReport::new(&self.vhost, row, rates(row))).collect();
        (sample.sequence, reports)
    }

    /// Takes a sample, and publishes what changed if anybody wants to know.
    pub(in crate::engine) fn tick(&self, vhost: &EmbeddedVhost) {
        let changes = {
            let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
            sample.advance(&self.vhost, vhost.queues())
        };
        if vhost.is_unbound(STATISTICS) {
            return;
        }
        match serde_json::to_vec(&changes) {
            Ok(body) => vhost.announce(&Arc::new(message(body))),
            Err(error) => tracing::error!(%error, "statistics cannot be written as JSON"),
        }
    }
}

impl Sample {
    fn tell(&mut self, rows: &[QueueRow]) {
        let new = rows.iter().filter(|row| !self.queues.contains_key(&row.name));
        self.told.extend(new.map(|row| Arc::clone(&row.name)));
    }

    /// Makes `rows` the current sample, and returns how it differs from the one before.
    fn advance(&mut self, vhost: &Arc<str>, rows: Vec<QueueRow>) -> Changes {
        let now = Instant::now();
        let seconds = (now - self.taken_at).as_secs_f64();
        let mut last = std::mem::take(&mut self.queues);
        self.taken_at = now;
        self.sequence += 1;
        let mut changed = Vec::new();
        for row in rows {
            let before = last.remove(&row.name);
            let rates = match &before {
                Some(before) => Rates::between(&before.row.counters, &row.counters, seconds),
                None => Rates::between(&Default::default(), &row.counters, seconds),
            };
            let sampled = Sampled { row, rates };
            if before.as_ref() != Some(&sampled) {
                changed.push(QueueReport::new(vhost, &sampled.row, rates));
            }
            self.queues.insert(Arc::clone(&sampled.row.name), sampled);
        }
        let told = std::mem::take(&mut self.told).into_iter().filter(|name| !self.queues.contains_key(name));
        let deleted = last.into_keys().chain(told).collect();
        Changes { sequence: self.sequence, time: milliseconds_since_1970(), queues: changed, deleted }
    }
}

fn message(body: Vec<u8>) -> Message {
    let destination = format!("/exchange/{STATISTICS}/{QUEUES}");
    let headers = [("destination", destination.as_str()), ("content-type", "application/json")];
    Message::new(STATISTICS, QUEUES, Headers::new(headers.into_iter()), body.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use broker::stats::Counters;

    fn row(name: &str, published: u64) -> QueueRow {
        QueueRow {
            name: name.into(),
            durable: false,
            exclusive: false,
            auto_delete: false,
            arguments: None,
            ready: published,
            unacked: 0,
            delayed: 0,
            octets: 0,
            consumers: 0,
            counters: Counters { published, ..Counters::default() },
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_message_holds_what_changed_since_the_one_before() {
        let vhost: Arc<str> = "/".into();
        let mut sample =
            Sample { sequence: 0, taken_at: Instant::now(), queues: BTreeMap::new(), told: BTreeSet::new() };
        let mut advance = async |rows: Vec<QueueRow>| {
            tokio::time::advance(Duration::from_secs(2)).await;
            sample.advance(&vhost, rows)
        };
        let first = advance(vec![row("a", 10), row("b", 0)]).await;
        assert_eq!((first.sequence, first.queues.len()), (1, 2));
        let second = advance(vec![row("a", 30), row("b", 0)]).await;
        assert_eq!(second.queues.len(), 1);
        assert!((second.queues[0].message_stats.publish_details.rate - 10.0).abs() < 0.1);
        let third = advance(vec![row("a", 30)]).await;
        assert_eq!(third.deleted, ["b".into()]);
        assert!(third.queues[0].message_stats.publish_details.rate.abs() < 0.1, "the rate fell to 0: that is a change");
        let fourth = advance(vec![row("a", 30)]).await;
        assert_eq!((fourth.sequence, fourth.queues.len(), fourth.deleted.len()), (4, 0, 0));
    }

    #[test]
    fn a_queue_that_only_a_snapshot_saw_is_told_to_be_deleted() {
        let statistics = Statistics::new("/".into());
        let (sequence, reports) = statistics.report(|| vec![row("short-lived", 0)]);
        assert_eq!((sequence, reports.len()), (0, 1));
        let changes = statistics.sample.lock().unwrap().advance(&"/".into(), Vec::new());
        assert_eq!(changes.deleted, ["short-lived".into()]);
    }
}
