//! A server that dies at a place of our choice, under load: after two starts, what it has confirmed is there, what it has confirmed to
//! be gone is not, and the rest is there as a whole or not at all.

use crate::witness::{Random, Witness};
use acceptance::{Directory, Frame, Launch, Server, Transport, patience, wharf_failing};
use std::time::{Duration, Instant};

/// Small files, so that there are many of them in a second.
const SMALL_FILES: &str = "[store]\nsegment = 524288\nwindow = 1048576\n";

fn launch(directory: &Directory) -> Launch {
    Launch::new().data_dir(directory.path().to_str().expect("the path is text")).config(SMALL_FILES)
}

/// A directory in which a server was before: what a first one writes by itself does not count among the passings.
fn founded() -> Directory {
    let directory = Directory::new();
    drop(launch(&directory).start());
    directory
}

/// A server in which something happens at the `n`-th passing of a place.
fn failing(directory: &Directory, point: &str, n: u64, action: &str) -> Launch {
    let failpoints = format!("{point}={}*off->{action}", n - 1);
    launch(directory).program(wharf_failing()).environment("FAILPOINTS", &failpoints)
}

/// Keeps a server busy until it dies.
fn work(server: &mut Server, witness: &mut Witness, random: &mut Random) {
    let mut life = witness.begin(server);
    life.subscribe();
    let deadline = Instant::now() + patience();
    while !server.program().has_ended() {
        life.publish(1 + random.below(48), random);
        life.listen(true, Duration::from_millis(1 + random.below(3)));
        assert!(Instant::now() < deadline, "the place is passed: {}", life.summary());
    }
    life.listen(false, Duration::from_secs(1));
}

/// Dies at this place, at each of these passings.
fn die_at(point: &str, passings: &[u64], random: &mut Random) {
    for n in passings {
        eprintln!("{point}, {n}");
        let (directory, mut witness) = (founded(), Witness::default());
        let mut server = failing(&directory, point, *n, "return").start();
        work(&mut server, &mut witness, random);
        assert_eq!(server.program().wait().code, None, "it was a signal");
        let mut server = launch(&directory).start();
        let held = witness.check(&server);
        server.program().kill();
        let server = launch(&directory).start();
        held.assert_same(&witness.check(&server));
    }
}

#[test]
fn dies_while_records_are_written() {
    let mut random = Random::seeded();
    for point in ["journal.appended", "journal.writing", "journal.written", "journal.sync", "journal.synced"] {
        let later = 3 + random.below(300);
        die_at(point, &[1, 2, later], &mut random);
    }
}

#[test]
fn dies_while_answers_and_messages_are_given() {
    let mut random = Random::seeded();
    for point in ["answers.due", "answer.given", "message.delivered"] {
        let later = 3 + random.below(500);
        die_at(point, &[1, 2, later], &mut random);
    }
}

#[test]
fn dies_while_a_segment_follows_another() {
    let mut random = Random::seeded();
    die_at("segment.ended", &[1, 2, 3 + random.below(10)], &mut random);
    // The first is made when the server starts.
    for point in ["segment.made", "segment.named"] {
        die_at(point, &[2, 3, 4 + random.below(10)], &mut random);
        let directory = Directory::new();
        assert_eq!(failing(&directory, point, 1, "return").run().code, None, "it was a signal");
        Witness::default().check(&launch(&directory).start());
    }
}

#[test]
fn dies_while_the_journal_is_given_back() {
    let mut random = Random::seeded();
    let points = ["messages.carried", "snapshot.begins", "snapshot.made", "snapshot.written", "snapshot.named"];
    for point in points.into_iter().chain(["snapshot.synced", "segment.removing"]) {
        die_at(point, &[1, 2 + random.below(3)], &mut random);
    }
}

#[test]
fn dies_while_streams_move_to_their_logs() {
    let mut random = Random::seeded();
    for point in ["log.appended", "log.synced", "log.removing"] {
        die_at(point, &[1, 2], &mut random);
    }
}

#[test]
fn a_failed_sync_ends_the_server_and_nothing_is_confirmed_after_it() {
    let directory = founded();
    let mut server = failing(&directory, "journal.sync", 4, "return(error)").start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    let mut receipted = 0;
    loop {
        let headers = [("destination", "/queue/q"), ("persistent", "true"), ("receipt", "r")];
        client.send("SEND", &headers, receipted.to_string());
        match client.poll_frame(Instant::now() + patience()) {
            Some(frame) if frame.command == "RECEIPT" => receipted += 1,
            _ => break,
        }
    }
    assert_eq!(receipted, 3, "each waits for a sync of its own");
    let end = server.program().wait();
    assert_eq!(end.code, Some(1));
    for part in ["the data directory failed", "syncing", ".journal"] {
        assert!(end.stderr.contains(part), "{part} in {}", end.stderr);
    }
    let server = launch(&directory).start();
    assert!(server.queue_number("q", "messages") >= receipted);
}

#[test]
fn a_disk_that_fails_while_the_first_user_is_made_ends_the_server() {
    let end = failing(&Directory::new(), "journal.sync", 1, "return(error)").run();
    assert_eq!(end.code, Some(1), "{end:?}");
    assert!(end.stderr.contains("the data directory failed"), "{end:?}");
}

#[test]
fn an_offset_that_a_reader_has_seen_is_not_given_to_another_message() {
    let directory = founded();
    let mut server = failing(&directory, "journal.writing", 4, "sleep(60000)").start();
    let (mut client, mut reader) = (server.connect(Transport::Tcp, "1.2"), server.connect(Transport::Tcp, "1.2"));
    reader.subscribe("1", "/stream/s", &[("x-stream-offset", "first")]);
    let offset = |frame: &Frame| frame.header("x-stream-offset").parse::<u64>().expect("an offset is a number");
    let mut seen = Vec::new();
    // From some message on nothing is written any more.
    loop {
        client.send("SEND", &[("destination", "/stream/s"), ("receipt", "r")], "before");
        let Some(message) = reader.poll_frame(Instant::now() + Duration::from_secs(1)) else { break };
        seen.push(offset(&message));
        if client.poll_frame(Instant::now() + Duration::from_secs(1)).is_none() {
            break;
        }
    }
    server.program().kill();
    let server = launch(&directory).start();
    let receipt = server.connect(Transport::Tcp, "1.2").request("SEND", &[("destination", "/stream/s")], "after");
    assert!(!seen.contains(&offset(&receipt)), "a reader goes on behind {seen:?}, and misses {receipt:?}");
}
