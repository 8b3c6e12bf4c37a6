//! How fast the store alone hands over a log whose octets are in memory: nothing is sent, and nobody waits.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use store::backend::FileBackend;
use store::{Journal, LogId, LogRecord, Logs, Options, Part};

use crate::interrupt;
use crate::stomp::body;

/// As the gateway has them on a disk.
const SEGMENT_OCTETS: u64 = 64 * 1024 * 1024;
/// Records that are appended at once, and octets that are read at once: as many as one who loads a queue takes, about.
const BATCH_RECORDS: u64 = 256;
const CHUNK_OCTETS: usize = 256 * 1024;
/// Octets of a record.
const RECORD_OCTETS: usize = 1024;
const RECORDS: u64 = 500_000;
/// Times that the log is read; the middle one counts.
const ROUNDS: usize = 5;
const LOG: LogId = LogId { group: 1, log: 1 };

/// Records a second.
pub(crate) fn measure() -> Result<f64> {
    let directory = tempfile::Builder::new().prefix("wharf-bench-data-").tempdir()?;
    let backend = FileBackend::open(directory.path())?.context("the directory is in use")?;
    let options = Options { segment: SEGMENT_OCTETS, retry: Duration::from_secs(1), repair: false, journal: 1 };
    let (journal, _found) = Journal::open(backend, &options, |_| {}, |_| {})?;
    let logs = journal.logs();
    // What was just written is in the page cache, where it is read from.
    let parts = write(&logs)?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        interrupt::check()?;
        times.push(read(&logs, &parts)?);
    }
    times.sort();
    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    Ok(RECORDS as f64 / times[ROUNDS / 2].as_secs_f64())
}

fn write(logs: &Logs<FileBackend>) -> Result<Vec<Part>> {
    let octets = body(RECORD_OCTETS);
    let mut parts = Vec::new();
    for first in (0..RECORDS).step_by(usize::try_from(BATCH_RECORDS)?) {
        let numbers = first..(first + BATCH_RECORDS).min(RECORDS);
        let records: Vec<_> = numbers.map(|number| LogRecord { number, time: number, octets: &octets }).collect();
        logs.append(LOG, &mut parts, &records, SEGMENT_OCTETS)?;
    }
    // Dirty pages would otherwise be written while they are read.
    logs.sync(LOG, &parts)?;
    Ok(parts)
}

/// Reads all parts with a reader that has learned nothing yet: how long that takes.
fn read(logs: &Logs<FileBackend>, parts: &[Part]) -> Result<Duration> {
    let started = Instant::now();
    let mut reader = logs.reader();
    let (mut next, mut octets) = (0, 0);
    for part in parts {
        while next < part.end {
            let from = next;
            next = reader.read(LOG, part, from, CHUNK_OCTETS, &mut |record| {
                octets += record.octets.len() as u64;
                ControlFlow::Continue(())
            })?;
            ensure!(next > from, "nothing follows record {from}");
        }
    }
    let time = started.elapsed();
    ensure!((next, octets) == (RECORDS, RECORDS * RECORD_OCTETS as u64), "{next} records with {octets} octets");
    Ok(time)
}
