//! Destinations of the form `/exchange/NAME/KEY`.

use acceptance::{Server, Transport};

#[test]
fn a_direct_exchange_routes_by_the_exact_key() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("red", "/exchange/amq.direct/red", &[]);
    client.subscribe("blue", "/exchange/amq.direct/blue", &[]);
    client.subscribe("also", "/exchange/amq.direct/blue", &[]);
    assert_eq!(client.publish("/exchange/amq.direct/red", "r"), 1);
    assert_eq!(client.message().header("subscription"), "red");
    assert_eq!(client.publish("/exchange/amq.direct/blue", "b"), 2);
    assert_eq!(client.bodies(2), ["b", "b"]);
    assert_eq!(client.publish("/exchange/amq.direct/blue.x", ""), 0);
    assert_eq!(client.publish("/exchange/amq.direct/*", ""), 0);
    assert_eq!(client.publish("/exchange/amq.direct", ""), 0);
}

#[test]
fn a_fanout_exchange_routes_to_all() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("plain", "/exchange/amq.fanout", &[]);
    client.subscribe("keyed", "/exchange/amq.fanout/key", &[]);
    for destination in ["/exchange/amq.fanout", "/exchange/amq.fanout/key", "/exchange/amq.fanout/other"] {
        assert_eq!(client.publish(destination, "x"), 2);
        assert_eq!(client.bodies(2), ["x", "x"]);
    }
}

#[test]
fn the_topic_exchange_is_what_topics_use() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/exchange/amq.topic/a.*", &[]);
    assert_eq!(client.publish("/topic/a.b", "x"), 1);
    assert_eq!(client.message().text(), "x");
    client.subscribe("2", "/topic/c.#", &[]);
    assert_eq!(client.publish("/exchange/amq.topic/c.d.e", "y"), 1);
    assert_eq!(client.message().header("subscription"), "2");
}

#[test]
fn a_queue_bound_twice_gets_a_message_once() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/topic/a.*", &[("x-queue-name", "both")]);
    client.subscribe("2", "/topic/*.b", &[("x-queue-name", "both")]);
    assert_eq!(client.publish("/topic/a.b", "x"), 1);
    assert_eq!(client.message().text(), "x");
    client.expect_nothing();
}

#[test]
fn names_may_hold_any_character_when_encoded() {
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    for name in ["a/b", "with space", "per%cent", "grüße", "ünï/€", "a.b-c_d~e", "quote\"'<>", "new\nline"] {
        let destination = format!("/queue/{}", acceptance::encode_component(name));
        client.publish(&destination, "x");
        assert_eq!(server.queue_number(name, "messages"), 1, "{name}");
        client.subscribe(name, &destination, &[]);
        let message = client.message();
        assert_eq!((message.header("destination"), message.header("subscription")), (destination.as_str(), name));
    }
}

#[test]
fn a_bare_word_is_a_queue() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("orders", "x");
    client.subscribe("1", "/queue/orders", &[]);
    let message = client.message();
    assert_eq!((message.text(), message.header("destination")), ("x", "orders"));
}

#[test]
fn a_reply_queue_is_taken_by_its_whole_name() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/reply%2Fto%2Fme", "1");
    assert_eq!(client.publish("/reply-queue/reply/to/me", "2"), 1);
    client.subscribe("1", "/reply-queue/reply/to/me", &[]);
    assert_eq!(client.bodies(2), ["1", "2"]);
    assert_eq!(client.publish("/reply-queue/nobody", ""), 0);
}
