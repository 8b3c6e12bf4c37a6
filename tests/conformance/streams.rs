//! Streams: `/stream/NAME`, and queues with `x-queue-type:stream`.

use acceptance::{Client, Server, each, unique, wharf_only};

const OURS: &str = "RabbitMQ's STOMP plugin declares streams otherwise, and filters approximately";

/// Publishes bodies "0", "1", ... and checks the offsets in the receipts.
fn append(client: &mut Client, stream: &str, from: u64, to: u64) {
    for number in from..to {
        let receipt = client.request("SEND", &[("destination", stream)], number.to_string());
        assert_eq!((receipt.header("x-stream-offset"), receipt.header("routed")), (&*number.to_string(), "1"));
    }
}

/// Bodies and offsets of the next messages of a subscription.
fn read(client: &mut Client, count: u64) -> Vec<String> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        let message = client.message();
        assert_eq!(message.header("x-stream-offset"), message.text(), "{message:?}");
        assert!(u64::from_str_radix(message.header("x-stream-epoch"), 16).is_ok());
        bodies.push(message.text().to_owned());
    }
    bodies
}

fn numbers(from: u64, to: u64) -> Vec<String> {
    (from..to).map(|number| number.to_string()).collect()
}

#[test]
fn everybody_reads_all_from_where_they_want() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("log"));
        let mut client = server.connect(transport, version);
        append(&mut client, &stream, 0, 5);
        let cases =
            [("first", 0), ("last", 4), ("offset=3", 3), ("timestamp=0", 0), ("timestamp=0.5", 0), ("offset=0", 0)];
        for (offset, first) in cases {
            let mut reader = server.connect(transport, version);
            reader.subscribe("1", &stream, &[("x-stream-offset", offset)]);
            assert_eq!(read(&mut reader, 5 - first), numbers(first, 5), "{offset}");
            reader.expect_nothing();
        }
        for headers in [&[][..], &[("x-stream-offset", "next")], &[("x-stream-offset", "timestamp=99999999999")]] {
            client.subscribe("1", &stream, headers);
            client.expect_nothing();
            client.request("UNSUBSCRIBE", &[("id", "1")], "");
        }
        client.subscribe("1", &stream, &[]);
        append_elsewhere(&server, &stream, 5);
        assert_eq!(read(&mut client, 1), ["5"]);
    });
}

fn append_elsewhere(server: &Server, stream: &str, number: u64) {
    append(&mut server.client(), stream, number, number + 1);
}

#[test]
fn a_queue_with_the_type_of_a_stream_is_one() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let name = unique("typed");
        let mut client = server.soft(transport, version);
        let queue = format!("/queue/{name}");
        client.request("SEND", &[("destination", &queue), ("x-queue-type", "stream"), ("x-max-age", "1h")], "0");
        client.subscribe("1", &queue, &[("x-stream-offset", "first"), ("ack", "client"), ("prefetch-count", "10")]);
        assert_eq!(read(&mut client, 1), ["0"]);
        let headers = [("id", "2"), ("destination", &*queue), ("x-queue-type", "classic")];
        let error = client.soft_request("SUBSCRIBE", &headers, "", "precondition-failed");
        assert!(error.text().contains("x-queue-type"), "{}", error.text());
        // And a queue is no stream.
        let other = format!("/queue/{}", unique("plain"));
        client.request("SEND", &[("destination", &other)], "x");
        for headers in [
            [("destination", &*other), ("x-stream-offset", "first")],
            [("destination", &*other), ("x-consumer-group", "g")],
        ] {
            let headers = [("id", "3"), headers[0], headers[1]];
            client.soft_request("SUBSCRIBE", &headers, "", "precondition-failed");
        }
        let stream = other.replace("/queue/", "/stream/");
        client.soft_request("SEND", &[("destination", &stream)], "x", "precondition-failed");
    });
}

#[test]
fn what_makes_no_sense_for_a_stream_is_refused() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("wrong"));
        let mut client = server.soft(transport, version);
        for header in [
            ("x-stream-offset", "begin"),
            ("x-stream-offset", "offset=-1"),
            ("x-stream-offset", "resume"),
            ("x-stream-epoch", "none"),
            ("x-message-ttl", "5"),
            ("x-dead-letter-exchange", ""),
            ("x-max-age", "7"),
            ("durable", "perhaps"),
            ("auto-delete", "true"),
            ("exclusive", "true"),
        ] {
            let headers = [("id", "1"), ("destination", &*stream), header];
            let error = client.soft_request("SUBSCRIBE", &headers, "", "precondition-failed");
            assert_eq!(error.header("subscription"), "1", "{header:?}");
        }
        client.subscribe("1", &stream, &[("x-max-length", "5")]);
    });
}

#[test]
fn acks_make_room_and_nacks_bring_messages_back() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        if version == "1.0" {
            return; // which has no NACK
        }
        let stream = format!("/stream/{}", unique("acked"));
        let mut client = server.connect(transport, version);
        append(&mut client, &stream, 0, 4);
        let headers = [("x-stream-offset", "first"), ("ack", "client-individual"), ("prefetch-count", "2")];
        client.subscribe("1", &stream, &headers);
        let (first, second) = (client.message(), client.message());
        client.expect_nothing();
        client.nack(&first, &[]);
        let again = client.message();
        assert_eq!((again.text(), again.header("redelivered")), ("0", "true"));
        client.ack(&again);
        client.ack(&second);
        assert_eq!(read(&mut client, 2), ["2", "3"]);
    });
}

#[test]
fn a_group_shares_what_comes_and_goes_on_where_it_was() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("shared"));
        let mut publisher = server.client();
        append(&mut publisher, &stream, 0, 4);
        let group = [("x-consumer-group", "workers"), ("ack", "client-individual"), ("prefetch-count", "2")];
        let mut one = server.connect(transport, version);
        one.subscribe("1", &stream, &group);
        let mut two = server.connect(transport, version);
        two.subscribe("1", &stream, &group);
        let mut seen = Vec::new();
        for member in [&mut one, &mut two] {
            for message in [member.message(), member.message()] {
                seen.push(message.text().to_owned());
                if message.text() != "1" {
                    member.ack(&message);
                }
            }
        }
        seen.sort();
        assert_eq!(seen, ["0", "1", "2", "3"]);
        drop((one, two));
        let mut three = server.connect(transport, version);
        three.subscribe("1", &stream, &[("x-stream-offset", "resume"), ("x-consumer-group", "workers")]);
        let again = three.message();
        assert_eq!((again.text(), again.header("redelivered")), ("1", "true"));
        // What is behind it was acked, and may come again only because it says so.
        append(&mut publisher, &stream, 4, 5);
        loop {
            let message = three.message();
            if message.text() == "4" {
                break;
            }
            assert_eq!(message.header("redelivered"), "true");
        }
    });
}

#[test]
fn a_named_subscription_resumes_for_its_user() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("resumed"));
        append(&mut server.client(), &stream, 0, 3);
        let named =
            [("durable-subscription-name", "mine"), ("x-stream-offset", "resume"), ("ack", "client-individual")];
        let mut client = server.connect(transport, version);
        client.subscribe("1", &stream, &named);
        let first = client.message();
        client.ack(&first);
        drop(client);
        let mut client = server.connect(transport, version);
        client.subscribe("1", &stream, &named);
        assert_eq!(read(&mut client, 2), ["1", "2"]);
    });
}

#[test]
fn a_filter_is_exact() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("filtered"));
        let mut client = server.connect(transport, version);
        for (body, value) in [("1", Some("red")), ("2", Some("blue")), ("3", None), ("4", Some("reddish"))] {
            let mut headers = vec![("destination", &*stream)];
            headers.extend(value.map(|value| ("x-stream-filter-value", value)));
            client.request("SEND", &headers, body);
        }
        let bodies = |headers: &[(&str, &str)], count| {
            let mut reader = server.connect(transport, version);
            let from = [&[("x-stream-offset", "first")], headers].concat();
            reader.subscribe("1", &stream, &from);
            let bodies: Vec<String> = (0..count).map(|_| reader.message().text().to_owned()).collect();
            reader.expect_nothing();
            bodies
        };
        assert_eq!(bodies(&[("x-stream-filter", "red, green")], 1), ["1"]);
        assert_eq!(bodies(&[("x-stream-filter", "blue"), ("x-stream-match-unfiltered", "true")], 2), ["2", "3"]);
    });
}

#[test]
fn retention_that_overtakes_a_reader_is_told() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("short"));
        let mut client = server.connect(transport, version);
        client.request("SEND", &[("destination", &stream), ("x-max-length", "2")], "0");
        append(&mut client, &stream, 1, 5);
        client.subscribe("n", "/control/notices", &[]);
        client.subscribe("1", &stream, &[("x-stream-offset", "offset=1")]);
        let dropped = client.notice("dropped");
        assert_eq!((&dropped["subscription"], &dropped["count"]), (&"1".into(), &2.into()));
        assert_eq!(read(&mut client, 2), ["3", "4"]);
    });
}

#[test]
fn a_stream_that_was_made_anew_is_noticed() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let name = unique("anew");
        let stream = format!("/stream/{name}");
        let mut client = server.soft(transport, version);
        append(&mut client, &stream, 0, 1);
        client.subscribe("1", &stream, &[("x-stream-offset", "first")]);
        let epoch = client.message().header("x-stream-epoch").to_owned();
        client.subscribe("2", &stream, &[("x-stream-offset", "offset=1"), ("x-stream-epoch", &epoch)]);
        server.delete_queue(&name);
        client.soft_error("not-found");
        client.soft_error("not-found");
        append(&mut client, &stream, 0, 1);
        let headers =
            [("id", "3"), ("destination", &*stream), ("x-stream-offset", "offset=1"), ("x-stream-epoch", &epoch)];
        client.soft_request("SUBSCRIBE", &headers, "", "epoch-changed");
    });
}

#[test]
fn a_browser_sees_a_stream_to_its_end() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("browsed"));
        let mut client = server.connect(transport, version);
        append(&mut client, &stream, 0, 3);
        client.subscribe("1", &stream, &[("browser", "true")]);
        assert_eq!(read(&mut client, 3), numbers(0, 3));
        assert_eq!(client.message().header("browser"), "end");
    });
}

#[test]
fn a_transaction_appends_all_or_nothing() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("together"));
        let mut client = server.connect(transport, version);
        client.request("BEGIN", &[("transaction", "t")], "");
        for body in ["0", "1"] {
            client.send("SEND", &[("destination", &stream), ("transaction", "t")], body);
        }
        client.subscribe("1", &stream, &[("x-stream-offset", "first")]);
        client.expect_nothing();
        client.request("COMMIT", &[("transaction", "t")], "");
        assert_eq!(read(&mut client, 2), ["0", "1"]);
    });
}

#[test]
fn an_id_is_appended_once() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("once"));
        let mut client = server.connect(transport, version);
        let headers = [("destination", &*stream), ("x-dedup-id", "1")];
        assert_eq!(client.request("SEND", &headers, "0").header("x-stream-offset"), "0");
        let again = client.request("SEND", &headers, "0");
        assert_eq!((again.header("duplicate"), again.get("x-stream-offset")), ("true", None));
    });
}

#[test]
fn the_receipt_precedes_the_first_message_of_a_new_group() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("first"));
        let mut client = server.connect(transport, version);
        append(&mut client, &stream, 0, 3);
        let headers =
            [("id", "1"), ("destination", &*stream), ("x-consumer-group", "g"), ("receipt", "ready"), ("ack", "auto")];
        client.send("SUBSCRIBE", &headers, "");
        assert_eq!(client.frame().header("receipt-id"), "ready");
        assert_eq!(read(&mut client, 3), numbers(0, 3));
    });
}

#[test]
fn nobody_browses_as_a_member_of_a_group() {
    wharf_only(OURS);
    let server = Server::start();
    each(|transport, version| {
        let stream = format!("/stream/{}", unique("apart"));
        let mut client = server.soft(transport, version);
        append(&mut client, &stream, 0, 1);
        let headers = [("id", "1"), ("destination", &*stream), ("x-consumer-group", "g"), ("browser", "true")];
        client.soft_request("SUBSCRIBE", &headers, "", "precondition-failed");
        client.subscribe(
            "2",
            &stream,
            &[("x-consumer-group", "g"), ("x-stream-offset", "offset=18446744073709551615")],
        );
        append(&mut client, &stream, 1, 2);
        assert_eq!(read(&mut client, 1), ["1"]);
    });
}
