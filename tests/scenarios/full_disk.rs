//! A disk without room: publishers wait, consumers go on, nothing is lost, and it goes on by itself.

use acceptance::{Client, Directory, Launch, Transport};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;

/// After this a receipt is not waited for: the disk is full, and that is only told who wants to publish more.
const UNANSWERED: Duration = Duration::from_secs(1);

/// How long a slow consumer takes for each message: room is made while most of them still wait.
const PAUSE: Duration = Duration::from_millis(50);

/// A small disk of the test's own.
struct SmallDisk {
    directory: Directory,
}

impl SmallDisk {
    /// `None`: this machine does not let us.
    fn mount(megabytes: usize) -> Option<Self> {
        let directory = Directory::new();
        let options = format!("size={megabytes}m");
        mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], directory.path()).then_some(SmallDisk { directory })
    }

    fn grow(&self, megabytes: usize) {
        let options = format!("remount,size={megabytes}m");
        assert!(mount(&["-o", &options], self.directory.path()), "the disk grows");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.directory.path()).status();
    }
}

fn mount(arguments: &[&str], directory: &Path) -> bool {
    Command::new("mount").args(arguments).arg(directory).status().is_ok_and(|status| status.success())
}

#[test]
fn publishers_wait_until_there_is_room_and_nothing_is_lost() {
    let Some(disk) = SmallDisk::mount(100) else {
        return eprintln!("not tested: this machine lets nobody mount a disk");
    };
    let launch = Launch::new().data_dir(disk.directory.path().to_str().expect("the path is text"));
    let mut server = launch.start();
    let mut consumer = server.connect(Transport::Tcp, "1.2");
    let mut publisher = server.soft(Transport::Tcp, "1.2");
    publisher.subscribe("notices", "/control/notices", &[]);
    let body = vec![b'x'; MIB];
    // A file of the journal has 64 MiB, and there is no room for a second one. What waits is read no further than a little, so
    // no more is sent than the server answers, but for what it takes to be told why.
    let (mut sent, mut receipted) = (0, 0);
    let notice = loop {
        let receipt = sent.to_string();
        publisher.send("SEND", &[("destination", "/queue/q"), ("persistent", "true"), ("receipt", &receipt)], &body);
        sent += 1;
        assert!(sent < 80, "the disk is full by now");
        match publisher.poll_frame(Instant::now() + UNANSWERED) {
            Some(frame) if frame.command == "RECEIPT" => receipted += 1,
            Some(frame) => break serde_json::from_slice::<Value>(&frame.body).expect("a notice is JSON"),
            None => (),
        }
    };
    assert_eq!(notice["notice"], "blocked");
    assert_eq!(notice["reason"], "disk");
    consumer.subscribe("1", "/queue/q", &[("ack", "client-individual"), ("prefetch-count", "1")]);
    for _ in 0..10 {
        let message = consumer.message();
        let ack = message.header("ack").to_owned();
        consumer.send("ACK", &[("id", &ack)], ""); // its receipt may have to wait as well
    }
    disk.grow(400);
    for number in receipted..sent {
        publisher.receipt(&number.to_string());
    }
    // What is kept after them says that they are.
    consumer.request("SEND", &[("destination", "/queue/last"), ("persistent", "true")], "");
    server.program().kill();
    let server = launch.start();
    assert_eq!(server.queue_number("q", "messages"), sent - 10);
}

/// Publishes to a queue, in which so many are, until it is told that the disk is full. Returns how many there are then; the last waits for room.
fn fill(publisher: &mut Client, queue: &str, body: &[u8], mut sent: usize) -> usize {
    loop {
        let headers = [("destination", queue), ("persistent", "true"), ("receipt", &*sent.to_string())];
        publisher.send("SEND", &headers, body);
        sent += 1;
        assert!(sent < 400, "the disk is full by now");
        match publisher.frame() {
            frame if frame.command == "RECEIPT" => {}
            frame if frame.get("notice") == Some("blocked") => return sent,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_settled_makes_room_without_any_help() {
    let Some(disk) = SmallDisk::mount(100) else {
        return eprintln!("not tested: this machine lets nobody mount a disk");
    };
    let settings = "[store]\nsegment = 8388608\nwindow = 33554432\n";
    let launch = Launch::new().data_dir(disk.directory.path().to_str().expect("the path is text")).config(settings);
    let mut server = launch.start();
    let mut publisher = server.soft(Transport::Tcp, "1.2");
    publisher.subscribe("notices", "/control/notices", &[]);
    let sent = fill(&mut publisher, "/queue/q", &vec![b'x'; MIB / 2], 0);
    let mut consumer = server.connect(Transport::Tcp, "1.2");
    consumer.subscribe("1", "/queue/q", &[("ack", "client-individual"), ("prefetch-count", "5")]);
    for number in 0..sent {
        if number < 40 {
            std::thread::sleep(PAUSE);
        }
        let message = consumer.message();
        consumer.ack(&message); // with a receipt, which comes although the disk is full
    }
    assert_eq!(publisher.notice("unblocked")["notice"], "unblocked");
    publisher.receipt(&(sent - 1).to_string());
    publisher.request("SEND", &[("destination", "/queue/q"), ("persistent", "true")], "again");
    server.program().kill();
    let server = launch.start();
    assert_eq!(server.queue_number("q", "messages"), 1);
}

#[test]
fn what_stays_for_long_does_not_keep_the_room_of_what_has_gone() {
    let Some(disk) = SmallDisk::mount(160) else {
        return eprintln!("not tested: this machine lets nobody mount a disk");
    };
    let server = Launch::new().data_dir(disk.directory.path().to_str().expect("the path is text")).start();
    let mut publisher = server.soft(Transport::Tcp, "1.2");
    publisher.subscribe("notices", "/control/notices", &[]);
    let body = vec![b'x'; MIB / 4];
    // Nobody reads these, and they are in the oldest file, with some that are soon gone.
    for number in 0..160 {
        let queue = if number % 4 == 0 { "/queue/soon" } else { "/queue/stays" };
        publisher.request("SEND", &[("destination", queue), ("persistent", "true")], &body);
    }
    let sent = fill(&mut publisher, "/queue/soon", &body, 40);
    let mut consumer = server.connect(Transport::Tcp, "1.2");
    consumer.subscribe("1", "/queue/soon", &[("ack", "client-individual"), ("prefetch-count", "5")]);
    for _ in 0..sent {
        let message = consumer.message();
        consumer.ack(&message);
    }
    assert_eq!(publisher.notice("unblocked")["notice"], "unblocked");
    publisher.receipt(&(sent - 1).to_string());
    assert_eq!(server.queue_number("stays", "messages"), 120);
}
