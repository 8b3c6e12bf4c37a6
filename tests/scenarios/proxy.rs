//! Behind a reverse proxy: whom it speaks for, under which name and path.

use acceptance::{Launch, Request, Server, Upgrade, WebSocket};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

const TRUSTED: &str = "[http]\ntrusted_proxies = [\"127.0.0.0/8\"]\npublic_hosts = [\"mq.example.org\"]\n";

fn overview() -> Request {
    Request::new("GET", "/api/overview").basic("guest", "guest")
}

#[test]
fn who_a_proxy_speaks_for_is_not_this_machine() {
    let server = Launch::new().config(TRUSTED).start();
    for client in ["192.0.2.1", "127.0.0.1", "192.0.2.1, 127.0.0.1"] {
        assert_eq!(server.send(&overview().header("X-Forwarded-For", client)).status, 401, "{client}");
    }
    assert_eq!(server.send(&overview()).status, 200);
}

#[test]
fn the_host_that_the_client_called_counts_for_origins() {
    let upgrade = |server: &Server, host: &str| {
        let upgrade = Upgrade::default()
            .header("Origin", "https://mq.example.org")
            .header("X-Forwarded-For", "192.0.2.1")
            .header("X-Forwarded-Host", host);
        WebSocket::open(server.http, &upgrade).map_or_else(|response| response.status, |socket| socket.response.status)
    };
    let server = Launch::new().config(TRUSTED).start();
    assert_eq!(upgrade(&server, "mq.example.org"), 101);
    assert_eq!(upgrade(&server, "other.example.org"), 403);
    // Who is no proxy of ours says what he likes.
    let server = Launch::new().config("[http]\npublic_hosts = [\"mq.example.org\"]").start();
    assert_eq!(upgrade(&server, "mq.example.org"), 403);
}

#[test]
fn browsers_that_came_by_https_are_told_to_do_so_again() {
    let server = Launch::new().config(TRUSTED).start();
    let strict = |proto: &str| {
        let request =
            Request::new("GET", "/").header("X-Forwarded-For", "192.0.2.1").header("X-Forwarded-Proto", proto);
        server.send(&request).header("strict-transport-security").is_some()
    };
    assert!(strict("https"));
    assert!(!strict("http"));
}

#[test]
fn a_clients_share_is_counted_for_its_own_address() {
    let server = Launch::new().config(&format!("{TRUSTED}[limits]\nconnections_per_address = 1")).start();
    let open = |client: &str| WebSocket::open(server.http, &Upgrade::default().header("X-Forwarded-For", client));
    let first = open("192.0.2.1").expect("it is the first");
    let refused = open("198.51.100.9, 192.0.2.1").expect_err("it is the second");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("5")));
    open("192.0.2.2").expect("it is another's first");
    drop(first);
}

/// A header of PROXY protocol version 2 for a client, written from its specification.
fn announcement(command: u8, client: [u8; 4]) -> Vec<u8> {
    let mut octets = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    octets.extend([0x20 | command, 0x11, 0, 12]);
    octets.extend(client);
    octets.extend([127, 0, 0, 1, 0x12, 0x67, 0x1f, 0x90]);
    octets
}

fn say(address: SocketAddr, octets: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(acceptance::patience())).expect("a time-out is allowed");
    stream.write_all(octets).expect("the server reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer); // a reset is an end too
    String::from_utf8_lossy(&answer).into_owned()
}

const GET: &[u8] = b"GET /api/overview HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n";

#[test]
fn a_proxy_may_announce_its_connections() {
    let config =
        format!("{TRUSTED}proxy_protocol = true\n[stomp]\nproxy_protocol = true\n[limits]\nhandshake_time = 500");
    let server = Launch::new().config(&config).start();
    let stomp = server.stomp.expect("STOMP over TCP is on");
    // guest is let in from this machine alone, and who comes through a proxy is elsewhere, whatever it says.
    for client in [[192, 0, 2, 1], [127, 0, 0, 1]] {
        let answer = say(server.http, &[&announcement(1, client), GET].concat());
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        let connect = b"CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";
        let answer = say(stomp, &[&announcement(1, client), &connect[..]].concat());
        assert!(answer.starts_with("ERROR\n") && answer.contains("loopback"), "{answer}");
    }
    let answer = say(
        server.http,
        &[&announcement(0, [0; 4]), &b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"[..]].concat(),
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // A proxy that announces nothing, and one that says nothing.
    assert_eq!(say(server.http, GET), "");
    assert_eq!(say(server.http, b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n"), "");
    assert_eq!(say(stomp, b"\r\n\r\n"), "");
}

#[test]
fn an_announcement_of_somebody_else_is_no_request() {
    let server = Server::start();
    let answer = say(server.http, &[&announcement(1, [127, 0, 0, 1]), GET].concat());
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[test]
fn everything_is_below_the_base_path() {
    let server = Launch::new().config("[http]\nbase_path = \"/tools/wharf\"").start();
    let status = |path: &str| server.api("GET", path).status;
    for path in ["/tools/wharf/", "/tools/wharf/health/live", "/tools/wharf/api/overview", "/tools/wharf/metrics"] {
        assert_eq!(status(path), 200, "{path}");
    }
    let moved = server.get("/tools/wharf");
    assert_eq!((moved.status, moved.header("location")), (308, Some("/tools/wharf/")));
    for path in ["/", "/api/overview", "/tools", "/tools/wharfs/", "/tools/wharf//", "/tools/wharf/nothing"] {
        assert_eq!(status(path), 404, "{path}");
    }
    let page = server.get("/tools/wharf/");
    assert!(!page.text().contains("=\"/"), "the page names what it needs from where it is: {}", page.text());
    let event = Request::new("POST", "/tools/wharf/events/queue/a%2Fb").basic("guest", "guest");
    let event =
        event.header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s").header("ce-type", "t");
    let answer = server.send(&event);
    assert_eq!(answer.status, 202, "{answer:?}");
    let queue: Value = server.api("GET", "/tools/wharf/api/queues/%2F/a%2Fb").json();
    assert_eq!(queue["messages"], 1);
    let subscription = r#"{"source":"/topic/a","sink":"https://sink.example/","protocol":"HTTP"}"#;
    let made = Request::new("POST", "/tools/wharf/api/subscriptions").basic("guest", "guest").json(subscription);
    let location = server.send(&made);
    let location = location.header("location").unwrap_or_else(|| panic!("it says where it is: {location:?}"));
    assert!(location.starts_with("/tools/wharf/api/subscriptions/"), "{location}");
    let upgrade = Upgrade::default().path("/tools/wharf/ws");
    assert!(WebSocket::open(server.http, &upgrade).is_ok());
}
