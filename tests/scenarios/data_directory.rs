//! The directory of a server: one server at a time, and nothing in it is taken for what it is not.

use acceptance::{Directory, Exit, Launch, PATIENCE, Transport, eventually};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

fn launch(directory: &Directory) -> Launch {
    Launch::new().data_dir(path(directory))
}

fn path(directory: &Directory) -> &str {
    directory.path().to_str().expect("the path is text")
}

fn check(directory: &Directory) -> Exit {
    Launch::run_bare(&["ctl", "check_store", "--data-dir", path(directory)])
}

/// The files of the journal, oldest first.
fn segments(directory: &Directory) -> Vec<PathBuf> {
    let files = fs::read_dir(directory.path())
        .expect("the directory is there")
        .map(|file| file.expect("it is readable").path());
    let mut segments: Vec<_> = files.filter(|file| file.extension().is_some_and(|it| it == "journal")).collect();
    segments.sort();
    segments
}

/// A directory in which a server has kept so many messages.
fn filled(messages: usize) -> Directory {
    let directory = Directory::new();
    let mut server = launch(&directory).start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    for number in 0..messages {
        client.publish_with("/queue/q", &[("persistent", "true")], format!("message {number}"));
    }
    server.program().kill();
    directory
}

/// Turns a bit of the record that holds this text.
fn damage(directory: &Directory, text: &str) -> (PathBuf, usize) {
    for file in segments(directory) {
        let mut octets = fs::read(&file).expect("a segment is readable");
        if let Some(at) = octets.windows(text.len()).position(|window| window == text.as_bytes()) {
            octets[at] ^= 1;
            fs::write(&file, octets).expect("a segment is writable");
            return (file, at);
        }
    }
    panic!("{text:?} is in the journal");
}

#[test]
fn a_second_server_is_refused() {
    let directory = Directory::new();
    let _server = launch(&directory).start();
    let second = launch(&directory).run();
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains("another server"), "{}", second.stderr);
    let check = check(&directory);
    assert!(check.code == Some(1) && check.stderr.contains("another server"), "{check:?}");
}

#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let parent = Directory::new();
    let inner = parent.path().join("data");
    let _server = Launch::new().data_dir(inner.to_str().expect("the path is text")).start();
    let mode = |path: PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(inner.clone()), 0o700);
    for file in fs::read_dir(inner).expect("the directory is there") {
        assert_eq!(mode(file.expect("it is readable").path()), 0o600);
    }
}

#[test]
fn a_sound_directory_is_said_to_be_sound() {
    let check = check(&filled(7));
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.stdout.contains("1 queues and 0 streams with 7 messages"), "{}", check.stdout);
}

#[test]
fn a_directory_that_is_not_there_is_not_made() {
    let directory = Directory::new();
    let missing = directory.path().join("missing");
    let check = Launch::run_bare(&["ctl", "check_store", "--data-dir", missing.to_str().expect("the path is text")]);
    assert_eq!(check.code, Some(2));
    assert!(!missing.exists());
}

#[test]
fn a_torn_tail_is_told_and_cut_off() {
    let directory = filled(5);
    let file = segments(&directory).pop().expect("there is a segment");
    let octets = fs::read(&file).expect("a segment is readable");
    let text = b"message 4";
    let at = octets.windows(text.len()).position(|window| window == text).expect("the last message is there");
    fs::write(&file, &octets[..at + 4]).expect("a segment is writable");
    let found = check(&directory);
    assert_eq!(found.code, Some(0));
    assert!(found.stdout.contains("with 4 messages") && found.stdout.contains("cuts them off"), "{}", found.stdout);
    let mut server = launch(&directory).start();
    assert_eq!(server.queue_number("q", "messages"), 4);
    eventually("the log says so", || server.program().stderr().contains("was cut off").then_some(()));
}

#[test]
fn damage_is_refused_with_file_and_offset_until_it_is_put_aside() {
    let directory = filled(9);
    let (file, at) = damage(&directory, "message 3");
    let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let refused = launch(&directory).run();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in [&name, "damaged at octet", "--repair"] {
        assert!(refused.stderr.contains(part), "{part} in {}", refused.stderr);
    }
    let offset = refused.stderr.split("octet ").nth(1).and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
    assert!(offset.is_some_and(|offset| offset < at && at - offset < 300), "{offset:?} is the record before {at}");
    let checked = check(&directory);
    assert!(checked.code == Some(1) && checked.stderr.contains(&name), "{checked:?}");
    let server = launch(&directory).arg("--repair").start();
    assert_eq!(server.queue_number("q", "messages"), 3, "what precedes the damage is kept");
    assert!(directory.path().join("set-aside").join(&name).exists());
}

#[test]
fn a_server_that_can_keep_nothing_more_confirms_nothing_more_and_ends() {
    let directory = Directory::new();
    let mut server = launch(&directory).start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    client.publish_with("/queue/q", &[("persistent", "true")], "kept");
    fs::remove_dir_all(directory.path()).expect("the directory can be removed");
    // A file of the journal has 64 MiB: the next one cannot be made.
    let body = vec![b'x'; 1 << 20];
    let mut receipted = 0;
    loop {
        let headers = [("destination", "/queue/q"), ("persistent", "true"), ("receipt", "r")];
        client.send("SEND", &headers, &body);
        match client.poll_frame(Instant::now() + PATIENCE) {
            Some(frame) if frame.command == "RECEIPT" => receipted += 1,
            _ => break,
        }
    }
    assert!(receipted < 64, "{receipted} receipts");
    let end = server.program().wait();
    assert_eq!(end.code, Some(1));
    assert!(end.stderr.contains("the data directory failed"), "{}", end.stderr);
}
