//! The forms of a destination: what each means to SEND and to SUBSCRIBE, how names are quoted, what is created when.

use acceptance::{Client, Server, each, each_transport, encode_component, unique, wharf_only};

/// Sends one message and reads it back, by any two destinations that should mean the same.
fn passes(client: &mut Client, from: &str, to: &str) {
    let id = unique("pass");
    client.subscribe(&id, to, &[]);
    client.publish(from, "passed");
    let message = client.message();
    assert_eq!((message.text(), message.header("subscription")), ("passed", id.as_str()), "from {from} to {to}");
    client.unsubscribe(&id);
}

/// Strings that are no destination.
const NOT_ONE: [&str; 13] = [
    "/",
    "/queue",
    "/queue/",
    "/queue/a/b",
    "/amq/queue",
    "/amq/queue/",
    "/amq/topic/a",
    "/topic",
    "/topic/",
    "/exchange",
    "/exchange/",
    "/nothing/a",
    "//queue/a",
];

#[test]
fn what_has_no_known_form_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        for destination in NOT_ONE {
            let mut client = server.connect(transport, version);
            client.refused_request("SEND", &[("destination", destination)], "x", "bad-destination");
            let mut client = server.connect(transport, version);
            let headers = [("id", "1"), ("destination", destination)];
            client.refused_request("SUBSCRIBE", &headers, "", "bad-destination");
        }
    });
}

#[test]
fn a_queue_is_declared_by_whoever_comes_first() {
    let server = Server::start();
    each(|transport, version| {
        let (sent, subscribed) = (unique("sent"), unique("subscribed"));
        let mut client = server.connect(transport, version);
        assert_eq!(server.queue(&sent), None);
        client.publish(&format!("/queue/{sent}"), "1");
        client.subscribe("1", &format!("/queue/{subscribed}"), &[]);
        for name in [&sent, &subscribed] {
            let row = server.queue(name).unwrap_or_else(|| panic!("there is a queue {name}"));
            assert_eq!((&row["exclusive"], &row["auto_delete"]), (&false.into(), &false.into()), "{row}");
        }
        client.send("DISCONNECT", &[], "");
        client.end();
        server.queue_has(&sent, "messages", 1);
    });
}

#[test]
fn a_queue_that_was_deleted_elsewhere_is_declared_again() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("deleted");
        let queue = format!("/queue/{name}");
        let mut client = server.connect(transport, version);
        client.publish(&queue, "1");
        server.delete_queue(&name);
        client.publish(&queue, "2");
        client.subscribe("1", &queue, &[]);
        assert_eq!(client.message().text(), "2");
    });
}

#[test]
fn a_queue_may_be_meant_without_declaring_it() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("existing");
        let mut client = server.connect(transport, version);
        let by_name = format!("/amq/queue/{name}");
        client.publish(&by_name, "nobody has it");
        assert_eq!(server.queue(&name), None);
        client.publish(&format!("/queue/{name}"), "1");
        client.publish(&by_name, "2");
        client.subscribe("1", &by_name, &[]);
        assert_eq!(client.bodies(2), ["1", "2"]);
        let headers = [("id", "2"), ("destination", "/amq/queue/none")];
        client.refused_request("SUBSCRIBE", &headers, "", "not-found");
    });
}

#[test]
fn an_exchange_must_exist() {
    let server = Server::start();
    each(|transport, version| {
        for destination in ["/exchange/nowhere/key", "/exchange/nowhere"] {
            let mut client = server.connect(transport, version);
            client.refused_request("SUBSCRIBE", &[("id", "1"), ("destination", destination)], "", "not-found");
            let mut client = server.connect(transport, version);
            client.send("SEND", &[("destination", destination), ("receipt", "r")], "x");
            client.refused("not-found");
        }
    });
}

#[test]
fn an_exchange_takes_a_key_or_none() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let key = unique("key");
        passes(&mut client, &format!("/exchange/amq.direct/{key}"), &format!("/exchange/amq.direct/{key}"));
        passes(&mut client, "/exchange/amq.fanout", "/exchange/amq.fanout");
        passes(&mut client, "/exchange/amq.fanout/any", "/exchange/amq.fanout");
        passes(&mut client, &format!("/exchange/amq.topic/{key}.a.b"), &format!("/exchange/amq.topic/{key}.#"));
    });
}

#[test]
fn an_exchange_routes_by_its_kind() {
    let server = Server::start();
    each(|transport, version| {
        let (one, other) = (unique("one"), unique("other"));
        let mut client = server.connect(transport, version);
        client.subscribe("one", &format!("/exchange/amq.direct/{one}"), &[]);
        client.publish(&format!("/exchange/amq.direct/{other}"), "not here");
        client.publish(&format!("/exchange/amq.direct/{one}.x"), "nor this");
        client.publish(&format!("/exchange/amq.direct/{one}"), "here");
        assert_eq!(client.message().text(), "here");
        client.expect_nothing();
    });
}

#[test]
fn topics_are_keys_of_the_topic_exchange() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let key = unique("key");
        passes(&mut client, &format!("/topic/{key}.a"), &format!("/exchange/amq.topic/{key}.*"));
        passes(&mut client, &format!("/exchange/amq.topic/{key}.a.b"), &format!("/topic/{key}.#"));
        passes(&mut client, &format!("/topic/{key}"), &format!("/topic/{key}.#"));
        passes(&mut client, &format!("/topic/{key}.x.c"), "/topic/*.x.*");
    });
}

#[test]
fn every_subscriber_of_a_topic_gets_a_message() {
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("all"));
        let mut one = server.connect(transport, version);
        let mut two = server.connect(transport, version);
        one.subscribe("1", &topic, &[]);
        two.subscribe("1", &topic, &[]);
        for body in ["1", "2"] {
            one.publish(&topic, body);
        }
        assert_eq!(one.bodies(2), ["1", "2"]);
        assert_eq!(two.bodies(2), ["1", "2"]);
    });
}

#[test]
fn a_topic_without_subscribers_keeps_nothing() {
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("early"));
        let mut client = server.connect(transport, version);
        client.publish(&topic, "lost");
        client.subscribe("1", &topic, &[]);
        client.publish(&topic, "heard");
        assert_eq!(client.message().text(), "heard");
    });
}

#[test]
fn a_bare_word_is_a_queue() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("word");
        passes(&mut server.connect(transport, version), &name, &format!("/queue/{name}"));
        passes(&mut server.connect(transport, version), &format!("/queue/{name}"), &name);
    });
}

#[test]
fn a_reply_queue_is_taken_by_its_whole_name() {
    let server = Server::start();
    each(|transport, version| {
        let name = format!("{}/with/slashes", unique("reply"));
        let mut client = server.connect(transport, version);
        client.publish(&format!("/queue/{}", encode_component(&name)), "1");
        client.publish(&format!("/reply-queue/{name}"), "2");
        client.subscribe("1", &format!("/reply-queue/{name}"), &[]);
        assert_eq!(client.bodies(2), ["1", "2"]);
    });
}

#[test]
fn a_slash_in_a_name_is_quoted() {
    let server = Server::start();
    each(|transport, version| {
        let name = format!("{}/b", unique("a"));
        let quoted = format!("/queue/{}", name.replace('/', "%2F"));
        let mut client = server.connect(transport, version);
        client.publish(&quoted, "x");
        client.subscribe("1", &quoted, &[]);
        assert_eq!(client.message().header("destination"), quoted);
        assert!(server.queue(&name).is_some(), "its name is {name}");
    });
}

#[test]
fn any_character_may_be_quoted() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        for name in ["with space", "per%cent", "grüße", "ünï/€", "quote\"'<>", "new\nline", "a,b", "a,/b"] {
            let name = format!("{name}{}", unique(""));
            let destination = format!("/queue/{}", encode_component(&name));
            client.publish(&destination, "x");
            client.subscribe(&name.replace('\n', " "), &destination, &[]);
            assert_eq!(client.message().header("destination"), destination);
            assert!(server.queue(&name).is_some(), "its name is {name}");
        }
    });
}

#[test]
fn what_needs_no_quoting_may_stand_as_it_is() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        for name in ["a.b-c_d~e", "UPPER", "with space", "grüße", "semi;colon", "a=b&c?d#e", "a,b"] {
            let name = format!("{name}{}", unique(""));
            passes(&mut client, &format!("/amq/queue/{name}"), &format!("/queue/{name}"));
            assert!(server.queue(&name).is_some(), "its name is {name}");
        }
    });
}

#[test]
fn the_destination_comes_back_as_it_was_sent() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let queue = format!("/queue/{}", unique("where"));
        client.subscribe("q", &queue, &[]);
        client.subscribe("t", "/topic/where.#", &[]);
        for (destination, subscription) in [(queue.as_str(), "q"), ("/topic/where.from", "t")] {
            client.publish(destination, "");
            let message = client.message();
            assert_eq!((message.header("destination"), message.header("subscription")), (destination, subscription));
            client.expect_nothing();
        }
    });
}

#[test]
fn the_destination_comes_back_in_the_form_that_was_sent() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        let name = unique("where");
        client.publish(&format!("/queue/{name}"), "");
        client.subscribe("q", &format!("/queue/{name}"), &[]);
        client.message();
        client.subscribe("t", "/topic/where.#", &[]);
        client.subscribe("f", "/exchange/amq.fanout", &[]);
        for destination in [
            name.as_str(),
            &format!("/amq/queue/{name}"),
            &format!("/reply-queue/{name}"),
            "/exchange/amq.fanout/any",
            "/exchange/amq.topic/where.else",
        ] {
            client.publish(destination, "");
            assert_eq!(client.message().header("destination"), destination);
        }
    });
}

#[test]
fn reserved_names_are_refused() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/queue/amq.mine")], "");
        client.refused_somehow();
        assert_eq!(server.queue("amq.mine"), None);
    });
}

#[test]
fn names_that_begin_with_ours_are_reserved_too() {
    wharf_only("wharf is our name");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.send("SEND", &[("destination", "/queue/wharf.mine")], "");
        client.refused_somehow();
        assert_eq!(server.queue("wharf.mine"), None);
    });
}

#[test]
fn the_statistics_exchange_is_the_servers_own() {
    wharf_only("RabbitMQ has no such exchange");
    let server = Server::start();
    each_transport(|transport| {
        let mut client = server.connect(transport, "1.2");
        client.send("SEND", &[("destination", "/exchange/wharf.statistics/queues")], "{}");
        client.refused("forbidden");
    });
}

#[test]
fn a_composite_goes_to_each_of_its_parts() {
    wharf_only("RabbitMQ has no composite destinations");
    let server = Server::start();
    each(|transport, version| {
        let [queue, other, topic, direct] = ["/queue/q", "/queue/o", "/topic/t", "/exchange/amq.direct/d"].map(unique);
        let mut client = server.connect(transport, version);
        for destination in [&queue, &topic, &direct] {
            client.subscribe(destination, destination, &[]);
        }
        let all = [queue.as_str(), &topic, &direct, &other].join(",");
        assert_eq!(client.publish_with(&all, &[("color", "red")], "x"), 4);
        let mut got: Vec<_> = (0..3).map(|_| client.message()).collect();
        client.subscribe(&other, &other, &[]); // it was declared like any other
        got.push(client.message());
        for (message, part) in got.iter().zip([&queue, &topic, &direct, &other]) {
            assert_eq!((message.header("destination"), message.header("color")), (part.as_str(), "red"));
            assert_eq!(message.header("subscription"), part);
        }
        // Somebody who is reached by two parts gets it twice; parts that reach nobody count as none.
        assert_eq!(client.publish(&format!("{queue},{queue},/topic/nobody"), "y"), 2);
        assert_eq!(client.bodies(2), ["y", "y"]);
    });
}

#[test]
fn a_composite_is_carried_out_whole_or_not_at_all() {
    wharf_only("RabbitMQ has no composite destinations");
    let server = Server::start();
    each(|transport, version| {
        let queue = format!("/queue/{}", unique("whole"));
        let mut client = server.soft(transport, version);
        client.subscribe("1", &queue, &[]);
        for (bad, code) in [
            ("/exchange/nowhere/a", "not-found"),
            ("/nothing/a", "bad-destination"),
            ("/queue/", "bad-destination"),
            ("/kv/a/b", "unsupported"),
        ] {
            for composite in [format!("{queue},{bad}"), format!("{bad},{queue}")] {
                client.soft_request("SEND", &[("destination", &composite)], "never", code);
            }
        }
        client.expect_nothing();
        let composite = format!("{queue},/exchange/nowhere");
        server.connect(transport, version).refused_request("SEND", &[("destination", &composite)], "x", "not-found");
    });
}

#[test]
fn a_composite_has_at_most_16_parts() {
    wharf_only("RabbitMQ has no composite destinations");
    let server = Server::start();
    each(|transport, version| {
        let topic = format!("/topic/{}", unique("many"));
        let mut client = server.soft(transport, version);
        client.subscribe("1", &topic, &[]);
        assert_eq!(client.publish(&vec![topic.as_str(); 16].join(","), "x"), 16);
        assert_eq!(client.bodies(16).len(), 16);
        client.send("SEND", &[("destination", &vec![topic.as_str(); 17].join(","))], "x");
        let error = client.expect("ERROR");
        let code = error.header("x-code");
        assert!(["bad-destination", "too-large"].contains(&code), "{error:?}");
    });
}

#[test]
fn only_send_knows_composites() {
    wharf_only("RabbitMQ has no composite destinations");
    let server = Server::start();
    each(|transport, version| {
        let headers = [("id", "1"), ("destination", "/queue/a,/queue/b")];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "bad-destination");
    });
}

#[test]
fn what_is_not_offered_is_refused() {
    wharf_only("unsupported is our code");
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.soft(transport, version);
        let destination = "/kv/bucket/key";
        client.soft_request("SEND", &[("destination", destination)], "x", "unsupported");
        client.soft_request("SUBSCRIBE", &[("id", "1"), ("destination", destination)], "", "unsupported");
    });
}

#[test]
fn an_exclusive_queue_takes_messages_from_all_and_readers_from_its_own_connection() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("mine");
        let destination = format!("/queue/{name}");
        let mut owner = server.connect(transport, version);
        owner.subscribe("1", &destination, &[("exclusive", "true")]);
        let mut other = server.connect(transport, version);
        other.publish(&format!("/amq/queue/{name}"), "x");
        assert_eq!(owner.message().text(), "x");
        let headers = [("id", "1"), ("destination", destination.as_str())];
        other.refused_request("SUBSCRIBE", &headers, "", "resource-locked");
        owner.link.cut();
        server.queue_goes(&name);
    });
}

#[test]
fn an_exclusive_queue_takes_messages_by_its_ordinary_name() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/{}", unique("mine"));
        let mut owner = server.connect(transport, version);
        owner.subscribe("1", &destination, &[("exclusive", "true")]);
        server.connect(transport, version).publish(&destination, "x");
        assert_eq!(owner.message().text(), "x");
    });
}

#[test]
fn an_auto_delete_queue_goes_with_its_last_reader() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("auto");
        let destination = format!("/queue/{name}");
        let mut client = server.connect(transport, version);
        client.subscribe("1", &destination, &[("auto-delete", "true")]);
        client.subscribe("2", &destination, &[("auto-delete", "true")]);
        client.unsubscribe("1");
        client.publish(&format!("/amq/queue/{name}"), "x");
        assert_eq!(client.message().text(), "x");
        client.unsubscribe("2");
        server.queue_goes(&name);
    });
}

#[test]
fn what_is_not_durable_goes_with_its_connection() {
    let server = Server::start();
    each(|transport, version| {
        let name = unique("transient");
        let mut client = server.connect(transport, version);
        client.subscribe("1", &format!("/queue/{name}"), &[("durable", "false")]);
        let mut other = server.connect(transport, version);
        let headers = [("id", "1"), ("destination", &format!("/amq/queue/{name}") as &str)];
        other.refused_request("SUBSCRIBE", &headers, "", "resource-locked");
        client.link.cut();
        server.queue_goes(&name);
    });
}

#[test]
fn a_property_that_contradicts_the_queue_is_refused() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/{}", unique("contrary"));
        let mut client = server.connect(transport, version);
        client.publish(&destination, "");
        let headers = [("id", "1"), ("destination", destination.as_str()), ("auto-delete", "true")];
        server.connect(transport, version).refused_request("SUBSCRIBE", &headers, "", "precondition-failed");
    });
}

#[test]
fn a_property_that_is_not_said_is_not_compared() {
    let server = Server::start();
    each(|transport, version| {
        let destination = format!("/queue/{}", unique("taken"));
        let mut client = server.connect(transport, version);
        client.subscribe("1", &destination, &[("auto-delete", "true")]);
        let mut other = server.connect(transport, version);
        other.subscribe("1", &destination, &[]);
        other.publish(&destination, "x");
        other.unsubscribe("1");
    });
}
