//! What was not acked comes back: at its place, marked and counted.

use acceptance::{Client, Frame, Server, each, eventually};

const INDIVIDUAL: [(&str, &str); 1] = [("ack", "client-individual")];

fn counted(message: &Frame) -> (&str, &str, &str) {
    (message.text(), message.header("redelivered"), message.header("delivery-count"))
}

fn publish(client: &mut Client, destination: &str, bodies: &[&str]) {
    for body in bodies {
        client.publish(destination, body);
    }
}

#[test]
fn a_nacked_message_overtakes_those_behind_it() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/head-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        publish(&mut client, &destination, &["1", "2", "3"]);
        client.subscribe("s", &destination, &[("ack", "client-individual"), ("prefetch-count", "1")]);
        let message = client.message();
        assert_eq!(counted(&message), ("1", "false", "1"));
        client.nack(&message, &[]);
        let message = client.message();
        assert_eq!(counted(&message), ("1", "true", "2"));
        client.nack(&message, &[]);
        let message = client.message();
        assert_eq!(counted(&message), ("1", "true", "3"));
        client.ack(&message);
        let message = client.message();
        assert_eq!(counted(&message), ("2", "false", "1"));
        client.ack(&message);
    });
}

#[test]
fn what_a_lost_connection_held_is_redelivered_in_order() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/lost-{transport:?}-{version}");
        let mut holder = server.connect(transport, version);
        publish(&mut holder, &destination, &["1", "2", "3"]);
        holder.subscribe("s", &destination, &INDIVIDUAL);
        let held: Vec<Frame> = (0..3).map(|_| holder.message()).collect();
        holder.ack(&held[1]);
        let mut next = server.connect(transport, version);
        next.publish(&destination, "4");
        holder.link.cut();
        next.subscribe("s", &destination, &INDIVIDUAL);
        // The fourth may still have gone to the lost connection, or not: it is not marked as new or old here.
        let messages: Vec<Frame> = (0..3).map(|_| next.message()).collect();
        let bodies: Vec<_> = messages.iter().map(Frame::text).collect();
        if bodies[0] == "4" {
            assert_eq!(bodies, ["4", "1", "3"]); // subscribed before the loss was noticed
        } else {
            assert_eq!(bodies, ["1", "3", "4"]);
        }
        for message in messages.iter().filter(|message| message.text() != "4") {
            assert_eq!((message.header("redelivered"), message.header("delivery-count")), ("true", "2"));
        }
        next.expect_nothing();
    });
}

#[test]
fn messages_settled_in_any_order_leave_the_others_in_theirs() {
    let server = Server::start();
    let mut client = server.client();
    publish(&mut client, "/queue/mixed", &["1", "2", "3", "4", "5", "6"]);
    client.subscribe("s", "/queue/mixed", &INDIVIDUAL);
    let held: Vec<Frame> = (0..6).map(|_| client.message()).collect();
    client.unsubscribe("s");
    // They go back one by one, and stand in their old order all the same.
    for index in [3, 0, 5] {
        client.nack(&held[index], &[]);
    }
    client.ack(&held[1]);
    client.nack(&held[2], &[("requeue", "false")]);
    client.nack(&held[4], &[]);
    client.subscribe("again", "/queue/mixed", &[]);
    assert_eq!(client.bodies(4), ["1", "4", "5", "6"]);
}

#[test]
fn a_redelivery_goes_to_whoever_is_next() {
    let server = Server::start();
    let mut one = server.client();
    let mut two = server.client();
    one.subscribe("s", "/queue/passed", &INDIVIDUAL);
    two.subscribe("s", "/queue/passed", &INDIVIDUAL);
    one.publish("/queue/passed", "x");
    let message = one.message();
    one.nack(&message, &[]);
    assert_eq!(counted(&two.message()), ("x", "true", "2"));
}

#[test]
fn what_unsubscribe_leaves_unacked_is_requeued_with_the_connection() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/kept", "x");
    client.subscribe("s", "/queue/kept", &INDIVIDUAL);
    client.message();
    client.unsubscribe("s");
    assert_eq!(server.queue_number("kept", "messages_unacknowledged"), 1);
    client.send("DISCONNECT", &[], "");
    client.end();
    eventually("the message is ready again", || (server.queue_number("kept", "messages_ready") == 1).then_some(()));
}
