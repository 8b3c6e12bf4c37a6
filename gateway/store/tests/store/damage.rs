//! Octets that change on the disk.

use super::logs::{ID, append, logs, numbers};
use super::{durable, open, options, record};
use std::collections::BTreeMap;
use store::backend::Disk;
use store::{Error, Journal, LogId, Options, Part};

const RECORDS: usize = 6;

/// A journal of several segments, every record of which was synced alone.
fn journal() -> Disk {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(250)).unwrap();
    for number in 0..RECORDS {
        durable(&progress, journal.append(&[&record(number)]).unwrap()).unwrap();
    }
    drop(journal);
    disk
}

/// The journal is read as it was, or as far as it was before the last record, or refused: never is a record changed, and never is
/// one missing before others.
fn judge(disk: &Disk, context: &str) -> bool {
    match open(disk, &options(250)) {
        Ok((_, _, content, found)) => {
            for (index, octets) in content.records.iter().enumerate() {
                assert_eq!(*octets, record(index), "{context}");
            }
            assert!(content.records.len() >= RECORDS - 1, "{context}: {} records", content.records.len());
            assert!(content.records.len() == RECORDS || found.cut.is_some(), "{context}: a loss must be told");
            content.records.len() == RECORDS
        }
        Err(Error::Damaged { .. } | Error::Version { .. }) => false,
        Err(error) => panic!("{context}: {error}"),
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let whole = journal();
    for name in whole.names() {
        let mut length = 0;
        whole.edit(&name, |octets| length = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1));
        for bit in 0..length * 8 {
            let disk = whole.copy();
            disk.edit(&name, |octets| octets[bit / 8] ^= 1 << (bit % 8));
            assert!(!judge(&disk, &format!("{name}, bit {bit}")), "{name}: bit {bit} was not noticed");
        }
    }
}

/// What a snapshot tells stands nowhere else, so there is a copy of it: damage to one of them is told, and costs nothing.
#[test]
fn a_damaged_snapshot_is_replaced_by_its_copy() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(250)).unwrap();
    let ends: Vec<_> = (0..RECORDS).map(|number| journal.append(&[&record(number)]).unwrap()).collect();
    durable(&progress, ends[RECORDS - 1]).unwrap();
    journal.write_snapshot(ends[2], b"three").unwrap();
    drop(journal);
    let snapshots: Vec<_> = disk.names().into_iter().filter(|name| name.ends_with(".snapshot")).collect();
    assert_eq!(snapshots.len(), 2);
    for damaged in snapshots {
        let disk = disk.copy();
        disk.edit(&damaged, |octets| octets[33] ^= 1);
        assert!(matches!(open(&disk, &options(250)), Err(Error::Damaged { file, .. }) if file == damaged));
        let (_, _, content, found) = open(&disk, &Options { repair: true, ..options(250) }).unwrap();
        assert_eq!(found.damaged.len(), 1, "{:?}", found.damaged);
        assert_eq!(content.snapshot.as_deref(), Some(&b"three"[..]));
        assert_eq!(content.records, (3..RECORDS).map(record).collect::<Vec<_>>());
    }
}

#[test]
fn every_cut_is_noticed() {
    let whole = journal();
    for name in whole.names() {
        let mut length = 0;
        whole.edit(&name, |octets| length = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1));
        for cut in 0..length {
            let disk = whole.copy();
            disk.edit(&name, |octets| octets.truncate(cut));
            judge(&disk, &format!("{name}, cut at {cut}"));
        }
    }
}

/// The same journal, with a log of two files beside it.
fn with_log() -> (Disk, BTreeMap<LogId, Vec<Part>>) {
    let (disk, mut parts) = (journal(), Vec::new());
    append(&logs(&disk), ID, &mut parts, &numbers(0..12)).unwrap();
    logs(&disk).sync(ID, &parts).unwrap();
    assert_eq!(parts.len(), 2);
    (disk, [(ID, parts)].into())
}

#[test]
fn what_happens_to_a_log_leaves_the_journal_as_it_is_and_the_other_way_round() {
    let (whole, known) = with_log();
    for name in whole.names() {
        let is_log = name.ends_with(".log");
        let mut length = 0;
        whole.edit(&name, |octets| length = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1));
        let judge_both = |disk: &Disk, context: &str, must_be_noticed: bool| {
            let is_whole = judge(disk, context);
            assert!(!is_log || is_whole, "{context}: the journal is another file");
            assert!(is_log || !must_be_noticed || !is_whole, "{context} was not noticed");
            assert_eq!(logs(disk).check(&known).is_err(), is_log, "{context}");
        };
        for bit in 0..length * 8 {
            let disk = whole.copy();
            disk.edit(&name, |octets| octets[bit / 8] ^= 1 << (bit % 8));
            judge_both(&disk, &format!("{name}, bit {bit}"), true);
        }
        for cut in 0..length {
            let disk = whole.copy();
            disk.edit(&name, |octets| octets.truncate(cut));
            judge_both(&disk, &format!("{name}, cut at {cut}"), false);
        }
    }
}

#[test]
fn damage_is_named_and_repaired_only_where_that_is_wanted() {
    let disk = journal();
    let name = disk.names()[0].clone();
    disk.edit(&name, |octets| octets[100] ^= 1);
    let Err(Error::Damaged { file, offset, .. }) = open(&disk, &options(250)) else { panic!("it should be refused") };
    assert_eq!((file, offset), (name.clone(), 97));
    assert!(Journal::check(&disk, |_| {}).is_err());
    let repair = Options { repair: true, ..options(250) };
    let (_, _, content, found) = open(&disk, &repair).unwrap();
    let kept = content.records.len();
    assert!(kept > 0 && kept < RECORDS && !found.damaged.is_empty(), "{found:?}");
    let (_, _, again, found) = open(&disk, &options(250)).unwrap();
    assert_eq!((again.records.len(), found.damaged), (kept, Vec::new()));
}

#[test]
fn a_missing_file_is_noticed() {
    let whole = journal();
    for name in whole.names().iter().take(whole.names().len() - 1) {
        let disk = whole.copy();
        store::backend::Backend::remove(&disk, name).unwrap();
        assert!(matches!(open(&disk, &options(250)), Err(Error::Damaged { .. })), "{name}");
    }
}
