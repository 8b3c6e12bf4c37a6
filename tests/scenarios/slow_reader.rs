//! A client that never reads costs bounded memory, and others get everything all the same.

use acceptance::{Server, Transport, all_transports};

const KIB: usize = 1024;
const MIB: u64 = 1024 * 1024;

/// How much a server may grow for one reader that does not read: its backlog and outbox, what the allocator keeps,
/// and what the other clients of the test need. The test sends several times as much.
const ALLOWED: u64 = 24 * MIB;

#[test]
fn a_topic_reader_that_does_not_read_is_left_behind() {
    all_transports(|transport| {
        let server = Server::start();
        let mut idle = server.connect(transport, "1.2");
        idle.subscribe("1", "/topic/flood", &[("x-queue-name", "idle")]);
        let mut reader = server.connect(transport, "1.2");
        reader.subscribe("1", "/topic/flood", &[]);
        let mut publisher = server.connect(transport, "1.2");
        let before = server.resident();
        let mut largest = 0;
        for number in 0..2_000_u32 {
            let mut body = number.to_be_bytes().to_vec();
            body.resize(48 * KIB, 0);
            assert_eq!(publisher.publish("/topic/flood", &body), 2);
            assert!(reader.message().body == body, "the message {number} arrives as it was sent");
            if number % 100 == 0 {
                largest = largest.max(server.resident());
            }
        }
        reader.expect_nothing();
        let grown = largest.saturating_sub(before);
        assert!(grown < ALLOWED, "94 MiB to a reader that does not read made the server grow by {grown} octets");
        let dropped = server.queue("idle").map(|row| row["message_stats"]["dropped"].as_u64());
        assert_ne!(dropped, Some(Some(0)), "what the reader lost is counted");
    });
}

#[test]
fn a_queue_reader_that_does_not_read_leaves_the_rest_to_others() {
    all_transports(|transport| {
        let server = Server::start();
        let mut idle = server.connect(transport, "1.2");
        idle.subscribe("1", "/queue/work", &[]);
        let mut reader = server.connect(transport, "1.2");
        reader.subscribe("1", "/queue/work", &[]);
        let mut publisher = server.connect(transport, "1.2");
        let body = vec![b'x'; 48 * KIB];
        let before = server.resident();
        let mut read = 0;
        // The idle one takes what fits into its sockets and its window, and then no more.
        for _ in 0..1_000 {
            publisher.publish("/queue/work", &body);
        }
        let ready = server.queue_number("work", "messages_ready");
        assert!(ready < 1_000);
        while server.queue_number("work", "messages_ready") > 0 {
            assert!(reader.message().body == body);
            read += 1;
        }
        assert!(read > 300, "the reader got only {read} of 1000 messages");
        let grown = server.resident().saturating_sub(before);
        assert!(grown < ALLOWED + ready * 48 * KIB as u64, "the server grew by {grown} octets");
        publisher.sync();
    });
}

#[test]
fn a_reader_that_does_not_read_does_not_hold_up_the_answers_to_others() {
    let server = Server::start();
    let mut idle = server.connect(Transport::Text, "1.2");
    idle.subscribe("1", "/topic/flood", &[]);
    let mut publisher = server.connect(Transport::Text, "1.2");
    let body = vec![b'x'; 256 * KIB];
    for _ in 0..64 {
        publisher.send("SEND", &[("destination", "/topic/flood")], &body);
    }
    // The publisher may be slowed down; who has nothing to do with it is not.
    let mut other = server.connect(Transport::Tcp, "1.2");
    other.subscribe("1", "/queue/unrelated", &[]);
    for _ in 0..100 {
        other.publish("/queue/unrelated", "x");
        assert_eq!(other.message().text(), "x");
    }
    publisher.sync();
}

#[test]
fn a_slow_reader_that_reads_again_goes_on() {
    all_transports(|transport| {
        let server = Server::start();
        let mut slow = server.connect(transport, "1.2");
        slow.subscribe("1", "/topic/flood", &[]);
        let mut publisher = server.connect(transport, "1.2");
        for number in 0..1_000_u32 {
            let mut body = number.to_be_bytes().to_vec();
            body.resize(32 * KIB, 0);
            publisher.publish("/topic/flood", &body);
        }
        publisher.publish("/topic/flood", "the last one");
        // The oldest were dropped, the rest comes in order, up to the newest.
        let mut last = None;
        loop {
            let message = slow.message();
            if message.body == b"the last one" {
                break;
            }
            let number = u32::from_be_bytes(message.body[..4].try_into().expect("four octets"));
            assert!(last < Some(number), "{number} after {last:?}");
            last = Some(number);
        }
        assert_eq!(last, Some(999));
    });
}
