//! What a store promises, on a disk that fails.

#![allow(clippy::cast_possible_truncation, reason = "sizes of small files")]

mod damage;
mod format;
mod logs;
mod logs_power;
mod memory;
mod power;
mod reader;
mod reclaim;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use store::backend::Disk;
use store::{Error, Found, Journal, Options, Position, Progress, Replayed};

/// What a test waits at most for a thread.
const PATIENCE: Duration = Duration::from_secs(20);

fn options(segment: u64) -> Options {
    Options { segment, retry: Duration::from_millis(1), repair: false, journal: 42 }
}

/// What was in a directory.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Content {
    snapshot: Option<Vec<u8>>,
    records: Vec<Vec<u8>>,
}

type Opened = (Journal<Disk>, Receiver<Progress>, Content, Found);

fn open(disk: &Disk, options: &Options) -> Result<Opened, Error> {
    let mut content = Content::default();
    let (tell, progress) = channel();
    let replay = |replayed: Replayed<'_>| match replayed {
        Replayed::Snapshot(octets) => content.snapshot = Some(octets.to_vec()),
        Replayed::Record(octets, _) => content.records.push(octets.to_vec()),
    };
    let (journal, found) = Journal::open(disk.clone(), options, replay, move |told| _ = tell.send(told))?;
    Ok((journal, progress, content, found))
}

/// Waits until this place is durable. `Err`: it never will be.
fn durable(progress: &Receiver<Progress>, position: Position) -> Result<(), Error> {
    loop {
        match progress.recv_timeout(PATIENCE).expect("the thread says something") {
            Progress::Durable(at) if at >= position => return Ok(()),
            Progress::Failed(error) => return Err(error),
            _ => {}
        }
    }
}

fn record(number: usize) -> Vec<u8> {
    format!("record {number} {}", "x".repeat(number * 7 % 90)).into_bytes()
}

#[test]
fn what_is_durable_is_there_again() {
    let disk = Disk::default();
    let (journal, progress, content, found) = open(&disk, &options(300)).unwrap();
    assert_eq!((content, found.end), (Content::default(), Position(0)));
    let mut last = Position(0);
    for number in 0..50 {
        last = journal.append(&[&record(number)]).unwrap();
    }
    durable(&progress, last).unwrap();
    assert_eq!(journal.backlog(), 0);
    drop(journal);
    let (journal, progress, content, found) = open(&disk, &options(300)).unwrap();
    assert_eq!(content.records, (0..50).map(record).collect::<Vec<_>>());
    assert_eq!((found.end, found.cut, found.records), (last, None, 50));
    durable(&progress, journal.append(&[b"another"]).unwrap()).unwrap();
    drop(journal);
    let (_, _, content, _) = open(&disk, &options(300)).unwrap();
    assert_eq!((content.records.len(), content.records.last().unwrap().as_slice()), (51, &b"another"[..]));
}

#[test]
fn a_record_larger_than_a_segment_has_one_of_its_own() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(100)).unwrap();
    let large = vec![7; 5_000];
    for octets in [&b"before"[..], &large, b"after"] {
        durable(&progress, journal.append(&[octets]).unwrap()).unwrap();
    }
    assert!(matches!(journal.append(&[b""]), Err(Error::TooLarge(0))));
    assert!(matches!(journal.append(&[&vec![0; store::MAX_RECORD + 1]]), Err(Error::TooLarge(_))));
    drop(journal);
    let (_, _, content, _) = open(&disk, &options(100)).unwrap();
    assert_eq!(content.records, [b"before".to_vec(), large, b"after".to_vec()]);
}

#[test]
fn closing_writes_what_waits() {
    let disk = Disk::default();
    let (journal, ..) = open(&disk, &options(10_000)).unwrap();
    for number in 0..20 {
        journal.append(&[&record(number)]).unwrap();
    }
    drop(journal);
    assert_eq!(open(&disk, &options(10_000)).unwrap().2.records.len(), 20);
}

#[test]
fn a_full_disk_is_told_and_waited_for() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(200)).unwrap();
    disk.set_full(true);
    let mut last = Position(0);
    for number in 0..20 {
        last = journal.append(&[&record(number)]).unwrap();
    }
    let is_told = |progress: &Receiver<Progress>, wanted: fn(&Progress) -> bool| {
        while !wanted(&progress.recv_timeout(PATIENCE).expect("it is told")) {}
    };
    is_told(&progress, |told| matches!(told, Progress::Full));
    assert!(journal.backlog() > 0);
    disk.set_full(false);
    is_told(&progress, |told| matches!(told, Progress::Resumed));
    durable(&progress, last).unwrap();
    drop(journal);
    assert_eq!(open(&disk, &options(200)).unwrap().2.records.len(), 20);
}

#[test]
fn after_a_failed_sync_nothing_is_promised_any_more() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(10_000)).unwrap();
    durable(&progress, journal.append(&[b"kept"]).unwrap()).unwrap();
    disk.fail_next_sync();
    let doubtful = journal.append(&[b"doubtful"]).unwrap();
    assert!(durable(&progress, doubtful).unwrap_err().to_string().contains("syncing"));
    assert!(matches!(journal.append(&[b"refused"]), Err(Error::Failed(_))));
    drop(journal);
    let content = open(&disk, &options(10_000)).unwrap().2;
    assert_eq!(content.records[0], b"kept");
    assert!(!content.records.contains(&b"refused".to_vec()));
}
