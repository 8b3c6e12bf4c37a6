//! SUBSCRIBE, UNSUBSCRIBE and the MESSAGE frames between them (STOMP 1.2, "SUBSCRIBE").

use acceptance::{Server, Transport, each, each_transport};
use std::collections::BTreeSet;

#[test]
fn an_id_is_required_from_1_1_on() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let destination = format!("/queue/no-id-{transport:?}");
        client.send("SUBSCRIBE", &[("destination", &destination), ("receipt", "r")], "");
        if version != "1.0" {
            assert_eq!(client.refused("protocol").header("receipt-id"), "r");
            return;
        }
        client.receipt("r");
        client.publish(&destination, "x");
        assert_eq!(client.message().header("subscription"), destination);
        client.request("UNSUBSCRIBE", &[("destination", &destination)], "");
        client.publish(&destination, "y");
        client.expect_nothing();
    });
}

#[test]
fn a_destination_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for headers in [&[("id", "1")][..], &[("id", "1"), ("destination", "")]] {
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", headers, "");
            client.refused("protocol");
        }
    });
}

#[test]
fn a_destination_of_no_known_form_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for destination in ["/", "/queue", "/queue/", "/queue/a/b", "/nothing/a", "/topic/", "/exchange/"] {
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", &[("id", "s"), ("destination", destination), ("receipt", "r")], "");
            let error = client.refused("bad-destination");
            assert_eq!(error.header("receipt-id"), "r", "{destination}");
        }
    });
}

#[test]
fn an_id_in_use_is_refused_and_free_again_afterwards() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let [a, b] = ["a", "b"].map(|name| format!("/queue/ids-{name}-{transport:?}-{version}"));
        client.subscribe("1", &a, &[]);
        client.unsubscribe("1");
        client.subscribe("1", &b, &[]);
        client.publish(&a, "not ours any more");
        client.publish(&b, "x");
        assert_eq!(client.message().text(), "x");
        client.send("SUBSCRIBE", &[("id", "1"), ("destination", &a), ("receipt", "r")], "");
        assert_eq!(client.refused("protocol").header("receipt-id"), "r");
    });
}

#[test]
fn an_unknown_ack_mode_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["", "none", "AUTO", "client-"] {
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/queue/a"), ("ack", mode)], "");
            client.refused("protocol");
        }
        for mode in ["auto", "client", "client-individual"] {
            server.connect(transport, version).subscribe("1", "/queue/a", &[("ack", mode)]);
        }
    });
}

#[test]
fn a_message_names_its_subscription_and_is_numbered() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            let mut client = server.connect(transport, version);
            let destination = format!("/topic/numbered.{transport:?}.{version}.{mode}");
            client.subscribe("sub:1 ü", &destination, &[("ack", mode)]);
            let mut ids = BTreeSet::new();
            for _ in 0..10 {
                client.publish(&destination, "");
                let message = client.message();
                assert_eq!(message.header("subscription"), "sub:1 ü");
                assert_eq!(message.header("redelivered"), "false");
                assert_eq!(message.header("delivery-count"), "1");
                assert_eq!(message.get("ack").is_some(), version == "1.2" && mode != "auto", "{message:?}");
                ids.insert(message.header("message-id").to_owned());
            }
            assert_eq!(ids.len(), 10, "message-id is unique");
        }
    });
}

#[test]
fn two_subscriptions_of_a_connection_have_distinct_message_ids() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.1");
        let destination = format!("/topic/twice.{transport:?}");
        client.subscribe("1", &destination, &[("ack", "client")]);
        client.subscribe("2", &destination, &[("ack", "client")]);
        client.publish(&destination, "");
        let (one, two) = (client.message(), client.message());
        assert_ne!(one.header("message-id"), two.header("message-id"));
        assert_ne!(one.header("subscription"), two.header("subscription"));
    });
}

#[test]
fn the_receipt_precedes_the_first_message() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/waiting-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        for body in ["1", "2", "3"] {
            client.publish(&destination, body);
        }
        client.send("SUBSCRIBE", &[("id", "1"), ("destination", &destination), ("receipt", "r")], "");
        assert_eq!(client.expect("RECEIPT").header("receipt-id"), "r");
        assert_eq!(client.bodies(3), ["1", "2", "3"]);
    });
}

#[test]
fn prefetch_bounds_what_is_unacked() {
    let server = Server::start();
    each(|transport, version| {
        for name in ["prefetch-count", "activemq.prefetchSize"] {
            let destination = format!("/queue/{name}-{transport:?}-{version}");
            let mut client = server.connect(transport, version);
            client.subscribe("1", &destination, &[("ack", "client-individual"), (name, "2")]);
            for body in ["1", "2", "3", "4"] {
                client.publish(&destination, body);
            }
            let first = client.message();
            assert_eq!((first.text(), client.message().text()), ("1", "2"));
            client.expect_nothing();
            client.ack(&first);
            assert_eq!(client.message().text(), "3");
            client.expect_nothing();
        }
    });
}

#[test]
fn without_prefetch_everything_comes() {
    let server = Server::start();
    each_transport(|transport| {
        for headers in [&[("ack", "client")][..], &[("ack", "client"), ("prefetch-count", "0")]] {
            let destination = format!("/topic/unbounded.{transport:?}");
            let mut client = server.connect(transport, "1.2");
            client.subscribe("1", &destination, headers);
            for number in 0..500 {
                client.send("SEND", &[("destination", &destination)], number.to_string());
            }
            let expected: Vec<_> = (0..500).map(|number| number.to_string()).collect();
            assert_eq!(client.bodies(500), expected);
        }
    });
}

#[test]
fn a_prefetch_that_is_no_number_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for count in ["", "-1", "many", "1.5"] {
            let mut client = server.connect(transport, version);
            let headers = [("id", "1"), ("destination", "/queue/a"), ("prefetch-count", count)];
            client.send("SUBSCRIBE", &headers, "");
            client.refused("protocol");
        }
    });
}

#[test]
fn unsubscribe_ends_the_messages() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let destination = format!("/queue/ended-{transport:?}-{version}");
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
        client.send("UNSUBSCRIBE", &[("id", "nine"), ("receipt", "r")], "");
        assert_eq!(client.refused("unknown-subscription").header("receipt-id"), "r");
        if version != "1.0" {
            let mut client = server.connect(transport, version);
            client.send("UNSUBSCRIBE", &[("destination", "/queue/a")], "");
            client.refused("protocol");
        }
    });
}

#[test]
fn a_queue_named_by_amq_queue_must_exist() {
    let server = Server::start();
    each(|transport, version| {
        let name = format!("existing-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        client.publish(&format!("/queue/{name}"), "x");
        client.subscribe("1", &format!("/amq/queue/{name}"), &[]);
        assert_eq!(client.message().text(), "x");
        client.send("SUBSCRIBE", &[("id", "2"), ("destination", "/amq/queue/none"), ("receipt", "r")], "");
        assert_eq!(client.refused("not-found").header("receipt-id"), "r");
    });
}

#[test]
fn an_exchange_must_exist() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/exchange/none/a"), ("receipt", "r")], "");
        assert_eq!(client.refused("not-found").header("receipt-id"), "r");
    });
}

#[test]
fn what_is_not_offered_is_refused_and_not_ignored() {
    let server = Server::start();
    each(|transport, version| {
        let unsupported = [
            ("selector", "a = 1"),
            ("durable", "true"),
            ("persistent", "true"),
            ("x-message-ttl", "1000"),
            ("x-expires", "1000"),
            ("x-max-length", "5"),
            ("x-queue-type", "stream"),
            ("x-stream-offset", "first"),
            ("browser", "true"),
            ("consumer-window-size", "1000"),
            ("x-priority", "5"),
            ("activemq.exclusive", "true"),
            ("no-local", "true"),
            ("activemq.subscriptionName", "mine"),
            ("durable-subscription-name", "mine"),
            ("activemq.retroactive", "true"),
            ("activemq.maximumPendingMessageLimit", "5"),
            ("x-stream-match-unfiltered", "true"),
        ];
        for header in unsupported {
            let mut client = server.connect(transport, version);
            client.send(
                "SUBSCRIBE",
                &[("id", "1"), ("destination", "/topic/unsupported"), ("receipt", "r"), header],
                "",
            );
            assert_eq!(client.refused("unsupported").header("receipt-id"), "r", "{header:?}");
        }
        for destination in ["/stream/a", "/temp-queue/a", "/temp-topic/a"] {
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", &[("id", "1"), ("destination", destination)], "");
            client.refused("unsupported");
        }
    });
}

#[test]
fn a_subscription_names_its_queue_on_request() {
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    client.subscribe("1", "/topic/named", &[("x-queue-name", "my-own")]);
    assert_eq!(server.queue_number("my-own", "consumers"), 1);
    assert_eq!(client.publish("/queue/my-own", "direct"), 1);
    assert_eq!(client.message().text(), "direct");
}
