//! How a server ends: it says so to everybody, and then it is gone.

use acceptance::{Launch, Opcode, Server, Transport, Upgrade, WebSocket, each};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn clients_are_told_and_the_exit_code_is_0() {
    let mut server = Server::start();
    let mut clients = Vec::new();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.subscribe("1", "/topic/a", &[]);
        clients.push(client);
    });
    server.program().terminate();
    for client in &mut clients {
        client.refused("draining");
    }
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn what_was_confirmed_before_is_answered_before() {
    let mut server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/topic/a", &[]);
    let send = client.encode("SEND", &[("destination", "/topic/a"), ("receipt", "r")], "x");
    client.send_octets(send.repeat(10));
    // The first answer shows that the server has read them: one read takes them all.
    client.receipt("r");
    server.program().terminate();
    for _ in 1..10 {
        client.receipt("r");
    }
    assert_eq!(client.bodies(10), ["x"; 10]);
    client.refused("draining");
}

#[test]
fn an_idle_server_ends_at_once() {
    let start = Instant::now();
    let mut server = Server::start();
    server.program().terminate();
    assert_eq!(server.program().wait().code, Some(0));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn who_has_not_logged_in_does_not_hold_it_up() {
    // Were this the time that it takes, the test would not wait for it.
    let mut server = Launch::new().config("[limits]\ndrain_time = 60000\nlogin_time = 60000").start();
    let mut strangers = Transport::ALL.map(|transport| server.dial(transport));
    server.program().terminate();
    for stranger in &mut strangers {
        stranger.expect("ERROR");
        stranger.end();
    }
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn idle_requests_do_not_hold_it_up() {
    let mut server = Launch::new().config("[limits]\ndrain_time = 60000").start();
    let _silent = TcpStream::connect(server.http).expect("the server listens");
    let mut idle = TcpStream::connect(server.http).expect("the server listens");
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    idle.read_exact(&mut [0; 12]).expect("the server answers");
    server.program().terminate();
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn who_does_not_read_does_not_hold_it_up() {
    let mut server = Launch::new().config("[limits]\nclose_time = 300\ndrain_time = 1000").start();
    let mut deaf = WebSocket::open(server.http, &Upgrade::default()).expect("it upgrades");
    let connect = b"CONNECT\naccept-version:1.2\nlogin:guest\npasscode:guest\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/flood\n\n\0";
    deaf.send(Opcode::Text, connect).expect("it is sent");
    let mut publisher = server.client();
    for _ in 0..64 {
        publisher.publish("/topic/flood", vec![b'x'; 256 * 1024]);
    }
    let start = Instant::now();
    server.program().terminate();
    publisher.refused("draining");
    assert_eq!(server.program().wait().code, Some(0));
    assert!(start.elapsed() < Duration::from_secs(8), "it took {:?}", start.elapsed());
}

#[test]
fn its_ports_are_free_afterwards() {
    let mut server = Server::start();
    let (http, stomp) = (server.http, server.stomp.expect("STOMP over TCP is on"));
    let mut clients = [server.connect(Transport::Tcp, "1.2"), server.connect(Transport::Text, "1.2")];
    server.program().terminate();
    assert_eq!(server.program().wait().code, Some(0));
    let again = Launch::new().listen(&http.to_string()).stomp_listen(&stomp.to_string()).start();
    again.client().sync();
    for client in &mut clients {
        client.refused("draining");
    }
}

#[test]
fn a_second_server_takes_over_the_port_of_a_killed_one() {
    let mut server = Server::start();
    let _client = server.connect(Transport::Text, "1.2");
    server.program().kill();
    let again = Launch::new().listen(&server.http.to_string()).start();
    again.client().sync();
}
