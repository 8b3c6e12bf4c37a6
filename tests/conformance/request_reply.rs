//! Requests and their replies: RabbitMQ's private queues behind `reply-to`, and ActiveMQ's temporary destinations.

use acceptance::{Client, Server, Transport, each, unique, wharf_only};

/// Serves one request: answers it at the address that it names.
fn answer(worker: &mut Client, body: &str) -> String {
    let request = worker.message();
    let address = request.header("reply-to").to_owned();
    let id = request.header("correlation-id").to_owned();
    worker.publish_with(&address, &[("correlation-id", &id)], format!("{body} to {}", request.text()));
    address
}

fn ask(client: &mut Client, queue: &str, reply_to: &str, body: &str) {
    client.publish_with(queue, &[("reply-to", reply_to), ("correlation-id", body)], body);
}

/// A worker at a queue, and one who asks.
fn both(server: &Server, transport: Transport, version: &'static str) -> (Client, Client, String) {
    let queue = format!("/queue/{}", unique("work"));
    let mut worker = server.connect(transport, version);
    worker.subscribe("work", &queue, &[]);
    (worker, server.connect(transport, version), queue)
}

#[test]
fn a_reply_comes_without_a_subscription() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        for body in ["1", "2"] {
            ask(&mut asker, &queue, "/temp-queue/foo", body);
            let address = answer(&mut worker, "re");
            assert!(address.starts_with("/reply-queue/"), "{address}");
            let reply = asker.message();
            assert_eq!(reply.header("subscription"), "/temp-queue/foo");
            assert_eq!((reply.text(), reply.header("correlation-id")), (format!("re to {body}").as_str(), body));
            assert_eq!(reply.get("ack"), None, "it is settled by being sent");
        }
        asker.expect_nothing();
    });
}

#[test]
fn a_name_has_one_address_and_two_names_have_two() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        let mut addresses = Vec::new();
        for name in ["/temp-queue/one", "/temp-queue/one", "/temp-queue/two"] {
            ask(&mut asker, &queue, name, "x");
            addresses.push(answer(&mut worker, "re"));
            assert_eq!(asker.message().header("subscription"), name);
        }
        assert_eq!(addresses[0], addresses[1]);
        assert_ne!(addresses[0], addresses[2]);
    });
}

#[test]
fn names_are_those_of_a_connection() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        let mut other = server.connect(transport, version);
        for (client, body) in [(&mut asker, "one"), (&mut other, "two")] {
            ask(client, &queue, "/temp-queue/foo", body);
            answer(&mut worker, "re");
        }
        assert_eq!(asker.message().text(), "re to one");
        assert_eq!(other.message().text(), "re to two");
    });
}

#[test]
fn an_answer_may_come_later_and_several_times() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        let address = answer(&mut worker, "1");
        for body in ["2", "3"] {
            worker.publish(&address, body);
        }
        assert_eq!(asker.bodies(3), ["1 to x", "2", "3"]);
    });
}

#[test]
fn another_reply_address_is_left_as_it_is() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        let answers = format!("/queue/{}", unique("answers"));
        asker.subscribe("answers", &answers, &[]);
        ask(&mut asker, &queue, &answers, "x");
        assert_eq!(answer(&mut worker, "re"), answers);
        assert_eq!(asker.message().header("subscription"), "answers");
    });
}

#[test]
fn the_private_subscription_cannot_be_ended() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        worker.message();
        asker.refused_request("UNSUBSCRIBE", &[("id", "/temp-queue/foo")], "", "unknown-subscription");
    });
}

#[test]
fn replies_go_on_after_a_refused_end() {
    wharf_only("x-soft-errors is our header");
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, _, queue) = both(&server, transport, version);
        let mut asker = server.soft(transport, version);
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        asker.soft_request("UNSUBSCRIBE", &[("id", "/temp-queue/foo")], "", "unknown-subscription");
        answer(&mut worker, "re");
        assert_eq!(asker.message().text(), "re to x");
    });
}

#[test]
fn the_address_cannot_be_guessed() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        let mut other = server.connect(transport, version);
        let mut addresses = Vec::new();
        for client in [&mut asker, &mut other] {
            ask(client, &queue, "/temp-queue/foo", "x");
            addresses.push(answer(&mut worker, "re"));
        }
        // Long, and without much in common.
        assert!(addresses.iter().all(|address| address.len() >= "/reply-queue/".len() + 20), "{addresses:?}");
        let same = addresses[0].bytes().zip(addresses[1].bytes()).filter(|(one, other)| one == other).count();
        assert!(same < addresses[0].len() - 8, "{addresses:?}");
    });
}

#[test]
fn an_asker_that_is_gone_gets_nothing() {
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        let request = worker.message();
        let address = request.header("reply-to");
        asker.send("DISCONNECT", &[], "");
        asker.end();
        worker.publish(address, "late");
        worker.expect_nothing();
    });
}

#[test]
fn who_wants_to_know_is_told_that_the_asker_is_gone() {
    wharf_only("mandatory is out of reach of STOMP there");
    let server = Server::start();
    each(|transport, version| {
        let (_, mut asker, queue) = both(&server, transport, version);
        let mut worker = server.soft(transport, version);
        worker.subscribe("second", &format!("{queue}-other"), &[]);
        ask(&mut asker, &format!("{queue}-other"), "/temp-queue/foo", "x");
        let address = worker.message().header("reply-to").to_owned();
        asker.link.cut();
        acceptance::eventually("the address is nobody's", || (worker.publish(&address, "late") == 0).then_some(()));
        worker.soft_request("SEND", &[("destination", &address), ("mandatory", "true")], "late", "unroutable");
    });
}

#[test]
fn a_temporary_queue_may_be_subscribed_to() {
    wharf_only("RabbitMQ knows temporary destinations in reply-to alone");
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        asker.subscribe("mine", "/temp-queue/foo", &[("ack", "client-individual")]);
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        answer(&mut worker, "re");
        // It has the id that was given, and there is no second subscription.
        let reply = asker.message();
        assert_eq!((reply.header("subscription"), reply.text()), ("mine", "re to x"));
        asker.ack(&reply);
        asker.expect_nothing();
        asker.unsubscribe("mine");
    });
}

#[test]
fn a_temporary_queue_is_a_connections_own() {
    wharf_only("RabbitMQ knows temporary destinations in reply-to alone");
    let server = Server::start();
    each(|transport, version| {
        let mut one = server.connect(transport, version);
        let mut two = server.connect(transport, version);
        for (client, body) in [(&mut one, "one"), (&mut two, "two")] {
            client.subscribe("1", "/temp-queue/same", &[]);
            client.publish("/temp-queue/same", body);
        }
        assert_eq!(one.message().text(), "one");
        assert_eq!(two.message().text(), "two");
        one.expect_nothing();
        two.expect_nothing();
    });
}

#[test]
fn in_1_0_a_temporary_queue_may_be_subscribed_to_without_an_id() {
    wharf_only("RabbitMQ knows temporary destinations in reply-to alone");
    let server = Server::start();
    acceptance::each_transport(|transport| {
        let (mut worker, mut asker, queue) = both(&server, transport, "1.0");
        asker.request("SUBSCRIBE", &[("destination", "/temp-queue/foo")], "");
        ask(&mut asker, &queue, "/temp-queue/foo", "x");
        answer(&mut worker, "re");
        assert_eq!(asker.message().header("subscription"), "/temp-queue/foo");
        asker.expect_nothing();
    });
}

#[test]
fn a_temporary_topic_reaches_all_who_subscribed_to_it_on_its_connection() {
    wharf_only("RabbitMQ has no temporary topics");
    let server = Server::start();
    each(|transport, version| {
        let (mut worker, mut asker, queue) = both(&server, transport, version);
        let mut stranger = server.connect(transport, version);
        stranger.subscribe("1", "/temp-topic/foo", &[]);
        for id in ["1", "2"] {
            asker.subscribe(id, "/temp-topic/foo", &[]);
        }
        ask(&mut asker, &queue, "/temp-topic/foo", "x");
        let address = answer(&mut worker, "re");
        assert!(address.starts_with("/exchange/"), "{address}");
        let mut ids = [asker.message(), asker.message()].map(|reply| reply.header("subscription").to_owned());
        ids.sort();
        assert_eq!(ids, ["1", "2"]);
        // Its own messages reach it too, and no other connection of that name.
        asker.publish("/temp-topic/foo", "mine");
        assert_eq!(asker.bodies(2), ["mine", "mine"]);
        stranger.expect_nothing();
    });
}

#[test]
fn a_reply_address_is_refused_where_it_makes_no_sense() {
    let server = Server::start();
    each(|transport, version| {
        for address in ["/temp-queue/", "/temp-queue"] {
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", "/topic/nobody"), ("reply-to", address)], "x");
            client.refused_somehow();
        }
    });
}
