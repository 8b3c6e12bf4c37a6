//! UNSUBSCRIBE (STOMP 1.2, "UNSUBSCRIBE"); of durable subscriptions in `durable.rs`.

use acceptance::{Server, each, unique};

#[test]
fn unsubscribe_ends_the_messages() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let destination = format!("/queue/{}", unique("ended"));
        client.subscribe("1", &destination, &[]);
        client.publish(&destination, "1");
        assert_eq!(client.message().text(), "1");
        client.unsubscribe("1");
        client.publish(&destination, "2");
        client.expect_nothing();
        client.subscribe("2", &destination, &[]);
        assert_eq!(client.message().text(), "2");
    });
}

#[test]
fn an_unknown_subscription_cannot_be_ended() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.refused_request("UNSUBSCRIBE", &[("id", "nine")], "", "unknown-subscription");
        if version == "1.0" {
            let mut client = server.connect(transport, version);
            client.refused_request("UNSUBSCRIBE", &[("destination", "/queue/nine")], "", "unknown-subscription");
        }
    });
}

#[test]
fn an_id_is_required_from_1_1_on_and_one_of_two_headers_before() {
    let server = Server::start();
    each(|transport, version| {
        server.connect(transport, version).refused_request("UNSUBSCRIBE", &[], "", "protocol");
        if version != "1.0" {
            let mut client = server.connect(transport, version);
            client.subscribe("1", "/queue/by-id", &[]);
            client.refused_request("UNSUBSCRIBE", &[("destination", "/queue/by-id")], "", "protocol");
        }
    });
}

#[test]
fn in_1_0_an_id_may_be_used_too() {
    let server = Server::start();
    acceptance::each_transport(|transport| {
        let destination = format!("/queue/{}", unique("id"));
        let mut client = server.connect(transport, "1.0");
        client.subscribe("7", &destination, &[]);
        client.publish(&destination, "x");
        assert_eq!(client.message().header("subscription"), "7");
        client.unsubscribe("7");
        client.publish(&destination, "y");
        client.expect_nothing();
    });
}

#[test]
fn a_subscription_ends_once() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.subscribe("1", &format!("/queue/{}", unique("once")), &[]);
        client.unsubscribe("1");
        client.refused_request("UNSUBSCRIBE", &[("id", "1")], "", "unknown-subscription");
    });
}

#[test]
fn other_subscriptions_go_on() {
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("others"));
        let mut client = server.connect(transport, version);
        client.subscribe("1", &topic, &[]);
        client.subscribe("2", &topic, &[]);
        client.unsubscribe("1");
        client.publish(&topic, "x");
        assert_eq!(client.message().header("subscription"), "2");
        client.expect_nothing();
    });
}

#[test]
fn what_waits_in_a_queue_is_for_the_next_reader() {
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("next"));
        let mut client = server.connect(transport, version);
        client.subscribe("1", &queue, &[("ack", "client-individual"), ("prefetch-count", "1")]);
        for body in ["1", "2", "3"] {
            client.publish(&queue, body);
        }
        client.message();
        client.unsubscribe("1");
        client.send("DISCONNECT", &[], "");
        client.end();
        let mut other = server.connect(transport, version);
        other.subscribe("1", &queue, &[]);
        assert_eq!(other.bodies(3), ["1", "2", "3"]);
    });
}
