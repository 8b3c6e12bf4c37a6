//! SUBSCRIBE, UNSUBSCRIBE and the MESSAGE frames between them (STOMP 1.2, "SUBSCRIBE").

use acceptance::{Client, Server, Transport, each, each_transport, rabbitmq, unique, wharf_only};
use std::collections::BTreeSet;

#[test]
fn an_id_is_required_from_1_1_on() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let destination = format!("/queue/no-id-{transport:?}");
        if version != "1.0" {
            client.refused_request("SUBSCRIBE", &[("destination", &destination)], "", "protocol");
            return;
        }
        client.request("SUBSCRIBE", &[("destination", &destination)], "");
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
            server.connect(transport, version).refused_request("SUBSCRIBE", headers, "", "protocol");
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
        client.refused_request("SUBSCRIBE", &[("id", "1"), ("destination", &a)], "", "protocol");
    });
}

#[test]
fn an_id_may_not_look_like_that_of_a_reply_queue() {
    let server = Server::start();
    each(|transport, version| {
        let headers = [("id", "/temp-queue/a"), ("destination", "/queue/a")];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "protocol");
    });
}

#[test]
fn there_are_three_ack_modes() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            server.connect(transport, version).subscribe("1", "/queue/a", &[("ack", mode)]);
        }
    });
}

#[test]
fn an_unknown_ack_mode_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["", "none", "AUTO", "client-"] {
            let headers = [("id", "1"), ("destination", "/queue/a"), ("ack", mode)];
            server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "protocol");
        }
    });
}

#[test]
fn a_message_names_its_subscription_and_is_numbered() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            let mut client = server.connect(transport, version);
            let destination = format!("/topic/{}", unique("numbered"));
            client.subscribe("sub 1 ü", &destination, &[("ack", mode)]);
            let mut ids = BTreeSet::new();
            for _ in 0..10 {
                client.publish(&destination, "");
                let message = client.message();
                assert_eq!(message.header("subscription"), "sub 1 ü");
                assert_eq!(message.header("destination"), destination);
                assert_eq!(message.header("redelivered"), "false");
                ids.insert(message.header("message-id").to_owned());
            }
            assert_eq!(ids.len(), 10, "message-id is unique");
        }
    });
}

#[test]
fn there_is_an_ack_header_in_1_2_where_acks_are_expected() {
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            let mut client = server.connect(transport, version);
            let destination = format!("/topic/{}", unique("acked"));
            client.subscribe("1", &destination, &[("ack", mode)]);
            client.publish(&destination, "");
            let message = client.message();
            assert_eq!(message.get("ack").is_some(), version == "1.2" && mode != "auto", "{message:?}");
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

/// Checks that a client that subscribed with these headers holds at most two messages.
fn holds_two(server: &Server, transport: Transport, version: &'static str, headers: &[(&str, &str)]) {
    let destination = format!("/queue/{}", unique("prefetch"));
    let mut client = server.connect(transport, version);
    client.subscribe("1", &destination, &[&[("ack", "client-individual")], headers].concat());
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

#[test]
fn prefetch_bounds_what_is_unacked() {
    let server = Server::start();
    each(|transport, version| holds_two(&server, transport, version, &[("prefetch-count", "2")]));
}

#[test]
fn prefetch_has_an_alias() {
    let server = Server::start();
    each(|transport, version| holds_two(&server, transport, version, &[("activemq.prefetchSize", "2")]));
}

#[test]
fn a_window_of_octets_bounds_what_is_unacked() {
    wharf_only("consumer-window-size is not known there");
    let server = Server::start();
    each(|transport, version| {
        let begin = |window: &str, bodies: &[&str]| {
            let destination = format!("/queue/{}", unique("window"));
            let mut client = server.connect(transport, version);
            let headers = [("ack", "client-individual"), ("consumer-window-size", window)];
            client.subscribe("1", &destination, &headers);
            for body in bodies {
                client.publish(&destination, body);
            }
            client
        };
        let body = "x".repeat(2000);
        // 0: one at a time.
        let mut client = begin("0", &["1", "2"]);
        let message = client.message();
        client.expect_nothing();
        client.ack(&message);
        assert_eq!(client.message().text(), "2");
        // -1: no limit.
        assert_eq!(begin("-1", &["1", "2", "3"]).bodies(3), ["1", "2", "3"]);
        // Far from its edges: what is out is at most the window and the message that crosses it.
        let mut client = begin("5000", &[body.as_str(); 8]);
        let first = client.message();
        client.message();
        let mut held = 2;
        client.sync();
        while client.take_waiting().is_some() {
            held += 1;
        }
        assert!((2..=3).contains(&held), "{held} of 2000 octets within 5000");
        client.ack(&first);
        client.message();
        client.expect_nothing();
        // A message that is larger than the window comes all the same, alone.
        let mut client = begin("100", &[&body, &body]);
        let message = client.message();
        client.expect_nothing();
        client.ack(&message);
        client.message();
    });
}

#[test]
fn a_window_and_a_prefetch_hold_both() {
    wharf_only("consumer-window-size is not known there");
    let server = Server::start();
    each(|transport, version| {
        let headers = [("prefetch-count", "2"), ("consumer-window-size", "1000000")];
        holds_two(&server, transport, version, &headers);
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
            let headers = [("id", "1"), ("destination", "/queue/a"), ("prefetch-count", count)];
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", &headers, "");
            client.refused_somehow();
        }
    });
}

#[test]
fn who_has_the_higher_priority_is_served_first_while_it_has_credit() {
    wharf_only("consumer priorities came to STOMP with RabbitMQ 4");
    let server = Server::start();
    each(|transport, version| {
        for name in ["x-priority", "activemq.priority"] {
            let queue = format!("/queue/{}", unique("priority"));
            let mut low = server.connect(transport, version);
            let mut high = server.connect(transport, version);
            low.subscribe("low", &queue, &[("ack", "client-individual")]);
            let headers = [("ack", "client-individual"), ("prefetch-count", "2"), (name, "5")];
            high.subscribe("high", &queue, &headers);
            for body in ["1", "2", "3"] {
                low.publish(&queue, body);
            }
            let first = high.message();
            assert_eq!((first.text(), high.message().text(), low.message().text()), ("1", "2", "3"));
            high.ack(&first);
            low.publish(&queue, "4");
            assert_eq!(high.message().text(), "4");
            low.expect_nothing();
        }
    });
}

#[test]
fn of_exclusive_subscriptions_one_is_active() {
    wharf_only("activemq.exclusive is not known there");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("exclusive"));
        let mut first = server.connect(transport, version);
        let mut second = server.connect(transport, version);
        for client in [&mut first, &mut second] {
            client.subscribe("1", &queue, &[("activemq.exclusive", "true")]);
        }
        one_after_the_other(&mut first, &mut second, &queue);
    });
}

#[test]
fn a_queue_may_have_a_single_active_consumer() {
    wharf_only("x-single-active-consumer cannot be set by STOMP there");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("single"));
        let mut first = server.connect(transport, version);
        let mut second = server.connect(transport, version);
        first.subscribe("1", &queue, &[("x-single-active-consumer", "true")]);
        second.subscribe("1", &queue, &[]);
        one_after_the_other(&mut first, &mut second, &queue);
    });
}

/// Checks that the first of two subscribers gets all, until it is gone.
fn one_after_the_other(first: &mut Client, second: &mut Client, queue: &str) {
    for body in ["1", "2", "3"] {
        second.publish(queue, body);
    }
    assert_eq!(first.bodies(3), ["1", "2", "3"]);
    second.expect_nothing();
    first.unsubscribe("1");
    second.publish(queue, "4");
    assert_eq!(second.message().text(), "4");
}

#[test]
fn a_topic_reader_may_skip_its_own_messages() {
    wharf_only("no-local is not known there");
    let server = Server::start();
    each(|transport, version| {
        for name in ["no-local", "activemq.noLocal"] {
            let topic = format!("/topic/{}", unique("local"));
            let mut client = server.connect(transport, version);
            client.subscribe("1", &topic, &[(name, "true")]);
            client.publish(&topic, "mine");
            server.connect(transport, version).publish(&topic, "another's");
            assert_eq!(client.message().text(), "another's");
            client.subscribe("2", &topic, &[(name, "false")]);
            client.publish(&topic, "mine");
            assert_eq!(client.message().header("subscription"), "2");
            client.expect_nothing();
        }
    });
}

#[test]
fn a_topic_reader_may_bound_what_waits_for_it() {
    wharf_only("activemq.maximumPendingMessageLimit is not known there");
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("pending"));
        let mut client = server.connect(transport, version);
        let headers =
            [("ack", "client-individual"), ("prefetch-count", "1"), ("activemq.maximumPendingMessageLimit", "2")];
        client.subscribe("1", &topic, &headers);
        for body in ["1", "2", "3", "4", "5"] {
            client.publish(&topic, body);
        }
        let message = client.message();
        assert_eq!(message.text(), "1");
        client.ack(&message);
        // Of the four that waited, the oldest two were dropped.
        for body in ["4", "5"] {
            let message = client.message();
            assert_eq!(message.text(), body);
            client.ack(&message);
        }
        client.expect_nothing();
    });
}

#[test]
fn a_subscription_names_its_queue_on_request() {
    let server = Server::start();
    each(|transport, version| {
        for topic in ["/topic/named", "/exchange/amq.topic/named"] {
            let name = unique("my-own");
            let mut client = server.connect(transport, version);
            client.subscribe("1", topic, &[("x-queue-name", &name)]);
            client.publish(&format!("/amq/queue/{name}"), "direct");
            assert_eq!(client.message().text(), "direct");
        }
    });
}

#[test]
fn what_is_not_offered_is_refused_and_not_ignored() {
    wharf_only("unsupported is our code");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.soft(transport, version);
        for header in [
            ("selector", "a = 1"),
            ("x-max-priority", "5"),
            ("x-queue-type", "quorum"),
            ("activemq.retroactive", "true"),
        ] {
            let headers = [("id", "1"), ("destination", "/topic/unsupported"), header];
            let error = client.soft_request("SUBSCRIBE", &headers, "", "unsupported");
            assert_eq!(error.header("subscription"), "1", "{header:?}");
        }
        client.soft_request("SUBSCRIBE", &[("id", "1"), ("destination", "/kv/a/b")], "", "unsupported");
        // The id is free, since nothing was begun under it.
        client.subscribe("1", "/topic/supported", &[]);
        let headers = [("id", "2"), ("destination", "/queue/a"), ("selector", "a = 1")];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "unsupported");
    });
}

#[test]
fn what_asks_for_nothing_is_taken() {
    let server = Server::start();
    each(|transport, version| {
        for header in [("activemq.retroactive", "false"), ("browser", "false"), ("no-local", "false")] {
            let mut client = server.connect(transport, version);
            client.subscribe("1", &format!("/topic/{}", unique("plain")), &[header]);
        }
    });
}

#[test]
fn a_lost_reader_of_a_topic_leaves_no_queue() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("lost");
        let mut client = server.connect(transport, version);
        client.subscribe("1", "/topic/lost", &[("x-queue-name", &name)]);
        client.link.cut();
        server.queue_goes(&name);
    });
}

#[test]
fn a_subscription_ends_with_its_queue() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("deleted");
        let mut client = server.connect(transport, version);
        client.subscribe("mine-1", &format!("/queue/{name}"), &[]);
        server.delete_queue(&name);
        let error = client.expect("ERROR");
        assert_eq!(error.header("subscription"), "mine-1");
        if rabbitmq().is_none() {
            assert_eq!(error.header("x-code"), "not-found");
            client.end();
        }
    });
}
