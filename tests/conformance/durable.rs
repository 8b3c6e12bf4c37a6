//! Durable subscriptions to topics: they collect while nobody is there. RabbitMQ names them by destination and id,
//! ActiveMQ by user, client and a name.

use acceptance::{Client, Server, Transport, each, unique, wharf_only};

/// What makes a subscription durable in RabbitMQ's way.
const DURABLE: [(&str, &str); 2] = [("durable", "true"), ("auto-delete", "false")];

/// The headers that name a durable subscription in ActiveMQ's way; the first that is present counts.
const NAMES: [&str; 3] = ["durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"];

fn leave(mut client: Client) {
    client.send("DISCONNECT", &[], "");
    client.end();
}

/// A connection with a client id.
fn named(server: &Server, transport: Transport, version: &'static str, client_id: &str) -> Client {
    let mut client = server.dial(transport);
    client.log_in_with(version, &[("client-id", client_id)]);
    client
}

#[test]
fn it_collects_while_nobody_is_there() {
    let server = Server::start();
    each(|transport, version| {
        for form in ["/topic/", "/exchange/amq.topic/"] {
            let key = unique("news");
            let (topic, id) = (format!("{form}{key}.#"), unique("id"));
            let mut reader = server.connect(transport, version);
            reader.subscribe(&id, &topic, &DURABLE);
            leave(reader);
            let mut publisher = server.connect(transport, version);
            publisher.publish(&format!("/topic/{key}.a"), "1");
            publisher.publish(&format!("/topic/{key}.b"), "2");
            let mut reader = server.connect(transport, version);
            reader.subscribe(&id, &topic, &DURABLE);
            assert_eq!(reader.bodies(2), ["1", "2"]);
        }
    });
}

#[test]
fn persistent_is_another_word_for_durable() {
    let server = Server::start();
    each(|transport, version| {
        let (topic, id) = (format!("/topic/{}", unique("alias")), unique("id"));
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &[("persistent", "true"), ("auto-delete", "false")]);
        leave(reader);
        server.connect(transport, version).publish(&topic, "1");
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &DURABLE);
        assert_eq!(reader.message().text(), "1");
    });
}

#[test]
fn it_goes_on_after_a_lost_connection() {
    let server = Server::start();
    each(|transport, version| {
        let (topic, id) = (format!("/topic/{}", unique("lost")), unique("id"));
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &[&DURABLE[..], &[("ack", "client-individual")]].concat());
        let mut publisher = server.connect(transport, version);
        publisher.publish(&topic, "1");
        reader.message();
        reader.link.cut();
        publisher.publish(&topic, "2");
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &[&DURABLE[..], &[("ack", "client-individual")]].concat());
        let mut bodies = reader.bodies(2);
        bodies.sort(); // the loss may not have been noticed yet
        assert_eq!(bodies, ["1", "2"]);
    });
}

#[test]
fn it_is_shared_by_all_who_use_the_same_destination_and_id() {
    let server = Server::start();
    each(|transport, version| {
        let (topic, id) = (format!("/topic/{}", unique("shared")), unique("id"));
        let mut one = server.connect(transport, version);
        let mut two = server.connect(transport, version);
        for client in [&mut one, &mut two] {
            client.subscribe(&id, &topic, &[&DURABLE[..], &[("prefetch-count", "1"), ("ack", "client")]].concat());
        }
        for body in ["1", "2"] {
            one.publish(&topic, body);
        }
        let mut bodies = [one.message(), two.message()].map(|message| message.text().to_owned());
        bodies.sort();
        assert_eq!(bodies, ["1", "2"]);
    });
}

#[test]
fn another_id_or_destination_is_another_subscription() {
    let server = Server::start();
    each(|transport, version| {
        let (key, id) = (unique("other"), unique("id"));
        let mut client = server.connect(transport, version);
        client.subscribe(&id, &format!("/topic/{key}"), &DURABLE);
        client.subscribe(&format!("{id}-other"), &format!("/topic/{key}"), &DURABLE);
        let mut second = server.connect(transport, version);
        second.subscribe(&id, &format!("/topic/{key}.#"), &DURABLE);
        second.publish(&format!("/topic/{key}"), "x");
        assert_eq!([client.message(), client.message()].map(|message| message.text().to_owned()), ["x", "x"]);
        assert_eq!(second.message().text(), "x");
    });
}

#[test]
fn in_1_0_the_destination_serves_as_its_id() {
    let server = Server::start();
    acceptance::each_transport(|transport| {
        let topic = format!("/topic/{}", unique("nameless"));
        let headers = [&[("destination", topic.as_str())], &DURABLE[..]].concat();
        let mut reader = server.connect(transport, "1.0");
        reader.request("SUBSCRIBE", &headers, "");
        leave(reader);
        server.connect(transport, "1.0").publish(&topic, "1");
        let mut reader = server.connect(transport, "1.0");
        reader.request("SUBSCRIBE", &headers, "");
        assert_eq!(reader.message().text(), "1");
    });
}

#[test]
fn its_queue_has_a_name_that_can_be_computed() {
    wharf_only("RabbitMQ hashes something else");
    let server = Server::start();
    each(|transport, version| {
        // SHA-256 of `/topic/named.durable` LF `sub-1`, its first 32 digits.
        let queue = "stomp-subscription-7f6b31a0d25787792dac8c12f2f37bcc";
        let mut client = server.connect(transport, version);
        client.subscribe("sub-1", "/topic/named.durable", &DURABLE);
        assert_eq!(client.publish(&format!("/amq/queue/{queue}"), "direct"), 1);
        assert_eq!(client.message().text(), "direct");
        leave(client); // the next round reads from the same queues
        // SHA-256 of `guest` LF `laptop` LF `prices`, and without a client id of `guest` LF `guest` LF `prices`.
        let mut client = named(&server, transport, version, "laptop");
        client.subscribe("1", "/topic/prices", &[(NAMES[0], "prices")]);
        assert_eq!(client.publish("/amq/queue/stomp-durable-8c186a218948c4c6327e465fec36a5d0", "2"), 1);
        assert_eq!(client.message().text(), "2");
        leave(client);
        let mut client = server.connect(transport, version);
        client.subscribe("1", "/topic/prices", &[(NAMES[0], "prices")]);
        assert_eq!(client.publish("/amq/queue/stomp-durable-16fcf6267d75f0349be2ab0447045a5e", "3"), 1);
        assert_eq!(client.message().text(), "3");
        leave(client);
    });
}

#[test]
fn it_may_have_a_queue_of_another_name() {
    let server = Server::start();
    each(|transport, version| {
        let (topic, id, queue) = (format!("/topic/{}", unique("chosen")), unique("id"), unique("my-own"));
        let headers = [&DURABLE[..], &[("x-queue-name", queue.as_str())]].concat();
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &headers);
        leave(reader);
        let mut client = server.connect(transport, version);
        client.publish(&topic, "1");
        client.subscribe("1", &format!("/amq/queue/{queue}"), &[]);
        assert_eq!(client.message().text(), "1");
    });
}

#[test]
fn unsubscribe_without_more_detaches_only() {
    let server = Server::start();
    each(|transport, version| {
        let (topic, id) = (format!("/topic/{}", unique("detached")), unique("id"));
        let mut reader = server.connect(transport, version);
        reader.subscribe(&id, &topic, &DURABLE);
        reader.unsubscribe(&id);
        reader.publish(&topic, "1");
        reader.expect_nothing();
        reader.subscribe(&id, &topic, &DURABLE);
        assert_eq!(reader.message().text(), "1");
    });
}

#[test]
fn unsubscribe_with_durable_deletes_it() {
    let server = Server::start();
    each(|transport, version| {
        for header in [("durable", "true"), ("persistent", "true")] {
            let (topic, id) = (format!("/topic/{}", unique("deleted")), unique("id"));
            let mut reader = server.connect(transport, version);
            reader.subscribe(&id, &topic, &DURABLE);
            reader.request("UNSUBSCRIBE", &[("id", &id), header], "");
            reader.publish(&topic, "lost");
            reader.subscribe(&id, &topic, &DURABLE);
            reader.publish(&topic, "heard");
            assert_eq!(reader.message().text(), "heard");
        }
    });
}

#[test]
fn what_is_not_durable_is_not_deleted_by_a_durable_unsubscribe() {
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("kept"));
        let mut client = server.connect(transport, version);
        client.publish(&queue, "1");
        client.subscribe("1", &queue, &[("ack", "client")]);
        client.message();
        client.request("UNSUBSCRIBE", &[("id", "1"), ("durable", "true")], "");
        leave(client);
        let mut client = server.connect(transport, version);
        client.subscribe("1", &queue, &[]);
        assert_eq!(client.message().text(), "1");
    });
}

#[test]
fn a_name_makes_it_durable_for_its_user_and_client() {
    wharf_only("RabbitMQ does not know ActiveMQ's headers");
    let server = Server::start();
    each(|transport, version| {
        for header in NAMES {
            let (topic, name) = (format!("/topic/{}", unique("named")), unique("name"));
            let mut reader = named(&server, transport, version, "laptop");
            reader.subscribe("a", &topic, &[(header, &name)]);
            leave(reader);
            server.connect(transport, version).publish(&topic, "1");
            // The id does not matter, and neither does which of the three headers says the name.
            let mut reader = named(&server, transport, version, "laptop");
            reader.subscribe("b", &topic, &[(NAMES[0], &name)]);
            assert_eq!(reader.message().text(), "1");
            // Another client's is another one, and who says no client id is the user itself.
            let mut other = named(&server, transport, version, "phone");
            other.subscribe("a", &topic, &[(header, &name)]);
            let mut user = server.connect(transport, version);
            user.subscribe("a", &topic, &[(header, &name)]);
            assert_eq!(user.publish(&topic, "2"), 3);
        }
    });
}

#[test]
fn of_several_names_the_first_in_order_counts() {
    wharf_only("RabbitMQ does not know ActiveMQ's headers");
    let server = Server::start();
    each(|transport, version| {
        let (topic, name) = (format!("/topic/{}", unique("order")), unique("name"));
        let mut reader = server.connect(transport, version);
        reader.subscribe("1", &topic, &[(NAMES[2], "third"), (NAMES[1], "second"), (NAMES[0], &name)]);
        leave(reader);
        server.connect(transport, version).publish(&topic, "1");
        let mut reader = server.connect(transport, version);
        reader.subscribe("1", &topic, &[(NAMES[0], &name)]);
        assert_eq!(reader.message().text(), "1");
    });
}

#[test]
fn a_name_in_unsubscribe_deletes_it_also_when_it_is_not_subscribed_here() {
    wharf_only("RabbitMQ does not know ActiveMQ's headers");
    let server = Server::start();
    each(|transport, version| {
        for (header, here) in NAMES.into_iter().flat_map(|name| [(name, true), (name, false)]) {
            let (topic, name) = (format!("/topic/{}", unique("dropped")), unique("name"));
            let mut reader = server.connect(transport, version);
            reader.subscribe("1", &topic, &[(header, &name)]);
            if here {
                reader.request("UNSUBSCRIBE", &[("id", "1"), (header, &name)], "");
            } else {
                leave(reader);
                reader = server.connect(transport, version);
                reader.request("UNSUBSCRIBE", &[("id", "none"), (header, &name)], "");
            }
            assert_eq!(reader.publish(&topic, "lost"), 0);
        }
    });
}
