//! SEND, and what of it a MESSAGE shows (STOMP 1.2, "SEND" and "MESSAGE").

use crate::dead_letters::{DeadLetters, dead};
use acceptance::{Server, Transport, each, each_transport, unique, wharf_only};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, some time from now.
fn in_future(time: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    (now + time).as_millis().to_string()
}

#[test]
fn a_destination_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for headers in [&[][..], &[("destination", "")], &[("Destination", "/queue/a")]] {
            server.connect(transport, version).refused_request("SEND", headers, "x", "protocol");
        }
    });
}

#[test]
fn the_body_is_octets_whatever_they_are() {
    let server = Server::start();
    let all: Vec<u8> = (0..=255).collect();
    each(|transport, version| {
        for body in [all.as_slice(), b"", b"\0", b"\n\n\0\0", "grüße €".as_bytes()] {
            assert_eq!(server.echo(transport, version, &[], body).body, body);
        }
    });
}

#[test]
fn content_length_does_not_change_what_a_message_is() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.subscribe("1", "/topic/lengths", &[]);
        client.send_octets(
            "SEND\ndestination:/topic/lengths\n\nx\0SEND\ndestination:/topic/lengths\ncontent-length:1\n\nx\0",
        );
        let mut heads = [client.message(), client.message()].map(|mut message| {
            message.headers.retain(|(name, _)| !["message-id", "timestamp"].contains(&name.as_str()));
            message.headers.sort();
            message.headers
        });
        heads.sort();
        assert_eq!(heads[0], heads[1]);
    });
}

#[test]
fn properties_and_other_headers_are_kept() {
    let server = Server::start();
    each(|transport, version| {
        let headers = [
            ("content-type", "application/json;charset=utf-8"),
            ("correlation-id", "c-1"),
            ("reply-to", "/queue/answers"),
            ("type", "t"),
            ("app-id", "a"),
            ("content-encoding", "identity"),
            ("amqp-message-id", "m-1"),
            ("X-Mixed-Case", "Kept"),
            ("timestamp", "1700000000000"),
            ("grüße", "welt"),
        ];
        let message = server.echo(transport, version, &headers, b"{}");
        for (name, value) in headers {
            assert_eq!(message.header(name), value);
        }
    });
}

#[test]
fn a_timestamp_is_set_where_there_is_none() {
    let server = Server::start();
    each(|transport, version| {
        let message = server.echo(transport, version, &[], b"");
        let milliseconds: u64 = message.header("timestamp").parse().expect("milliseconds since 1970");
        assert!(milliseconds > 1_700_000_000_000, "{message:?}");
    });
}

#[test]
fn persistence_and_priority_are_told() {
    let server = Server::start();
    each(|transport, version| {
        let message = server.echo(transport, version, &[("persistent", "true"), ("priority", "7")], b"");
        assert_eq!((message.header("persistent"), message.header("priority")), ("true", "7"));
        assert_ne!(server.echo(transport, version, &[], b"").get("persistent"), Some("true"));
        assert_ne!(server.echo(transport, version, &[("persistent", "false")], b"").get("persistent"), Some("true"));
    });
}

#[test]
fn persistent_is_read_in_any_case() {
    let server = Server::start();
    each(|transport, version| {
        let message = server.echo(transport, version, &[("persistent", "TRUE")], b"");
        assert_eq!(message.header("persistent").to_ascii_lowercase(), "true");
    });
}

#[test]
fn a_priority_above_9_counts_as_9() {
    let server = Server::start();
    each(|transport, version| {
        assert_eq!(server.echo(transport, version, &[("priority", "9")], b"").header("priority"), "9");
        assert_eq!(server.echo(transport, version, &[("priority", "12")], b"").header("priority"), "9");
    });
}

#[test]
fn headers_that_are_the_servers_own_are_not_taken_from_the_sender() {
    let server = Server::start();
    each(|transport, version| {
        let forged =
            [("subscription", "x"), ("ack", "x"), ("redelivered", "true"), ("delivery-count", "7"), ("receipt", "r")];
        let message = server.echo(transport, version, &forged, b"x");
        // The receipt comes first or not; it is not looked at here.
        assert_eq!(message.header("subscription"), "echo");
        assert_eq!(message.header("redelivered"), "false");
        assert_ne!(message.get("delivery-count"), Some("7"));
        assert_eq!((message.get("ack"), message.get("receipt")), (None, None));
    });
}

#[test]
fn the_first_delivery_is_numbered_1() {
    wharf_only("delivery-count is our header");
    let server = Server::start();
    each(|transport, version| {
        let message = server.echo(transport, version, &[("delivery-count", "7")], b"");
        assert_eq!(message.header("delivery-count"), "1");
    });
}

#[test]
fn a_message_id_is_the_servers_to_give() {
    let server = Server::start();
    each(|transport, version| {
        let headers = [("destination", "/queue/a"), ("message-id", "1")];
        server.connect(transport, version).refused_request("SEND", &headers, "x", "protocol");
    });
}

#[test]
fn a_user_id_must_be_the_users_own() {
    let server = Server::start();
    each(|transport, version| {
        assert_eq!(server.echo(transport, version, &[("user-id", "guest")], b"").header("user-id"), "guest");
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/queue/a"), ("user-id", "root")], "x");
        client.refused_somehow();
    });
}

#[test]
fn the_receipt_tells_how_many_queues_took_the_message() {
    wharf_only("routed is our header");
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
fn what_is_mandatory_and_goes_nowhere_is_refused() {
    wharf_only("mandatory is out of reach of STOMP there");
    let server = Server::start();
    each(|transport, version| {
        for destination in ["/topic/nobody", "/exchange/amq.direct/nobody", "/amq/queue/nobody", "/reply-queue/nobody"]
        {
            assert_eq!(server.connect(transport, version).publish(destination, ""), 0);
            let headers = [("destination", destination), ("mandatory", "true")];
            server.connect(transport, version).refused_request("SEND", &headers, "x", "unroutable");
            let mut client = server.soft(transport, version);
            client.soft_request("SEND", &headers, "x", "unroutable");
            assert_eq!(client.publish_with(destination, &[("mandatory", "false")], ""), 0);
        }
        // A queue of that name takes it.
        let queue = format!("/queue/{}", unique("mandatory"));
        assert_eq!(server.connect(transport, version).publish_with(&queue, &[("mandatory", "true")], ""), 1);
    });
}

#[test]
fn an_expired_message_is_dead_lettered() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.publish_with(&letters.queue, &letters.headers(&[("expiration", "50")]), "late");
        let message = dead(&mut client, "late", "expired");
        assert_eq!(message.get("expiration"), None, "it does not expire again");
    });
}

#[test]
fn a_message_may_expire_at_a_time() {
    wharf_only("expires is a header like any other there");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        let (soon, later) = (in_future(Duration::from_millis(80)), in_future(Duration::from_secs(600)));
        let cases: [(&str, &[(&str, &str)]); 4] = [
            ("past", &[("expires", "1")]),
            ("now", &[("expires", "1"), ("expiration", "600000")]),
            ("soon", &[("expires", &soon), ("expiration", "600000")]),
            ("in a moment", &[("expires", &later), ("expiration", "120")]),
        ];
        for (body, headers) in cases {
            client.publish_with(&letters.queue, &letters.headers(headers), body);
            let message = dead(&mut client, body, "expired");
            assert_eq!((message.get("expires"), message.get("expiration")), (None, None));
        }
        // 0 is never, and what has time is delivered.
        client.subscribe("alive", &letters.queue, &[]);
        for headers in [[("expires", "0")], [("expires", &later)], [("expiration", "600000")]] {
            client.publish_with(&letters.queue, &headers, "alive");
            assert_eq!(client.message().header("subscription"), "alive");
        }
    });
}

#[test]
fn a_time_that_is_no_number_is_refused() {
    wharf_only("expires is a header like any other there");
    let server = Server::start();
    each(|transport, version| {
        for header in [("expires", "tomorrow"), ("expires", "-1"), ("expiration", "soon"), ("expiration", "-1")] {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", "/queue/strange"), header], "x");
            client.refused_somehow();
        }
    });
}

#[test]
fn a_message_sent_twice_under_one_id_is_stored_once() {
    wharf_only("deduplication is ours");
    let server = Server::start();
    each(|transport, version| {
        for name in ["x-dedup-id", "_AMQ_DUPL_ID"] {
            let (queue, other) = (format!("/queue/{}", unique("once")), format!("/queue/{}", unique("other")));
            let id = unique("id");
            let mut client = server.connect(transport, version);
            let first = client.request("SEND", &[("destination", &queue), (name, &id)], "1");
            assert_eq!((first.header("routed"), first.get("duplicate")), ("1", None));
            // Another connection is no excuse; the header's alias is the same.
            let mut second = server.connect(transport, version);
            for name in ["x-dedup-id", "_AMQ_DUPL_ID"] {
                let again = second.request("SEND", &[("destination", &queue), (name, &id)], "2");
                assert_eq!((again.header("routed"), again.get("duplicate")), ("0", Some("true")));
            }
            // It is a duplicate at the same place only.
            let elsewhere = second.request("SEND", &[("destination", &other), (name, &id)], "3");
            assert_eq!((elsewhere.header("routed"), elsewhere.get("duplicate")), ("1", None));
            client.publish(&queue, "4");
            client.subscribe("1", &queue, &[]);
            assert_eq!(client.bodies(2), ["1", "4"]);
        }
    });
}

#[test]
fn a_message_id_of_the_application_is_not_for_deduplication() {
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("ids"));
        let mut client = server.connect(transport, version);
        for body in ["1", "2"] {
            client.publish_with(&queue, &[("amqp-message-id", "same")], body);
        }
        client.subscribe("1", &queue, &[]);
        assert_eq!(client.bodies(2), ["1", "2"]);
    });
}

#[test]
fn what_is_not_offered_is_refused_and_not_ignored() {
    wharf_only("unsupported is our code");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.soft(transport, version);
        for header in [
            ("x-delay", "1000"),
            ("AMQ_SCHEDULED_DELAY", "1000"),
            ("AMQ_SCHEDULED_TIME", "1900000000000"),
            ("AMQ_SCHEDULED_PERIOD", "1000"),
            ("AMQ_SCHEDULED_REPEAT", "3"),
            ("AMQ_SCHEDULED_CRON", "0 * * * *"),
            ("JMSXGroupID", "g"),
            ("x-max-priority", "5"),
            ("x-queue-type", "quorum"),
        ] {
            let headers = [("destination", "/queue/unsupported"), header];
            client.soft_request("SEND", &headers, "x", "unsupported");
        }
        assert_eq!(server.queue("unsupported"), None);
        let headers = [("destination", "/queue/unsupported"), ("x-delay", "1")];
        server.connect(transport, version).refused_request("SEND", &headers, "x", "unsupported");
    });
}

#[test]
fn what_asks_for_nothing_is_taken() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        for (name, value) in [("expires", "0"), ("persistent", "false"), ("priority", "4"), ("mandatory", "false")] {
            assert_eq!(client.publish_with("/topic/nothing", &[(name, value)], ""), 0, "{name}:{value}");
        }
    });
}

#[test]
fn a_queue_may_be_told_not_to_be_durable_by_its_first_message() {
    wharf_only("it looks at the queue itself");
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    let headers = [("durable", "false"), ("auto-delete", "false"), ("exclusive", "false")];
    client.publish_with("/queue/passing", &headers, "x");
    let row = server.queue("passing").expect("it is there");
    assert_eq!((&row["auto_delete"], &row["exclusive"]), (&false.into(), &false.into()), "{row}");
}
