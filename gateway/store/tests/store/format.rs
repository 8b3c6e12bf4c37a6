//! The files are as `FORMAT.md` draws them: what one release has written, every later one has to read.

use super::{durable, open, options};
use store::backend::Disk;
use store::backend::{Backend, File};
use store::{LogId, LogRecord, Part, Position, RECORD_HEAD};

const FORMAT: &str = include_str!("../../FORMAT.md");

/// The octets of the block in the document that begins with this line, after the `|` of each line a comment.
fn drawn(title: &str) -> Vec<u8> {
    let block = FORMAT.split(&format!("```text\n{title}\n")).nth(1).and_then(|rest| rest.split("```").next());
    let lines = block.unwrap_or_else(|| panic!("FORMAT.md draws {title:?}")).lines();
    let digits = lines.flat_map(|line| line.split('|').next().unwrap_or_default().split_whitespace());
    digits.map(|octet| u8::from_str_radix(octet, 16).expect("two digits are an octet")).collect()
}

fn written(disk: &Disk, suffix: &str, length: usize) -> Vec<u8> {
    let names = disk.list().unwrap();
    let name = names.iter().find(|name| name.ends_with(suffix)).unwrap();
    let mut octets = vec![0; length];
    disk.open(name).unwrap().read_at(&mut octets, 0).unwrap();
    octets
}

#[test]
fn files_are_as_they_are_drawn() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(200)).unwrap();
    let first = journal.append(&[b"first"]).unwrap();
    durable(&progress, first).unwrap();
    let second = journal.append(&[b"sec", b"ond"]).unwrap();
    durable(&progress, second).unwrap();
    let segment = drawn("0000000000000000.journal");
    assert_eq!(hex(&written(&disk, ".journal", segment.len())), hex(&segment));
    journal.write_snapshot(second, b"all").unwrap();
    let snapshot = drawn("000000000000002b.snapshot");
    assert_eq!(hex(&written(&disk, "000000000000002b.snapshot", snapshot.len())), hex(&snapshot));
}

#[test]
fn a_log_is_as_it_is_drawn() {
    let disk = Disk::default();
    let (journal, ..) = open(&disk, &options(200)).unwrap();
    let id = LogId { group: 3, log: 9 };
    let records = [
        LogRecord { number: 5, time: 1_000, octets: b"first" },
        LogRecord { number: 7, time: 1_001, octets: b"second" },
    ];
    let mut parts = Vec::new();
    journal.logs().append(id, &mut parts, &records, 1_000).unwrap();
    let name = "00000003-0000000000000009-0000000000000005.log";
    let log = drawn(name);
    assert_eq!(hex(&written(&disk, name, log.len())), hex(&log));
    let octets = log.len() as u64;
    assert_eq!(parts, [Part { first: 5, end: 8, octets, first_time: 1_000, last_time: 1_001 }]);
}

#[test]
fn a_record_is_found_as_it_is_described() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(200)).unwrap();
    let ends = [&b"first"[..], b"second"].map(|octets| journal.append(&[octets]).unwrap());
    durable(&progress, ends[1]).unwrap();
    let mut read = Vec::new();
    journal
        .reader()
        .read(&[Position(21), Position(0)], &mut |index, octets| read.push((index, octets.to_vec())))
        .unwrap();
    assert_eq!((read, RECORD_HEAD), (vec![(1, b"first".to_vec()), (0, b"second".to_vec())], 16));
}

fn hex(octets: &[u8]) -> String {
    let lines = octets.chunks(16).map(|line| line.iter().map(|octet| format!("{octet:02x} ")).collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}
