//! ERROR (STOMP 1.2, "ERROR"): what it says, and that the connection ends after it.

use acceptance::{Server, Transport, each};

#[test]
fn an_error_says_what_was_wrong_and_ends_the_connection() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/nowhere"), ("receipt", "r:1")], "x");
        let error = client.refused("bad-destination");
        assert_eq!(error.header("receipt-id"), "r:1");
        assert!(error.header("content-type").starts_with("text/plain"), "{error:?}");
        assert!(error.text().contains("/nowhere"), "it names what was refused: {error:?}");
        assert!(!error.header("message").contains('\n'), "{error:?}");
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
fn frames_of_the_server_are_not_the_clients_to_send() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["CONNECTED", "MESSAGE", "RECEIPT", "ERROR"] {
            let mut client = server.connect(transport, version);
            client.send(command, &[("receipt", "r"), ("destination", "/queue/a")], "");
            assert_eq!(client.refused("protocol").header("receipt-id"), "r");
        }
    });
}

#[test]
fn transactions_are_refused_as_not_offered() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["BEGIN", "COMMIT", "ABORT"] {
            let mut client = server.connect(transport, version);
            client.send(command, &[("transaction", "t"), ("receipt", "r")], "");
            assert_eq!(client.refused("unsupported").header("receipt-id"), "r");
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
            client.send("SEND", &[("destination", "/nowhere\nx-code:forged")], "x");
            client.refused("bad-destination");
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
        let name = format!("after-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        let bad = client.encode("SUBSCRIBE", &[("id", "1"), ("destination", "/nowhere")], "");
        let late = client.encode("SEND", &[("destination", &format!("/queue/{name}"))], "late");
        client.send_octets([bad, late].concat());
        client.refused("bad-destination");
        assert_eq!(server.queue(&name), None);
    });
}

#[test]
fn a_peer_that_does_not_answer_close_is_dropped() {
    use acceptance::{Opcode, Upgrade, WebSocket};
    let server = Server::start();
    let mut socket = WebSocket::open(server.http, &Upgrade::default()).expect("it upgrades");
    socket.send(Opcode::Text, b"FOO\n\n\0").expect("it is sent");
    assert_eq!(socket.frame().opcode, Opcode::Text);
    assert_eq!(socket.frame().close_code(), Some(1002));
    // No Close from this side: the server waits some seconds and no longer.
    socket.expect_end();
    server.connect(Transport::Text, "1.2").sync();
}
