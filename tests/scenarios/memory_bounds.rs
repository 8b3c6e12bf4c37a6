//! What a connection can make the server hold is bounded: by the largest message, by what is announced, by receipts
//! that nobody reads, by open transactions. Memory is that of the process; the margins are wide and fixed.

use acceptance::{Client, Launch, Opcode, Server, Transport, Upgrade, WebSocket, all_transports, eventually};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What one connection may cost beyond its outbox and the largest message.
const MARGIN: usize = 2 * MIB;

/// What one connection may have waiting to be written: `limits.outbox` of `wharf.toml`.
const OUTBOX: usize = 256 * KIB;

/// How much the server has grown since it had `before` octets.
fn grown(server: &Server, before: u64) -> usize {
    usize::try_from(server.peak().saturating_sub(before)).expect("it fits in memory")
}

/// Twenty readers of a topic that never read, while a lot is published: what they make the server grow by.
fn idle_readers(transport: Transport, size: usize, count: usize) -> (usize, usize) {
    const READERS: usize = 20;
    // What waits for a topic subscription is its own matter: here it is as small as can be.
    let server = Launch::new().config("[limits]\nbacklog = 65536").start();
    let mut publisher = server.connect(transport, "1.2");
    let mut warm = server.connect(transport, "1.2");
    warm.subscribe("1", "/topic/busy", &[]);
    let body = vec![b'x'; size];
    for _ in 0..4 {
        publisher.publish("/topic/busy", &body);
        warm.message();
    }
    let mut idle: Vec<Client> = (0..READERS).map(|_| server.connect(transport, "1.2")).collect();
    for reader in &mut idle {
        reader.subscribe("1", "/topic/busy", &[]);
    }
    let before = server.start_peak();
    for _ in 0..count {
        publisher.publish("/topic/busy", &body);
        assert!(warm.message().body == body, "who reads gets everything");
    }
    (grown(&server, before), READERS)
}

#[test]
fn a_reader_that_never_reads_costs_its_outbox_and_a_message() {
    for (size, count) in [(KIB, 8_000), (MIB, 24)] {
        let (grown, readers) = idle_readers(Transport::Tcp, size, count);
        let allowed = readers * (OUTBOX + size + MARGIN);
        assert!(grown < allowed, "{readers} readers, messages of {size}: {grown} octets, allowed are {allowed}");
    }
    let (grown, readers) = idle_readers(Transport::Text, MIB, 24);
    let allowed = readers * (OUTBOX + MIB + MARGIN);
    assert!(grown < allowed, "{readers} readers over WebSocket: {grown} octets, allowed are {allowed}");
}

#[test]
fn a_frame_that_is_announced_as_100_mb_is_refused_before_it_costs_anything() {
    all_transports(|transport| {
        let server = Server::start();
        server.connect(transport, "1.2").sync();
        let before = server.start_peak();
        let mut clients: Vec<Client> = (0..10).map(|_| server.connect(transport, "1.2")).collect();
        for client in &mut clients {
            client.send_octets("SEND\ndestination:/queue/large\ncontent-length:100000000\n\n");
            client.refused("too-large");
        }
        let grown = grown(&server, before);
        assert!(grown < 2 * MARGIN, "10 announcements made the server grow by {grown} octets");
    });
}

#[test]
fn a_websocket_frame_that_is_announced_as_100_mb_is_refused_before_it_costs_anything() {
    const CONNECT: &[u8] = b"CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";
    let server = Server::start();
    server.client().sync();
    let before = server.start_peak();
    for logged_in in [false, true] {
        for _ in 0..10 {
            let mut socket = WebSocket::open(server.http, &Upgrade::default()).expect("it upgrades");
            if logged_in {
                socket.send(Opcode::Text, CONNECT).expect("it is sent");
                socket.frame();
            }
            let head = [[0x82, 0xff].as_slice(), &100_000_000_u64.to_be_bytes(), &[0; 4]].concat();
            socket.send_octets(&head).expect("it is sent");
            let close = loop {
                let frame = socket.frame();
                if frame.opcode == Opcode::Close {
                    break frame.close_code();
                }
            };
            assert_eq!(close, Some(1009));
        }
    }
    let grown = grown(&server, before);
    assert!(grown < 2 * MARGIN, "20 announcements made the server grow by {grown} octets");
}

const CONNECT: &str = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";

/// Logs in over TCP, sends as long as the server takes it, and never reads. Keeps the connection open.
fn flood(server: &Server, connect: &str, frame: &str) -> TcpStream {
    const ENOUGH: usize = 64 * MIB; // far more than both kernels' buffers hold
    let mut stream = TcpStream::connect(server.stomp.expect("STOMP over TCP is on")).expect("the server listens");
    stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a time-out can be set");
    stream.write_all(connect.as_bytes()).expect("it is sent");
    let frames = frame.repeat(16);
    let mut written = 0;
    while written < ENOUGH {
        match stream.write(frames.as_bytes()) {
            Ok(count) if count == frames.len() => written += count,
            _ => return stream,
        }
    }
    panic!("the server went on reading");
}

/// Floods a server with one connection, and then with four; returns what the four made it grow by. What the first one
/// costs once is not what a connection costs.
fn grown_by_floods(server: &Server, frame: &str) -> usize {
    grown_by_floods_of(server, CONNECT, frame)
}

fn grown_by_floods_of(server: &Server, connect: &str, frame: &str) -> usize {
    const CONNECTIONS: usize = 4;
    let mut streams = vec![flood(server, connect, frame)];
    let before = server.start_peak();
    streams.extend((0..CONNECTIONS).map(|_| flood(server, connect, frame)));
    let grown = grown(server, before);
    drop(streams);
    grown / CONNECTIONS
}

#[test]
fn receipts_that_nobody_reads_stop_the_reading() {
    let server = Server::start();
    // A receipt of 1 KiB for each frame.
    let frame = format!("SEND\ndestination:/topic/nobody\nreceipt:{}\n\n\0", "r".repeat(KIB - 1));
    let grown = grown_by_floods(&server, &frame);
    assert!(grown < MIB + OUTBOX + MARGIN, "each connection made the server grow by {grown} octets");
    // Others notice nothing.
    server.client().sync();
}

/// They used to be kept without limit behind a socket that nobody reads from: nobody is owed a receipt for them.
#[test]
fn errors_that_nobody_reads_stop_the_reading() {
    let server = Server::start();
    let soft = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nx-soft-errors:true\n\n\0";
    let refused = "SEND\ndestination:/exchange/none/k\n\nx\0".repeat(64);
    let unknown = "ACK\nid:1-99999999\n\n\0".repeat(64);
    for frames in [&refused, &unknown] {
        let grown = grown_by_floods_of(&server, soft, frames);
        // Each of 1,024 answers has at most a kilobyte of text, and they wait in two places.
        assert!(grown < 4 * MIB + OUTBOX + MARGIN, "each connection made the server grow by {grown} octets");
    }
    server.client().sync();
}

#[test]
fn beyond_what_may_be_parked_a_connection_is_not_read() {
    let server = Launch::new().config("[limits]\nmemory = 1048576\nbody = 65536\nframe = 131072").start();
    // The first flood fills the memory, and what follows is parked.
    let frame = format!("SEND\ndestination:/queue/stock\n\n{}\0", "x".repeat(16 * KIB));
    let grown = grown_by_floods(&server, &frame);
    assert!(grown < MIB + OUTBOX + MARGIN, "each connection made the server grow by {grown} octets");
    // Who does not publish notices nothing.
    let mut client = server.client();
    client.subscribe("1", "/queue/stock", &[("ack", "client"), ("prefetch-count", "1")]);
    client.message();
}

#[test]
fn receipts_are_answered_however_many_are_asked_for_at_once() {
    all_transports(|transport| {
        let server = Server::start();
        let mut client = server.connect(transport, "1.2");
        let receipt = "r".repeat(KIB);
        let frame = client.encode("SEND", &[("destination", "/topic/nobody"), ("receipt", &receipt)], "");
        client.send_octets(frame.repeat(1024));
        for _ in 0..1024 {
            assert_eq!(client.expect("RECEIPT").header("receipt-id"), receipt);
        }
    });
}

#[test]
fn an_open_transaction_holds_at_most_16_mib() {
    all_transports(|transport| {
        let server = Server::start();
        let mut client = server.connect(transport, "1.2");
        client.request("BEGIN", &[("transaction", "t")], "");
        let body = vec![b'x'; MIB];
        client.publish("/topic/nobody", &body);
        let before = server.start_peak();
        // Fifteen are within, and twenty are not.
        // They come in pieces, as they do over a network.
        let frame = client.encode("SEND", &[("destination", "/topic/nobody"), ("transaction", "t")], &body);
        for piece in frame.repeat(15).chunks(16 * KIB) {
            client.send_octets(piece);
        }
        client.sync();
        for _ in 0..5 {
            client.send("SEND", &[("destination", "/topic/nobody"), ("transaction", "t")], &body);
        }
        client.refused("too-large");
        let grown = grown(&server, before);
        // One more is on its way in, and the allocator takes pages of 2 MiB where bodies do not lie beside each other.
        assert!(grown < 16 * MIB + 12 * MIB + MARGIN, "the server grew by {grown} octets");
        server.connect(transport, "1.2").sync();
    });
}

#[test]
fn the_bound_is_for_all_open_transactions_of_a_connection_together() {
    let server = Server::start();
    let mut client = server.soft(Transport::Tcp, "1.2");
    let body = vec![b'x'; MIB];
    for id in ["a", "b", "c", "d"] {
        client.request("BEGIN", &[("transaction", id)], "");
        for _ in 0..4 {
            client.send("SEND", &[("destination", "/topic/nobody"), ("transaction", id)], &body);
        }
    }
    // Sixteen bodies of 1 MiB and their heads.
    client.refused("too-large");
}

#[test]
fn what_a_lost_connection_had_open_is_given_back() {
    let server = Server::start();
    let body = vec![b'x'; MIB];
    let before = server.start_peak();
    for _ in 0..40 {
        let mut client = server.connect(Transport::Tcp, "1.2");
        client.request("BEGIN", &[("transaction", "t")], "");
        for _ in 0..15 {
            client.send("SEND", &[("destination", "/topic/nobody"), ("transaction", "t")], &body);
        }
        client.sync();
        client.link.cut();
        eventually("the connection is gone", || {
            let overview = server.api("GET", "/api/overview").json();
            (overview["object_totals"]["connections"] == 0).then_some(())
        });
    }
    let grown = grown(&server, before);
    // Together they were 600 MiB. The allocator keeps what a few of them had: each thread gives back its own pages.
    assert!(grown < 128 * MIB, "one after the other, 40 transactions of 15 MiB made the server grow by {grown} octets");
}
