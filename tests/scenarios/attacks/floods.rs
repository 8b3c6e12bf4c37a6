//! More than anybody needs: of headers, of subscriptions, of time, of log-ins.

use super::{Bystander, MIB};
use acceptance::{Client, EventSocket, Launch, Request, Server, Transport, all_transports, patience};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Octets of a bomb: far more than any limit of a head.
const BOMB: usize = 8 << 20;

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
    stream.set_write_timeout(Some(patience())).expect("a time-out is allowed");
    stream
}

/// What the server says until it ends the connection.
fn last_words(mut stream: &TcpStream) -> String {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets); // a reset is an end too
    String::from_utf8_lossy(&octets).into_owned()
}

#[test]
fn a_bomb_of_headers_in_a_frame() {
    let server = Server::start();
    let mut bystander = Bystander::of(&server);
    let lines = |line: fn(usize) -> String| (0..BOMB / 16).map(line).collect::<String>();
    let long = "x".repeat(BOMB);
    let bombs = [
        lines(|number| format!("header-{number}:x\n")),
        lines(|number| format!("\\c{number}:\\n\n")),
        format!("a:{long}\n"),
        format!("{long}:a\n"),
        long, // not even a colon
    ];
    server.start_peak();
    all_transports(|transport| {
        for bomb in &bombs {
            let mut stranger = server.dial(transport);
            stranger.send_octets(format!("CONNECT\naccept-version:1.2\n{bomb}\n\0"));
            let mut user = server.connect(transport, "1.2");
            user.send_octets(format!("SEND\ndestination:/topic/bystander\n{bomb}\n\0"));
            for client in [&mut stranger, &mut user] {
                let error = client.refused_somehow();
                assert!(["too-large", "protocol"].contains(&error.header("x-code")), "{error:?}");
            }
        }
        // Of headers that are repeated the first alone counts: the others cost nothing but their way.
        let mut user = server.connect(transport, "1.2");
        let repeated = "a:b\n".repeat(BOMB / 4);
        user.send_octets(format!("SEND\ndestination:/topic/nobody\nreceipt:1\n{repeated}\n\0"));
        user.receipt("1");
    });
    bystander.is_undisturbed();
    let grown = server.peak().saturating_sub(bystander.before);
    assert!(grown < 64 * MIB, "30 bombs of {BOMB} octets made it grow by {grown}");
    bystander.has_seen_nothing();
}

#[test]
fn a_bomb_of_headers_in_a_request() {
    let server = Server::start();
    let bystander = Bystander::of(&server);
    let many: String = (0..10_000).map(|number| format!("X-{number}: x\r\n")).collect();
    let long = "x".repeat(BOMB);
    let bombs = [
        format!("GET /ws HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        format!("GET /api/overview HTTP/1.1\r\nHost: localhost\r\nCookie: {long}\r\n\r\n"),
        format!("GET /api/overview HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("{long} / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n{}", " folded\r\n".repeat(BOMB / 9)),
    ];
    for bomb in &bombs {
        let mut stream = connect(server.http);
        let _ = stream.write_all(bomb.as_bytes()); // it may be refused before it is all sent
        let said = last_words(&stream);
        let status = said.split(' ').nth(1).unwrap_or("none");
        assert!(["400", "414", "431", "none"].contains(&status), "{}: {said:?}", &bomb[..40]);
    }
    bystander.has_seen_nothing();
}

#[test]
fn a_body_that_never_ends_or_is_nested_deeply() {
    let server = Server::start();
    let bystander = Bystander::of(&server);
    let deep = "[".repeat(1 << 20);
    for (path, body) in [
        ("/events/topic/a", format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t","data":{deep}"#)),
        ("/api/queues/%2F/deep/get", deep.clone()),
        ("/api/cesql/evaluate", format!(r#"{{"expression":"{}1","event":{{}}}}"#, "(".repeat(100_000))),
    ] {
        let kind = if path.starts_with("/events") { "application/cloudevents+json" } else { "application/json" };
        let request = Request::new("POST", path).basic("guest", "guest").body(body).header("Content-Type", kind);
        let answer = server.send(&request);
        let is_told = answer.status == 200 && answer.json()["error"] == "parse"; // as CloudEvents SQL tells of its errors
        assert!(is_told || matches!(answer.status, 400 | 404 | 413 | 422), "{path}: {answer:?}");
    }
    let mut stream = connect(server.http);
    let head = "POST /events/topic/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\
                Content-Type: application/cloudevents+json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    stream.write_all(head.as_bytes()).expect("the server reads");
    let sent = (0..1_000).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 1_000, "the server took all of it");
    bystander.has_seen_nothing();
}

/// An octet now and then, so that something always comes.
#[test]
fn a_handshake_that_takes_for_ever() {
    let config = "[limits]\nlogin_time = 800\nheader_time = 800";
    let server = Launch::new().config(config).start();
    let bystander = Bystander::of(&server);
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let upgrade = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let attempts = [
        (stomp, "", "CONNECT\naccept-version:1.2\nx:"),
        (stomp, "", "\n"),
        (server.http, "", "GET / HTTP/1.1\r\nX: "),
        (server.http, upgrade, "X: "),
    ];
    thread::scope(|scope| {
        for (address, first, words) in attempts.into_iter().cycle().take(40) {
            scope.spawn(move || drip(address, first, words));
        }
    });
    bystander.has_seen_nothing();
}

/// Sends `first` at once, then an octet after the other, until the server ends it.
fn drip(address: SocketAddr, first: &str, words: &str) {
    let start = Instant::now();
    let mut stream = connect(address);
    stream.write_all(first.as_bytes()).expect("the server reads");
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a time-out is allowed");
    let filling = if words == "\n" { "\n" } else { "x" };
    for octet in words.bytes().chain(filling.bytes().cycle()) {
        let mut answer = [0; 1024];
        let ended = stream.write_all(&[octet]).is_err() || matches!(stream.read(&mut answer), Ok(0));
        if ended {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{words:?} is still waited for");
    }
}

#[test]
fn a_flood_of_subscriptions() {
    const LIMIT: usize = 4096;
    let server = Server::start();
    let mut bystander = Bystander::of(&server);
    all_transports(|transport| {
        let mut client = server.soft(transport, "1.2");
        let frames: String = (0..LIMIT + 100)
            .map(|number| format!("SUBSCRIBE\nid:{number}\ndestination:/topic/flood.{number}.#\n\n\0"))
            .collect();
        client.send_octets(frames);
        let error = client.expect("ERROR");
        assert_eq!(error.header("x-code"), "too-large", "{error:?}");
    });
    bystander.is_undisturbed();
    // Over and over on one connection, and with connections that end as they are.
    for _ in 0..3 {
        let mut client = server.connect(Transport::Tcp, "1.2");
        let frames: String = (0..LIMIT * 2)
            .map(|number| format!("SUBSCRIBE\nid:1\ndestination:/topic/cycle.{number}\n\n\0UNSUBSCRIBE\nid:1\n\n\0"))
            .collect();
        client.send_octets(frames);
        client.sync();
    }
    let mut socket = EventSocket::open(&server, &[]);
    for number in 0..200 {
        socket.ask(
            "subscribe",
            json!({ "destination": format!("/topic/flood.{number}"), "subscription": number.to_string() }),
        );
    }
    socket.cut();
    bystander.has_seen_nothing();
}

#[test]
fn a_reader_that_never_reads() {
    let server = Server::start();
    let mut bystander = Bystander::of(&server);
    let mut idle: Vec<Client> = Transport::ALL.map(|transport| server.connect(transport, "1.2")).into();
    for client in &mut idle {
        client.subscribe("1", "/topic/flood", &[]);
    }
    let mut sleeping = connect(server.http);
    let request = "GET /events/topic/flood HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\
                   Authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n";
    sleeping.write_all(request.as_bytes()).expect("the server reads");
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    let body = vec![b'x'; 256 << 10];
    for number in 0..400 {
        publisher.publish("/topic/flood", &body);
        if number % 50 == 0 {
            bystander.is_undisturbed();
        }
    }
    let grown = server.resident().saturating_sub(bystander.before);
    assert!(grown < 64 * MIB, "100 MiB to four readers that do not read made it grow by {grown} octets");
    drop((idle, sleeping));
    bystander.has_seen_nothing();
}

/// Looking at a password takes a processor for a while: many wrong ones must not keep out who has been here before.
#[test]
fn a_flood_of_wrong_passwords() {
    let server = Server::start();
    let mut bystander = Bystander::of(&server);
    thread::scope(|scope| {
        let attempts: Vec<_> = (0..50)
            .map(|number| {
                let request = Request::new("GET", "/api/whoami").basic(&format!("user-{}", number % 5), "guessed");
                let server = &server;
                scope.spawn(move || server.send(&request).status)
            })
            .collect();
        let start = Instant::now();
        bystander.is_undisturbed();
        server.connect(Transport::Tcp, "1.2").sync();
        assert_eq!(server.api("GET", "/api/whoami").status, 200);
        assert!(start.elapsed() < Duration::from_secs(3), "who is right waited {:?}", start.elapsed());
        for attempt in attempts {
            assert_eq!(attempt.join().expect("it is answered"), 401);
        }
    });
    bystander.has_seen_nothing();
}
