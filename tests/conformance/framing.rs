//! Frames as octets (STOMP 1.2, "STOMP Frames" and "Augmented BNF").

use acceptance::{Client, Server, Transport, VERSIONS, each, each_transport, each_version};

/// Subscribes a client to a topic and sends that topic a SEND frame written by hand; returns the client.
fn send_to_self(server: &Server, transport: Transport, version: &'static str, frame: &[u8]) -> Client {
    let mut client = server.connect(transport, version);
    client.subscribe("1", &topic(transport, version), &[]);
    client.send_octets(frame);
    client
}

fn topic(transport: Transport, version: &str) -> String {
    format!("/topic/framing.{transport:?}.{version}")
}

/// A SEND frame with one more header line and no body, as octets.
fn send_with(transport: Transport, version: &str, line: &[u8]) -> Vec<u8> {
    let destination = topic(transport, version);
    [b"SEND\ndestination:", destination.as_bytes(), b"\n", line, b"\n\n\0"].concat()
}

#[test]
fn lines_may_end_with_cr_lf_in_every_version() {
    let server = Server::start();
    each(|transport, version| {
        let destination = topic(transport, version);
        let frame = format!("\r\nSEND\r\ndestination:{destination}\r\nfoo:bar\r\n\r\nbody\r\n\0\r\n");
        let message = send_to_self(&server, transport, version, frame.as_bytes()).message();
        assert_eq!((message.header("foo"), message.text()), ("bar", "body\r\n"));
    });
}

#[test]
fn a_carriage_return_within_a_line_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        for line in [b"foo:b\rar".as_slice(), b"fo\ro:bar"] {
            send_to_self(&server, transport, version, &send_with(transport, version, line)).refused("protocol");
        }
        send_to_self(&server, transport, version, b"SE\rND\n\n\0").refused("protocol");
    });
}

#[test]
fn line_ends_and_nul_between_frames_are_skipped() {
    let server = Server::start();
    each(|transport, version| {
        let destination = topic(transport, version);
        let frames = format!(
            "\n\r\n\0\n\n\nSEND\ndestination:{destination}\n\n1\0\0\n\0\r\n\nSEND\ndestination:{destination}\n\n2\0\n"
        );
        let mut client = send_to_self(&server, transport, version, frames.as_bytes());
        assert_eq!(client.bodies(2), ["1", "2"]);
    });
}

#[test]
fn escapes_are_those_of_the_version() {
    let server = Server::start();
    each(|transport, version| {
        let value = |line: &[u8]| {
            let message = send_to_self(&server, transport, version, &send_with(transport, version, line)).message();
            message.get("foo").or(message.get("f:o")).map(str::to_owned)
        };
        let plain = version == "1.0";
        assert_eq!(value(b"foo:a\\nb\\cc\\\\d").unwrap(), if plain { "a\\nb\\cc\\\\d" } else { "a\nb:c\\d" });
        if plain {
            assert_eq!(value(b"foo:a\\tb\\").unwrap(), "a\\tb\\");
        } else {
            assert_eq!(value(b"f\\co:bar").unwrap(), "bar");
        }
        if version == "1.2" {
            assert_eq!(value(b"foo:a\\rb").unwrap(), "a\rb");
        }
    });
}

#[test]
fn an_unknown_escape_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        let lines: &[&[u8]] = match version {
            "1.0" => &[],
            "1.1" => &[b"foo:a\\tb", b"foo:a\\", b"f\\xo:a", b"foo:a\\rb"],
            _ => &[b"foo:a\\tb", b"foo:a\\", b"f\\xo:a"],
        };
        for line in lines {
            send_to_self(&server, transport, version, &send_with(transport, version, line)).refused("protocol");
        }
    });
}

#[test]
fn connect_has_no_escapes() {
    let server = Server::start();
    each_transport(|transport| {
        for version in VERSIONS {
            // `\t` would be an error in any other frame.
            let connected = server.dial(transport).log_in_with(version, &[("foo", "a\\tb"), ("request-id", "q\\c")]);
            assert_eq!(connected.header("response-id"), "q\\c");
        }
    });
}

#[test]
fn a_space_before_a_value_is_trimmed_in_1_0_alone() {
    let server = Server::start();
    each(|transport, version| {
        let frame = send_with(transport, version, b"foo:  bar ");
        let message = send_to_self(&server, transport, version, &frame).message();
        assert_eq!(message.header("foo"), if version == "1.0" { "bar " } else { "  bar " });
    });
}

#[test]
fn a_colon_in_a_value_is_taken_as_it_is() {
    let server = Server::start();
    each(|transport, version| {
        let frame = send_with(transport, version, b"foo:http://a:1/");
        let message = send_to_self(&server, transport, version, &frame).message();
        assert_eq!(message.header("foo"), "http://a:1/");
        let written = if version == "1.0" { "\nfoo:http://a:1/" } else { "\nfoo:http\\c//a\\c1/" };
        assert!(message.head.contains(written), "{:?}", message.head);
    });
}

#[test]
fn values_survive_between_versions() {
    let server = Server::start();
    for (from, to) in VERSIONS.into_iter().flat_map(|from| VERSIONS.map(|to| (from, to))) {
        let mut reader = server.connect(Transport::Tcp, to);
        reader.subscribe("1", "/topic/versions", &[]);
        let value = if from == "1.0" { "a:b\\c" } else { "a:b\\c\nd" };
        server.connect(Transport::Tcp, from).publish_with("/topic/versions", &[("foo", value)], "");
        let message = reader.message();
        // 1.0 has no way to write a line feed in a value; what stands there must not end the line.
        let expected = if to == "1.0" { value.replace('\n', " ") } else { value.to_owned() };
        assert_eq!(message.header("foo"), expected, "from {from} to {to}");
    }
}

#[test]
fn the_first_of_repeated_headers_counts() {
    let server = Server::start();
    each(|transport, version| {
        let line = [b"foo:first\n".as_slice(), &b"foo:later\n".repeat(150), b"bar:2"].concat();
        let message = send_to_self(&server, transport, version, &send_with(transport, version, &line)).message();
        assert_eq!((message.header("foo"), message.header("bar")), ("first", "2"));
        assert!(!message.head.contains("later"));
    });
}

#[test]
fn header_lines_must_be_name_colon_value() {
    let server = Server::start();
    each(|transport, version| {
        for line in [b"foo".as_slice(), b":bar", b":"] {
            send_to_self(&server, transport, version, &send_with(transport, version, line)).refused("protocol");
        }
    });
}

#[test]
fn an_empty_value_is_a_value() {
    let server = Server::start();
    each(|transport, version| {
        let message = send_to_self(&server, transport, version, &send_with(transport, version, b"foo:")).message();
        assert_eq!(message.header("foo"), "");
    });
}

#[test]
fn headers_that_are_not_utf_8_close_with_1007() {
    let server = Server::start();
    each(|transport, version| {
        for line in [b"foo:\xff".as_slice(), b"f\xc3:bar", b"foo:\xed\xa0\x80"] {
            let frame = send_with(transport, version, line);
            send_to_self(&server, transport, version, &frame).refused_with("protocol", 1007);
        }
    });
}

#[test]
fn commands_are_those_of_the_specification_in_upper_case() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["send", "Send", "SEND ", "FOO", "SENDX", "GET / HTTP/1.1"] {
            send_to_self(&server, transport, version, format!("{command}\n\n\0").as_bytes()).refused("protocol");
        }
    });
}

#[test]
fn content_length_counts_octets_and_lets_nul_through() {
    let server = Server::start();
    each(|transport, version| {
        let destination = topic(transport, version);
        let frame = format!("SEND\ndestination:{destination}\ncontent-length:7\n\na\0b\0\0ü\0");
        let message = send_to_self(&server, transport, version, frame.as_bytes()).message();
        assert_eq!(message.body, "a\0b\0\0ü".as_bytes());
        assert_eq!(message.header("content-length"), "7");
    });
}

#[test]
fn without_content_length_the_body_ends_at_the_first_nul() {
    let server = Server::start();
    each(|transport, version| {
        let destination = topic(transport, version);
        let frame = format!("SEND\ndestination:{destination}\n\nbody\n\0\n");
        let message = send_to_self(&server, transport, version, frame.as_bytes()).message();
        assert_eq!((message.text(), message.header("content-length")), ("body\n", "5"));
    });
}

#[test]
fn a_body_may_be_empty() {
    let server = Server::start();
    each(|transport, version| {
        let line = b"content-length:0".as_slice();
        let message = send_to_self(&server, transport, version, &send_with(transport, version, line)).message();
        assert_eq!(message.body, b"");
        let message = send_to_self(&server, transport, version, &send_with(transport, version, b"a:b")).message();
        assert_eq!(message.body, b"");
    });
}

#[test]
fn a_wrong_content_length_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        let destination = topic(transport, version);
        for length in ["-1", "+1", "", "one", "1.0", "0x1", " 4x", "4 4"] {
            let frame = format!("SEND\ndestination:{destination}\ncontent-length:{length}\n\nbody\0");
            send_to_self(&server, transport, version, frame.as_bytes()).refused("protocol");
        }
        // What follows the announced octets is not NUL.
        let frame = format!("SEND\ndestination:{destination}\ncontent-length:2\n\nbody\0");
        send_to_self(&server, transport, version, frame.as_bytes()).refused("protocol");
    });
}

#[test]
fn a_body_on_a_frame_that_has_none_is_an_error_from_1_1_on() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let headers = [("id", "1"), ("destination", "/queue/bodies"), ("receipt", "r")];
        client.send("SUBSCRIBE", &headers, "a body");
        match version {
            "1.0" => drop(client.receipt("r")),
            _ => drop(client.refused("protocol")),
        }
    });
}

#[test]
fn frames_come_in_any_portions() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.subscribe("1", &topic(transport, version), &[]);
        let destination = topic(transport, version);
        let frame = client.encode("SEND", &[("destination", &destination), ("füß", "ä-€")], "a\0ü€");
        for octet in &frame {
            client.send_octets([*octet]);
        }
        let expect = |client: &mut Client| {
            let message = client.message();
            assert_eq!((message.header("füß"), message.body.as_slice()), ("ä-€", "a\0ü€".as_bytes()));
        };
        expect(&mut client);
        for index in 0..=frame.len() {
            client.send_octets(&frame[..index]);
            client.send_octets(&frame[index..]);
            expect(&mut client);
        }
        client.send_octets(frame.repeat(100));
        for _ in 0..100 {
            expect(&mut client);
        }
    });
}

#[test]
fn what_follows_a_broken_frame_is_not_read() {
    let server = Server::start();
    each_version(|version| {
        let frames = b"SEND\nnocolon\n\n\0SEND\ndestination:/queue/late\n\nlate\0";
        send_to_self(&server, Transport::Tcp, version, frames).refused("protocol");
        assert_eq!(server.queue("late"), None);
    });
}

#[test]
fn headers_that_nobody_needs_are_tolerated() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        client.log_in_with(version, &[("foo", "bar"), ("destination", "/queue/a")]);
        let queue = format!("/queue/{}", acceptance::unique("unneeded"));
        client.subscribe("1", &queue, &[("foo", "bar"), ("ack", "client")]);
        client.publish(&queue, "x");
        let (name, id) = client.message().ack_id(version);
        let usual = [(name, id.as_str()), ("subscription", "1"), ("foo", "bar"), ("destination", "/queue/a")];
        client.request("ACK", &usual, "");
        client.request("UNSUBSCRIBE", &[("id", "1"), ("foo", "bar")], "");
        client.send("DISCONNECT", &[("foo", "bar")], "");
        client.end();
    });
}
