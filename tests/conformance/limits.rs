//! The limits of frames: what is within is taken, what is beyond gets ERROR `too-large` and Close 1009.

use acceptance::{Client, Server, Transport, each, each_transport, wharf_only};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

fn subscribed(server: &Server, transport: Transport, version: &'static str) -> Client {
    let mut client = server.connect(transport, version);
    client.subscribe("1", "/topic/limits", &[]);
    client
}

fn send_with(lines: &str) -> String {
    format!("SEND\ndestination:/topic/limits\n{lines}\n\0")
}

#[test]
fn a_command_has_at_most_32_octets() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send_octets("A".repeat(32) + "\n\n\0");
        client.refused("protocol"); // long enough to be read, and then not known
        let mut client = server.connect(transport, version);
        // No end of line needed: no command is as long as this.
        client.send_octets("A".repeat(40));
        client.refused("too-large");
    });
}

#[test]
fn a_frame_has_at_most_100_headers() {
    let server = Server::start();
    each(|transport, version| {
        // The destination is one of them.
        let lines = |count| (1..count).map(|number| format!("h{number}:{number}\n")).collect::<String>();
        let mut client = subscribed(&server, transport, version);
        client.send_octets(send_with(&lines(100)));
        assert_eq!(client.message().header("h99"), "99");
        client.send_octets(send_with(&lines(101)));
        client.refused("too-large");
    });
}

#[test]
fn a_header_name_and_a_value_have_at_most_64_kib() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = subscribed(&server, transport, version);
        let long = "x".repeat(64 * KIB);
        client.send_octets(send_with(&format!("{long}:{long}\n")));
        assert_eq!(client.message().header(&long), long);
        client.send_octets(send_with(&format!("foo:{long}y\n")));
        client.refused("too-large");
        let mut client = subscribed(&server, transport, version);
        client.send_octets(send_with(&format!("{long}y:foo\n")));
        client.refused("too-large");
        // Without an end of line: it is refused before it has cost more than the longest legal one.
        let mut client = subscribed(&server, transport, version);
        client.send_octets(format!("SEND\nfoo:{}", "x".repeat(140 * KIB)));
        client.refused("too-large");
    });
}

#[test]
fn a_body_has_at_most_16_mib() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = subscribed(&server, transport, "1.2");
        let body = vec![b'x'; 16 * MIB];
        client.send("SEND", &[("destination", "/topic/limits")], &body);
        assert!(client.message().body == body, "it comes back as it was");
        // Refused when it is announced, before any of it is sent.
        client.send_octets(send_with(&format!("content-length:{}\n", 16 * MIB + 1)).trim_end_matches('\0'));
        client.refused("too-large");
    });
}

#[test]
fn a_body_that_is_not_announced_has_the_same_limit() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        client.send_octets("SEND\ndestination:/topic/limits\n\n");
        for _ in 0..=16 {
            client.send_octets("x".repeat(MIB));
        }
        client.refused("too-large");
    });
}

#[test]
fn an_absurd_content_length_costs_nothing() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send_octets("SEND\ndestination:/topic/limits\ncontent-length:99999999999999999999999999\n\n");
        client.refused("too-large");
    });
}

#[test]
fn before_login_a_frame_has_at_most_64_kib() {
    let server = Server::start();
    each_transport(|transport| {
        let long = "x".repeat(40 * KIB);
        server.dial(transport).log_in_with("1.2", &[("foo", &long)]);
        let mut client = server.dial(transport);
        client.send("CONNECT", &[("accept-version", "1.2"), ("foo", &long), ("bar", &long)], "");
        client.refused("too-large");
        let mut client = server.dial(transport);
        client.send_octets("CONNECT\naccept-version:1.2\ncontent-length:100000\n\n");
        client.refused("too-large");
    });
}

#[test]
fn half_a_large_body_is_not_held_against_memory_before_it_comes() {
    wharf_only("it looks at the memory of the process");
    let server = Server::start();
    let mut clients = Vec::new();
    let before = server.resident();
    for _ in 0..20 {
        let mut client = server.connect(Transport::Tcp, "1.2");
        client.send_octets(format!("SEND\ndestination:/topic/limits\ncontent-length:{}\n\nx", 16 * MIB));
        clients.push(client);
    }
    // All of these were read once another of the same kind has been answered on each connection's task.
    server.client().sync();
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 64 * MIB as u64, "20 announced bodies of 16 MiB made the server grow by {grown} octets");
}
