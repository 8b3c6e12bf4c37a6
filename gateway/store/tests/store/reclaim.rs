//! Space that is given back.

use super::{durable, open, options, record};
use store::Position;
use store::backend::Disk;

#[test]
fn a_snapshot_replaces_what_it_covers() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(300)).unwrap();
    let mut ends = Vec::new();
    for number in 0..60 {
        ends.push(journal.append(&[&record(number)]).unwrap());
    }
    durable(&progress, ends[59]).unwrap();
    let before = disk.names().len();
    journal.write_snapshot(ends[29], b"half").unwrap();
    journal.write_snapshot(ends[49], b"most").unwrap();
    let names = disk.names();
    assert!(names.len() < before / 2, "{before} files became {}", names.len());
    let snapshots: Vec<_> = names.iter().filter(|name| name.ends_with(".snapshot")).cloned().collect();
    assert_eq!(snapshots.len(), 2, "one and its copy: {snapshots:?}");
    drop(journal);
    let (journal, progress, content, _) = open(&disk, &options(300)).unwrap();
    assert_eq!(content.snapshot.as_deref(), Some(&b"most"[..]));
    assert_eq!(content.records, (50..60).map(record).collect::<Vec<_>>());
    let end = journal.append(&[b"one more"]).unwrap();
    durable(&progress, end).unwrap();
    journal.write_snapshot(end, b"all").unwrap();
    drop(journal);
    let (_, _, content, found) = open(&disk, &options(300)).unwrap();
    assert_eq!((content.snapshot.as_deref(), content.records.len(), found.end), (Some(&b"all"[..]), 0, end));
    assert_ne!(end, Position(0));
}

/// A record that a new segment has no room for gets one of its own, in the place of that. Such a segment was on the list twice, and with
/// what preceded it was removed too: an acknowledged message was lost, and the server did not start again.
#[test]
fn a_large_record_that_begins_a_segment_stays_when_what_precedes_it_goes() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(300)).unwrap();
    durable(&progress, journal.append(&[b"before"]).unwrap()).unwrap();
    drop(journal);
    let (journal, progress, _, found) = open(&disk, &options(300)).unwrap();
    let large = vec![7; 1_000];
    for octets in [&large[..], b"after"] {
        durable(&progress, journal.append(&[octets]).unwrap()).unwrap();
    }
    let segments = journal.segments();
    assert_eq!(segments[..2], [Position(0), found.end]);
    assert!(segments.is_sorted_by(|a, b| a < b), "{segments:?}");
    journal.write_snapshot(found.end, b"snapshot").unwrap();
    assert_eq!(journal.segments(), segments[1..]);
    drop(journal);
    let (_, _, content, _) = open(&disk, &options(300)).unwrap();
    assert_eq!(content.records, [large, b"after".to_vec()]);
}
