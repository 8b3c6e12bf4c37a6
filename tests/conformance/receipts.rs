//! Receipts (STOMP 1.2, "Standard Headers" and "RECEIPT"): each is answered once, by RECEIPT or by ERROR.

use acceptance::{Server, each, each_transport, rabbitmq, unique};

#[test]
fn every_frame_of_a_client_can_have_one() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/{}", unique("receipts"));
        let mut client = server.connect(transport, version);
        client.publish(&destination, "1");
        client.publish(&destination, "2");
        client.subscribe("s", &destination, &[("ack", "client-individual")]);
        let (one, two) = (client.message(), client.message());
        client.ack(&one);
        client.nack(&two, &[("requeue", "false")]);
        client.unsubscribe("s");
        for command in ["BEGIN", "ABORT", "BEGIN", "COMMIT"] {
            client.request(command, &[("transaction", "t")], "");
        }
    });
}

#[test]
fn frames_without_a_receipt_header_are_not_answered() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/silent-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", &destination)], "x");
        client.send("SUBSCRIBE", &[("id", "s"), ("destination", &destination), ("ack", "client")], "");
        let (name, id) = client.message().ack_id(version);
        client.send("ACK", &[(name, &id), ("subscription", "s")], "");
        client.send("UNSUBSCRIBE", &[("id", "s")], "");
        client.expect_nothing();
    });
}

#[test]
fn the_id_comes_back_as_it_was() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let ids = ["1", "a:b", "grüße €", "c:\\temp", " x"];
        // Before 1.1 the space in front belongs to the syntax.
        for id in &ids[..if version == "1.0" { 4 } else { 5 }] {
            client.send("SEND", &[("destination", "/topic/receipts"), ("receipt", id)], "");
            assert_eq!(client.expect("RECEIPT").header("receipt-id"), *id);
        }
    });
}

#[test]
fn the_same_id_may_be_used_again() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        let send = client.encode("SEND", &[("destination", "/topic/receipts"), ("receipt", "same")], "");
        client.send_octets(send.repeat(3));
        for _ in 0..3 {
            assert_eq!(client.expect("RECEIPT").header("receipt-id"), "same");
        }
    });
}

#[test]
fn receipts_come_in_order() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let mut octets = Vec::new();
        for number in 0..200 {
            let receipt = number.to_string();
            let destination = if number % 2 == 0 { "/topic/receipts" } else { "/queue/receipts" };
            octets.extend(client.encode("SEND", &[("destination", destination), ("receipt", &receipt)], "x"));
        }
        client.send_octets(octets);
        for number in 0..200 {
            assert_eq!(client.expect("RECEIPT").header("receipt-id"), number.to_string());
        }
    });
}

#[test]
fn the_last_frame_of_a_goodbye_is_its_receipt_then_the_connection_closes_normally() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let send = client.encode("SEND", &[("destination", "/topic/bye"), ("receipt", "1")], "");
        let bye = client.encode("DISCONNECT", &[("receipt", "2")], "");
        // What comes after the goodbye is not read, whatever it is.
        client.send_octets([send, bye, b"SEND\nnocolon\n\n\0".to_vec()].concat());
        assert_eq!(client.expect("RECEIPT").header("receipt-id"), "1");
        assert_eq!(client.expect("RECEIPT").header("receipt-id"), "2");
        let ending = client.end();
        assert_eq!(ending.close_code, client.link.is_websocket().then_some(1000));
    });
}

#[test]
fn a_goodbye_needs_no_receipt() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("DISCONNECT", &[], "");
        let ending = client.end();
        assert_eq!(ending.close_code, client.link.is_websocket().then_some(1000));
    });
}

#[test]
fn what_was_accepted_before_an_error_gets_its_receipt_first() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let good = client.encode("SEND", &[("destination", "/topic/good"), ("receipt", "good")], "x");
        let bad = client.encode("SEND", &[("destination", "/nowhere/at/all"), ("receipt", "bad")], "x");
        client.send_octets([good, bad].concat());
        assert_eq!(client.expect("RECEIPT").header("receipt-id"), "good");
        let error = client.refused("bad-destination");
        if rabbitmq().is_none() {
            assert_eq!(error.header("receipt-id"), "bad");
        }
    });
}

#[test]
fn a_receipt_means_that_the_message_is_there() {
    let server = Server::start();
    each_transport(|transport| {
        let name = format!("confirmed-{transport:?}");
        let mut client = server.connect(transport, "1.2");
        for count in 1..=5 {
            client.publish(&format!("/queue/{name}"), "x");
            server.queue_has(&name, "messages", count);
        }
    });
}
