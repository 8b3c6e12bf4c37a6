//! A client that misbehaves gets its answer on its own connection and disturbs nobody else.

use acceptance::{Client, Launch, Server, Transport, each_transport, eventually};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

/// Two well-behaved clients that exchange messages.
struct Neighbours {
    reader: Client,
    writer: Client,
    count: u32,
}

impl Neighbours {
    fn new(server: &Server) -> Self {
        let mut reader = server.connect(Transport::Text, "1.2");
        reader.subscribe("1", "/topic/neighbours", &[]);
        Neighbours { reader, writer: server.connect(Transport::Tcp, "1.1"), count: 0 }
    }

    /// Everything still arrives, at once and in order.
    fn are_undisturbed(&mut self) {
        for _ in 0..10 {
            self.count += 1;
            assert_eq!(self.writer.publish("/topic/neighbours", self.count.to_string()), 1);
            assert_eq!(self.reader.message().text(), self.count.to_string());
        }
        self.reader.expect_nothing();
    }
}

#[test]
fn garbage_disturbs_nobody() {
    let server = Server::start();
    let mut neighbours = Neighbours::new(&server);
    let noise: Vec<u8> = (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    each_transport(|transport| {
        for garbage in [&noise[..], &[0; 100_000], &[b'\n'; 100_000], &[b'A'; 100_000], &[0xff; 100_000]] {
            let mut stranger = server.dial(transport);
            stranger.send_octets(garbage);
            neighbours.are_undisturbed();
            let mut user = server.connect(transport, "1.2");
            user.send_octets(garbage);
            neighbours.are_undisturbed();
        }
    });
}

#[test]
fn garbage_that_is_not_even_a_request_disturbs_nobody() {
    let server = Server::start();
    let mut neighbours = Neighbours::new(&server);
    for garbage in [&b"\0\0\0\0"[..], b"GET\n\n", b"\x16\x03\x01\x02\x00\x01\x00", b"CONNECT\n\n\0", &[b'x'; 100_000]] {
        let mut stream = TcpStream::connect(server.http).expect("the server listens");
        let _ = stream.write_all(garbage); // it may be refused before it is all sent
        neighbours.are_undisturbed();
    }
}

#[test]
fn half_a_frame_and_silence_disturb_nobody() {
    let server = Server::start();
    let mut neighbours = Neighbours::new(&server);
    let mut silent = Vec::new();
    each_transport(|transport| {
        for half in ["", "CONN", "CONNECT\naccept-version:1.2\nlog", "CONNECT\ncontent-length:100\n\nx"] {
            let mut client = server.dial(transport);
            client.send_octets(half);
            silent.push(client);
        }
        for half in
            ["SE", "SEND\ndestination:/topic/neigh", "SEND\ndestination:/topic/neighbours\ncontent-length:1000\n\nhalf"]
        {
            let mut client = server.connect(transport, "1.2");
            client.send_octets(half);
            silent.push(client);
        }
        neighbours.are_undisturbed();
    });
    // Cut off in the middle of a frame, nothing of it counts.
    for client in &mut silent {
        client.link.cut();
    }
    neighbours.are_undisturbed();
}

#[test]
fn a_crowd_of_strangers_is_let_go_of_in_time() {
    let server = Launch::new().config("[limits]\nlogin_time = 500").start();
    let mut neighbours = Neighbours::new(&server);
    let mut strangers: Vec<_> = (0..200).map(|number| server.dial(Transport::ALL[number % 3])).collect();
    neighbours.are_undisturbed();
    for stranger in &mut strangers {
        stranger.expect("ERROR");
        stranger.end();
    }
    neighbours.are_undisturbed();
}

#[test]
fn errors_leave_no_connection_behind() {
    let server = Server::start();
    each_transport(|transport| {
        for _ in 0..20 {
            let mut client = server.connect(transport, "1.2");
            client.subscribe("1", "/topic/left", &[]);
            client.send_octets("nonsense\n\n\0");
            client.refused("protocol");
        }
    });
    eventually("no connection is left", || {
        let overview = server.api("GET", "/api/overview").json();
        (overview["object_totals"]["connections"] == 0).then_some(())
    });
}

/// Answers to pings used to be collected without a limit, from strangers too.
#[test]
fn who_pings_and_does_not_read_is_not_read_from() {
    const ENOUGH: usize = 64 << 20; // far more than both kernels' buffers hold
    let server = Server::start();
    let mut stream = TcpStream::connect(server.http).expect("the server listens");
    stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a time-out can be set");
    let upgrade = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).expect("the server reads");
    let before = server.resident();
    let mut ping = vec![0x89, 0x80 | 125, 0, 0, 0, 0]; // a mask of zeroes changes nothing
    ping.extend([b'x'; 125]);
    let pings = ping.repeat(500);
    let mut written = 0;
    while written < ENOUGH && stream.write_all(&pings).is_ok() {
        written += pings.len();
    }
    assert!(written < ENOUGH, "the server went on reading");
    let grown = server.resident().saturating_sub(before);
    assert!(grown < ENOUGH as u64 / 2, "the server grew by {grown} octets");
    server.client().sync();
}
