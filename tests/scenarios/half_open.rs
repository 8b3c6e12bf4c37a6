//! Connections that do not log in: they are limited in number and time, and disturb nobody who has.

use acceptance::{Client, Launch, Link, Request, Server, Transport, eventually, patience};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;

fn count(server: &Server, limit: &str) -> u64 {
    let metrics = server.get("/metrics");
    let name = format!("wharf_limit_reached_total{{limit=\"{limit}\"}} ");
    let line = metrics.text().lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{limit} in {metrics:?}"))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
    stream
}

/// What the server says until it closes.
fn last_words(mut stream: TcpStream) -> String {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets); // a reset is an end too
    String::from_utf8_lossy(&octets).into_owned()
}

/// Says nothing, half a request, half a CONNECT, or upgrades and then says nothing.
fn strangers(server: &Server, number: usize) -> TcpStream {
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let (address, words) = match number % 4 {
        0 => (server.http, ""),
        1 => (server.http, "GET /api/overview HTTP/1.1\r\nHost: local"),
        2 => (stomp, "CONNECT\naccept-version:1.2\n"),
        _ => (
            server.http,
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
    };
    let mut stream = connect(address);
    stream.write_all(words.as_bytes()).expect("the server reads");
    stream
}

#[test]
fn ten_thousand_disturb_nobody_and_leave_nothing_behind() {
    const STRANGERS: usize = 10_000;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|most| most < STRANGERS as u64 + 1_000) {
        eprintln!("skipped: this system allows {maximum:?} open files");
        return;
    }
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the maximum it is allowed");
    let server = Launch::new().config("[limits]\nlogin_time = 60000\nheader_time = 60000").start();
    let mut bystander = server.connect(Transport::Text, "1.2");
    bystander.subscribe("1", "/topic/bystander", &[]);
    // What the allocator keeps of the first crowd is not what a second one leaves.
    drop((0..STRANGERS).map(|number| strangers(&server, number)).collect::<Vec<_>>());
    let open_files = |server: &Server| {
        let metrics = server.get("/metrics");
        let line = metrics.text().lines().find_map(|line| line.strip_prefix("wharf_open_files "));
        line.and_then(|number| number.parse::<u64>().ok()).expect("it is a number")
    };
    eventually("the first ones are gone", || (open_files(&server) < 100).then_some(()));
    let before = server.resident();
    let mut slowest = Duration::ZERO;
    let mut echo = |bystander: &mut Client| {
        let start = Instant::now();
        bystander.publish("/topic/bystander", b"still here");
        assert_eq!(bystander.message().body, b"still here");
        slowest = slowest.max(start.elapsed());
    };
    let mut crowd = Vec::new();
    for number in 0..STRANGERS {
        crowd.push(strangers(&server, number));
        if number % 100 == 0 {
            echo(&mut bystander);
        }
    }
    echo(&mut bystander);
    assert_eq!(server.api("GET", "/api/overview").status, 200);
    server.connect(Transport::Tcp, "1.2").sync();
    drop(crowd);
    eventually("all are gone", || (open_files(&server) < 100).then_some(()));
    echo(&mut bystander);
    assert!(slowest < Duration::from_secs(2), "the bystander waited {slowest:?}");
    eventually("memory is back", || (server.resident() < before + 48 * MIB).then_some(()));
}

#[test]
fn the_oldest_go_when_too_many_wait() {
    let server = Launch::new().config("[limits]\npending = 20").start();
    let mut user = server.connect(Transport::Text, "1.2");
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let oldest = connect(stomp);
    let silent = connect(server.http);
    let crowd: Vec<_> = (0..20).map(|_| connect(stomp)).collect();
    assert!(last_words(oldest).contains("x-code:rate-limited"), "it is told why");
    assert_eq!(last_words(silent), "");
    // Who comes last is let in, and who has logged in stays.
    server.connect(Transport::Tcp, "1.2").sync();
    user.sync();
    drop(crowd);
    assert!(count(&server, "pending") >= 2);
}

#[test]
fn a_keep_alive_connection_that_has_logged_in_is_not_displaced() {
    let server = Launch::new().config("[limits]\npending = 5").start();
    let mut stream = connect(server.http);
    let mut ask = || {
        let request = "GET /api/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut octets = [0; 4096];
        let count = stream.read(&mut octets).expect("the server answers");
        assert!(octets[..count].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&octets[..count]));
    };
    ask();
    let crowd: Vec<_> = (0..20).map(|_| connect(server.http)).collect();
    ask();
    drop(crowd);
}

#[test]
fn the_server_has_so_many_connections_and_says_so() {
    let server = Launch::new().config("[limits]\nconnections = 3").start();
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let mut users: Vec<Client> = (0..3).map(|_| server.connect(Transport::Tcp, "1.2")).collect();
    let answer = Request::new("GET", "/health/live").send(server.http);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert!(answer.text().contains("limits.connections"), "{answer:?}");
    let refused = last_words(connect(stomp));
    assert!(refused.contains("x-code:rate-limited") && refused.contains("limits.connections"), "{refused}");
    users.pop();
    eventually("who goes makes room", || {
        (Request::new("GET", "/health/live").send(server.http).status == 200).then_some(())
    });
    for user in &mut users {
        user.sync();
    }
    assert!(count(&server, "connections") >= 2);
}

#[test]
fn an_address_has_its_share_of_connections_and_may_come_so_often() {
    let server = Launch::new().config("[limits]\nconnections_per_address = 2").start();
    let users = [server.connect(Transport::Tcp, "1.2"), server.connect(Transport::Text, "1.2")];
    let answer = Request::new("GET", "/health/live").send(server.http);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("5")));
    drop(users);
    eventually("who goes makes room", || {
        (Request::new("GET", "/health/live").send(server.http).status == 200).then_some(())
    });

    let server = Launch::new().config("[limits]\nconnect_rate = 3").start();
    let statuses: Vec<u16> = (0..6).map(|_| server.get("/health/live").status).collect();
    assert!(statuses[..3].iter().all(|status| *status == 200) && statuses.contains(&429), "{statuses:?}");
    eventually("a second later it may again", || (server.get("/health/live").status == 200).then_some(()));
}

#[test]
fn half_a_request_is_waited_for_so_long() {
    let server = Launch::new().config("[limits]\nheader_time = 300").start();
    for words in ["", "GET / HTTP/1.1\r\nHost: local"] {
        let start = Instant::now();
        let mut stream = connect(server.http);
        stream.write_all(words.as_bytes()).expect("the server reads");
        let said = last_words(stream);
        assert!(start.elapsed() >= Duration::from_millis(290), "{said}");
    }
    assert_eq!(count(&server, "header_time"), 2);
}

#[test]
fn before_login_a_client_may_send_so_much() {
    let server = Launch::new().config("[limits]\nlogin_octets = 4096").start();
    for transport in Transport::ALL {
        let mut client = match transport {
            Transport::Tcp => Client::new(Link::tcp(server.stomp.expect("STOMP over TCP is on"))),
            _ => server.dial(transport),
        };
        client.send("CONNECT", &[("accept-version", "1.2"), ("passcode", &"x".repeat(5000))], "");
        client.refused("too-large");
    }
    assert_eq!(count(&server, "size"), 3);
    server.client().sync();
}
