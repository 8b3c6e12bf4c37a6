//! BEGIN, COMMIT and ABORT (STOMP 1.2, "BEGIN", "COMMIT" and "ABORT").

use acceptance::{Client, Frame, Server, Transport, each, each_transport, rabbitmq, unique, wharf_only};

fn begin(client: &mut Client, id: &str) {
    client.request("BEGIN", &[("transaction", id)], "");
}

fn commit(client: &mut Client, id: &str) {
    client.request("COMMIT", &[("transaction", id)], "");
}

fn abort(client: &mut Client, id: &str) {
    client.request("ABORT", &[("transaction", id)], "");
}

fn send_in(client: &mut Client, id: &str, destination: &str, body: &str) {
    client.send("SEND", &[("destination", destination), ("transaction", id)], body);
}

fn settle_in(client: &mut Client, id: &str, command: &str, message: &Frame, headers: &[(&str, &str)]) {
    let (name, value) = message.ack_id(client.version);
    let usual = [(name, value.as_str()), ("subscription", message.header("subscription")), ("transaction", id)];
    client.send(command, &[&usual, headers].concat(), "");
}

/// A client, and a queue of its own to which it is subscribed.
fn subscribed(server: &Server, transport: Transport, version: &'static str) -> (Client, String) {
    let queue = format!("/queue/{}", unique("tx"));
    let mut client = server.connect(transport, version);
    client.subscribe("s", &queue, &[("ack", "client-individual")]);
    (client, queue)
}

#[test]
fn what_is_sent_in_it_comes_with_its_commit() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        begin(&mut client, "t:1");
        send_in(&mut client, "t:1", &queue, "2");
        send_in(&mut client, "t:1", &queue, "3");
        client.publish(&queue, "1");
        assert_eq!(client.message().text(), "1");
        client.expect_nothing();
        commit(&mut client, "t:1");
        assert_eq!(client.bodies(2), ["2", "3"]);
    });
}

#[test]
fn what_is_sent_in_it_is_gone_with_its_abort() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        begin(&mut client, "t");
        send_in(&mut client, "t", &queue, "1");
        abort(&mut client, "t");
        client.publish(&queue, "2");
        assert_eq!(client.message().text(), "2");
    });
}

#[test]
fn an_id_is_free_again_after_its_end() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        for (end, round) in [("ABORT", "1"), ("COMMIT", "2"), ("COMMIT", "3")] {
            begin(&mut client, "same");
            send_in(&mut client, "same", &queue, round);
            client.request(end, &[("transaction", "same")], "");
        }
        assert_eq!(client.bodies(2), ["2", "3"]);
    });
}

#[test]
fn several_may_be_open() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        for id in ["a", "b", "c"] {
            begin(&mut client, id);
        }
        for (id, body) in [("a", "a1"), ("b", "b1"), ("c", "c1"), ("a", "a2")] {
            send_in(&mut client, id, &queue, body);
        }
        commit(&mut client, "c");
        abort(&mut client, "b");
        commit(&mut client, "a");
        assert_eq!(client.bodies(3), ["c1", "a1", "a2"]);
    });
}

#[test]
fn ids_are_those_of_a_connection() {
    let server = Server::start();
    each(|transport, version| {
        let (mut one, queue) = subscribed(&server, transport, version);
        let mut two = server.connect(transport, version);
        begin(&mut one, "t");
        begin(&mut two, "t");
        send_in(&mut one, "t", &queue, "one");
        send_in(&mut two, "t", &queue, "two");
        abort(&mut two, "t");
        commit(&mut one, "t");
        assert_eq!(one.message().text(), "one");
    });
}

#[test]
fn acks_and_nacks_take_part_in_it() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        for body in ["1", "2"] {
            client.publish(&queue, body);
        }
        let (one, two) = (client.message(), client.message());
        begin(&mut client, "t");
        settle_in(&mut client, "t", "ACK", &one, &[]);
        settle_in(&mut client, "t", "NACK", &two, &[]);
        client.expect_nothing();
        commit(&mut client, "t");
        let again = client.message();
        assert_eq!((again.text(), again.header("redelivered")), ("2", "true"));
        client.ack(&again);
        server.queue_has(queue.trim_start_matches("/queue/"), "messages", 0);
    });
}

#[test]
fn an_aborted_ack_did_not_happen() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        client.publish(&queue, "1");
        let message = client.message();
        begin(&mut client, "t");
        settle_in(&mut client, "t", "ACK", &message, &[]);
        abort(&mut client, "t");
        server.queue_has(queue.trim_start_matches("/queue/"), "messages_unacknowledged", 1);
        client.ack(&message);
        server.queue_has(queue.trim_start_matches("/queue/"), "messages", 0);
    });
}

#[test]
fn an_ack_before_the_answer_is_one_step_with_it() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        let answers = format!("{queue}-answers");
        client.subscribe("answers", &answers, &[]);
        client.publish(&queue, "question");
        let question = client.message();
        begin(&mut client, "t");
        settle_in(&mut client, "t", "ACK", &question, &[]);
        send_in(&mut client, "t", &answers, "answer");
        commit(&mut client, "t");
        assert_eq!(client.message().text(), "answer");
        server.queue_has(queue.trim_start_matches("/queue/"), "messages", 0);
    });
}

#[test]
fn what_is_open_at_the_end_of_the_connection_did_not_happen() {
    let server = Server::start();
    each(|transport, version| {
        for politely in [true, false] {
            let (mut client, queue) = subscribed(&server, transport, version);
            client.publish(&queue, "1");
            let message = client.message();
            begin(&mut client, "t");
            settle_in(&mut client, "t", "ACK", &message, &[]);
            send_in(&mut client, "t", &queue, "never");
            client.sync();
            if politely {
                client.send("DISCONNECT", &[], "");
                client.end();
            } else {
                client.link.cut();
            }
            let mut next = server.connect(transport, version);
            next.subscribe("s", &queue, &[("ack", "client-individual")]);
            let message = next.message();
            assert_eq!((message.text(), message.header("redelivered")), ("1", "true"));
            next.expect_nothing();
        }
    });
}

#[test]
fn receipts_come_after_the_commit_in_order() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        client.publish(&queue, "0");
        let message = client.message();
        begin(&mut client, "t");
        for number in ["1", "2"] {
            let headers = [("destination", queue.as_str()), ("transaction", "t"), ("receipt", number)];
            client.send("SEND", &headers, number);
        }
        settle_in(&mut client, "t", "ACK", &message, &[("receipt", "3")]);
        client.expect_nothing();
        client.send("COMMIT", &[("transaction", "t"), ("receipt", "4")], "");
        let mut receipts = Vec::new();
        let mut bodies = Vec::new();
        while receipts.len() < 4 || bodies.len() < 2 {
            let frame = client.frame();
            match frame.command.as_str() {
                "RECEIPT" => receipts.push(frame),
                "MESSAGE" => bodies.push(frame.text().to_owned()),
                _ => panic!("{frame:?}"),
            }
        }
        assert_eq!(bodies, ["1", "2"]);
        let ids: Vec<_> = receipts.iter().map(|receipt| receipt.header("receipt-id")).collect();
        assert_eq!(ids, ["1", "2", "3", "4"]);
        if rabbitmq().is_none() {
            let routed: Vec<_> = receipts.iter().map(|receipt| receipt.get("routed")).collect();
            assert_eq!(routed, [Some("1"), Some("1"), None, None]);
        }
    });
}

#[test]
fn receipts_come_after_the_abort_too_and_say_that_nothing_was_routed() {
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        client.publish(&queue, "0");
        let message = client.message();
        begin(&mut client, "t");
        let headers = [("destination", queue.as_str()), ("transaction", "t"), ("receipt", "1")];
        client.send("SEND", &headers, "never");
        settle_in(&mut client, "t", "NACK", &message, &[("receipt", "2")]);
        client.send("ABORT", &[("transaction", "t"), ("receipt", "3")], "");
        let receipts: Vec<_> = (0..3).map(|_| client.expect("RECEIPT")).collect();
        let ids: Vec<_> = receipts.iter().map(|receipt| receipt.header("receipt-id")).collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert_eq!(receipts[0].get("routed"), Some("0"));
        client.expect_nothing();
    });
}

#[test]
fn an_id_is_required() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["BEGIN", "COMMIT", "ABORT"] {
            server.connect(transport, version).refused_request(command, &[], "", "protocol");
        }
    });
}

#[test]
fn an_empty_id_is_none() {
    let server = Server::start();
    each(|transport, version| {
        server.connect(transport, version).refused_request("BEGIN", &[("transaction", "")], "", "protocol");
    });
}

#[test]
fn an_unknown_id_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for command in ["COMMIT", "ABORT"] {
            server.connect(transport, version).refused_request(command, &[("transaction", "none")], "", "protocol");
        }
        let headers = [("destination", "/queue/none"), ("transaction", "none")];
        server.connect(transport, version).refused_request("SEND", &headers, "x", "protocol");
        for command in ["ACK", "NACK"] {
            let (mut client, queue) = subscribed(&server, transport, version);
            client.publish(&queue, "1");
            let (name, id) = client.message().ack_id(version);
            let headers = [(name, id.as_str()), ("subscription", "s"), ("transaction", "none")];
            client.refused_request(command, &headers, "", "protocol");
        }
    });
}

#[test]
fn an_id_ends_once() {
    let server = Server::start();
    each(|transport, version| {
        for (first, second) in [("COMMIT", "COMMIT"), ("COMMIT", "ABORT"), ("ABORT", "COMMIT")] {
            let mut client = server.connect(transport, version);
            begin(&mut client, "t");
            client.request(first, &[("transaction", "t")], "");
            client.refused_request(second, &[("transaction", "t")], "", "protocol");
        }
    });
}

#[test]
fn an_open_id_cannot_be_begun_again() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        begin(&mut client, "t");
        client.refused_request("BEGIN", &[("transaction", "t")], "", "protocol");
    });
}

#[test]
fn a_subscription_is_in_no_transaction() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        begin(&mut client, "t");
        let headers = [("id", "1"), ("destination", "/queue/a"), ("transaction", "t")];
        client.refused_request("SUBSCRIBE", &headers, "", "protocol");
    });
}

#[test]
fn sixteen_may_be_open() {
    wharf_only("RabbitMQ got its limits with 4.2.6");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        for number in 0..16 {
            begin(&mut client, &number.to_string());
        }
        abort(&mut client, "7");
        begin(&mut client, "again");
        client.refused_request("BEGIN", &[("transaction", "one more")], "", "too-large");
    });
}

#[test]
fn a_transaction_has_at_most_1024_actions() {
    wharf_only("RabbitMQ got its limits with 4.2.6");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        begin(&mut client, "t");
        for _ in 0..1024 {
            send_in(&mut client, "t", &queue, "x");
        }
        commit(&mut client, "t");
        assert_eq!(client.bodies(1024).len(), 1024);
        begin(&mut client, "t");
        for _ in 0..1024 {
            send_in(&mut client, "t", &queue, "x");
        }
        let headers = [("destination", queue.as_str()), ("transaction", "t")];
        client.refused_request("SEND", &headers, "one more", "too-large");
    });
}

#[test]
fn more_receipts_than_may_be_owed_do_not_hold_up_the_commit() {
    wharf_only("the number of receipts that may be owed is ours");
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        begin(&mut client, "t");
        let mut octets = Vec::new();
        for number in 0..1024 {
            let receipt = number.to_string();
            let headers = [("destination", "/topic/nobody"), ("transaction", "t"), ("receipt", receipt.as_str())];
            octets.extend(client.encode("SEND", &headers, "x"));
        }
        octets.extend(client.encode("COMMIT", &[("transaction", "t"), ("receipt", "end")], ""));
        client.send_octets(octets);
        for number in 0..1024 {
            assert_eq!(client.expect("RECEIPT").header("receipt-id"), number.to_string());
        }
        assert_eq!(client.expect("RECEIPT").header("receipt-id"), "end");
    });
}

/// Begins, sends one good frame with a receipt and then a frame that cannot be carried out, and commits.
fn commit_failing(client: &mut Client, queue: &str, bad: &[(&str, &str)]) {
    begin(client, "t");
    let good = [("destination", queue), ("transaction", "t"), ("receipt", "good")];
    client.send("SEND", &good, "never");
    client.send("SEND", &[bad, &[("transaction", "t"), ("receipt", "bad-1")]].concat(), "never");
    client.send("COMMIT", &[("transaction", "t"), ("receipt", "commit")], "");
}

/// Frames that are fine to read and cannot be carried out, and the codes of that.
const BAD: [(&[(&str, &str)], &str); 3] = [
    (&[("destination", "/exchange/nowhere/key")], "not-found"),
    (&[("destination", "/topic/nobody"), ("mandatory", "true")], "unroutable"),
    (&[("destination", "/exchange/wharf.statistics/queues")], "forbidden"),
];

#[test]
fn a_frame_that_fails_fails_all_of_it() {
    wharf_only("RabbitMQ carries out one frame after the other");
    let server = Server::start();
    each(|transport, version| {
        for (bad, code) in BAD {
            let queue = format!("/queue/{}", unique("tx"));
            let mut client = server.connect(transport, version);
            commit_failing(&mut client, &queue, bad);
            let error = client.refused(code);
            let said = format!("{} {}", error.header("message"), error.text());
            let by_receipt = said.contains("bad-1") || error.header("receipt-id") == "bad-1";
            assert!(by_receipt || said.contains('2'), "it says which frame, by its receipt or its number: {error:?}");
            let mut next = server.connect(transport, version);
            next.subscribe("s", &queue, &[]);
            next.expect_nothing();
        }
    });
}

#[test]
fn with_soft_errors_each_receipt_of_it_is_an_error() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        for (bad, code) in BAD {
            let queue = format!("/queue/{}", unique("tx"));
            let mut client = server.soft(transport, version);
            client.subscribe("s", &queue, &[("ack", "client-individual")]);
            client.publish(&queue, "1");
            let message = client.message();
            commit_failing(&mut client, &queue, bad);
            let errors: Vec<_> = (0..3).map(|_| client.expect("ERROR")).collect();
            assert!(errors.iter().all(|error| error.header("x-fatal") == "false"), "{errors:?}");
            let mut ids: Vec<_> = errors.iter().map(|error| error.header("receipt-id")).collect();
            ids.sort();
            assert_eq!(ids, ["bad-1", "commit", "good"]);
            assert!(errors.iter().any(|error| error.header("x-code") == code), "one says why: {errors:?}");
            client.expect_nothing();
            // It is over: the id is free, and the rest goes on.
            begin(&mut client, "t");
            settle_in(&mut client, "t", "ACK", &message, &[]);
            commit(&mut client, "t");
            server.queue_has(queue.trim_start_matches("/queue/"), "messages", 0);
        }
    });
}

#[test]
fn an_ack_of_something_unknown_fails_all_of_it() {
    wharf_only("RabbitMQ carries out one frame after the other");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = subscribed(&server, transport, version);
        client.publish(&queue, "1");
        let message = client.message();
        client.ack(&message);
        begin(&mut client, "t");
        send_in(&mut client, "t", &queue, "never");
        settle_in(&mut client, "t", "ACK", &message, &[]);
        client.send("COMMIT", &[("transaction", "t")], "");
        client.refused("unknown-message");
        let mut next = server.connect(transport, version);
        next.subscribe("s", &queue, &[]);
        next.expect_nothing();
    });
}
