//! SEND, and what of it a MESSAGE shows (STOMP 1.2, "SEND" and "MESSAGE").

use acceptance::{Frame, Server, Transport, each, each_transport};

/// Sends a message to a topic and returns it as it comes back.
fn echo(server: &Server, transport: Transport, version: &'static str, headers: &[(&str, &str)], body: &[u8]) -> Frame {
    let mut client = server.connect(transport, version);
    client.subscribe("echo", "/topic/echo", &[]);
    client.send("SEND", &[&[("destination", "/topic/echo")], headers].concat(), body);
    client.message()
}

#[test]
fn a_destination_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for headers in [&[][..], &[("destination", "")], &[("Destination", "/queue/a")]] {
            let mut client = server.connect(transport, version);
            client.send("SEND", headers, "x");
            client.refused("protocol");
        }
    });
}

#[test]
fn a_destination_of_no_known_form_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        let bad =
            ["/", "/queue", "/queue/", "/queue/a/b", "/nothing/a", "//queue/a", "/topic/", "/exchange", "/exchange/"];
        for destination in bad {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", destination), ("receipt", "r")], "x");
            assert_eq!(client.refused("bad-destination").header("receipt-id"), "r", "{destination}");
        }
    });
}

#[test]
fn the_body_is_octets_whatever_they_are() {
    let server = Server::start();
    let all: Vec<u8> = (0..=255).collect();
    each(|transport, version| {
        for body in [all.as_slice(), b"", b"\0", b"\n\n\0\0", "grüße €".as_bytes()] {
            assert_eq!(echo(&server, transport, version, &[], body).body, body);
        }
    });
}

#[test]
fn user_headers_are_kept() {
    let server = Server::start();
    each(|transport, version| {
        let headers = [
            ("content-type", "application/json;charset=utf-8"),
            ("correlation-id", "c-1"),
            ("reply-to", "/queue/answers"),
            ("type", "t"),
            ("app-id", "a"),
            ("content-encoding", "identity"),
            ("X-Mixed-Case", "Kept"),
            ("timestamp", "1700000000000"),
            ("grüße", "welt"),
        ];
        let message = echo(&server, transport, version, &headers, b"{}");
        for (name, value) in headers {
            assert_eq!(message.header(name), value);
        }
    });
}

#[test]
fn a_timestamp_is_set_where_there_is_none() {
    let server = Server::start();
    let message = echo(&server, Transport::Tcp, "1.2", &[], b"");
    let milliseconds: u64 = message.header("timestamp").parse().expect("milliseconds since 1970");
    assert!(milliseconds > 1_700_000_000_000, "{message:?}");
}

#[test]
fn headers_that_are_the_servers_own_are_not_taken_from_the_sender() {
    let server = Server::start();
    each(|transport, version| {
        let forged =
            [("subscription", "x"), ("ack", "x"), ("redelivered", "true"), ("delivery-count", "7"), ("receipt", "r")];
        let mut client = server.connect(transport, version);
        client.subscribe("mine", "/topic/forged", &[]);
        client.send("SEND", &[&[("destination", "/topic/forged")], &forged[..]].concat(), "x");
        client.receipt("r");
        let message = client.message();
        assert_eq!(message.header("subscription"), "mine");
        assert_eq!(message.header("redelivered"), "false");
        assert_eq!(message.header("delivery-count"), "1");
        assert_eq!((message.get("ack"), message.get("receipt")), (None, None));
    });
}

#[test]
fn a_message_id_is_the_servers_to_give() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/queue/a"), ("message-id", "1")], "x");
        client.refused("protocol");
    });
}

#[test]
fn the_destination_comes_back_as_it_was_sent() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        let queue = format!("/queue/{transport:?}%2Fb");
        client.subscribe("q", &queue, &[]);
        client.subscribe("t", "/topic/where.#", &[]);
        client.subscribe("f", "/exchange/amq.fanout", &[]);
        let sent = [queue.as_str(), "/topic/where.from", "/exchange/amq.fanout/any", "/exchange/amq.topic/where.else"];
        for (destination, subscription) in sent.into_iter().zip(["q", "t", "f", "t"]) {
            client.publish(destination, "");
            let message = client.message();
            assert_eq!((message.header("destination"), message.header("subscription")), (destination, subscription));
        }
    });
}

#[test]
fn the_receipt_tells_how_many_queues_took_the_message() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        let topic = format!("/topic/counted.{transport:?}");
        assert_eq!(client.publish(&topic, ""), 0);
        for id in ["1", "2", "3"] {
            client.subscribe(id, &topic, &[]);
        }
        assert_eq!(client.publish(&topic, ""), 3);
        assert_eq!(client.publish("/queue/counted", ""), 1);
        assert_eq!(client.publish("/amq/queue/counted", ""), 1);
        assert_eq!(client.publish("/amq/queue/not.there", ""), 0);
    });
}

#[test]
fn the_first_message_to_a_queue_declares_it() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(server.queue("declared"), None);
    client.publish("/queue/declared", "1");
    let row = server.queue("declared").expect("it is there");
    assert_eq!((row["exclusive"].as_bool(), row["auto_delete"].as_bool()), (Some(false), Some(false)));
    assert_eq!(row["messages_ready"], 1);
    // Deleted elsewhere, it is declared again.
    assert_eq!(server.api("DELETE", "/api/queues/%2F/declared").status, 204);
    assert_eq!(client.publish("/queue/declared", "2"), 1);
    assert_eq!(server.queue_number("declared", "messages_ready"), 1);
}

#[test]
fn an_exchange_must_exist() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/exchange/nowhere/key"), ("receipt", "r")], "x");
        assert_eq!(client.refused("not-found").header("receipt-id"), "r");
    });
}

#[test]
fn the_statistics_exchange_is_the_servers_own() {
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        client.send("SEND", &[("destination", "/exchange/wharf.statistics/queues")], "{}");
        client.refused("forbidden");
    });
}

#[test]
fn reserved_queue_names_are_refused() {
    let server = Server::start();
    for name in ["amq.mine", "wharf.mine"] {
        let mut client = server.client();
        client.send("SEND", &[("destination", &format!("/queue/{name}"))], "");
        assert_eq!(client.expect("ERROR").command, "ERROR");
        client.end();
        assert_eq!(server.queue(name), None);
    }
}

#[test]
fn a_user_id_must_be_the_users_own() {
    let server = Server::start();
    each(|transport, version| {
        assert_eq!(echo(&server, transport, version, &[("user-id", "guest")], b"").header("user-id"), "guest");
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/queue/a"), ("user-id", "root")], "x");
        client.expect("ERROR");
        client.end();
    });
}

#[test]
fn what_is_not_offered_is_refused_and_not_ignored() {
    let server = Server::start();
    each(|transport, version| {
        let unsupported = [
            ("transaction", "t"),
            ("expires", "1900000000000"),
            ("expiration", "60000"),
            ("x-delay", "1000"),
            ("AMQ_SCHEDULED_DELAY", "1000"),
            ("x-message-ttl", "1000"),
            ("x-max-length", "5"),
            ("x-dead-letter-exchange", "amq.fanout"),
            ("x-dedup-id", "1"),
            ("durable", "true"),
        ];
        for header in unsupported {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", "/queue/unsupported"), ("receipt", "r"), header], "x");
            assert_eq!(client.refused("unsupported").header("receipt-id"), "r", "{header:?}");
        }
        for destination in ["/stream/a", "/temp-queue/a", "/temp-topic/a"] {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", destination)], "x");
            client.refused("unsupported");
        }
    });
}

#[test]
fn what_asks_for_nothing_is_taken() {
    let server = Server::start();
    each(|transport, version| {
        for (name, value) in [("expires", "0"), ("durable", "false"), ("persistent", "false"), ("priority", "4")] {
            let mut client = server.connect(transport, version);
            assert_eq!(client.publish_with("/topic/nothing", &[(name, value)], ""), 0, "{name}:{value}");
        }
    });
}
