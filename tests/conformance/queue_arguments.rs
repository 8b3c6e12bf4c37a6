//! What a queue is told with the frame that declares it: age and length, overflow, dead letters, returns, expiry.

use crate::dead_letters::{DEAD, DeadLetters, dead};
use acceptance::{Client, Frame, Server, Transport, each, unique, wharf_only};
use serde_json::Value;

const INDIVIDUAL: (&str, &str) = ("ack", "client-individual");

/// What happened to a dead letter, newest first.
fn deaths(message: &Frame) -> Vec<Value> {
    match serde_json::from_str(message.header("x-death")) {
        Ok(Value::Array(deaths)) => deaths,
        other => panic!("x-death is a JSON array: {other:?} in {message:?}"),
    }
}

fn declare(client: &mut Client, letters: &DeadLetters, headers: &[(&str, &str)]) {
    client.subscribe("declare", &letters.queue, &letters.headers(headers));
    client.unsubscribe("declare");
}

#[test]
fn a_message_lives_no_longer_than_its_queue_lets_it() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.publish_with(&letters.queue, &letters.headers(&[("x-message-ttl", "60")]), "1");
        dead(&mut client, "1", "expired");
        client.publish(&letters.queue, "2");
        dead(&mut client, "2", "expired");
        server.queue_has(&letters.name, "messages", 0);
    });
}

#[test]
fn without_a_dead_letter_exchange_what_expired_is_gone() {
    let server = Server::start();
    each(|transport, version| {
        let (queue, name) = (format!("/queue/{}", unique("mortal")), unique("clock"));
        let mut client = server.connect(transport, version);
        // Of two queues the one with the longer time says when the other's time is over.
        client.subscribe(DEAD, &format!("/exchange/amq.direct/{name}"), &[]);
        client.publish_with(&queue, &[("x-message-ttl", "50")], "gone");
        let clock = DeadLetters { queue: format!("/queue/{name}"), name: name.clone(), key: name };
        client.publish_with(&clock.queue, &clock.headers(&[("x-message-ttl", "150")]), "tick");
        dead(&mut client, "tick", "expired");
        client.subscribe("1", &queue, &[]);
        client.publish(&queue, "there");
        assert_eq!(client.message().text(), "there");
    });
}

#[test]
fn of_two_ages_the_shorter_counts() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-message-ttl", "100")]);
        client.publish_with(&letters.queue, &[("expiration", "600000")], "1");
        dead(&mut client, "1", "expired");
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-message-ttl", "600000")]);
        client.publish_with(&letters.queue, &[("expiration", "100")], "2");
        dead(&mut client, "2", "expired");
    });
}

#[test]
fn an_age_of_0_lets_only_those_have_it_who_wait_for_it() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-message-ttl", "0")]);
        client.publish(&letters.queue, "nobody");
        dead(&mut client, "nobody", "expired");
        client.subscribe("1", &letters.queue, &[]);
        client.publish(&letters.queue, "somebody");
        let message = client.message();
        assert_eq!((message.text(), message.header("subscription")), ("somebody", "1"));
    });
}

#[test]
fn what_is_delivered_does_not_expire() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.subscribe(
            "1",
            &letters.queue,
            &letters.headers(&[("x-message-ttl", "50"), INDIVIDUAL, ("prefetch-count", "1")]),
        );
        client.publish(&letters.queue, "held");
        client.publish(&letters.queue, "waits");
        let held = client.message();
        assert_eq!(held.text(), "held");
        dead(&mut client, "waits", "expired");
        // Given back, it is as old as it is.
        client.nack(&held, &[]);
        dead(&mut client, "held", "expired");
    });
}

#[test]
fn beyond_its_length_a_queue_drops_the_oldest() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-max-length", "2")]);
        for body in ["1", "2", "3", "4"] {
            client.publish(&letters.queue, body);
        }
        dead(&mut client, "1", "maxlen");
        dead(&mut client, "2", "maxlen");
        client.subscribe("1", &letters.queue, &[]);
        assert_eq!(client.bodies(2), ["3", "4"]);
    });
}

#[test]
fn a_length_may_be_in_octets() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-max-length-bytes", "25")]);
        for body in ["1234567890", "abcdefghij", "ABCDEFGHIJ"] {
            client.publish(&letters.queue, body);
        }
        dead(&mut client, "1234567890", "maxlen");
        client.subscribe("1", &letters.queue, &[]);
        assert_eq!(client.bodies(2), ["abcdefghij", "ABCDEFGHIJ"]);
    });
}

#[test]
fn what_is_delivered_does_not_count_towards_the_length() {
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("out"));
        let mut client = server.connect(transport, version);
        client.subscribe("1", &queue, &[("x-max-length", "1"), INDIVIDUAL, ("prefetch-count", "2")]);
        for body in ["1", "2", "3"] {
            client.publish(&queue, body);
        }
        let first = client.message();
        assert_eq!((first.text(), client.message().text()), ("1", "2"));
        client.ack(&first);
        assert_eq!(client.message().text(), "3");
    });
}

#[test]
fn a_full_queue_may_refuse_what_is_sent() {
    wharf_only("x-overflow is not copied by its STOMP plugin");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("full"));
        let mut client = server.soft(transport, version);
        client.publish_with(&queue, &[("x-max-length", "2"), ("x-overflow", "reject-publish")], "1");
        client.publish(&queue, "2");
        client.soft_request("SEND", &[("destination", &queue)], "3", "queue-full");
        client.subscribe("1", &queue, &[("ack", "client")]);
        assert_eq!(client.bodies(2), ["1", "2"]);
        // What is out makes room.
        client.publish(&queue, "4");
        assert_eq!(client.message().text(), "4");
        client.expect_nothing();

        let full = format!("/queue/{}", unique("full"));
        let mut strict = server.connect(transport, version);
        strict.publish_with(&full, &[("x-max-length", "1"), ("x-overflow", "reject-publish")], "1");
        strict.refused_request("SEND", &[("destination", &full)], "2", "queue-full");
    });
}

#[test]
fn a_refusal_keeps_the_message_from_every_queue() {
    wharf_only("x-overflow is not copied by its STOMP plugin");
    let server = Server::start();
    each(|transport, version| {
        let key = unique("fan");
        let (full, free) = (unique("full"), unique("free"));
        let topic = format!("/topic/{key}");
        let mut client = server.soft(transport, version);
        client.subscribe("free", &topic, &[("x-queue-name", &free)]);
        let limits = [("x-max-length", "1"), ("x-overflow", "reject-publish")];
        let bound = [&limits[..], &[("x-queue-name", full.as_str()), INDIVIDUAL, ("prefetch-count", "1")]].concat();
        client.subscribe("full", &topic, &bound);
        // One is out, one waits, and then it is full.
        for body in ["1", "2"] {
            client.publish(&topic, body);
        }
        let mut got: Vec<_> = (0..3)
            .map(|_| client.message())
            .map(|it| (it.header("subscription").to_owned(), it.text().to_owned()))
            .collect();
        got.sort();
        assert_eq!(
            got,
            [("free", "1"), ("free", "2"), ("full", "1")].map(|(id, body)| (id.to_owned(), body.to_owned()))
        );
        client.soft_request("SEND", &[("destination", &topic)], "3", "queue-full");
        client.expect_nothing();
        // Composites too: all or nothing.
        let both = format!("{topic},/queue/{key}");
        client.soft_request("SEND", &[("destination", &both)], "4", "queue-full");
        client.subscribe("composite", &format!("/queue/{key}"), &[]);
        client.expect_nothing();
    });
}

#[test]
fn a_full_queue_may_dead_letter_what_it_refuses() {
    wharf_only("x-overflow is not copied by its STOMP plugin");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.soft(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(
            &mut client,
            &letters,
            &[("x-max-length", "1"), ("x-overflow", "reject-publish-dlx"), ("auto-delete", "false")],
        );
        client.publish(&letters.queue, "1");
        client.send("SEND", &[("destination", &letters.queue), ("receipt", "r")], "2");
        // The dead letter and the refusal come in either order.
        let frames = [client.frame(), client.frame()];
        let error = frames.iter().find(|frame| frame.command == "ERROR").expect("it is refused");
        assert_eq!((error.header("x-code"), error.header("receipt-id")), ("queue-full", "r"));
        let message = frames.iter().find(|frame| frame.command == "MESSAGE").expect("it is dead-lettered");
        assert_eq!((message.text(), message.header("x-first-death-reason")), ("2", "maxlen"));
        server.queue_has(&letters.name, "messages", 1);
    });
}

#[test]
fn drop_head_is_what_happens_anyway() {
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("head"));
        let mut client = server.connect(transport, version);
        client.publish_with(&queue, &[("x-max-length", "1"), ("x-overflow", "drop-head")], "1");
        client.publish(&queue, "2");
        client.subscribe("1", &queue, &[]);
        assert_eq!(client.message().text(), "2");
    });
}

#[test]
fn a_rejected_message_is_dead_lettered() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.subscribe("1", &letters.queue, &letters.headers(&[INDIVIDUAL]));
        client.publish_with(&letters.queue, &[("color", "red")], "1");
        let message = client.message();
        client.nack(&message, &[("requeue", "false")]);
        let message = dead(&mut client, "1", "rejected");
        assert_eq!(message.header("x-first-death-queue"), letters.name);
        assert_eq!(message.header("color"), "red");
    });
}

#[test]
fn a_cumulative_nack_dead_letters_in_order() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.subscribe("1", &letters.queue, &letters.headers(&[("ack", "client")]));
        for body in ["1", "2", "3"] {
            client.publish(&letters.queue, body);
        }
        let last = (0..3).map(|_| client.message()).last().expect("three came");
        client.nack(&last, &[("requeue", "false")]);
        for body in ["1", "2", "3"] {
            dead(&mut client, body, "rejected");
        }
    });
}

#[test]
fn a_dead_letter_keeps_its_key_unless_told_otherwise() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("same-key");
        let mut client = server.connect(transport, version);
        client.subscribe(DEAD, &format!("/exchange/amq.direct/{name}"), &[]);
        let headers = [("x-message-ttl", "30"), ("x-dead-letter-exchange", "amq.direct")];
        client.publish_with(&format!("/queue/{name}"), &headers, "1");
        dead(&mut client, "1", "expired");
    });
}

#[test]
fn dead_letters_may_go_straight_to_a_queue() {
    let server = Server::start();
    each(|transport, version| {
        let (queue, grave) = (unique("queue"), unique("grave"));
        let mut client = server.connect(transport, version);
        client.subscribe(DEAD, &format!("/queue/{grave}"), &[]);
        // The default exchange has the empty name.
        let headers =
            [("x-message-ttl", "30"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", grave.as_str())];
        client.publish_with(&format!("/queue/{queue}"), &headers, "1");
        dead(&mut client, "1", "expired");
    });
}

#[test]
fn a_dead_letter_that_nobody_takes_is_gone() {
    let server = Server::start();
    each(|transport, version| {
        for exchange in ["amq.direct", "nowhere"] {
            let queue = format!("/queue/{}", unique("unheard"));
            let mut client = server.connect(transport, version);
            client.subscribe("1", &queue, &[INDIVIDUAL, ("x-dead-letter-exchange", exchange)]);
            client.publish(&queue, "1");
            let message = client.message();
            client.nack(&message, &[("requeue", "false")]);
            client.publish(&queue, "2");
            assert_eq!(client.message().text(), "2");
        }
    });
}

#[test]
fn a_dead_letter_has_the_destination_it_was_sent_to() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.publish_with(&letters.queue, &letters.headers(&[("expiration", "30")]), "1");
        assert_eq!(dead(&mut client, "1", "expired").header("destination"), letters.queue);
    });
}

#[test]
fn a_dead_letter_tells_its_story() {
    wharf_only("x-death is JSON here, and last deaths came with RabbitMQ 3.13");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        // A second queue takes the dead letters of the first, and has its own.
        let second = DeadLetters::watch_as(&mut client, "again");
        client.subscribe(
            "second",
            &format!("/exchange/amq.direct/{}", letters.key),
            &second.headers(&[INDIVIDUAL, ("x-queue-name", &second.name)]),
        );
        client.publish_with(&letters.queue, &letters.headers(&[("expiration", "40")]), "1");
        let frames = [client.message(), client.message()];
        let message = frames.iter().find(|it| it.header("subscription") == "second").expect("it dies once");
        let first_deaths = deaths(message);
        assert_eq!(first_deaths.len(), 1, "{first_deaths:?}");
        let death = &first_deaths[0];
        assert_eq!(death["count"], 1);
        assert_eq!(death["exchange"], "");
        assert_eq!(death["queue"], letters.name.as_str());
        assert_eq!(death["reason"], "expired");
        assert_eq!(death["routing-keys"], serde_json::json!([letters.name]));
        assert_eq!(death["original-expiration"].as_str().unwrap_or("40"), "40");
        assert!(!death["original-expiration"].is_null(), "{death}");
        let seconds = death["time"].as_u64().expect("seconds since 1970");
        assert!((1_700_000_000..100_000_000_000).contains(&seconds), "{seconds}");

        client.nack(message, &[("requeue", "false"), ("reason", "not: for me")]);
        let message = client.message();
        assert_eq!(message.header("subscription"), "again");
        let both = deaths(&message);
        assert_eq!(both.len(), 2, "{both:?}");
        assert_eq!((&both[0]["reason"], &both[1]["reason"]), (&"rejected".into(), &"expired".into()));
        assert_eq!((&both[0]["queue"], &both[0]["exchange"]), (&second.name.as_str().into(), &"amq.direct".into()));
        for (name, value) in [
            ("x-first-death-queue", letters.name.as_str()),
            ("x-first-death-reason", "expired"),
            ("x-first-death-exchange", ""),
            ("x-last-death-queue", &second.name),
            ("x-last-death-reason", "rejected"),
            ("x-last-death-exchange", "amq.direct"),
            ("x-death-text", "not: for me"),
        ] {
            assert_eq!(message.header(name), value, "{name}");
        }
    });
}

#[test]
fn dying_twice_in_one_place_is_counted() {
    wharf_only("x-death is JSON here");
    let server = Server::start();
    each(|transport, version| {
        // What is rejected waits a little in a second queue, and then comes back.
        let (work, pause) = (unique("work"), unique("pause"));
        let mut client = server.connect(transport, version);
        let back =
            [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", work.as_str()), ("x-message-ttl", "30")];
        client.subscribe("2", &format!("/queue/{pause}"), &back);
        client.unsubscribe("2");
        let away = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", pause.as_str()), INDIVIDUAL];
        client.subscribe("1", &format!("/queue/{work}"), &away);
        client.publish(&format!("/queue/{work}"), "1");
        for count in 0..3 {
            let message = client.message();
            if count > 0 {
                let story: Vec<_> = deaths(&message)
                    .into_iter()
                    .map(|death| format!("{} {} {}", death["queue"], death["reason"], death["count"]))
                    .collect();
                let expected = [format!("\"{pause}\" \"expired\" {count}"), format!("\"{work}\" \"rejected\" {count}")];
                assert_eq!(story, expected);
            }
            client.nack(&message, &[("requeue", "false")]);
        }
    });
}

#[test]
fn dead_letters_do_not_run_in_circles() {
    let server = Server::start();
    each(|transport, version| {
        let queue = unique("circle");
        let destination = format!("/queue/{queue}");
        let mut client = server.connect(transport, version);
        let headers =
            [("x-message-ttl", "30"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", queue.as_str())];
        client.publish_with(&destination, &headers, "1");
        // It expires, and is not put where it expired: nobody had a hand in it.
        acceptance::eventually("it is gone", || (server.queue(&queue)?["messages"] == 0).then_some(()));
    });
}

#[test]
fn who_returns_a_message_too_often_has_it_dead_lettered() {
    wharf_only("x-delivery-limit is for quorum queues there");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        client.subscribe("1", &letters.queue, &letters.headers(&[INDIVIDUAL, ("x-delivery-limit", "2")]));
        client.publish(&letters.queue, "poison");
        for count in 1..=3 {
            let message = client.message();
            assert_eq!(message.header("delivery-count"), count.to_string());
            client.nack(&message, &[]);
        }
        dead(&mut client, "poison", "delivery_limit");
    });
}

#[test]
fn the_limit_of_returns_is_20_where_dead_letters_go_somewhere() {
    wharf_only("x-delivery-limit is for quorum queues there");
    let server = Server::start();
    acceptance::each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        let letters = DeadLetters::watch(&mut client);
        client.subscribe("1", &letters.queue, &letters.headers(&[INDIVIDUAL]));
        client.publish(&letters.queue, "poison");
        for _ in 0..21 {
            let message = client.message();
            assert_eq!(message.header("subscription"), "1");
            client.nack(&message, &[]);
        }
        dead(&mut client, "poison", "delivery_limit");
        // Without that, and with -1, there is none.
        let unlimited = DeadLetters::watch_as(&mut client, "other");
        let plain = format!("/queue/{}", unique("plain"));
        client.subscribe("2", &unlimited.queue, &unlimited.headers(&[INDIVIDUAL, ("x-delivery-limit", "-1")]));
        client.subscribe("3", &plain, &[INDIVIDUAL]);
        for queue in [&unlimited.queue, &plain] {
            client.publish(queue, "again");
            for _ in 0..30 {
                let message = client.message();
                assert_eq!(message.text(), "again");
                client.nack(&message, &[]);
            }
            let message = client.message();
            assert_eq!(message.header("delivery-count"), "31");
            client.ack(&message);
        }
    });
}

#[test]
fn a_lost_connection_counts_as_a_return() {
    wharf_only("x-delivery-limit is for quorum queues there");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        declare(&mut client, &letters, &[("x-delivery-limit", "1")]);
        client.publish(&letters.queue, "poison");
        for _ in 0..2 {
            let mut victim = server.connect(transport, version);
            victim.subscribe("1", &letters.queue, &[INDIVIDUAL]);
            victim.message();
            victim.link.cut();
        }
        dead(&mut client, "poison", "delivery_limit");
    });
}

#[test]
fn what_is_returned_may_have_to_wait() {
    wharf_only("delayed retries came to quorum queues with RabbitMQ 4.3");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("retry"));
        let mut client = server.connect(transport, version);
        let headers = [INDIVIDUAL, ("x-retry-delay", "60"), ("x-retry-multiplier", "4"), ("x-retry-max", "150")];
        client.subscribe("1", &queue, &headers);
        client.publish(&queue, "again");
        // 60, then 240 but at most 150, and again 150: each time what was sent after it comes first.
        for round in 1..=3 {
            let message = client.message();
            assert_eq!((message.text(), message.header("delivery-count")), ("again", round.to_string().as_str()));
            client.nack(&message, &[]);
            client.publish(&queue, "meanwhile");
            let message = client.message();
            assert_eq!(message.text(), "meanwhile");
            client.ack(&message);
        }
        let message = client.message();
        assert_eq!((message.text(), message.header("delivery-count")), ("again", "4"));
        // Who says how long is obeyed: no time, and it comes before anything else.
        client.nack(&message, &[("delay", "0")]);
        client.publish(&queue, "later");
        assert_eq!(client.bodies(2), ["again", "later"]);
    });
}

#[test]
fn a_queue_that_nobody_uses_expires() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("unused");
        let mut client = server.connect(transport, version);
        client.subscribe("1", &format!("/queue/{name}"), &[("x-expires", "80")]);
        client.publish(&format!("/queue/{name}"), "1");
        assert_eq!(client.message().text(), "1");
        client.unsubscribe("1");
        server.queue_goes(&name);
    });
}

#[test]
fn a_queue_in_use_does_not_expire() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("used");
        let mut client = server.connect(transport, version);
        client.subscribe("1", &format!("/queue/{name}"), &[("x-expires", "50")]);
        // Another of the same age and with nobody there says that the time is over.
        let other = unique("unused");
        client.publish_with(&format!("/queue/{other}"), &[("x-expires", "100")], "");
        server.queue_goes(&other);
        client.publish(&format!("/amq/queue/{name}"), "1");
        assert_eq!(client.message().text(), "1");
    });
}

#[test]
fn an_age_must_be_more_than_nothing_for_a_queue() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/{}", unique("nothing"));
        let headers = [("id", "1"), ("destination", destination.as_str()), ("x-expires", "0")];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "precondition-failed");
    });
}

/// Arguments with values that are none.
const MALFORMED: [(&str, &str); 16] = [
    ("x-message-ttl", "-1"),
    ("x-message-ttl", "soon"),
    ("x-message-ttl", ""),
    ("x-expires", "-5"),
    ("x-expires", "1.5"),
    ("x-max-length", "-1"),
    ("x-max-length", "few"),
    ("x-max-length-bytes", "1k"),
    ("x-overflow", "explode"),
    ("x-delivery-limit", "-2"),
    ("x-delivery-limit", "often"),
    ("x-retry-delay", "later"),
    ("x-retry-multiplier", "-1"),
    ("x-retry-max", "never"),
    ("x-single-active-consumer", "perhaps"),
    ("x-queue-type", "priority"),
];

#[test]
fn a_malformed_argument_is_refused_and_named() {
    wharf_only("RabbitMQ names neither");
    let server = Server::start();
    each(|transport, version| {
        let (name, mut client) = (unique("malformed"), server.soft(transport, version));
        let destination = format!("/queue/{name}");
        for header in MALFORMED {
            let headers = [("id", "1"), ("destination", destination.as_str()), header];
            let code = if header.0 == "x-queue-type" { "unsupported" } else { "precondition-failed" };
            let error = client.soft_request("SUBSCRIBE", &headers, "", code);
            assert!(error.text().contains(header.0), "{header:?} is named: {error:?}");
            let error = client.soft_request("SEND", &headers[1..], "", code);
            assert!(error.text().contains(header.0), "{header:?} is named: {error:?}");
        }
        assert_eq!(server.queue(&name), None);
        let headers = [("id", "1"), ("destination", destination.as_str()), MALFORMED[0]];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "precondition-failed");
    });
}

/// Arguments, a value, and another.
const CONTRARY: [(&str, &str, &str); 10] = [
    ("x-message-ttl", "60000", "50000"),
    ("x-expires", "60000", "50000"),
    ("x-max-length", "10", "11"),
    ("x-max-length-bytes", "1000", "1001"),
    ("x-overflow", "reject-publish", "drop-head"),
    ("x-dead-letter-exchange", "amq.direct", "amq.fanout"),
    ("x-dead-letter-routing-key", "one", "two"),
    ("x-delivery-limit", "5", "6"),
    ("x-retry-delay", "1000", "2000"),
    ("x-single-active-consumer", "true", "false"),
];

fn declared(server: &Server, transport: Transport, version: &'static str, header: (&str, &str)) -> (Client, String) {
    let destination = format!("/queue/{}", unique("declared"));
    let mut client = server.connect(transport, version);
    let exchange = [("x-dead-letter-exchange", "amq.direct")];
    let more = if header.0 == "x-dead-letter-routing-key" { &exchange[..] } else { &[] };
    client.publish_with(&destination, &[&[header], more].concat(), "1");
    (client, destination)
}

#[test]
fn an_argument_that_contradicts_the_queue_is_refused_with_both_values() {
    wharf_only("RabbitMQ does not pass the texts on, and knows not all of these");
    let server = Server::start();
    each(|transport, version| {
        for (name, is, wanted) in CONTRARY {
            let (_, destination) = declared(&server, transport, version, (name, is));
            for command in ["SUBSCRIBE", "SEND"] {
                let mut client = server.soft(transport, version);
                let headers = [("id", "1"), ("destination", destination.as_str()), (name, wanted)];
                let headers = if command == "SEND" { &headers[1..] } else { &headers };
                let error = client.soft_request(command, headers, "", "precondition-failed");
                for part in [name, is, wanted] {
                    assert!(error.text().contains(part), "{part} is named: {error:?}");
                }
                assert_eq!(client.publish(&destination, "2"), 1, "the connection and the queue are as they were");
            }
        }
    });
}

#[test]
fn a_contradiction_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        for (name, is, wanted) in [("x-message-ttl", "60000", "50000"), ("x-max-length", "10", "11")] {
            let (_, destination) = declared(&server, transport, version, (name, is));
            let headers = [("id", "1"), ("destination", destination.as_str()), (name, wanted)];
            server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "precondition-failed");
        }
    });
}

#[test]
fn the_same_arguments_are_fine_in_any_writing() {
    let server = Server::start();
    each(|transport, version| {
        for (name, is, _) in CONTRARY {
            let (mut client, destination) = declared(&server, transport, version, (name, is));
            if name != "x-dead-letter-routing-key" {
                client.subscribe("1", &destination, &[(name, is)]);
                assert_eq!(client.message().text(), "1");
            }
        }
    });
}

#[test]
fn a_queue_is_taken_as_it_is_by_who_asks_for_nothing() {
    let server = Server::start();
    each(|transport, version| {
        let (_, destination) = declared(&server, transport, version, ("x-message-ttl", "60000"));
        let mut client = server.connect(transport, version);
        client.publish(&destination, "2");
        client.subscribe("1", &destination, &[]);
        assert_eq!(client.bodies(2), ["1", "2"]);
    });
}

#[test]
fn a_queue_may_be_of_the_classic_type() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, destination) = declared(&server, transport, version, ("x-queue-type", "classic"));
        client.subscribe("1", &destination, &[("x-queue-type", "classic")]);
        assert_eq!(client.message().text(), "1");
    });
}

#[test]
fn the_queue_of_a_topic_subscription_has_arguments_too() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let letters = DeadLetters::watch(&mut client);
        let topic = format!("/topic/{}", letters.name);
        client.subscribe("1", &topic, &letters.headers(&[("x-max-length", "1"), INDIVIDUAL, ("prefetch-count", "1")]));
        for body in ["1", "2", "3"] {
            client.publish(&topic, body);
        }
        assert_eq!(client.message().text(), "1");
        dead(&mut client, "2", "maxlen");
    });
}
