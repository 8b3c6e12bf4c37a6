//! CONNECT, STOMP and CONNECTED (STOMP 1.2, "Connecting" and "Protocol Negotiation").

use acceptance::{Client, Launch, Link, Opcode, Server, Transport, Upgrade, each, each_transport, wharf_only};

fn connect_with(client: &mut Client, headers: &[(&str, &str)]) {
    let host = client.host.clone();
    client.send("CONNECT", &[headers, &[("host", &host), ("login", "guest"), ("passcode", "guest")]].concat(), "");
}

#[test]
fn the_highest_common_version_wins() {
    let server = Server::start();
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[], "1.0"),
        (&[("accept-version", "1.0")], "1.0"),
        (&[("accept-version", "1.1")], "1.1"),
        (&[("accept-version", "1.0,1.1,1.2")], "1.2"),
        (&[("accept-version", "1.2,1.1,1.0")], "1.2"),
        (&[("accept-version", "1.1,1.0")], "1.1"),
        (&[("accept-version", "1.0,1.1,1.3,2.0")], "1.1"),
    ];
    each_transport(|transport| {
        for (headers, version) in cases {
            let mut client = server.dial(transport);
            connect_with(&mut client, headers);
            assert_eq!(client.expect("CONNECTED").header("version"), version, "{headers:?}");
        }
    });
}

#[test]
fn without_a_common_version_the_error_names_ours() {
    let server = Server::start();
    each_transport(|transport| {
        for offered in ["2.0", "1.3,0.9", "", "1", "1.2.1"] {
            let mut client = server.dial(transport);
            connect_with(&mut client, &[("accept-version", offered)]);
            let error = client.refused("protocol");
            let mut versions: Vec<_> = error.header("version").split(',').collect();
            versions.sort_unstable();
            assert_eq!(versions, ["1.0", "1.1", "1.2"]);
        }
    });
}

#[test]
fn stomp_is_another_word_for_connect() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        let headers =
            [("accept-version", version), ("host", server.vhost()), ("login", "guest"), ("passcode", "guest")];
        client.send("STOMP", &headers, "");
        assert_eq!(client.expect("CONNECTED").header("version"), version);
    });
}

#[test]
fn connected_tells_version_session_server_and_heart_beat() {
    let server = Server::start();
    each(|transport, version| {
        let connected = server.dial(transport).log_in(version);
        assert_eq!(connected.header("version"), version);
        assert!(connected.header("server").contains('/'), "name/version: {connected:?}");
        assert_eq!(connected.header("heart-beat"), "0,0");
        let other = server.dial(transport).log_in(version);
        assert!(connected.header("session").len() >= 8, "{connected:?}");
        assert_ne!(connected.header("session"), other.header("session"));
        assert_eq!(connected.body, b"");
    });
}

#[test]
fn connected_tells_the_users_name() {
    let server = Server::start();
    each(|transport, version| {
        assert_eq!(server.dial(transport).log_in(version).header("user-name"), "guest");
    });
}

#[test]
fn a_request_id_is_echoed() {
    let server = Server::start();
    each(|transport, version| {
        let connected = server.dial(transport).log_in_with(version, &[("request-id", "a:b")]);
        assert_eq!(connected.header("response-id"), "a:b");
        assert_eq!(server.dial(transport).log_in(version).get("response-id"), None);
    });
}

#[test]
fn a_receipt_is_not_answered_and_a_client_id_is_taken() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        client.log_in_with(version, &[("receipt", "r"), ("client-id", "me")]);
        client.expect_nothing();
    });
}

#[test]
fn soft_errors_are_agreed_on_where_asked_for() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        for (asked, answer) in [("true", Some("true")), ("TRUE", Some("true")), ("false", None)] {
            let connected = server.dial(transport).log_in_with(version, &[("x-soft-errors", asked)]);
            assert_eq!(connected.get("x-soft-errors"), answer, "to {asked}");
        }
        assert_eq!(server.dial(transport).log_in(version).get("x-soft-errors"), None);
        let mut client = server.dial(transport);
        connect_with(&mut client, &[("accept-version", version), ("x-soft-errors", "maybe")]);
        client.refused("protocol");
    });
}

#[test]
fn the_kind_of_websocket_frames_may_be_asked_for() {
    wharf_only("x-ws-frame is our header");
    let server = Server::start();
    for (asked, text, other) in [
        ("auto", Opcode::Text, Opcode::Binary),
        ("text", Opcode::Text, Opcode::Binary), // text that is not UTF-8 would end the connection
        ("binary", Opcode::Binary, Opcode::Binary),
    ] {
        let mut client = server.dial(Transport::Binary);
        client.log_in_with("1.2", &[("x-ws-frame", asked)]);
        client.subscribe("1", "/topic/kinds", &[]);
        let mut publisher = server.client();
        for (body, kind) in [(b"text".as_slice(), text), (b"\xff\xfe", other)] {
            publisher.publish("/topic/kinds", body);
            client.message();
            assert_eq!(client.link.opcode, Some(kind), "{body:?} where {asked} was asked for");
        }
    }
    let mut client = server.dial(Transport::Binary);
    connect_with(&mut client, &[("accept-version", "1.2"), ("x-ws-frame", "smoke")]);
    client.refused("protocol");
    // Over TCP there is nothing to choose.
    server.dial(Transport::Tcp).log_in_with("1.2", &[("x-ws-frame", "binary")]);
}

#[test]
fn the_host_is_a_vhost() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        client.log_in(version);
        client.publish("/queue/here", "");
        assert!(server.queue("here").is_some());
    });
}

#[test]
fn without_a_host_it_is_the_default_vhost() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        let headers = [("accept-version", version), ("login", "guest"), ("passcode", "guest")];
        client.send("CONNECT", &headers, "");
        client.expect("CONNECTED");
    });
}

#[test]
fn names_of_the_machine_mean_the_default_vhost() {
    let server = Server::start();
    each(|transport, version| {
        for host in ["localhost", "127.0.0.1", "::1", "10.1.2.3"] {
            let mut client = server.dial(transport);
            connect_with(&mut client, &[("accept-version", version), ("host", host)]);
            client.expect("CONNECTED");
        }
    });
}

#[test]
fn the_host_may_be_the_name_in_the_upgrade() {
    wharf_only("it has its own settings");
    // Under a name that is not configured the only user of this release is refused: anybody may point one here.
    let server = Launch::new().config("[http]\npublic_hosts = [\"wharf.example\"]").start();
    let upgrade = Upgrade::default().header("Host", "wharf.example:8080");
    let mut client = Client::new(Link::websocket(server.http, true, &upgrade));
    connect_with(&mut client, &[("accept-version", "1.2"), ("host", "wharf.example")]);
    client.expect("CONNECTED");
}

#[test]
fn an_unknown_vhost_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for host in ["nowhere", "/nowhere", "example.com"] {
            let mut client = server.dial(transport);
            client.version = version;
            connect_with(&mut client, &[("accept-version", version), ("host", host)]);
            client.refused("not-found");
        }
    });
}

#[test]
fn missing_credentials_are_refused() {
    let server = Server::start();
    each(|transport, version| {
        for credentials in [&[][..], &[("login", "guest")], &[("passcode", "guest")]] {
            let mut client = server.dial(transport);
            client.version = version;
            let usual = [("accept-version", version), ("host", server.vhost())];
            client.send("CONNECT", &[&usual, credentials].concat(), "");
            client.refused("auth-failed");
        }
    });
}

#[test]
fn wrong_credentials_are_refused() {
    let server = Server::start();
    each(|transport, version| {
        let cases: [&[(&str, &str)]; 3] = [
            &[("login", "guest"), ("passcode", "sesame")],
            &[("login", "guest"), ("passcode", "")],
            &[("login", "nobody"), ("passcode", "guest")],
        ];
        for credentials in cases {
            let mut client = server.dial(transport);
            client.version = version; // it is agreed before anybody asks who this is
            let usual = [("accept-version", version), ("host", server.vhost())];
            client.send("CONNECT", &[&usual, credentials].concat(), "");
            let error = client.refused("auth-failed");
            assert!(!error.text().contains("sesame"), "a password is not repeated: {error:?}");
        }
    });
}

#[test]
fn a_second_connect_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["CONNECT", "STOMP"] {
            let mut client = server.connect(transport, version);
            client.send(command, &[("accept-version", version), ("login", "guest"), ("passcode", "guest")], "");
            client.refused("protocol");
        }
    });
}

#[test]
fn another_first_frame_is_an_error() {
    let server = Server::start();
    each_transport(|transport| {
        for command in ["SEND", "SUBSCRIBE", "DISCONNECT", "ACK", "BEGIN", "MESSAGE", "CONNECTED"] {
            let mut client = server.dial(transport);
            client.refused_request(command, &[("destination", "/queue/first"), ("id", "1")], "", "protocol");
        }
    });
}

#[test]
fn garbage_before_login_is_an_error() {
    let server = Server::start();
    each_transport(|transport| {
        for garbage in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{1}\u{2}\u{3}\n", "CONNECT\nno colon\n\n\0", "{}\n"] {
            let mut client = server.dial(transport);
            client.send_octets(garbage);
            client.refused("protocol");
        }
    });
}

#[test]
fn frames_may_follow_connect_at_once() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.dial(transport);
        let host = client.host.clone();
        let headers = [("accept-version", "1.2"), ("host", &host), ("login", "guest"), ("passcode", "guest")];
        let connect = client.encode("CONNECT", &headers, "");
        let destination = format!("/queue/eager-{transport:?}");
        let subscribe = client.encode("SUBSCRIBE", &[("id", "1"), ("destination", &destination)], "");
        let send = client.encode("SEND", &[("destination", &destination)], "eager");
        client.send_octets([connect, subscribe, send].concat());
        client.expect("CONNECTED");
        assert_eq!(client.message().text(), "eager");
    });
}

#[test]
fn a_guest_behind_a_proxy_is_refused() {
    wharf_only("RabbitMQ does not look at forwarding headers");
    let server = Server::start();
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
        let value = if header == "Forwarded" { "for=203.0.113.7" } else { "203.0.113.7" };
        let upgrade = Upgrade::default().header(header, value);
        let mut client = Client::new(Link::websocket(server.http, true, &upgrade));
        connect_with(&mut client, &[("accept-version", "1.2"), ("host", "/")]);
        client.refused("auth-failed");
    }
}

#[test]
fn transports_share_queues() {
    let server = Server::start();
    let mut reader = server.connect(Transport::Tcp, "1.0");
    reader.subscribe("1", "/queue/shared", &[]);
    server.connect(Transport::Text, "1.2").publish("/queue/shared", "from the browser");
    assert_eq!(reader.message().text(), "from the browser");
}
