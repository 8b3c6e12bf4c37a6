//! ERROR (STOMP 1.2, "ERROR"): what it says, that the connection ends after it, and that it lives on where that was
//! agreed on and the error is a soft one.

use acceptance::{Client, Launch, Opcode, Server, Transport, Upgrade, WebSocket, each, unique, wharf_only};

#[test]
fn an_error_says_what_was_wrong() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let error = client.refused_request("SEND", &[("destination", "/nowhere")], "x", "bad-destination");
        assert!(error.header("content-type").starts_with("text/plain"), "{error:?}");
        assert!(error.text().contains("/nowhere"), "it names what was refused: {error:?}");
        assert!(!error.header("message").contains('\n'), "{error:?}");
    });
}

#[test]
fn an_error_ends_the_connection() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/nowhere")], "x");
        client.expect("ERROR");
        client.end();
    });
}

#[test]
fn an_error_names_the_receipt_that_was_asked_for() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/nowhere"), ("receipt", "r:1")], "x");
        assert_eq!(client.expect("ERROR").header("receipt-id"), "r:1");
    });
}

#[test]
fn an_error_to_a_frame_without_receipt_has_none() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/nowhere")], "x");
        assert_eq!(client.refused("bad-destination").get("receipt-id"), None);
    });
}

#[test]
fn a_reader_that_knows_nothing_of_soft_errors_sees_none_of_their_headers() {
    wharf_only("x-fatal is our header");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/nowhere")], "x");
        assert_eq!(client.refused("bad-destination").get("x-fatal"), None);
    });
}

#[test]
fn frames_of_the_server_are_not_the_clients_to_send() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["CONNECTED", "MESSAGE", "RECEIPT", "ERROR"] {
            let mut client = server.connect(transport, version);
            client.refused_request(command, &[("destination", "/queue/a")], "", "protocol");
        }
    });
}

#[test]
fn an_error_repeats_hostile_input_without_harm() {
    let server = Server::start();
    each(|transport, version| {
        let hostile = "/nowhere/\u{202e}<script>alert(1)</script>";
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", hostile)], "x");
        client.refused("bad-destination");
        // A line end in a value, where the version can express one, does not end the line of `message`.
        if version != "1.0" {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", "/nowhere\nx-forged:yes")], "x");
            assert_eq!(client.refused("bad-destination").get("x-forged"), None);
        }
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", &"/x".repeat(30_000))], "x");
        let error = client.refused("bad-destination");
        assert!(error.header("message").len() < 4096, "an ERROR is not an amplifier: {}", error.head.len());
    });
}

#[test]
fn frames_after_a_refused_one_are_not_carried_out() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("after");
        let mut client = server.connect(transport, version);
        let bad = client.encode("SUBSCRIBE", &[("id", "1"), ("destination", "/nowhere")], "");
        let late = client.encode("SEND", &[("destination", &format!("/queue/{name}"))], "late");
        client.send_octets([bad, late].concat());
        client.expect("ERROR");
        client.end();
        assert_eq!(server.queue(&name), None);
    });
}

#[test]
fn a_peer_that_does_not_answer_close_is_dropped() {
    let server = Server::start();
    let mut socket = WebSocket::open(server.http, &Upgrade::default()).expect("it upgrades");
    socket.send(Opcode::Text, b"FOO\n\n\0").expect("it is sent");
    assert_eq!(socket.frame().opcode, Opcode::Text);
    assert_eq!(socket.frame().close_code(), Some(1002));
    // No Close from this side: the server waits some seconds and no longer.
    socket.expect_end();
    server.connect(Transport::Text, "1.2").sync();
}

/// A command, its headers, and the code that it is refused with.
type Refusal<'a> = (&'static str, Vec<(&'static str, &'a str)>, &'static str);

/// Requests that are refused, each with the code of that, on a server where `queue` is another connection's exclusive
/// queue and `full` one that is full.
fn refusals<'a>(queue: &'a str, full: &'a str) -> Vec<Refusal<'a>> {
    let settle =
        |command| (command, vec![("id", "9-9"), ("message-id", "9-9"), ("subscription", "s")], "unknown-message");
    vec![
        ("SEND", vec![("destination", "/exchange/wharf.statistics/queues")], "forbidden"),
        ("SEND", vec![("destination", "/exchange/nowhere/key")], "not-found"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", "/exchange/nowhere/key")], "not-found"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", "/amq/queue/nowhere")], "not-found"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", full), ("x-max-length", "7")], "precondition-failed"),
        ("SEND", vec![("destination", full), ("x-max-length", "7")], "precondition-failed"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", queue)], "resource-locked"),
        ("SEND", vec![("destination", "/nowhere")], "bad-destination"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", "/nowhere")], "bad-destination"),
        ("UNSUBSCRIBE", vec![("id", "none")], "unknown-subscription"),
        (
            "SEND",
            vec![("destination", "/control/credit"), ("subscription", "none"), ("count", "1")],
            "unknown-subscription",
        ),
        settle("ACK"),
        settle("NACK"),
        ("SEND", vec![("destination", "/topic/nobody"), ("mandatory", "true")], "unroutable"),
        ("SEND", vec![("destination", full)], "queue-full"),
        ("SEND", vec![("destination", "/queue/later"), ("x-delay", "1")], "unsupported"),
        ("SUBSCRIBE", vec![("id", "a"), ("destination", "/queue/some"), ("selector", "a = 1")], "unsupported"),
    ]
}

/// A connection that has an exclusive queue, and its destination and that of a full queue.
fn obstacles(server: &Server) -> (Client, String, String) {
    let (queue, full) = (format!("/queue/{}", unique("locked")), format!("/queue/{}", unique("full")));
    let mut owner = server.client();
    owner.subscribe("1", &queue, &[("exclusive", "true")]);
    owner.publish_with(&full, &[("x-max-length", "1"), ("x-overflow", "reject-publish")], "1");
    (owner, queue, full)
}

#[test]
fn where_it_was_agreed_on_the_connection_survives_soft_errors() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    let (_owner, queue, full) = obstacles(&server);
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("alive"));
        let mut client = server.soft(transport, version);
        client.subscribe("alive", &topic, &[("ack", "client-individual")]);
        client.publish(&topic, "held");
        let held = client.message();
        for (command, headers, code) in refusals(&queue, &full) {
            let body = if command == "SEND" { "x" } else { "" };
            let error = client.soft_request(command, &headers, body, code);
            let subscription = match command {
                "SUBSCRIBE" => Some("a"),
                "UNSUBSCRIBE" => Some("none"),
                _ => None,
            };
            if subscription.is_some() {
                assert_eq!(error.get("subscription"), subscription, "{error:?}");
            }
            // Without a receipt there is an ERROR too, and it names none.
            client.send(command, &headers, body);
            assert_eq!(client.soft_error(code).get("receipt-id"), None);
        }
        // What there was is still there.
        client.ack(&held);
        client.publish(&topic, "on");
        assert_eq!(client.message().text(), "on");
        client.expect_nothing();
    });
}

#[test]
fn where_it_was_not_agreed_on_each_of_them_ends_the_connection() {
    wharf_only("the codes are ours");
    let server = Server::start();
    let (_owner, queue, full) = obstacles(&server);
    each(|transport, version| {
        for (command, headers, code) in refusals(&queue, &full) {
            let body = if command == "SEND" { "x" } else { "" };
            server.connect(transport, version).refused_request(command, &headers, body, code);
        }
    });
}

#[test]
fn what_follows_a_soft_error_is_carried_out() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("pipelined"));
        let mut client = server.soft(transport, version);
        client.subscribe("1", &topic, &[]);
        let good = client.encode("SEND", &[("destination", &topic), ("receipt", "good")], "x");
        let bad = client.encode("SEND", &[("destination", "/nowhere"), ("receipt", "bad")], "x");
        let missing = client.encode("SEND", &[("destination", "/exchange/nowhere/a"), ("receipt", "missing")], "x");
        client.send_octets([&good[..], &bad, &missing, &good].concat());
        let mut answers = Vec::new();
        while answers.len() < 4 {
            let frame = client.frame();
            if frame.command != "MESSAGE" {
                answers.push((frame.command.clone(), frame.header("receipt-id").to_owned()));
            }
        }
        // An ERROR may overtake a RECEIPT.
        answers.sort();
        let expected = [("ERROR", "bad"), ("ERROR", "missing"), ("RECEIPT", "good"), ("RECEIPT", "good")];
        assert_eq!(answers, expected.map(|(command, id)| (command.to_owned(), id.to_owned())));
    });
}

#[test]
fn a_refused_subscription_leaves_its_id_free() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("free"));
        let mut client = server.soft(transport, version);
        for destination in ["/nowhere", "/amq/queue/nowhere", "/kv/a/b"] {
            client.send("SUBSCRIBE", &[("id", "1"), ("destination", destination)], "");
            assert_eq!(client.expect("ERROR").header("subscription"), "1");
            client.soft_request("UNSUBSCRIBE", &[("id", "1")], "", "unknown-subscription");
        }
        client.subscribe("1", &topic, &[]);
        client.publish(&topic, "x");
        assert_eq!(client.message().header("subscription"), "1");
    });
}

#[test]
fn a_cancelled_subscription_is_a_soft_error() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let name = unique("cancelled");
        let mut client = server.soft(transport, version);
        client.subscribe("mine:1", &format!("/queue/{name}"), &[]);
        client.subscribe("other", &format!("/topic/{name}"), &[]);
        server.delete_queue(&name);
        let error = client.soft_error("not-found");
        assert_eq!((error.header("subscription"), error.get("receipt-id")), ("mine:1", None));
        // The id is free, the queue can be had again, and others go on.
        client.subscribe("mine:1", &format!("/queue/{name}"), &[]);
        client.publish(&format!("/topic/{name}"), "x");
        assert_eq!(client.message().header("subscription"), "other");
    });
}

#[test]
fn fatal_errors_end_the_connection_always_and_say_so() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let requests: [(&str, &[(&str, &str)]); 13] = [
            ("CONNECT", &[("login", "guest"), ("passcode", "guest")]),
            ("FOO", &[]),
            ("MESSAGE", &[]),
            ("SEND", &[]),
            ("SEND", &[("destination", "/queue/a"), ("message-id", "1")]),
            ("SEND", &[("destination", "/queue/a"), ("transaction", "none")]),
            ("SUBSCRIBE", &[("id", "2")]),
            ("SUBSCRIBE", &[("id", "1"), ("destination", "/queue/a")]),
            ("SUBSCRIBE", &[("id", "2"), ("destination", "/queue/a"), ("ack", "maybe")]),
            ("SUBSCRIBE", &[("id", "/temp-queue/a"), ("destination", "/queue/a")]),
            ("SUBSCRIBE", &[("id", "2"), ("destination", "/queue/a"), ("transaction", "t")]),
            ("BEGIN", &[("transaction", "t")]),
            ("COMMIT", &[("transaction", "none")]),
        ];
        for (command, headers) in requests {
            let mut client = server.soft(transport, version);
            client.subscribe("1", "/topic/fatal", &[]);
            client.request("BEGIN", &[("transaction", "t")], "");
            // A CONNECT is answered by nothing but ERROR, and what cannot be read asks for nothing.
            if ["CONNECT", "FOO"].contains(&command) {
                client.send(command, headers, "");
                client.refused("protocol");
            } else {
                client.refused_request(command, headers, "", "protocol");
            }
        }
        for octets in ["SEND\nnocolon\n\n\0", "SEND\ndestination:/queue/a\ncontent-length:x\n\n\0"] {
            let mut client = server.soft(transport, version);
            client.send_octets(octets);
            client.refused("protocol");
        }
        let mut client = server.soft(transport, version);
        client.send_octets("A".repeat(40));
        client.refused("too-large");
    });
}

#[test]
fn a_refused_log_in_is_fatal() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.dial(transport);
        client.version = version;
        let headers =
            [("accept-version", version), ("x-soft-errors", "true"), ("login", "guest"), ("passcode", "wrong")];
        client.send("CONNECT", &headers, "");
        // Nothing was agreed on yet: it says so or says nothing of it.
        let error = client.expect("ERROR");
        assert_eq!(error.header("x-code"), "auth-failed");
        assert_ne!(error.get("x-fatal"), Some("false"));
        client.end();
    });
}

#[test]
fn a_server_that_goes_says_draining() {
    wharf_only("the process is ours");
    acceptance::all_transports(|transport| {
        let mut server = Launch::new().start();
        let mut strict = server.connect(transport, "1.2");
        let mut soft = server.soft(transport, "1.1");
        server.program().terminate();
        for client in [&mut strict, &mut soft] {
            client.refused("draining");
        }
        assert_eq!(server.program().wait().code, Some(0));
    });
}
