//! ACK and NACK (STOMP 1.2, "ACK" and "NACK").

use acceptance::{Client, Frame, Server, Transport, each, each_transport};

struct Queue {
    destination: String,
    name: String,
}

/// A queue of the case's own with `count` messages, and a client subscribed to it.
fn subscribed(
    server: &Server,
    transport: Transport,
    version: &'static str,
    mode: &str,
    count: usize,
) -> (Client, Queue) {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("ack-{number}");
    let destination = format!("/queue/{name}");
    let mut client = server.connect(transport, version);
    for number in 1..=count {
        client.publish(&destination, number.to_string());
    }
    client.subscribe("s", &destination, &[("ack", mode)]);
    (client, Queue { destination, name })
}

fn unacked(server: &Server, queue: &Queue) -> u64 {
    server.queue_number(&queue.name, "messages_unacknowledged")
}

fn depth(server: &Server, queue: &Queue) -> u64 {
    server.queue_number(&queue.name, "messages")
}

fn refused_ack(client: &mut Client, command: &str, headers: &[(&str, &str)], code: &str) {
    client.send(command, &[headers, &[("receipt", "r")]].concat(), "");
    assert_eq!(client.refused(code).header("receipt-id"), "r");
}

#[test]
fn auto_is_settled_by_being_sent() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "auto", 3);
        assert_eq!(client.bodies(3), ["1", "2", "3"]);
        assert_eq!(depth(&server, &queue), 0);
    });
}

#[test]
fn an_individual_ack_settles_one() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        assert_eq!(unacked(&server, &queue), 3);
        client.ack(&messages[1]);
        assert_eq!(unacked(&server, &queue), 2);
        client.ack(&messages[0]);
        client.ack(&messages[2]);
        assert_eq!(depth(&server, &queue), 0);
    });
}

#[test]
fn a_cumulative_ack_settles_all_before_it() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 4);
        let messages: Vec<Frame> = (0..4).map(|_| client.message()).collect();
        client.ack(&messages[2]);
        assert_eq!(unacked(&server, &queue), 1);
        client.ack(&messages[3]);
        assert_eq!(depth(&server, &queue), 0);
    });
}

#[test]
fn a_cumulative_ack_is_about_its_own_subscription() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 2);
        let older: Vec<Frame> = (0..2).map(|_| client.message()).collect();
        let other = format!("{}-other", queue.destination);
        client.subscribe("other", &other, &[("ack", "client")]);
        client.publish(&other, "x");
        let message = client.message();
        client.ack(&message);
        assert_eq!(unacked(&server, &queue), 2);
        client.ack(&older[1]);
        assert_eq!(depth(&server, &queue), 0);
    });
}

#[test]
fn a_nack_puts_the_message_back_at_the_head() {
    let server = Server::start();
    each(|transport, version| {
        for headers in [&[][..], &[("requeue", "true")], &[("requeue", "TRUE")]] {
            let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 1);
            let message = client.message();
            client.nack(&message, headers);
            let again = client.message();
            assert_eq!(again.text(), "1");
            assert_eq!((again.header("redelivered"), again.header("delivery-count")), ("true", "2"));
            assert_ne!(again.header("message-id"), message.header("message-id"));
            client.ack(&again);
            assert_eq!(depth(&server, &queue), 0);
        }
    });
}

#[test]
fn a_nack_without_requeue_removes_the_message() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 2);
        let (one, two) = (client.message(), client.message());
        client.nack(&one, &[("requeue", "false")]);
        client.nack(&two, &[("requeue", "False")]);
        client.expect_nothing();
        assert_eq!(depth(&server, &queue), 0);
    });
}

#[test]
fn a_nack_is_cumulative_where_acks_are() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        client.nack(&messages[1], &[("requeue", "false")]);
        assert_eq!(depth(&server, &queue), 1);
        client.nack(&messages[2], &[]);
        assert_eq!(client.message().header("delivery-count"), "2");
    });
}

#[test]
fn a_strange_requeue_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = subscribed(&server, transport, version, "client", 1);
        let (name, id) = client.message().ack_id(version);
        refused_ack(&mut client, "NACK", &[(name, &id), ("requeue", "maybe")], "protocol");
    });
}

#[test]
fn the_id_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["ACK", "NACK"] {
            let (mut client, _) = subscribed(&server, transport, version, "client", 1);
            let message = client.message();
            // In 1.2 the id alone counts, before it message-id does.
            let wrong = if version == "1.2" { "message-id" } else { "id" };
            let id = message.header("message-id").to_owned();
            refused_ack(&mut client, command, &[(wrong, &id), ("subscription", "s")], "protocol");
        }
    });
}

#[test]
fn before_1_2_the_message_id_alone_decides() {
    let server = Server::start();
    each_transport(|transport| {
        for version in ["1.0", "1.1"] {
            let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 2);
            let ids = [client.message(), client.message()].map(|message| message.header("message-id").to_owned());
            client.request("ACK", &[("message-id", &ids[0]), ("subscription", "wrong")], "");
            client.request("ACK", &[("message-id", &ids[1])], "");
            assert_eq!(depth(&server, &queue), 0);
        }
    });
}

#[test]
fn an_unknown_id_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["ACK", "NACK"] {
            for id in ["nothing", "", "1-999", "999-1", "1-0", "1--1", "99999999999999999999-1", "1-1 "] {
                let (mut client, _) = subscribed(&server, transport, version, "client", 0);
                let name = if version == "1.2" { "id" } else { "message-id" };
                let code = if id.is_empty() { "protocol" } else { "unknown-message" };
                refused_ack(&mut client, command, &[(name, id), ("subscription", "s")], code);
            }
        }
    });
}

#[test]
fn a_message_is_settled_once() {
    let server = Server::start();
    each(|transport, version| {
        for (first, second) in [("ACK", "ACK"), ("ACK", "NACK"), ("NACK", "ACK")] {
            let (mut client, _) = subscribed(&server, transport, version, "client-individual", 1);
            let (name, id) = client.message().ack_id(version);
            client.request(first, &[(name, &id), ("subscription", "s"), ("requeue", "false")], "");
            refused_ack(&mut client, second, &[(name, &id), ("subscription", "s")], "unknown-message");
        }
    });
}

#[test]
fn what_was_delivered_in_auto_mode_is_settled_already() {
    let server = Server::start();
    each_transport(|transport| {
        let (mut client, _) = subscribed(&server, transport, "1.1", "auto", 1);
        let id = client.message().header("message-id").to_owned();
        refused_ack(&mut client, "ACK", &[("message-id", &id), ("subscription", "s")], "unknown-message");
    });
}

#[test]
fn a_message_of_another_connection_cannot_be_settled() {
    let server = Server::start();
    each(|transport, version| {
        let (mut owner, queue) = subscribed(&server, transport, version, "client", 1);
        let (name, id) = owner.message().ack_id(version);
        let mut other = server.connect(transport, version);
        refused_ack(&mut other, "ACK", &[(name, &id), ("subscription", "s")], "unknown-message");
        assert_eq!(unacked(&server, &queue), 1);
    });
}

#[test]
fn an_ack_after_unsubscribe_still_settles() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 2);
        let (one, two) = (client.message(), client.message());
        client.unsubscribe("s");
        assert_eq!(unacked(&server, &queue), 2);
        client.ack(&one);
        assert_eq!(depth(&server, &queue), 1);
        client.nack(&two, &[]);
        assert_eq!(server.queue_number(&queue.name, "messages_ready"), 1);
    });
}

#[test]
fn a_transaction_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["ACK", "NACK"] {
            let (mut client, _) = subscribed(&server, transport, version, "client", 1);
            let (name, id) = client.message().ack_id(version);
            refused_ack(&mut client, command, &[(name, &id), ("transaction", "t")], "unsupported");
        }
    });
}
