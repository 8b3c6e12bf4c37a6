//! Logs: numbered records in files of their own.

use super::{open, options, record};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use store::backend::{Backend, FileBackend};
use store::backend::{Disk, Random};
use store::{Error, LogId, LogReader, LogRecord, Logs, Part};

pub(crate) const ID: LogId = LogId { group: 3, log: 9 };

pub(crate) fn logs(disk: &Disk) -> Logs<Disk> {
    Logs::new(Arc::new(disk.clone()), 42)
}

/// The record of this number, of which every number that three divides is left out.
pub(crate) fn numbers(range: std::ops::Range<u64>) -> Vec<u64> {
    range.filter(|number| number % 3 != 0).collect()
}

/// Time goes back at every tenth.
fn time(number: u64) -> u64 {
    if number.is_multiple_of(10) { 1_000 + number - 7 } else { 1_000 + number }
}

pub(crate) fn append<B: Backend>(
    logs: &Logs<B>,
    id: LogId,
    parts: &mut Vec<Part>,
    numbers: &[u64],
) -> Result<(), Error> {
    let octets: Vec<Vec<u8>> = numbers.iter().map(|number| record(*number as usize)).collect();
    let records: Vec<LogRecord<'_>> = numbers
        .iter()
        .zip(&octets)
        .map(|(number, octets)| LogRecord { number: *number, time: time(*number), octets })
        .collect();
    logs.append(id, parts, &records, 400)
}

/// Reads all from `from` on, a few octets at a time. Returns the numbers.
pub(crate) fn read<B: Backend>(
    reader: &mut LogReader<B>,
    id: LogId,
    parts: &[Part],
    from: u64,
    octets: usize,
) -> Result<Vec<u64>, Error> {
    let mut numbers = Vec::new();
    for part in parts {
        let mut next = from;
        while next < part.end {
            let before = numbers.len();
            next = reader.read(id, part, next, octets, &mut |found| {
                assert_eq!(found.octets, record(found.number as usize));
                assert_eq!(found.time, time(found.number));
                numbers.push(found.number);
                ControlFlow::Continue(())
            })?;
            assert!(numbers.len() > before || next == part.end);
        }
    }
    Ok(numbers)
}

#[test]
fn what_is_appended_is_read_from_any_number_on() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let mut random = Random::new(4);
    let (mut parts, mut end) = (Vec::new(), 0);
    let mut reader = logs.reader();
    for _ in 0..30 {
        let more = end + 1 + random.below(9) as u64;
        append(&logs, ID, &mut parts, &numbers(end..more)).unwrap();
        end = more;
        let from = random.below(end as usize) as u64;
        let octets = [0, 1, 200, 1_000_000][random.below(4)];
        assert_eq!(read(&mut reader, ID, &parts, from, octets).unwrap(), numbers(from..end), "{from} of {end}");
    }
    assert!(parts.len() > 10 && parts.windows(2).all(|pair| pair[0].end <= pair[1].first));
    assert!(parts.iter().all(|part| part.octets < 400 + 200), "{parts:?}");
    for from in 0..=end {
        assert_eq!(read(&mut logs.reader(), ID, &parts, from, 300).unwrap(), numbers(from..end));
    }
    let known = [(ID, parts)].into();
    assert_eq!(logs.check(&known).unwrap(), numbers(0..end).len() as u64);
}

#[test]
fn who_is_given_records_may_break_and_go_on() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let mut parts = Vec::new();
    append(&logs, ID, &mut parts, &[4, 5, 7]).unwrap();
    let mut reader = logs.reader();
    let mut next = 0;
    let mut seen = Vec::new();
    for expected in [5, 6, 8, 8] {
        let found = &mut |found: LogRecord<'_>| {
            seen.push(found.number);
            ControlFlow::Break(())
        };
        next = reader.read(ID, &parts[0], next, 1_000, found).unwrap();
        assert_eq!(next, expected);
    }
    assert_eq!(seen, [4, 5, 7]);
}

#[test]
fn a_place_in_time_is_found() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let mut parts = Vec::new();
    append(&logs, ID, &mut parts, &numbers(0..100)).unwrap();
    let mut reader = logs.reader();
    for part in &parts {
        let inside: Vec<u64> = numbers(part.first..part.end);
        assert_eq!(part.first_time, time(part.first));
        assert_eq!(part.last_time, inside.iter().copied().map(time).max().unwrap());
        for wanted in 990..1_110 {
            let expected = inside.iter().copied().find(|number| time(*number) >= wanted).unwrap_or(part.end);
            assert_eq!(reader.seek(ID, part, wanted).unwrap(), expected, "{wanted} in {part:?}");
        }
    }
}

#[test]
fn times_that_go_back_are_found_too() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let mut parts = Vec::new();
    let records = [10, 5, 20, 7].into_iter().zip(0..).map(|(time, number)| LogRecord { number, time, octets: b"x" });
    logs.append(ID, &mut parts, &records.collect::<Vec<_>>(), 400).unwrap();
    assert_eq!((parts[0].first_time, parts[0].last_time), (10, 20));
    let mut reader = logs.reader();
    let found = [0, 10, 11, 20, 21].map(|time| reader.seek(ID, &parts[0], time).unwrap());
    assert_eq!(found, [0, 0, 2, 2, 4]);
}

#[test]
fn large_files_are_read_from_their_middle_by_places_that_are_known() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let octets = vec![7; 5_000];
    let records: Vec<_> = (0..400).map(|number| LogRecord { number, time: number, octets: &octets }).collect();
    let (mut parts, large) = (Vec::new(), vec![8; 700_000]);
    logs.append(ID, &mut parts, &records, 10_000_000).unwrap();
    logs.append(ID, &mut parts, &[LogRecord { number: 400, time: 400, octets: &large }], 10_000_000).unwrap();
    logs.sync(ID, &parts).unwrap();
    let part = parts[0];
    assert_eq!((parts.len(), part.octets), (1, 44 + 400 * 5_024 + 700_024));
    let mut reader = logs.reader();
    let mut read = |from, octets| {
        let mut numbers = Vec::new();
        let found = &mut |found: LogRecord<'_>| {
            assert_eq!(found.octets.len(), if found.number == 400 { large.len() } else { 5_000 });
            numbers.push(found.number);
            ControlFlow::Continue(())
        };
        (reader.read(ID, &part, from, octets, found).unwrap(), numbers)
    };
    assert_eq!(read(300, 12_000), (303, vec![300, 301, 302]));
    let reads = disk.take_reads();
    assert!(reads.len() < 10 && reads.iter().all(|octets| *octets <= 256 * 1024), "{reads:?}");
    // Who goes on reads what is wanted alone; who begins elsewhere a little more.
    assert_eq!(read(303, 15_072), (306, vec![303, 304, 305]));
    assert_eq!(disk.take_reads(), [15_072]);
    assert_eq!(read(150, 5_000), (151, vec![150]));
    assert!(disk.take_reads().len() == 1);
    assert_eq!(read(399, 1_000_000), (401, vec![399, 400]));
    assert_eq!(read(400, 1), (401, vec![400]));
    assert_eq!(reader.seek(ID, &part, 250).unwrap(), 250);
    disk.take_reads();
    assert_eq!(logs.reader().seek(ID, &part, 260).unwrap(), 260);
    assert_eq!(disk.take_reads().len(), 1);
}

#[test]
fn a_failed_append_may_be_repeated() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let mut parts = Vec::new();
    append(&logs, ID, &mut parts, &numbers(0..8)).unwrap();
    let before = parts.clone();
    disk.set_full(true);
    assert!(append(&logs, ID, &mut parts, &numbers(8..40)).is_err());
    assert_eq!(parts, before);
    disk.set_full(false);
    append(&logs, ID, &mut parts, &numbers(8..20)).unwrap();
    assert_eq!(read(&mut logs.reader(), ID, &parts, 0, 100).unwrap(), numbers(0..20));
    for wrong in [&[][..], &vec![0; store::MAX_RECORD + 1]] {
        let records = [LogRecord { number: 100, time: 0, octets: wrong }];
        assert!(matches!(logs.append(ID, &mut parts, &records, 400), Err(Error::TooLarge(_))));
    }
}

/// A log of a few parts, beside a journal and another log.
fn some() -> (Disk, BTreeMap<LogId, Vec<Part>>) {
    let disk = Disk::default();
    let (journal, ..) = open(&disk, &options(400)).unwrap();
    let logs = journal.logs();
    let other = LogId { log: 10, ..ID };
    let mut known = BTreeMap::from([(ID, Vec::new()), (other, Vec::new())]);
    for (id, parts) in &mut known {
        append(&logs, *id, parts, &numbers(0..12)).unwrap();
        logs.sync(*id, parts).unwrap();
        assert_eq!(parts.len(), 2);
    }
    (disk, known)
}

fn name_of(id: LogId, first: u64) -> String {
    format!("{:08x}-{:016x}-{first:016x}.log", id.group, id.log)
}

fn is_damaged<T>(outcome: Result<T, Error>, name: &str) -> bool {
    matches!(outcome, Err(Error::Damaged { file, .. } | Error::Version { file, .. }) if file == name)
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (whole, known) = some();
    for part in &known[&ID] {
        let name = name_of(ID, part.first);
        for bit in 0..part.octets as usize * 8 {
            let disk = whole.copy();
            disk.edit(&name, |octets| octets[bit / 8] ^= 1 << (bit % 8));
            assert!(is_damaged(logs(&disk).check(&known), &name), "bit {bit} of {name}");
            let outcome = read(&mut logs(&disk).reader(), ID, &known[&ID], 0, 100);
            assert!(is_damaged(outcome, &name), "bit {bit} of {name}");
            // Repaired, what precedes it in its file is there, and what other files have.
            let mut repaired = known.clone();
            let told = logs(&disk).settle(&mut repaired, true).unwrap();
            assert!(told.len() == 1 && told[0].contains(&name), "{told:?}");
            logs(&disk).check(&repaired).unwrap();
            assert_eq!(logs(&disk).settle(&mut repaired.clone(), false).unwrap(), Vec::<String>::new());
            let left = read(&mut logs(&disk).reader(), ID, &repaired[&ID], 0, 100).unwrap();
            let kept = repaired[&ID].iter().find(|kept| kept.first == part.first).map_or(part.first, |kept| kept.end);
            let all = numbers(0..12).into_iter();
            assert_eq!(
                left,
                all.filter(|it| !(kept..part.end).contains(it)).collect::<Vec<_>>(),
                "bit {bit} of {name}"
            );
        }
    }
}

#[test]
fn every_cut_and_every_missing_file_is_noticed_and_repaired_only_where_that_is_wanted() {
    let (whole, known) = some();
    let [first, second] = known[&ID][..] else { panic!("it has two parts") };
    let name = name_of(ID, first.first);
    for cut in 0..first.octets as usize {
        let disk = whole.copy();
        disk.edit(&name, |octets| octets.truncate(cut));
        let names = disk.names();
        assert!(is_damaged(logs(&disk).settle(&mut known.clone(), false), &name), "cut at {cut}");
        assert!(is_damaged(logs(&disk).check(&known), &name), "cut at {cut}");
        assert_eq!(disk.names(), names, "nothing is changed");
        let mut repaired = known.clone();
        let told = logs(&disk).settle(&mut repaired, true).unwrap();
        assert!(told.len() == 1 && told[0].contains(&name), "{told:?}");
        assert_eq!(repaired[&ID], [second]);
        assert_eq!(logs(&disk).settle(&mut repaired, false).unwrap(), Vec::<String>::new());
        assert_eq!(read(&mut logs(&disk).reader(), ID, &repaired[&ID], 0, 100).unwrap(), numbers(second.first..12));
        logs(&disk).check(&repaired).unwrap();
    }
    let missing = whole.copy();
    missing.remove(&name).unwrap();
    assert!(is_damaged(logs(&missing).settle(&mut known.clone(), false), &name));
    assert_eq!(logs(&missing).settle(&mut known.clone(), true).unwrap().len(), 1);
    assert_eq!(read(&mut logs(&missing).reader(), ID, &known[&ID], 0, 9).unwrap(), numbers(second.first..12));
}

#[test]
fn what_no_owner_knows_is_removed() {
    let (disk, mut known) = some();
    let before = (disk.names(), known.clone());
    let mut more = known.clone();
    for (id, parts) in &mut more {
        append(&logs(&disk), *id, parts, &numbers(12..40)).unwrap();
    }
    disk.create("server.log", 3).unwrap();
    assert_eq!(logs(&disk.copy()).check(&known).unwrap(), 16, "a check looks at what is known");
    let repaired = disk.copy();
    assert!(logs(&repaired).settle(&mut known, true).unwrap().len() > 2, "what is put aside is told");
    assert_eq!(logs(&disk).settle(&mut known, false).unwrap(), Vec::<String>::new());
    assert_eq!(repaired.names(), disk.names());
    disk.remove("server.log").expect("it is not a file of a log");
    assert_eq!((disk.names(), known.clone()), before);
    for (id, parts) in &mut known {
        disk.edit(&name_of(*id, parts[1].first), |octets| assert_eq!(octets.len() as u64, parts[1].octets));
        append(&logs(&disk), *id, parts, &numbers(12..20)).unwrap();
        assert_eq!(read(&mut logs(&disk).reader(), *id, parts, 0, 100).unwrap(), numbers(0..20));
    }
    let (_, _, _, found) = open(&disk, &options(400)).unwrap();
    assert_eq!((found.journal, found.cut, found.damaged), (Some(42), None, Vec::new()));
}

#[test]
fn a_file_of_another_journal_or_log_is_refused() {
    let (disk, known) = some();
    let other = Logs::new(Arc::new(disk.clone()), 43);
    assert!(is_damaged(other.settle(&mut known.clone(), false), &name_of(ID, known[&ID][0].first)));
    let (from, to) = (name_of(LogId { log: 10, ..ID }, 1), name_of(ID, 1));
    disk.rename(&from, &to).unwrap();
    assert!(is_damaged(read(&mut logs(&disk).reader(), ID, &known[&ID], 0, 100), &to));
}

#[test]
fn a_removed_part_reads_as_nothing() {
    let (disk, known) = some();
    let [first, second] = known[&ID][..] else { panic!("it has two parts") };
    let logs = logs(&disk);
    let mut reader = logs.reader();
    assert_eq!(read(&mut reader, ID, &[first, second], 0, 100).unwrap(), numbers(0..12));
    logs.remove(ID, first.first).unwrap();
    logs.remove(ID, first.first).unwrap();
    assert_eq!(read(&mut reader, ID, &[first, second], 0, 100).unwrap(), numbers(second.first..12));
    assert_eq!(reader.seek(ID, &first, first.last_time).unwrap(), first.end);
}

#[test]
fn it_is_read_by_many_while_it_is_written_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let backend = FileBackend::open(directory.path()).unwrap().unwrap();
    let logs = Logs::new(Arc::new(backend), 42);
    let parts: Mutex<Vec<Part>> = Mutex::default();
    const LAST: u64 = 1_500;
    std::thread::scope(|scope| {
        for octets in [1, 500, 5_000] {
            let (mut reader, parts) = (logs.reader(), &parts);
            scope.spawn(move || {
                let mut next = 0;
                while next < LAST {
                    let there = parts.lock().unwrap().clone();
                    for part in &there {
                        if part.end <= next {
                            continue;
                        }
                        let read = read(&mut reader, ID, &[*part], next, octets).unwrap();
                        let expected = numbers(next.max(part.first)..part.end);
                        assert!(expected.starts_with(&read), "a part may be removed while it is read: {read:?}");
                        next = part.end;
                    }
                    std::thread::yield_now();
                }
            });
        }
        let mut mine = Vec::new();
        for start in (0..LAST).step_by(10) {
            append(&logs, ID, &mut mine, &numbers(start..start + 10)).unwrap();
            logs.sync(ID, &mine[mine.len().saturating_sub(3)..]).unwrap();
            *parts.lock().unwrap() = mine.clone();
            if mine.len() > 20 {
                let removed = mine.remove(0);
                *parts.lock().unwrap() = mine.clone();
                logs.remove(ID, removed.first).unwrap();
            }
        }
    });
    let mut known = [(ID, parts.into_inner().unwrap())].into();
    logs.settle(&mut known, false).unwrap();
    assert!(logs.check(&known).unwrap() > 50);
}

#[test]
fn a_record_in_the_place_of_another_is_noticed() {
    let disk = Disk::default();
    let logs = logs(&disk);
    let records = [1, 2, 3].map(|number| LogRecord { number, time: 0, octets: b"same" });
    let mut parts = Vec::new();
    logs.append(ID, &mut parts, &records, 400).unwrap();
    let known = [(ID, parts)].into();
    assert_eq!(logs.check(&known).unwrap(), 3);
    // Each is whole, but the second is there twice.
    disk.edit(&name_of(ID, 1), |octets| octets.copy_within(72..100, 44));
    assert!(is_damaged(logs.check(&known), &name_of(ID, 1)));
}
