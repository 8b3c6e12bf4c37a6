//! One kind of rows, sampled once a second: what changed since the last sample is what its readers are told.

use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::time::Instant;

/// Rows in one message: a page applies so many without a pause that anybody sees, and no frame outgrows its limit.
const ROWS: usize = 500;

/// Something that is sampled.
pub(in crate::engine) trait Row: Clone + PartialEq {
    /// How fast its counters grow.
    type Rates: Copy + Default + PartialEq + std::fmt::Debug;
    /// What is said of it.
    type Report: Serialize;
    /// What tells it from the others.
    fn name(&self) -> &Arc<str>;
    /// From two samples, `seconds` apart.
    fn rates(earlier: Option<&Self>, later: &Self, seconds: f64) -> Self::Rates;
    /// What is said of it.
    fn report(&self, vhost: &Arc<str>, rates: Self::Rates) -> Self::Report;
}

/// The last sample of all rows of a kind.
#[derive(Debug)]
pub(super) struct Table<R: Row> {
    /// The number of the last message that was made of a sample, or could have been.
    sequence: u64,
    taken_at: Instant,
    rows: BTreeMap<Arc<str>, Sampled<R>>,
    /// Rows that snapshots told of and no sample has seen yet: should they go before one does, that must be said.
    told: BTreeSet<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Sampled<R: Row> {
    row: R,
    rates: R::Rates,
}

/// How a sample differs from the one before.
#[derive(Debug)]
pub(super) struct Changes<T> {
    /// The number of its first message.
    pub(super) sequence: u64,
    pub(super) changed: Vec<T>,
    pub(super) deleted: Vec<Arc<str>>,
}

impl<R: Row> Table<R> {
    pub(super) fn new() -> Self {
        Table { sequence: 0, taken_at: Instant::now(), rows: BTreeMap::new(), told: BTreeSet::new() }
    }

    /// Reports of rows just read, with the rates of the last sample; and the number of its last message. `read` is called
    /// after the number is fixed, so that the rows are at least as new as it says.
    pub(super) fn snapshot(&mut self, vhost: &Arc<str>, read: impl FnOnce() -> Vec<R>) -> (u64, Vec<R::Report>) {
        let mut rows = read();
        rows.sort_by(|a, b| a.name().cmp(b.name()));
        let new = rows.iter().filter(|row| !self.rows.contains_key(row.name()));
        self.told.extend(new.map(|row| Arc::clone(row.name())));
        let rates = |row: &R| self.rows.get(row.name()).map(|sampled| sampled.rates).unwrap_or_default();
        (self.sequence, rows.iter().map(|row| row.report(vhost, rates(row))).collect())
    }

    /// Makes `rows` the current sample, and returns how it differs from the one before.
    pub(super) fn advance(&mut self, vhost: &Arc<str>, rows: Vec<R>) -> Changes<R::Report> {
        let now = Instant::now();
        let seconds = (now - self.taken_at).as_secs_f64();
        let mut last = std::mem::take(&mut self.rows);
        self.taken_at = now;
        let mut changed = Vec::new();
        for row in rows {
            let before = last.remove(row.name());
            let rates = R::rates(before.as_ref().map(|before| &before.row), &row, seconds);
            let sampled = Sampled { row, rates };
            if before.as_ref() != Some(&sampled) {
                changed.push(sampled.row.report(vhost, rates));
            }
            self.rows.insert(Arc::clone(sampled.row.name()), sampled);
        }
        let told = std::mem::take(&mut self.told).into_iter().filter(|name| !self.rows.contains_key(name));
        let deleted = last.into_keys().chain(told).collect();
        let changes = Changes { sequence: self.sequence + 1, changed, deleted };
        self.sequence += changes.messages().count() as u64;
        changes
    }
}

impl<T> Changes<T> {
    /// The messages that tell of the changes: at least one, so that silence is told from quiet. What is deleted goes
    /// first, since a row of the same name may be among those that changed.
    pub(super) fn messages(&self) -> impl Iterator<Item = Part<'_, T>> {
        let count = self.changed.len().div_ceil(ROWS).max(1);
        (0..count).map(move |index| Part {
            sequence: self.sequence + index as u64,
            changed: &self.changed[index * ROWS..self.changed.len().min((index + 1) * ROWS)],
            deleted: if index == 0 { &self.deleted } else { &[] },
            is_last: index + 1 == count,
        })
    }
}

/// One message.
#[derive(Debug)]
pub(super) struct Part<'a, T> {
    sequence: u64,
    changed: &'a [T],
    deleted: &'a [Arc<str>],
    is_last: bool,
}

impl<T: Serialize> Part<'_, T> {
    /// The body of the message about rows of this kind; `time` in milliseconds since 1970.
    pub(super) fn body(&self, kind: &str, time: u64) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Body { part: self, kind, time })
    }
}

struct Body<'a, T> {
    part: &'a Part<'a, T>,
    kind: &'a str,
    time: u64,
}

impl<T: Serialize> Serialize for Body<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("sequence", &self.part.sequence)?;
        body.serialize_entry("time", &self.time)?;
        body.serialize_entry(self.kind, self.part.changed)?;
        body.serialize_entry("deleted", self.part.deleted)?;
        if !self.part.is_last {
            body.serialize_entry("more", &true)?;
        }
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    #[derive(Debug, Clone, PartialEq)]
    struct Count(Arc<str>, u64);

    impl Row for Count {
        type Rates = f64;
        type Report = (Arc<str>, u64, f64);
        fn name(&self) -> &Arc<str> {
            &self.0
        }
        fn rates(earlier: Option<&Self>, later: &Self, seconds: f64) -> f64 {
            crate::engine::report::per_second(earlier.map_or(0, |row| row.1), later.1, seconds)
        }
        fn report(&self, _: &Arc<str>, rate: f64) -> Self::Report {
            (Arc::clone(&self.0), self.1, rate)
        }
    }

    fn row(name: &str, count: u64) -> Count {
        Count(name.into(), count)
    }

    #[tokio::test(start_paused = true)]
    async fn each_sample_tells_what_changed_since_the_one_before() {
        let vhost: Arc<str> = "/".into();
        let mut table = Table::new();
        let mut advance = async |rows: Vec<Count>| {
            tokio::time::advance(Duration::from_secs(2)).await;
            table.advance(&vhost, rows)
        };
        let first = advance(vec![row("a", 10), row("b", 0)]).await;
        assert_eq!((first.sequence, first.changed.len()), (1, 2));
        let second = advance(vec![row("a", 30), row("b", 0)]).await;
        assert_eq!(second.changed, [("a".into(), 30, 10.0)]);
        let third = advance(vec![row("a", 30)]).await;
        assert_eq!(third.deleted, ["b".into()]);
        assert_eq!(third.changed, [("a".into(), 30, 0.0)], "the rate fell to 0: that is a change");
        let fourth = advance(vec![row("a", 30)]).await;
        assert_eq!((fourth.sequence, fourth.changed.len(), fourth.deleted.len()), (4, 0, 0));
        assert_eq!(fourth.messages().count(), 1, "silence would look like a lost connection");
    }

    #[test]
    fn what_only_a_snapshot_saw_is_told_to_be_deleted() {
        let vhost: Arc<str> = "/".into();
        let mut table = Table::new();
        let (sequence, reports) = table.snapshot(&vhost, || vec![row("short-lived", 0)]);
        assert_eq!((sequence, reports.len()), (0, 1));
        assert_eq!(table.advance(&vhost, Vec::new()).deleted, ["short-lived".into()]);
    }

    #[test]
    fn many_changes_are_cut_into_messages_with_consecutive_numbers() {
        let vhost: Arc<str> = "/".into();
        let mut table = Table::new();
        table.advance(&vhost, vec![row("gone", 0)]);
        let rows = (0..2 * ROWS + 1).map(|number| row(&format!("{number:05}"), 0)).collect();
        let changes = table.advance(&vhost, rows);
        let bodies: Vec<Value> =
            changes.messages().map(|part| serde_json::from_slice(&part.body("rows", 7).unwrap()).unwrap()).collect();
        let told: Vec<_> = bodies.iter().map(|body| (&body["sequence"], &body["deleted"], &body["more"])).collect();
        let (yes, no) = (json!(true), Value::Null);
        let (gone, none) = (json!(["gone"]), json!([]));
        assert_eq!(told, [(&json!(2), &gone, &yes), (&json!(3), &none, &yes), (&json!(4), &none, &no)]);
        assert_eq!(bodies[2]["rows"].as_array().map(Vec::len), Some(1));
        assert_eq!(bodies[2]["time"], 7);
        assert_eq!(table.snapshot(&vhost, Vec::new).0, 4, "a snapshot is as new as the last of them");
    }
}
