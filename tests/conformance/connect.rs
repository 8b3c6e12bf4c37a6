//! CONNECT, STOMP and CONNECTED (STOMP 1.2, "Connecting" and "Protocol Negotiation").

use acceptance::{Client, Launch, Link, Server, Transport, Upgrade, each, each_transport};

fn connect_with(client: &mut Client, headers: &[(&str, &str)]) {
    client.send("CONNECT", &[&[("login", "guest"), ("passcode", "guest")], headers].concat(), "");
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
        let headers = [("accept-version", version), ("host", "/"), ("login", "guest"), ("passcode", "guest")];
        client.send("STOMP", &headers, "");
        assert_eq!(client.expect("CONNECTED").header("version"), version);
    });
}

#[test]
fn connected_tells_version_session_server_heart_beat_and_user() {
    let server = Server::start();
    each(|transport, version| {
        let connected = server.dial(transport).log_in(version);
        assert_eq!(connected.header("version"), version);
        assert!(connected.header("server").contains('/'), "name/version: {connected:?}");
        assert_eq!(connected.header("heart-beat"), "0,0");
        assert_eq!(connected.header("user-name"), "guest");
        let other = server.dial(transport).log_in(version);
        assert!(connected.header("session").len() >= 8, "{connected:?}");
        assert_ne!(connected.header("session"), other.header("session"));
        assert_eq!(connected.body, b"");
    });
}

#[test]
fn a_request_id_is_echoed_and_a_receipt_is_not_answered() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        let connected = client.log_in_with(version, &[("request-id", "a:b"), ("receipt", "r"), ("client-id", "me")]);
        assert_eq!(connected.header("response-id"), "a:b");
        client.expect_nothing();
    });
}

#[test]
fn the_host_is_a_vhost_or_a_name_of_this_machine() {
    let server = Server::start();
    each_transport(|transport| {
        for host in ["/", "localhost", "127.0.0.1", "::1", "10.1.2.3"] {
            let mut client = server.dial(transport);
            connect_with(&mut client, &[("accept-version", "1.2"), ("host", host)]);
            client.expect("CONNECTED");
        }
        let mut client = server.dial(transport);
        connect_with(&mut client, &[("accept-version", "1.2")]);
        client.expect("CONNECTED");
    });
}

#[test]
fn the_host_may_be_the_name_in_the_upgrade() {
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
fn wrong_or_missing_credentials_are_refused() {
    let server = Server::start();
    each(|transport, version| {
        let cases: [&[(&str, &str)]; 6] = [
            &[],
            &[("login", "guest")],
            &[("passcode", "guest")],
            &[("login", "guest"), ("passcode", "sesame")],
            &[("login", "guest"), ("passcode", "")],
            &[("login", "nobody"), ("passcode", "guest")],
        ];
        for credentials in cases {
            let mut client = server.dial(transport);
            client.version = version; // it is agreed before anybody asks who this is
            client.send("CONNECT", &[&[("accept-version", version), ("host", "/")], credentials].concat(), "");
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
            client.send(command, &[("destination", "/queue/first"), ("id", "1"), ("receipt", "r")], "");
            assert_eq!(client.refused("protocol").header("receipt-id"), "r");
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
        let headers = [("accept-version", "1.2"), ("login", "guest"), ("passcode", "guest")];
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
