//! Bits that a disk has turned: they are found where they are, whatever they are of, and never taken for what was written.

use crate::witness::Random;
use acceptance::{Client, Directory, Exit, Launch, Transport, eventually};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const MESSAGES: u64 = 500;

fn launch(directory: &Path) -> Launch {
    let launch = Launch::new().data_dir(directory.to_str().expect("the path is text"));
    launch.config("[store]\nsegment = 524288\nwindow = 1048576\n")
}

fn check(directory: &Path) -> Exit {
    Launch::run_bare(&["ctl", "check_store", "--data-dir", directory.to_str().expect("the path is text")])
}

/// The files of a directory with this extension, the oldest first.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(directory).expect("the directory is there");
    let files = files.map(|file| file.expect("it is readable").path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|it| it == extension)).collect();
    files.sort();
    files
}

/// A directory with a queue and a stream, the beginning of which is in a file of its own.
fn filled() -> Directory {
    let directory = Directory::new();
    let mut server = launch(directory.path()).start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    for number in 0..MESSAGES {
        client.send("SEND", &[("destination", "/stream/s")], body(number));
        client.send("SEND", &[("destination", "/queue/q"), ("persistent", "true")], number.to_string());
    }
    client.sync();
    eventually("the stream has a file", || (!files(directory.path(), "log").is_empty()).then_some(()));
    eventually("there is a snapshot", || (!files(directory.path(), "snapshot").is_empty()).then_some(()));
    server.program().kill();
    directory
}

fn body(number: u64) -> String {
    format!("{number:>6000}")
}

/// The same files in another place.
fn copy(from: &Directory) -> Directory {
    let to = Directory::new();
    for file in fs::read_dir(from.path()).expect("the directory is there") {
        let file = file.expect("it is readable");
        fs::copy(file.path(), to.path().join(file.file_name())).expect("it can be copied");
    }
    to
}

/// Turns a bit.
fn turn(file: &Path, at: usize, bit: u64) {
    let mut octets = fs::read(file).expect("it is readable");
    octets[at] ^= 1 << bit;
    fs::write(file, octets).expect("it is writable");
}

/// Checks that damage is told with its file and its place, and returns that.
fn place(end: &Exit, file: &Path) -> usize {
    let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
    assert_eq!(end.code, Some(1), "{end:?}");
    for part in [&name, "damaged at octet", "--repair"] {
        assert!(end.stderr.contains(part), "{part} in {}", end.stderr);
    }
    let place = end.stderr.split("octet ").nth(1).and_then(|rest| rest.split(':').next()?.parse().ok());
    place.expect("a place is a number")
}

/// Reads a stream from its beginning, until the server ends or so many came. All are what was published.
fn read(client: &mut Client, count: u64) -> u64 {
    client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/stream/s"), ("x-stream-offset", "first")], "");
    let mut read = 0;
    while read < count
        && let Some(message) = client.poll_frame(Instant::now() + acceptance::patience())
    {
        assert_eq!((message.header("x-stream-offset"), message.text()), (&*read.to_string(), &*body(read)));
        read += 1;
    }
    read
}

#[test]
fn a_bit_in_a_file_of_the_journal_is_refused_until_it_is_put_aside() {
    let (sound, mut random) = (filled(), Random::seeded());
    assert_eq!(check(sound.path()).code, Some(0));
    let mut damaged = files(sound.path(), "journal");
    damaged.pop(); // a bit of the last may be of the tail
    assert!(!damaged.is_empty());
    damaged.extend(files(sound.path(), "snapshot"));
    for original in damaged {
        let directory = copy(&sound);
        let file = directory.path().join(original.file_name().expect("a file has a name"));
        let size = fs::metadata(&file).expect("it is there").len();
        let at = usize::try_from(random.below(size)).expect("it fits");
        turn(&file, at, random.below(8));
        let found = [launch(directory.path()).run(), check(directory.path())].map(|end| place(&end, &file));
        assert_eq!(found[0], found[1]);
        assert!(found[0] <= at.max(12), "{} is the record before {at}, or the checksum before all", found[0]);
        let mut server = launch(directory.path()).arg("--repair").start();
        eventually("the log says so", || server.program().stderr().contains("put aside").then_some(()));
        assert!(directory.path().join("set-aside").join(file.file_name().expect("it has one")).exists());
        // What precedes the damage is there, as it was and without gaps; of a snapshot there is a copy.
        let is_snapshot = file.extension().is_some_and(|extension| extension == "snapshot");
        let Some(row) = server.queue("q") else {
            assert!(!is_snapshot && file == files(directory.path(), "journal")[0], "{} had the queue", file.display());
            continue;
        };
        let count = row["messages"].as_u64().expect("it is a number");
        assert!(!is_snapshot || count == MESSAGES, "{count} are left, though a copy tells of all");
        let mut client = server.connect(Transport::Tcp, "1.2");
        client.subscribe("q", "/queue/q", &[("ack", "client-individual")]);
        let numbers: Vec<u64> = client
            .bodies(usize::try_from(count).expect("it fits"))
            .iter()
            .map(|it| it.parse().expect("a number"))
            .collect();
        // Messages that were written again stand behind others: what is missing may be in the middle of the queue.
        assert!(numbers.is_sorted_by(|a, b| a < b) && numbers.iter().all(|number| *number < MESSAGES));
    }
}

#[test]
fn a_bit_in_the_log_of_a_stream_is_told_and_never_delivered() {
    let (directory, mut random) = (filled(), Random::seeded());
    let file = files(directory.path(), "log").swap_remove(0);
    let size = fs::metadata(&file).expect("it is there").len();
    // Not the first record, so that something precedes it, and nothing that was perhaps not moved yet.
    let at = usize::try_from(6_500 + random.below(200_000.min(size - 6_500))).expect("it fits");
    turn(&file, at, random.below(8));
    let found = place(&check(directory.path()), &file);
    assert!(found <= at && at - found < 6_500, "{found} is the record before {at}");
    let mut server = launch(directory.path()).start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    let delivered = read(&mut client, MESSAGES);
    assert!(delivered < MESSAGES);
    assert_eq!(place(&server.program().wait(), &file), found);
    // Repaired, all that precedes the damage is there, and what follows its file.
    let mut server = launch(directory.path()).arg("--repair").start();
    eventually("the log says so", || server.program().stderr().contains("put aside").then_some(()));
    assert!(directory.path().join("set-aside").join(file.file_name().expect("it has one")).exists());
    let offsets = offsets(&mut server.connect(Transport::Tcp, "1.2"));
    let gaps = offsets.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    let preceding = (0..).zip(&offsets).take_while(|(expected, offset)| expected == *offset).count();
    assert_eq!(gaps, 1, "{offsets:?}");
    assert!((preceding * 6_000..(preceding + 1) * 6_300).contains(&found), "{preceding} precede octet {found}");
    server.program().kill();
    assert_eq!(check(directory.path()).code, Some(0));
    launch(directory.path()).start();
}

/// Reads a stream from its beginning to its end, and returns what is there. All are what was published.
fn offsets(client: &mut Client) -> Vec<u64> {
    client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/stream/s"), ("x-stream-offset", "first")], "");
    let mut offsets = Vec::new();
    while offsets.last() != Some(&(MESSAGES - 1)) {
        let message = client.message();
        let offset = message.header("x-stream-offset").parse().expect("it is a number");
        assert_eq!(message.text(), body(offset));
        offsets.push(offset);
    }
    offsets
}
