//! SUBSCRIBE with `browser:true`: a look at what waits in a queue, without taking it.

use acceptance::{Client, Frame, Server, Transport, each, unique, wharf_only};

const BROWSER: (&str, &str) = ("browser", "true");

/// A client, and a queue in which 1, 2 and 3 wait.
fn filled(server: &Server, transport: Transport, version: &'static str) -> (Client, String) {
    wharf_only("RabbitMQ has no browsers");
    let queue = format!("/queue/{}", unique("shelf"));
    let mut client = server.connect(transport, version);
    for body in ["1", "2", "3"] {
        client.publish(&queue, body);
    }
    (client, queue)
}

/// What a browser shows, up to its end.
fn browsed(client: &mut Client, id: &str, destination: &str) -> Vec<Frame> {
    let mut shown = Vec::new();
    loop {
        let message = client.message();
        assert_eq!(message.header("subscription"), id);
        assert_eq!(message.header("destination"), destination);
        if message.get("browser") == Some("end") {
            assert_eq!((message.header("message-id"), message.body.as_slice()), ("0", b"".as_slice()));
            return shown;
        }
        shown.push(message);
    }
}

fn texts(messages: &[Frame]) -> Vec<&str> {
    messages.iter().map(Frame::text).collect()
}

#[test]
fn it_shows_what_waits_and_then_ends() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            let (mut client, queue) = filled(&server, transport, version);
            client.subscribe("look", &queue, &[BROWSER, ("ack", mode)]);
            assert_eq!(texts(&browsed(&mut client, "look", &queue)), ["1", "2", "3"]);
            // It takes nothing, now or later.
            client.publish(&queue, "4");
            client.expect_nothing();
            client.subscribe("take", &queue, &[]);
            assert_eq!(client.bodies(4), ["1", "2", "3", "4"]);
        }
    });
}

#[test]
fn what_was_browsed_is_not_redelivered() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = filled(&server, transport, version);
        for id in ["first", "second"] {
            client.subscribe(id, &queue, &[BROWSER]);
            browsed(&mut client, id, &queue);
        }
        client.subscribe("take", &queue, &[]);
        let message = client.message();
        assert_eq!((message.header("redelivered"), message.header("delivery-count")), ("false", "1"));
    });
}

#[test]
fn an_empty_queue_ends_at_once() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("empty"));
        let mut client = server.connect(transport, version);
        client.subscribe("look", &queue, &[BROWSER]);
        assert!(browsed(&mut client, "look", &queue).is_empty());
    });
}

#[test]
fn it_does_not_see_what_is_out() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = filled(&server, transport, version);
        let mut reader = server.connect(transport, version);
        reader.subscribe("1", &queue, &[("ack", "client-individual"), ("prefetch-count", "1")]);
        reader.message();
        client.subscribe("look", &queue, &[BROWSER]);
        assert_eq!(texts(&browsed(&mut client, "look", &queue)), ["2", "3"]);
    });
}

#[test]
fn an_ack_of_what_was_browsed_has_no_effect() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = filled(&server, transport, version);
        client.subscribe("look", &queue, &[BROWSER, ("ack", "client-individual")]);
        for message in browsed(&mut client, "look", &queue) {
            client.ack(&message);
        }
        client.subscribe("take", &queue, &[]);
        assert_eq!(client.bodies(3), ["1", "2", "3"]);
    });
}

#[test]
fn a_nack_of_what_was_browsed_is_refused() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let (_, queue) = filled(&server, transport, version);
        let nack = |client: &mut Client| {
            client.subscribe("look", &queue, &[BROWSER, ("ack", "client-individual")]);
            browsed(client, "look", &queue).remove(0).ack_id(version)
        };
        let mut client = server.soft(transport, version);
        let (name, id) = nack(&mut client);
        client.soft_request("NACK", &[(name, &id), ("subscription", "look")], "", "precondition-failed");
        client.unsubscribe("look");
        let mut client = server.connect(transport, version);
        let (name, id) = nack(&mut client);
        client.refused_request("NACK", &[(name, &id), ("subscription", "look")], "", "precondition-failed");
    });
}

#[test]
fn it_ends_like_any_subscription() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = filled(&server, transport, version);
        client.subscribe("look", &queue, &[BROWSER]);
        browsed(&mut client, "look", &queue);
        client.unsubscribe("look");
        client.subscribe("look", &queue, &[BROWSER]);
        browsed(&mut client, "look", &queue);
    });
}

#[test]
fn a_long_queue_is_shown_in_order_and_whole() {
    wharf_only("RabbitMQ has no browsers");
    let server = Server::start();
    acceptance::each_transport(|transport| {
        let queue = format!("/queue/{}", unique("long"));
        let mut client = server.connect(transport, "1.2");
        let expected: Vec<String> = (0..1500).map(|number| number.to_string()).collect();
        for body in &expected {
            client.send("SEND", &[("destination", &queue)], body);
        }
        client.subscribe("look", &queue, &[BROWSER]);
        assert_eq!(texts(&browsed(&mut client, "look", &queue)), expected);
    });
}
