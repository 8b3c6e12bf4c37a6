//! The power goes at every operation of a random workload.

use super::{Content, durable, open, options, record};
use store::backend::{Disk, Random};

/// Writes some records and snapshots, each of which is awaited. Returns what was promised: how many records, and how many of them
/// the last snapshot covers for certain.
fn work(disk: &Disk, random: &mut Random) -> (usize, usize) {
    let (mut confirmed, mut covered) = (0, 0);
    let Ok((journal, progress, ..)) = open(disk, &options(400)) else { return (0, 0) };
    let mut number = 0;
    for _ in 0..12 {
        let mut last = None;
        for _ in 0..=random.below(4) {
            let Ok(end) = journal.append(&[&record(number)]) else { return (confirmed, covered) };
            number += 1;
            last = Some(end);
        }
        let Some(end) = last else { continue };
        if durable(&progress, end).is_err() {
            return (confirmed, covered);
        }
        confirmed = number;
        if random.below(4) == 0 && journal.write_snapshot(end, &number.to_le_bytes()).is_ok() {
            covered = number;
        }
    }
    (confirmed, covered)
}

/// How many records there are, each in its place.
fn count(content: &Content) -> usize {
    let covered = content.snapshot.as_ref().map_or(0, |octets| usize::from_le_bytes(octets[..].try_into().unwrap()));
    for (index, octets) in content.records.iter().enumerate() {
        assert_eq!(*octets, record(covered + index), "the order holds");
    }
    covered + content.records.len()
}

#[test]
fn what_was_promised_is_there_wherever_the_power_goes() {
    for seed in 0..30 {
        let operations = {
            let disk = Disk::default();
            work(&disk, &mut Random::new(seed));
            disk.operations()
        };
        for cut in 0..operations {
            let disk = Disk::default();
            disk.cut_after(cut);
            let (confirmed, covered) = work(&disk, &mut Random::new(seed));
            for fate in 0..3 {
                let again = disk.after_power_cut(&mut Random::new(seed * 1_000_003 + cut as u64 * 31 + fate));
                let context = format!("seed {seed}, cut at {cut}, fate {fate}");
                let (journal, _, content, _) =
                    open(&again, &options(400)).unwrap_or_else(|error| panic!("{context}: {error}"));
                let there = count(&content);
                assert!(there >= confirmed && there >= covered, "{context}: {there} of {confirmed}");
                drop(journal);
                let (_, _, twice, found) =
                    open(&again, &options(400)).unwrap_or_else(|error| panic!("{context}, again: {error}"));
                assert_eq!((twice, found.cut), (content, None), "{context}: recovery twice gives the same");
            }
        }
    }
}

#[test]
fn the_power_may_go_while_it_is_opened_again() {
    for seed in 0..20 {
        let disk = Disk::default();
        disk.cut_after(60);
        let (confirmed, _) = work(&disk, &mut Random::new(seed));
        for cut in 0..15 {
            let mut random = Random::new(seed * 77 + cut);
            let second = disk.after_power_cut(&mut random);
            second.cut_after(cut as usize);
            drop(open(&second, &options(400)));
            let third = second.after_power_cut(&mut random);
            let (_, _, content, _) =
                open(&third, &options(400)).unwrap_or_else(|error| panic!("seed {seed}, cut at {cut}: {error}"));
            assert!(count(&content) >= confirmed, "seed {seed}, cut at {cut}");
        }
    }
}
