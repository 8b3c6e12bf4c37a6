//! Topics: words between dots, `*` for one of them, `#` for any number.

use acceptance::{Server, Transport, each};

#[test]
fn patterns_match_words() {
    let server = Server::start();
    let patterns = ["a", "a.b", "a.*", "*.b", "a.#", "#", "#.c", "a.*.c", "*", "*.*", "a.#.c", "#.b.#"];
    let cases: [(&str, &[&str]); 8] = [
        ("a", &["a", "a.#", "#", "*"]),
        ("b", &["#", "*", "#.b.#"]),
        ("a.b", &["a.b", "a.*", "*.b", "a.#", "#", "*.*", "#.b.#"]),
        ("a.c", &["a.*", "a.#", "#", "#.c", "*.*", "a.#.c"]),
        ("a.b.c", &["a.#", "#", "#.c", "a.*.c", "a.#.c", "#.b.#"]),
        ("a.x.y.c", &["a.#", "#", "#.c", "a.#.c"]),
        ("A", &["#", "*"]),
        ("x.a", &["#", "*.*"]),
    ];
    let mut client = server.client();
    for pattern in patterns {
        client.subscribe(pattern, &format!("/topic/{pattern}"), &[]);
    }
    for (key, expected) in cases {
        assert_eq!(client.publish(&format!("/topic/{key}"), key), expected.len(), "{key}");
        let mut got: Vec<_> = (0..expected.len()).map(|_| client.message().header("subscription").to_owned()).collect();
        got.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(got, expected, "{key}");
    }
    client.expect_nothing();
}

#[test]
fn every_subscriber_gets_every_message_in_order() {
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/order.{transport:?}.{version}");
        let mut one = server.connect(transport, version);
        let mut two = server.connect(transport, version);
        one.subscribe("1", &topic, &[]);
        two.subscribe("1", &topic, &[("ack", "client")]);
        let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
        for body in &expected {
            one.send("SEND", &[("destination", &topic)], body);
        }
        assert_eq!(one.bodies(50), expected);
        assert_eq!(two.bodies(50), expected);
    });
}

#[test]
fn what_nobody_listens_to_is_dropped() {
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    assert_eq!(client.publish("/topic/early", "lost"), 0);
    client.subscribe("1", "/topic/early", &[]);
    client.expect_nothing();
    client.publish("/topic/early", "heard");
    assert_eq!(client.message().text(), "heard");
}

#[test]
fn one_connection_may_subscribe_twice_and_gets_both() {
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    client.subscribe("one", "/topic/double", &[]);
    client.subscribe("two", "/topic/double", &[]);
    client.publish("/topic/double", "x");
    let mut ids = [client.message(), client.message()].map(|message| message.header("subscription").to_owned());
    ids.sort_unstable();
    assert_eq!(ids, ["one", "two"]);
    client.unsubscribe("one");
    client.publish("/topic/double", "y");
    assert_eq!(client.message().header("subscription"), "two");
    client.expect_nothing();
}

#[test]
fn a_topic_subscription_settles_like_any_other() {
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/settled.{transport:?}.{version}");
        let mut client = server.connect(transport, version);
        client.subscribe("1", &topic, &[("ack", "client-individual"), ("prefetch-count", "1")]);
        client.publish(&topic, "1");
        client.publish(&topic, "2");
        let message = client.message();
        client.nack(&message, &[]);
        let message = client.message();
        assert_eq!((message.text(), message.header("delivery-count")), ("1", "2"));
        client.ack(&message);
        let message = client.message();
        assert_eq!(message.text(), "2");
        client.ack(&message);
    });
}
