//! ACK and NACK (STOMP 1.2, "ACK" and "NACK").

use acceptance::{Client, Frame, Server, Transport, each, each_transport, unique, wharf_only};

const INDIVIDUAL: [(&str, &str); 1] = [("ack", "client-individual")];

/// A queue of the case's own with `count` messages, and a client subscribed to it.
fn subscribed(
    server: &Server,
    transport: Transport,
    version: &'static str,
    mode: &str,
    count: usize,
) -> (Client, String) {
    let queue = unique("settle");
    let mut client = server.connect(transport, version);
    for number in 1..=count {
        client.publish(&format!("/queue/{queue}"), number.to_string());
    }
    client.subscribe("s", &format!("/queue/{queue}"), &[("ack", mode)]);
    (client, queue)
}

fn unacked(server: &Server, queue: &str, count: u64) {
    server.queue_has(queue, "messages_unacknowledged", count);
}

fn depth(server: &Server, queue: &str, count: u64) {
    server.queue_has(queue, "messages", count);
}

/// What the queue still has, as a new reader sees it.
fn left(server: &Server, queue: &str, count: usize) -> Vec<String> {
    let mut reader = server.client();
    reader.subscribe("left", &format!("/queue/{queue}"), &INDIVIDUAL);
    let bodies = reader.bodies(count);
    reader.expect_nothing();
    bodies
}

#[test]
fn auto_is_settled_by_being_sent() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "auto", 3);
        assert_eq!(client.bodies(3), ["1", "2", "3"]);
        depth(&server, &queue, 0);
    });
}

#[test]
fn an_individual_ack_settles_one() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        unacked(&server, &queue, 3);
        client.ack(&messages[1]);
        unacked(&server, &queue, 2);
        client.send("DISCONNECT", &[], "");
        client.end();
        assert_eq!(left(&server, &queue, 2), ["1", "3"]);
    });
}

#[test]
fn a_cumulative_ack_settles_all_before_it() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 4);
        let messages: Vec<Frame> = (0..4).map(|_| client.message()).collect();
        client.ack(&messages[2]);
        unacked(&server, &queue, 1);
        client.ack(&messages[3]);
        depth(&server, &queue, 0);
    });
}

#[test]
fn a_cumulative_ack_is_about_its_own_subscription() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 2);
        let older: Vec<Frame> = (0..2).map(|_| client.message()).collect();
        let other = format!("/queue/{queue}-other");
        client.subscribe("other", &other, &[("ack", "client")]);
        client.publish(&other, "x");
        let message = client.message();
        client.ack(&message);
        client.ack(&older[1]);
        depth(&server, &queue, 0);
    });
}

#[test]
fn a_nack_puts_the_message_back_at_the_head() {
    let server = Server::start();
    each(|transport, version| {
        for headers in [&[][..], &[("requeue", "true")]] {
            let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 1);
            let message = client.message();
            assert_eq!(message.header("redelivered"), "false");
            client.nack(&message, headers);
            let again = client.message();
            assert_eq!((again.text(), again.header("redelivered")), ("1", "true"));
            assert_ne!(again.header("message-id"), message.header("message-id"));
            client.ack(&again);
            depth(&server, &queue, 0);
        }
    });
}

#[test]
fn a_redelivery_is_counted() {
    wharf_only("delivery-count is our header");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = subscribed(&server, transport, version, "client-individual", 1);
        for count in 1..=3 {
            let message = client.message();
            assert_eq!(message.header("delivery-count"), count.to_string());
            client.nack(&message, &[("requeue", "TRUE")]);
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
        client.nack(&two, &[("requeue", "false")]);
        client.expect_nothing();
        depth(&server, &queue, 0);
    });
}

#[test]
fn a_boolean_is_read_in_any_case() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 1);
        let message = client.message();
        client.nack(&message, &[("requeue", "False")]);
        client.expect_nothing();
        depth(&server, &queue, 0);
    });
}

#[test]
fn a_nack_is_cumulative_where_acks_are() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        client.nack(&messages[1], &[("requeue", "false")]);
        depth(&server, &queue, 1);
        client.nack(&messages[2], &[]);
        assert_eq!(client.message().header("redelivered"), "true");
    });
}

#[test]
fn a_cumulative_nack_keeps_the_order() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = subscribed(&server, transport, version, "client", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        client.nack(&messages[2], &[]);
        assert_eq!(client.bodies(3), ["1", "2", "3"]);
    });
}

#[test]
fn a_nack_with_a_delay_comes_back_later_and_holds_up_nobody() {
    wharf_only("delay is our header");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        client.nack(&messages[1], &[("delay", "300")]);
        client.nack(&messages[0], &[("delay", "100"), ("requeue", "true")]);
        client.nack(&messages[2], &[("delay", "0")]);
        client.publish(&format!("/queue/{queue}"), "4");
        // What has to wait is overtaken, also by what is newer.
        assert_eq!(client.bodies(4), ["3", "4", "1", "2"]);
    });
}

#[test]
fn a_delay_is_a_number_and_goes_with_a_requeue() {
    wharf_only("delay is our header");
    let server = Server::start();
    each(|transport, version| {
        let strange: [&[(&str, &str)]; 4] =
            [&[("delay", "soon")], &[("delay", "-1")], &[("delay", "")], &[("delay", "100"), ("requeue", "false")]];
        for headers in strange {
            let (mut client, _) = subscribed(&server, transport, version, "client-individual", 1);
            let (name, id) = client.message().ack_id(version);
            let usual = [(name, id.as_str()), ("subscription", "s")];
            client.refused_request("NACK", &[&usual, headers].concat(), "", "protocol");
        }
    });
}

#[test]
fn a_requeue_that_is_no_boolean_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = subscribed(&server, transport, version, "client", 1);
        let (name, id) = client.message().ack_id(version);
        client.refused_request("NACK", &[(name, &id), ("subscription", "s"), ("requeue", "maybe")], "", "protocol");
    });
}

#[test]
fn the_id_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["ACK", "NACK"] {
            let (mut client, _) = subscribed(&server, transport, version, "client", 1);
            client.message();
            client.refused_request(command, &[("subscription", "s")], "", "protocol");
        }
    });
}

#[test]
fn in_1_2_the_id_alone_counts_and_before_it_message_id() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["ACK", "NACK"] {
            let (mut client, _) = subscribed(&server, transport, version, "client", 1);
            let id = client.message().header("message-id").to_owned();
            let wrong = if version == "1.2" { "message-id" } else { "id" };
            client.refused_request(command, &[(wrong, &id), ("subscription", "s")], "", "protocol");
        }
    });
}

#[test]
fn before_1_2_the_subscription_may_be_absent() {
    let server = Server::start();
    each_transport(|transport| {
        for version in ["1.0", "1.1"] {
            let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 1);
            let id = client.message().header("message-id").to_owned();
            client.request("ACK", &[("message-id", &id)], "");
            depth(&server, &queue, 0);
        }
    });
}

#[test]
fn before_1_2_the_subscription_may_be_wrong() {
    let server = Server::start();
    each_transport(|transport| {
        for version in ["1.0", "1.1"] {
            let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 1);
            let id = client.message().header("message-id").to_owned();
            client.request("ACK", &[("message-id", &id), ("subscription", "wrong")], "");
            depth(&server, &queue, 0);
        }
    });
}

#[test]
fn an_unknown_id_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        let name = if version == "1.2" { "id" } else { "message-id" };
        for command in ["ACK", "NACK"] {
            for id in ["nothing", "1-999", "999-1", "1-0", "1--1", "99999999999999999999-1", "1-1 "] {
                let (mut client, _) = subscribed(&server, transport, version, "client", 0);
                client.refused_request(command, &[(name, id), ("subscription", "s")], "", "unknown-message");
            }
            let (mut client, _) = subscribed(&server, transport, version, "client", 0);
            client.refused_request(command, &[(name, ""), ("subscription", "s")], "", "protocol");
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
            client.refused_request(second, &[(name, &id), ("subscription", "s")], "", "unknown-message");
        }
    });
}

#[test]
fn what_a_cumulative_ack_covered_is_settled() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = subscribed(&server, transport, version, "client", 2);
        let (one, two) = (client.message(), client.message());
        client.ack(&two);
        let (name, id) = one.ack_id(version);
        client.refused_request("ACK", &[(name, &id), ("subscription", "s")], "", "unknown-message");
    });
}

#[test]
fn what_was_delivered_in_auto_mode_is_settled_already() {
    let server = Server::start();
    each_transport(|transport| {
        let (mut client, _) = subscribed(&server, transport, "1.1", "auto", 1);
        let id = client.message().header("message-id").to_owned();
        client.refused_request("ACK", &[("message-id", &id), ("subscription", "s")], "", "unknown-message");
    });
}

#[test]
fn a_message_of_another_connection_cannot_be_settled() {
    let server = Server::start();
    each(|transport, version| {
        let (mut owner, queue) = subscribed(&server, transport, version, "client", 1);
        let (name, id) = owner.message().ack_id(version);
        let mut other = server.connect(transport, version);
        other.refused_request("ACK", &[(name, &id), ("subscription", "s")], "", "unknown-message");
        unacked(&server, &queue, 1);
    });
}

#[test]
fn what_a_lost_connection_held_comes_again_in_its_old_place() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 3);
        let messages: Vec<Frame> = (0..3).map(|_| client.message()).collect();
        client.ack(&messages[1]);
        client.link.cut();
        let mut next = server.connect(transport, version);
        server.queue_goes_idle(&queue);
        next.subscribe("s", &format!("/queue/{queue}"), &INDIVIDUAL);
        for body in ["1", "3"] {
            let message = next.message();
            assert_eq!((message.text(), message.header("redelivered")), (body, "true"));
        }
    });
}

#[test]
fn an_ack_after_unsubscribe_still_settles() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version, "client-individual", 2);
        let (one, two) = (client.message(), client.message());
        client.unsubscribe("s");
        client.ack(&one);
        client.nack(&two, &[]);
        assert_eq!(left(&server, &queue, 1), ["2"]);
    });
}
