//! Beyond the memory watermark publishers are blocked: they are told, their SENDs wait, all else they say is heard,
//! and nothing is lost.

use acceptance::{Client, Launch, Server, Transport, all_transports, eventually};

const KIB: usize = 1024;

/// A server whose queues may hold 1 MiB: from three quarters of it publishers are blocked.
fn small() -> Server {
    Launch::new().config("[limits]\nmemory = 1048576\nbody = 65536\nframe = 131072").start()
}

/// What is sent while it cannot be told whether it was taken: a body that says its number, of 16 KiB.
fn numbered(number: usize) -> String {
    format!("{number:05}{}", "x".repeat(16 * KIB - 5))
}

fn number_of(body: &str) -> usize {
    body[..5].parse().expect("it begins with its number")
}

/// A publisher that listens to notices, and has filled the queue `stock` until it was told that it is blocked; and how
/// many messages that took, not all of which are in.
fn blocked(server: &Server, transport: Transport, headers: &[(&str, &str)]) -> (Client, usize) {
    // 48 times 16 KiB are three quarters; a few more, and nobody may publish.
    const COUNT: usize = 52;
    let mut publisher = server.dial(transport);
    publisher.log_in_with("1.2", headers);
    publisher.subscribe("n", "/control/notices", &[]);
    for number in 0..COUNT {
        publisher.send("SEND", &[("destination", "/queue/stock")], numbered(number));
    }
    assert_eq!(publisher.notice("blocked")["reason"], "memory");
    (publisher, COUNT)
}

/// Reads up to the last of these receipts and to the notice that a blocked publisher may publish again. It may have been
/// blocked again in between: what waited can fill the memory anew.
fn unblocked(publisher: &mut Client, receipts: &[String]) {
    let mut got = Vec::new();
    let mut blocked = true;
    while got.len() < receipts.len() || blocked {
        let frame = publisher.frame();
        if frame.command == "RECEIPT" {
            got.push(frame.header("receipt-id").to_owned());
            continue;
        }
        let expected = if blocked { "unblocked" } else { "blocked" };
        assert_eq!((frame.command.as_str(), frame.get("notice")), ("MESSAGE", Some(expected)), "{frame:?}");
        blocked = !blocked;
    }
    assert_eq!(got, receipts, "each receipt comes once, in order");
}

#[test]
fn publishers_wait_and_nothing_is_lost_or_out_of_order() {
    all_transports(|transport| {
        let server = small();
        let (mut publisher, begun) = blocked(&server, transport, &[]);
        let total = begun + 30;
        for number in begun..total {
            let receipt = number.to_string();
            publisher.send("SEND", &[("destination", "/queue/stock"), ("receipt", &receipt)], numbered(number));
        }
        // Not all of them are in.
        let mut reader = server.connect(transport, "1.2");
        let ready = server.queue_number("stock", "messages_ready");
        assert!(ready < total as u64, "{ready} of {total} are in a memory that has no room for them");
        reader.subscribe("s", "/queue/stock", &[("ack", "client")]);
        for number in 0..total {
            let message = reader.message();
            assert_eq!(number_of(message.text()), number);
            reader.ack(&message);
        }
        let receipts: Vec<_> = (begun..total).map(|number| number.to_string()).collect();
        unblocked(&mut publisher, &receipts);
        publisher.sync();
    });
}

#[test]
fn a_blocked_publisher_can_make_the_room_itself() {
    all_transports(|transport| {
        let server = small();
        let (mut client, begun) = blocked(&server, transport, &[]);
        client.send("SEND", &[("destination", "/queue/stock"), ("receipt", "parked")], numbered(begun));
        // Its SUBSCRIBE and its ACKs are heard past its own SEND.
        client.send("SUBSCRIBE", &[("id", "s"), ("destination", "/queue/stock"), ("ack", "client-individual")], "");
        let mut parked = false;
        let mut expected = 0;
        while expected <= begun || !parked {
            let frame = client.frame();
            if frame.command == "RECEIPT" {
                assert_eq!(frame.header("receipt-id"), "parked");
                parked = true;
                continue;
            }
            if frame.get("notice").is_some() {
                continue;
            }
            assert_eq!(number_of(frame.text()), expected);
            let (name, id) = frame.ack_id("1.2");
            client.send("ACK", &[(name, &id)], "");
            expected += 1;
        }
        client.sync();
        assert_eq!(server.queue_number("stock", "messages"), 0);
    });
}

#[test]
fn a_blocked_commit_waits_with_the_rest() {
    all_transports(|transport| {
        let server = small();
        let (mut publisher, begun) = blocked(&server, transport, &[]);
        publisher.send("BEGIN", &[("transaction", "t")], "");
        publisher.send("SEND", &[("destination", "/queue/stock"), ("transaction", "t")], numbered(begun));
        publisher.send("COMMIT", &[("transaction", "t"), ("receipt", "committed")], "");
        publisher.send("SEND", &[("destination", "/queue/stock"), ("receipt", "after")], numbered(begun + 1));
        let mut reader = server.connect(transport, "1.2");
        reader.subscribe("s", "/queue/stock", &[]);
        for number in 0..begun + 2 {
            assert_eq!(number_of(reader.message().text()), number);
        }
        unblocked(&mut publisher, &["committed".to_owned(), "after".to_owned()]);
    });
}

#[test]
fn nobody_is_killed_for_waiting_and_heart_beats_go_on() {
    let server = small();
    let (mut publisher, begun) = blocked(&server, Transport::Tcp, &[("heart-beat", "1000,1000")]);
    // Six beats of half an interval: longer than a server waits that hears nothing.
    for _ in 0..6 {
        publisher.beat();
        publisher.send_octets("\n");
    }
    publisher.send("SEND", &[("destination", "/queue/stock"), ("receipt", "r")], numbered(begun));
    let mut reader = server.connect(Transport::Tcp, "1.2");
    reader.subscribe("s", "/queue/stock", &[]);
    for number in 0..=begun {
        assert_eq!(number_of(reader.message().text()), number);
    }
    unblocked(&mut publisher, &["r".to_owned()]);
}

#[test]
fn a_flood_of_publishers_is_held_within_the_memory() {
    const PUBLISHERS: usize = 10;
    const EACH: usize = 200; // 32 MiB in all
    let server = small();
    let before = server.start_peak();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|_| {
            let mut client = server.connect(Transport::Tcp, "1.2");
            std::thread::spawn(move || {
                for number in 0..EACH {
                    client.send("SEND", &[("destination", "/queue/stock")], numbered(number));
                }
                client.sync();
            })
        })
        .collect();
    eventually("the memory is full", || {
        let ready = server.queue("stock")?["messages_ready"].as_u64()?;
        (ready >= 40).then_some(())
    });
    let mut reader = server.connect(Transport::Text, "1.2");
    reader.subscribe("s", "/queue/stock", &[]);
    let mut last = Vec::new();
    for _ in 0..PUBLISHERS * EACH {
        last.push(number_of(reader.message().text()));
    }
    for publisher in publishers {
        publisher.join().expect("no publisher was killed");
    }
    // Each has sent each number: none is lost and none came twice.
    last.sort_unstable();
    let expected: Vec<_> = (0..EACH).flat_map(|number| [number; PUBLISHERS]).collect();
    assert_eq!(last, expected);
    // The memory of the queues, and of each connection what is parked, what is on its way, and a margin.
    let allowed = (1 + PUBLISHERS * 4) * 1024 * KIB;
    let grown = server.peak().saturating_sub(before);
    assert!(grown < allowed as u64, "the server grew by {grown} octets, allowed are {allowed}");
}

/// The connection used to be closed after `close_time`, in good order, and what it had sent was dropped.
#[test]
fn who_disconnects_behind_a_parked_send_is_waited_for() {
    all_transports(|transport| {
        let limits = "[limits]\nmemory = 1048576\nbody = 65536\nframe = 131072\nclose_time = 1";
        let server = Launch::new().config(limits).start();
        let (_publisher, _) = blocked(&server, transport, &[]);
        let mut other = server.connect(transport, "1.2");
        other.send("SEND", &[("destination", "/queue/last"), ("receipt", "sent")], "last");
        other.send("DISCONNECT", &[("receipt", "bye")], "");
        // By the time that others were served more than a millisecond has passed.
        for _ in 0..20 {
            server.connect(transport, "1.2").request("SUBSCRIBE", &[("id", "1"), ("destination", "/topic/t")], "");
        }
        assert_eq!(server.api("DELETE", "/api/queues/%2F/stock").status, 204);
        assert_eq!(other.expect("RECEIPT").header("receipt-id"), "sent");
        assert_eq!(other.expect("RECEIPT").header("receipt-id"), "bye");
        assert_eq!(server.queue_number("last", "messages_ready"), 1);
    });
}

/// An ERROR used to wait for what is parked, until it was given up.
#[test]
fn an_error_does_not_wait_for_what_is_parked() {
    all_transports(|transport| {
        let limits = "[limits]\nmemory = 1048576\nbody = 65536\nframe = 131072\nclose_time = 3600000";
        let server = Launch::new().config(limits).start();
        let (_publisher, _) = blocked(&server, transport, &[]);
        let mut other = server.connect(transport, "1.2");
        other.send("SEND", &[("destination", "/queue/last"), ("receipt", "sent")], "last");
        other.send("ACK", &[("id", "nothing"), ("receipt", "acked")], "");
        let error = other.expect("ERROR");
        assert_eq!((error.header("receipt-id"), error.header("x-code")), ("acked", "unknown-message"));
    });
}

#[test]
fn who_is_blocked_may_still_ask_for_notices_and_end_them() {
    all_transports(|transport| {
        let server = small();
        let (mut publisher, begun) = blocked(&server, transport, &[]);
        publisher.send("SEND", &[("destination", "/queue/stock")], numbered(begun));
        publisher.request("SUBSCRIBE", &[("id", "m"), ("destination", "/control/notices")], "");
        publisher.request("UNSUBSCRIBE", &[("id", "m")], "");
    });
}

/// A consumer that acks in transactions, with what it makes of the messages, used to wait for room that only its acks
/// could make.
#[test]
fn a_transaction_that_makes_room_is_not_blocked() {
    all_transports(|transport| {
        let server = small();
        let (_publisher, _) = blocked(&server, transport, &[]);
        let mut worker = server.connect(transport, "1.2");
        worker.subscribe("s", "/queue/stock", &[("ack", "client-individual"), ("prefetch-count", "1")]);
        let message = worker.message();
        let (name, id) = message.ack_id("1.2");
        worker.request("BEGIN", &[("transaction", "t")], "");
        worker.send("ACK", &[(name, &id), ("transaction", "t")], "");
        worker.send("SEND", &[("destination", "/queue/results"), ("transaction", "t")], "result");
        worker.send("COMMIT", &[("transaction", "t"), ("receipt", "done")], "");
        // The next message comes, too.
        let mut frames = [worker.frame(), worker.frame()];
        frames.sort_by(|a, b| a.command.cmp(&b.command));
        assert_eq!((frames[0].command.as_str(), frames[1].command.as_str()), ("MESSAGE", "RECEIPT"));
    });
}
