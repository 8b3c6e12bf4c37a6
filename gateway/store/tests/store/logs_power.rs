//! The power goes at every operation of a workload that writes a log, whose owner remembers its parts in the journal's snapshots.

use super::logs::{ID, append, logs, numbers, read};
use super::{Content, durable, open, options};
use std::collections::BTreeMap;
use store::backend::{Disk, Random};
use store::{Error, LogId, Logs, Part};

/// How an owner may write down its parts.
fn remember(parts: &[Part]) -> Vec<u8> {
    let numbers = parts.iter().flat_map(|it| [it.first, it.end, it.octets, it.first_time, it.last_time]);
    numbers.flat_map(u64::to_le_bytes).collect()
}

fn recall(content: &Content) -> Vec<Part> {
    let octets = content.snapshot.as_deref().unwrap_or_default();
    let numbers: Vec<u64> = octets.chunks(8).map(|it| u64::from_le_bytes(it.try_into().unwrap())).collect();
    let part = |it: &[u64]| Part { first: it[0], end: it[1], octets: it[2], first_time: it[3], last_time: it[4] };
    numbers.chunks(5).map(part).collect()
}

/// What is promised: the number that begins the log, and that which ends it.
#[derive(Debug, Default, Clone, Copy)]
struct Promise {
    start: u64,
    end: u64,
}

/// Writes a log, and drops its beginning now and then.
fn work(disk: &Disk, random: &mut Random, promise: &mut Promise) -> Result<(), Error> {
    let (journal, progress, ..) = open(disk, &options(400))?;
    let logs = journal.logs();
    let mut parts: Vec<Part> = Vec::new();
    for _ in 0..8 {
        let changed = parts.len().saturating_sub(1);
        let end = parts.last().map_or(1, |last| last.end);
        append(&logs, ID, &mut parts, &numbers(end..end + 2 + random.below(9) as u64))?;
        logs.sync(ID, &parts[changed..])?;
        let dropped = if parts.len() > 3 { Some(parts.remove(0)) } else { None };
        let position = journal.append(&[b"something"])?;
        durable(&progress, position)?;
        // From now on either may be remembered.
        journal.write_snapshot(position, &remember(&parts))?;
        *promise = Promise { start: parts[0].first, end: parts.last().unwrap().end };
        if let Some(dropped) = dropped {
            logs.remove(ID, dropped.first)?;
        }
    }
    Ok(())
}

/// The log is what its owner remembers, and the directory has nothing else.
fn judge(disk: &Disk, logs: &Logs<Disk>, content: &Content, promise: Promise, context: &str) {
    let mut known: BTreeMap<LogId, Vec<Part>> = [(ID, recall(content))].into();
    let remembered = known.clone();
    let told = logs.settle(&mut known, false).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!((told, &known), (Vec::new(), &remembered), "{context}");
    let parts = &known[&ID];
    let (start, end) = (parts.first().map_or(1, |it| it.first), parts.last().map_or(1, |it| it.end));
    assert!(start >= promise.start && end >= promise.end, "{context}: {start} to {end}, and not {promise:?}");
    let expected = numbers(start..end);
    assert_eq!(logs.check(&known).unwrap(), expected.len() as u64, "{context}");
    assert_eq!(read(&mut logs.reader(), ID, parts, 0, 300).unwrap(), expected, "{context}");
    assert_eq!(disk.names().iter().filter(|name| name.ends_with(".log")).count(), parts.len(), "{context}");
}

#[test]
fn what_is_remembered_is_there_wherever_the_power_goes() {
    for seed in 0..12 {
        let operations = {
            let disk = Disk::default();
            work(&disk, &mut Random::new(seed), &mut Promise::default()).unwrap();
            disk.operations()
        };
        for cut in 0..operations {
            let disk = Disk::default();
            disk.cut_after(cut);
            let mut promise = Promise::default();
            _ = work(&disk, &mut Random::new(seed), &mut promise);
            for fate in 0..3 {
                let context = format!("seed {seed}, cut at {cut}, fate {fate}");
                let mut random = Random::new(seed * 1_000_003 + cut as u64 * 31 + fate);
                let again = disk.after_power_cut(&mut random);
                // It goes once more, while the directory is settled.
                again.cut_after(random.below(14));
                if let Ok((journal, _, content, _)) = open(&again, &options(400)) {
                    _ = journal.logs().settle(&mut [(ID, recall(&content))].into(), false);
                }
                let third = again.after_power_cut(&mut random);
                let (journal, _, content, _) =
                    open(&third, &options(400)).unwrap_or_else(|error| panic!("{context}: {error}"));
                judge(&third, &journal.logs(), &content, promise, &context);
                let mut parts = recall(&content);
                let end = parts.last().map_or(1, |last| last.end);
                append(&journal.logs(), ID, &mut parts, &numbers(end..end + 20)).unwrap();
                let start = parts[0].first;
                let all = read(&mut journal.logs().reader(), ID, &parts, 0, 300).unwrap();
                assert_eq!(all, numbers(start..end + 20), "{context}");
            }
        }
    }
}

#[test]
fn what_is_synced_needs_no_snapshot_to_be_there() {
    for seed in 0..50 {
        let disk = Disk::default();
        let writer = logs(&disk);
        let mut parts = Vec::new();
        for end in [5, 20, 21] {
            let start = parts.last().map_or(1, |last: &Part| last.end);
            let changed = parts.len().saturating_sub(1);
            append(&writer, ID, &mut parts, &numbers(start..end)).unwrap();
            writer.sync(ID, &parts[changed..]).unwrap();
        }
        let again = disk.after_power_cut(&mut Random::new(seed));
        assert_eq!(read(&mut logs(&again).reader(), ID, &parts, 0, 300).unwrap(), numbers(1..21));
    }
}
