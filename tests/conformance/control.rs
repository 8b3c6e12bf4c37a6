//! Control messages: SENDs to `/control/...` that ask something of the server itself, and its notices.

use acceptance::{Client, Server, Transport, each, unique, wharf_only};

/// A client subscribed with these headers to a queue in which 1 to 6 wait.
fn with_credit(
    server: &Server,
    transport: Transport,
    version: &'static str,
    headers: &[(&str, &str)],
) -> (Client, String) {
    let queue = format!("/queue/{}", unique("credit"));
    let mut client = server.soft(transport, version);
    for body in ["1", "2", "3", "4", "5", "6"] {
        client.publish(&queue, body);
    }
    client.subscribe("s", &queue, headers);
    (client, queue)
}

fn add(client: &mut Client, headers: &[(&str, &str)]) {
    client.request("SEND", &[&[("destination", "/control/credit"), ("subscription", "s")], headers].concat(), "");
}

#[test]
fn a_subscription_with_credit_gets_no_more_than_that() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        for mode in ["auto", "client", "client-individual"] {
            let (mut client, _) = with_credit(&server, transport, version, &[("x-credit", "2"), ("ack", mode)]);
            assert_eq!(client.bodies(2), ["1", "2"]);
            client.expect_nothing();
            add(&mut client, &[("count", "1")]);
            assert_eq!(client.message().text(), "3");
            client.expect_nothing();
            add(&mut client, &[("count", "100")]);
            assert_eq!(client.bodies(3), ["4", "5", "6"]);
        }
    });
}

#[test]
fn credit_may_begin_with_nothing() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, queue) = with_credit(&server, transport, version, &[("x-credit", "0")]);
        client.expect_nothing();
        add(&mut client, &[("count", "1")]);
        assert_eq!(client.message().text(), "1");
        client.expect_nothing();
        // Who has no credit is passed over.
        let mut other = server.connect(transport, version);
        other.subscribe("1", &queue, &[]);
        assert_eq!(other.bodies(5), ["2", "3", "4", "5", "6"]);
    });
}

#[test]
fn credit_may_be_of_octets() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("octets"));
        let mut client = server.soft(transport, version);
        for letter in ["a", "b", "c", "d"] {
            client.publish(&queue, letter.repeat(10_000));
        }
        client.subscribe("s", &queue, &[("x-credit-bytes", "0")]);
        client.expect_nothing();
        // Far from the edges of a message, since heads are octets too.
        add(&mut client, &[("bytes", "15000")]);
        let mut got = 0;
        client.sync();
        while client.take_waiting().is_some() {
            got += 1;
        }
        assert!((1..=2).contains(&got), "{got} messages for 15000 octets");
        add(&mut client, &[("bytes", "1000000")]);
        client.bodies(4 - got);
    });
}

#[test]
fn credit_of_both_kinds_holds_both() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let headers = [("x-credit", "2"), ("x-credit-bytes", "1000000")];
        let (mut client, _) = with_credit(&server, transport, version, &headers);
        assert_eq!(client.bodies(2), ["1", "2"]);
        client.expect_nothing();
        add(&mut client, &[("count", "1"), ("bytes", "1000")]);
        assert_eq!(client.message().text(), "3");
        client.expect_nothing();
    });
}

#[test]
fn an_ack_gives_no_credit_and_credit_is_no_ack() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let headers = [("x-credit", "4"), ("ack", "client-individual"), ("prefetch-count", "1")];
        let (mut client, _) = with_credit(&server, transport, version, &headers);
        let message = client.message();
        client.expect_nothing(); // the prefetch
        client.ack(&message);
        for _ in 0..3 {
            let message = client.message();
            client.ack(&message);
        }
        client.expect_nothing(); // the credit
        add(&mut client, &[("count", "5")]);
        assert_eq!(client.message().text(), "5");
        client.expect_nothing(); // the prefetch again
    });
}

#[test]
fn credit_is_for_subscriptions_that_were_begun_with_it() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = with_credit(&server, transport, version, &[]);
        client.bodies(6);
        let credit = |id| [("destination", "/control/credit"), ("subscription", id), ("count", "1")];
        client.soft_request("SEND", &credit("s"), "", "precondition-failed");
        client.soft_request("SEND", &credit("none"), "", "unknown-subscription");
        server.connect(transport, version).refused_request("SEND", &credit("s"), "", "unknown-subscription");
    });
}

#[test]
fn credit_is_a_number_of_a_subscription() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        for headers in [
            &[("count", "many"), ("subscription", "s")][..],
            &[("count", "1")],
            &[("bytes", "-1"), ("subscription", "s")],
        ] {
            let (mut client, _) =
                with_credit(&server, transport, version, &[("x-credit", "0"), ("x-credit-bytes", "0")]);
            client.send("SEND", &[&[("destination", "/control/credit")], headers].concat(), "");
            client.expect("ERROR");
        }
        for header in [("x-credit", "many"), ("x-credit", "-1"), ("x-credit-bytes", "1k")] {
            let mut client = server.connect(transport, version);
            client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/queue/a"), header], "");
            client.expect("ERROR");
        }
    });
}

#[test]
fn credit_needs_no_receipt() {
    wharf_only("credit is ours");
    let server = Server::start();
    each(|transport, version| {
        let (mut client, _) = with_credit(&server, transport, version, &[("x-credit", "0")]);
        client.send("SEND", &[("destination", "/control/credit"), ("subscription", "s"), ("count", "1")], "");
        assert_eq!(client.message().text(), "1");
        client.expect_nothing();
    });
}

#[test]
fn notices_are_subscribed_to_like_anything() {
    wharf_only("notices are ours");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.soft(transport, version);
        client.subscribe("n", "/control/notices", &[]);
        client.expect_nothing();
        client.unsubscribe("n");
        client.subscribe("n", "/control/notices", &[]);
        client.subscribe("m", "/control/notices", &[]);
        client.expect_nothing();
    });
}

#[test]
fn notices_are_the_servers_to_send() {
    wharf_only("notices are ours");
    let server = Server::start();
    each(|transport, version| {
        let mut listener = server.connect(transport, version);
        listener.subscribe("n", "/control/notices", &[]);
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/control/notices"), ("notice", "draining")], "{}");
        client.refused_somehow();
        listener.expect_nothing();
    });
}

#[test]
fn what_is_not_offered_is_refused() {
    wharf_only("control messages are ours");
    let server = Server::start();
    each(|transport, version| {
        // This server takes no tokens.
        for destination in ["/control/auth", "/control/visibility"] {
            server.soft(transport, version).soft_request("SEND", &[("destination", destination)], "x", "unsupported");
            let mut client = server.connect(transport, version);
            client.refused_request("SEND", &[("destination", destination)], "x", "unsupported");
        }
        for (command, destination) in [
            ("SEND", "/control/other"),
            ("SEND", "/control/"),
            ("SUBSCRIBE", "/control/credit"),
            ("SUBSCRIBE", "/control/other"),
        ] {
            let mut client = server.soft(transport, version);
            client.send(command, &[("id", "1"), ("destination", destination)], "");
            let error = client.expect("ERROR");
            let code = error.header("x-code");
            assert!(["bad-destination", "unsupported", "not-found"].contains(&code), "{error:?}");
        }
    });
}

#[test]
fn a_topic_reader_that_falls_behind_is_told_how_much_it_lost() {
    wharf_only("notices are ours");
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("behind"));
        let mut client = server.connect(transport, version);
        client.subscribe("notices", "/control/notices", &[]);
        let headers =
            [("ack", "client-individual"), ("prefetch-count", "1"), ("activemq.maximumPendingMessageLimit", "2")];
        client.subscribe("behind", &topic, &headers);
        for body in ["1", "2", "3", "4", "5"] {
            client.publish(&topic, body);
        }
        // 2 and 3 make room for 4 and 5, in one notice or in two.
        let mut dropped = 0;
        let mut bodies = Vec::new();
        while bodies.len() < 3 || dropped < 2 {
            let message = client.message();
            if message.header("subscription") == "behind" {
                bodies.push(message.text().to_owned());
                client.ack(&message);
                continue;
            }
            assert_eq!((message.header("destination"), message.header("notice")), ("/control/notices", "dropped"));
            let said: serde_json::Value = serde_json::from_slice(&message.body).expect("a notice is JSON");
            assert_eq!((&said["notice"], &said["subscription"]), (&"dropped".into(), &"behind".into()));
            dropped += said["count"].as_u64().expect("a count is a number");
        }
        assert_eq!((bodies, dropped), (["1", "4", "5"].map(str::to_owned).to_vec(), 2));
        client.expect_nothing();
    });
}

#[test]
fn a_server_that_goes_says_so_in_a_notice() {
    wharf_only("notices are ours");
    acceptance::all_transports(|transport| {
        let mut server = Server::start();
        let mut client = server.connect(transport, "1.2");
        client.subscribe("n", "/control/notices", &[]);
        server.program().terminate();
        client.notice("draining");
        client.refused("draining");
    });
}
