//! What is kept in memory alone.

use super::{PATIENCE, options, record};
use std::ops::ControlFlow;
use std::sync::mpsc::channel;
use store::backend::MemoryBackend;
use store::{Journal, LogId, LogRecord, Position, Progress, RECORD_HEAD};

#[test]
fn records_are_read_by_position() {
    let (tell, progress) = channel();
    let (journal, _) =
        Journal::open(MemoryBackend::default(), &options(500), |_| {}, move |told| _ = tell.send(told)).unwrap();
    let mut reader = journal.reader();
    let mut places = Vec::new();
    for number in 0..30 {
        let end = journal.append(&[&record(number)]).unwrap();
        while !matches!(progress.recv_timeout(PATIENCE).unwrap(), Progress::Durable(at) if at >= end) {}
        places.push(Position(end.0 - (RECORD_HEAD + record(number).len()) as u64));
        let mut count = 0;
        let check = &mut |index, octets: &[u8]| {
            assert_eq!(octets, record(index));
            count += 1;
        };
        reader.read(&places, check).unwrap();
        assert_eq!(count, places.len());
    }
}

#[test]
fn a_log_is_read_and_removed() {
    let (journal, _) = Journal::open(MemoryBackend::default(), &options(500), |_| {}, |_| {}).unwrap();
    let (logs, id) = (journal.logs(), LogId { group: 1, log: 2 });
    let octets: Vec<Vec<u8>> = (0..30).map(record).collect();
    let records: Vec<_> =
        octets.iter().zip(0..).map(|(octets, number)| LogRecord { number, time: number, octets }).collect();
    let mut parts = Vec::new();
    logs.append(id, &mut parts, &records, 600).unwrap();
    logs.sync(id, &parts).unwrap();
    let mut reader = journal.logs().reader();
    let mut numbers = Vec::new();
    for part in &parts {
        let found = &mut |found: LogRecord<'_>| {
            assert_eq!(found.octets, record(found.number as usize));
            numbers.push(found.number);
            ControlFlow::Continue(())
        };
        assert_eq!(reader.read(id, part, 7, usize::MAX, found).unwrap(), part.end);
    }
    assert_eq!(numbers, (7..30).collect::<Vec<_>>());
    logs.remove(id, 0).unwrap();
    let mut known = [(id, parts.split_off(1))].into();
    assert_eq!(logs.settle(&mut known, false).unwrap(), Vec::<String>::new());
    assert_eq!(logs.check(&known).unwrap(), 30 - known[&id][0].first);
}
