//! Records that are read by their positions.

use super::{durable, open, options, record};
use std::sync::mpsc::Receiver;
use store::backend::{Disk, Random};
use store::{Error, Journal, Position, Progress, RECORD_HEAD, Reader};

/// Appends a record, waits for it, and returns where it begins.
fn append(journal: &Journal<Disk>, progress: &Receiver<Progress>, octets: &[u8]) -> Position {
    let end = journal.append(&[octets]).unwrap();
    durable(progress, end).unwrap();
    Position(end.0 - octets.len() as u64 - RECORD_HEAD as u64)
}

/// What is at these positions.
fn read(reader: &mut Reader<Disk>, positions: &[Position]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let mut read = vec![None; positions.len()];
    reader.read(positions, &mut |index, octets| assert_eq!(read[index].replace(octets.to_vec()), None))?;
    Ok(read)
}

#[test]
fn records_are_read_in_any_order_from_all_segments() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(300)).unwrap();
    let places: Vec<Position> = (0..60).map(|number| append(&journal, &progress, &record(number))).collect();
    assert!(journal.segments().len() > 8);
    let mut reader = journal.reader();
    let mut random = Random::new(1);
    for round in 0..200 {
        let numbers: Vec<usize> = (0..random.below(12)).map(|_| random.below(places.len())).collect();
        let positions: Vec<Position> = numbers.iter().map(|number| places[*number]).collect();
        let expected: Vec<_> = numbers.iter().map(|number| Some(record(*number))).collect();
        assert_eq!(read(&mut reader, &positions).unwrap(), expected, "round {round}");
    }
    drop(journal);
    let (journal, ..) = open(&disk, &options(300)).unwrap();
    let all: Vec<_> = (0..60).map(|number| Some(record(number))).collect();
    assert_eq!(read(&mut journal.reader(), &places).unwrap(), all);
}

#[test]
fn what_is_near_is_read_at_once_and_what_is_not_is_read_exactly() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(8 << 20)).unwrap();
    let small = |number: usize| vec![number as u8; 1_000];
    let near: Vec<Position> = (0..100).map(|number| append(&journal, &progress, &small(number))).collect();
    let large = vec![7; 3 << 20];
    let large_place = append(&journal, &progress, &large);
    let last = append(&journal, &progress, b"last");
    let mut reader = journal.reader().clone();
    disk.take_reads();
    let expected: Vec<_> = (0..100).map(|number| Some(small(number))).collect();
    assert_eq!(read(&mut reader, &near).unwrap(), expected);
    assert_eq!(disk.take_reads(), [99 * 1_016 + 4_096]);
    assert_eq!(read(&mut reader, &[near[50]]).unwrap(), [Some(small(50))]);
    assert_eq!(disk.take_reads(), [4_096]);
    assert_eq!(read(&mut reader, &[last, large_place]).unwrap(), [Some(b"last".to_vec()), Some(large.clone())]);
    assert_eq!(disk.take_reads(), [4_096, large.len() + RECORD_HEAD - 4_096, 4_096]);
}

#[test]
fn a_segment_may_end_while_it_is_read() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(1_000)).unwrap();
    let mut reader = journal.reader();
    let mut places = Vec::new();
    for number in 0..40 {
        places.push(append(&journal, &progress, &record(number)));
        // The file is kept open, and cut once another follows.
        let expected: Vec<_> = (0..=number).map(|number| Some(record(number))).collect();
        assert_eq!(read(&mut reader, &places).unwrap(), expected, "{number} records");
    }
}

#[test]
fn room_that_is_cut_off_is_not_read() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(10_500)).unwrap();
    let record = [7; 1_000];
    let mut places = vec![append(&journal, &progress, &record)];
    for before in [0, 6] {
        let mut reader = journal.reader();
        read(&mut reader, &places[..1]).unwrap();
        places.extend((0..10).map(|_| append(&journal, &progress, &record)));
        // It is known with the size it had, and less than the four kibibytes that are tried first are left from here on.
        for place in &places[before..] {
            assert_eq!(read(&mut reader, &[*place]).unwrap(), [Some(record.to_vec())]);
        }
    }
}

#[test]
fn what_was_reclaimed_is_left_out() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(300)).unwrap();
    let places: Vec<Position> = (0..60).map(|number| append(&journal, &progress, &record(number))).collect();
    let mut reader = journal.reader();
    read(&mut reader, &places[25..35]).unwrap();
    journal.write_snapshot(places[30], b"half").unwrap();
    let oldest = journal.segments()[0];
    let expected: Vec<_> = (0..60).map(|number| Some(record(number)).filter(|_| places[number] >= oldest)).collect();
    assert!(expected[0].is_none() && expected[30].is_some());
    assert_eq!(read(&mut reader, &places).unwrap(), expected);
    let users = disk.users();
    journal.write_snapshot(places[59], b"most").unwrap();
    read(&mut reader, &[]).unwrap();
    assert!(disk.users() < users, "what was reclaimed is not kept open");
    let oldest = journal.segments()[0];
    // It goes after it was looked up.
    store::backend::Backend::remove(&disk, &format!("{oldest}.journal")).unwrap();
    assert_eq!(read(&mut journal.reader(), &[oldest]).unwrap(), [None]);
}

#[test]
fn every_flipped_bit_is_told() {
    let disk = Disk::default();
    let (journal, progress, ..) = open(&disk, &options(300)).unwrap();
    let places: Vec<Position> = (0..10).map(|number| append(&journal, &progress, &record(number))).collect();
    let start = journal.segments().into_iter().rfind(|start| *start <= places[5]).unwrap();
    let name = format!("{start}.journal");
    let offset = 40 + places[5].0 - start.0;
    let mut reader = journal.reader();
    for bit in 0..(RECORD_HEAD + record(5).len()) * 8 {
        let flip = |octets: &mut Vec<u8>| octets[offset as usize + bit / 8] ^= 1 << (bit % 8);
        disk.edit(&name, flip);
        match read(&mut reader, &[places[5], places[6]]) {
            Err(Error::Damaged { file, offset: at, .. }) => assert_eq!((file, at), (name.clone(), offset), "bit {bit}"),
            other => panic!("bit {bit}: {other:?}"),
        }
        disk.edit(&name, flip);
    }
    assert_eq!(read(&mut reader, &[places[5]]).unwrap(), [Some(record(5))]);
    let nowhere = Position(places[5].0 + 1);
    assert!(matches!(read(&mut reader, &[nowhere]), Err(Error::Damaged { .. })));
    assert!(matches!(read(&mut reader, &[journal.end()]), Err(Error::Damaged { .. })));
}
