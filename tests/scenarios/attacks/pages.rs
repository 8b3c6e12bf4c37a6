//! Pages of other sites, in the browser of somebody who is at the server's machine.

use super::Bystander;
use acceptance::{Launch, Request, Server, Upgrade, WebSocket, patience};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

const EVIL: &str = "http://evil.example";

/// What a page may try at this host, from this origin. The status of the answer.
type Attempt = fn(&Server, &str, &str) -> u16;

/// Each is as a browser sends it, with guest's password, which everybody knows.
const ATTEMPTS: [(&str, Attempt); 8] = [
    ("read the API", |server, host, origin| send(server, Request::new("GET", "/api/overview"), host, origin)),
    ("declare", |server, host, origin| {
        send(server, Request::new("PUT", "/api/queues/%2F/forged").json("{}"), host, origin)
    }),
    ("purge", |server, host, origin| {
        // A fetch without CORS sends such a body unasked.
        let request = Request::new("POST", "/api/queues/%2F/kept/actions").header("Content-Type", "text/plain");
        send(server, request.body(r#"{"action":"purge"}"#), host, origin)
    }),
    ("delete", |server, host, origin| send(server, Request::new("DELETE", "/api/queues/%2F/kept"), host, origin)),
    ("publish", |server, host, origin| {
        let event = r#"{"specversion":"1.0","id":"1","source":"/a","type":"t"}"#;
        send(server, Request::new("POST", "/events/queue/forged").json(event), host, origin)
    }),
    ("poll", |server, host, origin| {
        let request = Request::new("GET", "/events/queue/kept?wait=0");
        send(server, request.header("Accept", "application/cloudevents-batch+json"), host, origin)
    }),
    ("open a socket of events", |server, host, origin| open(server, "cloudevents.json", host, origin)),
    ("open a socket of STOMP", |server, host, origin| open(server, "v12.stomp", host, origin)),
];

fn send(server: &Server, request: Request, host: &str, origin: &str) -> u16 {
    server.send(&request.basic("guest", "guest").header("Host", host).header("Origin", origin)).status
}

fn open(server: &Server, protocol: &str, host: &str, origin: &str) -> u16 {
    let upgrade = Upgrade::default().header("Host", host).header("Origin", origin).protocols(protocol);
    let upgrade = upgrade.header("Authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=");
    WebSocket::open(server.http, &upgrade).map_or_else(|response| response.status, |_| 101)
}

/// All attempts at the same time: answers to bad log-ins take longer and longer.
fn statuses(server: &Server, host: &str, origin: &str) -> Vec<(&'static str, u16)> {
    thread::scope(|scope| {
        let tried = ATTEMPTS.map(|(what, attempt)| (what, scope.spawn(move || attempt(server, host, origin))));
        tried.map(|(what, status)| (what, status.join().unwrap_or_else(|_| panic!("{what}")))).into()
    })
}

#[test]
fn a_foreign_page_gets_and_changes_nothing() {
    let server = Server::start();
    server.client().publish("/queue/kept", "x");
    let bystander = Bystander::of(&server);
    let own = server.http.to_string();
    for origin in
        [EVIL, "null", "https://127.0.0.1", &format!("http://{own}@evil.example"), "http://127.0.0.1.evil.example"]
    {
        for (what, status) in statuses(&server, &own, origin) {
            assert_eq!(status, 403, "{what} from {origin}");
        }
    }
    assert_eq!((server.queue("forged"), server.queue_number("kept", "messages")), (None, 1));
    bystander.has_seen_nothing();
}

/// DNS rebinding: a name of the attacker's that leads here now, so that the browser takes us for the page's own site. It sends an `Origin` that
/// fits `Host`, or none at all where it only reads.
#[test]
fn a_name_that_was_led_here_opens_nothing() {
    let server = Server::start();
    server.client().publish("/queue/kept", "x");
    let bystander = Bystander::of(&server);
    let port = server.http.port();
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1.evil.example", "localhost.evil.example"] {
        for (what, status) in statuses(&server, host, &format!("http://{host}")) {
            assert_eq!(status, 403, "{what} at {host}");
        }
        for (what, status) in statuses(&server, host, "") {
            // A socket is open before anybody logs in on it; browsers never ask for one without an Origin.
            assert!(status == 401 || what == "open a socket of STOMP", "{what} at {host} without Origin: {status}");
        }
        let metrics = server.send(&Request::new("GET", "/metrics").header("Host", host));
        assert_eq!(metrics.status, 401, "what is for who is at this machine alone");
    }
    assert_eq!((server.queue("forged"), server.queue_number("kept", "messages")), (None, 1));
    bystander.has_seen_nothing();
}

#[test]
fn a_socket_at_a_name_that_was_led_here_does_not_let_guest_in() {
    let server = Server::start();
    let mut client = server.dial_with(&Upgrade::default().header("Host", "evil.example"));
    client.ask_in("1.2", &[("login", "guest"), ("passcode", "guest")]);
    client.refused("auth-failed");
}

#[test]
fn a_request_with_no_host_or_two_is_refused() {
    let server = Server::start();
    let bystander = Bystander::of(&server);
    for hosts in ["", "Host: localhost\r\nHost: evil.example\r\n", "Host: localhost\r\nHost: localhost\r\n"] {
        let mut stream = TcpStream::connect(server.http).expect("the server listens");
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        let request = format!("GET /api/overview HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts:?}: {answer}");
    }
    bystander.has_seen_nothing();
}

/// A page can make a browser send HTTP to any port. To STOMP it must not look like a log-in, wherever in the body one stands.
#[test]
fn a_request_to_the_port_of_stomp_is_no_log_in() {
    let server = Launch::new().start();
    let bystander = Bystander::of(&server);
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let login = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";
    let forged = format!("{login}SEND\ndestination:/queue/forged\n\nx\0");
    for body in [forged.clone(), format!("\0{forged}"), format!("\n\n\0\n{forged}")] {
        let mut stream = TcpStream::connect(stomp).expect("the server listens");
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        let request = format!("POST / HTTP/1.1\r\nHost: {stomp}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // a reset is an end too
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("CONNECTED"), "{answer}");
    }
    assert_eq!(server.queue("forged"), None);
    bystander.has_seen_nothing();
}
