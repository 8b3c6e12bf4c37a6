//! CloudEvents over WebSocket: a plain client sends and receives; who wants more asks with control events.

use acceptance::{Directory, EventSocket, Launch, Opcode, Request, Server, Transport, Upgrade, WebSocket, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

fn publish(server: &Server, path: &str, numbers: Range<u32>) {
    let event = |number| json!({ "specversion": "1.0", "id": format!("{number}"), "source": "/shop", "type": "t", "n": number });
    let batch: Vec<Value> = numbers.map(event).collect();
    let request = Request::new("POST", path).basic("guest", "guest").body(json!(batch).to_string());
    assert_eq!(server.send(&request.header("Content-Type", "application/cloudevents-batch+json")).status, 202);
}

fn texts(numbers: Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

/// A connection that reads a destination.
fn reader(server: &Server, destination: &str, more: &[(&str, &str)]) -> EventSocket {
    let mut reader = EventSocket::open(server, &[&[("subscribe", destination)], more].concat());
    assert_eq!(reader.told("subscribed"), json!({ "subscription": destination }));
    reader
}

fn upgrade(server: &Server, path: &str, protocols: &str) -> Result<WebSocket, acceptance::Response> {
    WebSocket::open(server.http, &Upgrade::default().path(path).protocols(protocols))
}

#[test]
fn a_plain_client_sends_and_receives() {
    let server = Server::start();
    let parameters = [("subscribe", "/topic/orders.#"), ("publish", "/topic/orders.eu"), ("confirm", "false")];
    let mut client = EventSocket::open(&server, &parameters);
    // Nothing else came: the subscription is not told of, nor what was published.
    for id in ["1", "2"] {
        client.send(id, json!({ "time": "2018-04-26T14:48:09+02:00", "n": 5, "data": { "a": [1, 2] } }));
        let expected = json!({
            "specversion": "1.0", "id": id, "source": "/shop", "type": "order.placed", "time": "2018-04-26T14:48:09+02:00",
            "n": 5, "datacontenttype": "application/json", "data": { "a": [1, 2] }, "wharfsubscription": "/topic/orders.#"
        });
        assert_eq!(client.event(), expected);
    }
}

#[test]
fn one_connection_reads_several_sources_and_tells_them_apart() {
    let server = Server::start();
    publish(&server, "/events/stream/s", 0..1);
    publish(&server, "/events/queue/a%2Fb", 1..2);
    let sources = ["/stream/s", "/queue/a%2Fb", "/topic/t.*", "/exchange/amq.fanout", "/exchange/amq.direct/k"];
    let mut parameters = sources.map(|source| ("subscribe", source)).to_vec();
    parameters.push(("from", "first"));
    let mut client = EventSocket::open(&server, &parameters);
    let mut read = Vec::new();
    let mut begun = 0;
    while begun < sources.len() {
        let event = client.event();
        match event["wharfsubscription"].as_str() {
            Some(source) => read.push((event["id"].clone(), source.to_owned())),
            None => begun += 1,
        }
    }
    for (number, destination) in [(2, "topic/t.1"), (3, "exchange/amq.fanout"), (4, "exchange/amq.direct/k")] {
        publish(&server, &format!("/events/{destination}"), number..number + 1);
    }
    while read.len() < sources.len() {
        let event = client.delivery();
        read.push((event["id"].clone(), event["wharfsubscription"].as_str().unwrap_or_default().to_owned()));
    }
    read.sort_by_key(|(id, _)| id.to_string());
    let expected: Vec<_> =
        (0..).zip(sources).map(|(number, source)| (json!(format!("{number}")), source.to_owned())).collect();
    assert_eq!(read, expected);
}

#[test]
fn the_client_chooses_the_protocol_by_its_order() {
    let server = Server::start();
    for path in ["/ws", "/stomp"] {
        for (offered, chosen) in [
            ("cloudevents.json", "cloudevents.json"),
            ("cloudevents.proto, cloudevents.json", "cloudevents.proto"),
            ("mqtt, cloudevents.json, v12.stomp", "cloudevents.json"),
            ("v11.stomp, cloudevents.json, v12.stomp", "v12.stomp"),
        ] {
            let socket = upgrade(&server, path, offered).expect("it upgrades");
            assert_eq!(socket.response.header("sec-websocket-protocol"), Some(chosen), "{offered}");
        }
    }
    let refused = upgrade(&server, "/ws", "cloudevents.avro, mqtt").expect_err("neither is known");
    assert_eq!(refused.status, 400);
    for name in ["v12.stomp", "v11.stomp", "v10.stomp", "cloudevents.json", "cloudevents.proto"] {
        assert!(refused.text().contains(name), "{refused:?}");
    }
}

#[test]
fn what_a_url_cannot_ask_for_is_refused_before_the_upgrade() {
    let server = Server::start();
    for query in
        ["subscribed=/topic/a", "subscribe=/nowhere", "subscribe=/topic/a&from=first", "subscribe=/queue/q&type=a"]
    {
        let refused = upgrade(&server, &format!("/ws?{query}"), "cloudevents.json").expect_err("it is refused");
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("bad_request")), "{query}");
    }
    let wrong = Upgrade::default().header("Authorization", "Basic Z3Vlc3Q6d3Jvbmc=");
    assert_eq!(EventSocket::try_open(&server, &[], wrong).expect_err("it is refused").status, 401);
}

#[test]
fn protobuf_travels_in_binary_messages() {
    let server = Server::start();
    let upgrade = Upgrade::default().path("/ws?subscribe=/queue/q&publish=/queue/q&confirm=false");
    let upgrade = upgrade.protocols("cloudevents.proto").header("Authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=");
    let mut socket = WebSocket::open(server.http, &upgrade).expect("it upgrades");
    // id, source, spec_version, type, and text_data.
    let octets = b"\x0a\x011\x12\x02/a\x1a\x031.0\x22\x01t\x3a\x02hi";
    socket.send(Opcode::Binary, octets).expect("the server reads");
    let frame = socket.frame();
    assert_eq!(frame.opcode, Opcode::Binary);
    assert!(frame.payload.starts_with(&octets[..octets.len() - 4]), "{frame:?}");
    let has = |part: &[u8]| frame.payload.windows(part.len()).any(|window| window == part);
    assert!(has(b"wharfsubscription") && has(b"\x3a\x02hi"), "{frame:?}");
    socket.send(Opcode::Text, b"{}").expect("the server reads");
    let error = socket.frame();
    assert!(error.payload.windows(19).any(|window| window == b"wharf.control.error"), "{error:?}");
    assert_eq!(socket.frame().close_code(), Some(1003));
}

#[test]
fn a_publish_is_confirmed_by_source_and_id_once_it_is_kept() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    let mut client = EventSocket::open(&server, &[("publish", "/queue/q")]);
    for number in 0..20 {
        client.send(&number.to_string(), json!({}));
    }
    for id in texts(0..20) {
        assert_eq!(client.told("confirmed"), json!({ "source": "/shop", "id": id, "routed": 1 }));
    }
    client.send("s", json!({ "wharfdestination": "/stream/s" }));
    assert_eq!(client.told("confirmed"), json!({ "source": "/shop", "id": "s", "routed": 1, "stream_offset": 0 }));
    server.program().kill();
    let server = launch.start();
    assert_eq!((server.queue_number("q", "messages"), server.queue_number("s", "messages")), (20, 1));
    let mut reader = reader(&server, "/stream/s", &[("from", "first")]);
    assert_eq!(reader.delivery().get("wharfdestination"), None, "it was for us");
}

#[test]
fn a_publish_that_is_refused_is_named_and_the_connection_goes_on() {
    let server = Server::start();
    let mut client = EventSocket::open(&server, &[]);
    client.send("1", json!({}));
    assert_eq!(client.refused("bad_request")["id"], "1", "it has no destination");
    for (id, destination, error) in [
        ("2", "/nowhere/a", "bad_request"),
        ("3", "/exchange/none/k", "not_found"),
        ("4", "/exchange/wharf.statistics/k", "access_refused"),
    ] {
        client.send(id, json!({ "wharfdestination": destination }));
        let refused = client.refused(error);
        assert_eq!((&refused["source"], &refused["id"]), (&json!("/shop"), &json!(id)));
    }
    client.send_text("{}");
    assert_eq!(client.refused("invalid_event").get("id"), None);
    client.send("5", json!({ "wharfdestination": "/queue/q" }));
    assert_eq!(client.told("confirmed")["id"], "5");
}

#[test]
fn who_has_no_headers_logs_in_with_its_first_event() {
    let server = Launch::new().config("[limits]\nlogin_time = 1000").start();
    let mut client = EventSocket::stranger(&server, &[("subscribe", "/queue/q"), ("publish", "/queue/q")]);
    let consumers = server.api("GET", "/api/consumers").json();
    assert_eq!(consumers, json!([]), "nothing is read before");
    let id = client.ask("auth", json!({ "user": "guest", "password": "guest" }));
    assert_eq!(client.told("confirmed"), json!({ "source": "/shop", "id": id, "user": "guest" }));
    client.told("subscribed");
    // Again on the live connection; what is wrong changes nothing.
    client.ask("auth", json!({ "user": "guest", "password": "wrong" }));
    client.refused("not_authorised");
    client.ask("auth", json!({ "user": "guest", "password": "guest" }));
    client.told("confirmed");
    client.send("1", json!({}));
    let mut both = [client.event(), client.event()].map(|event| event["type"].as_str().unwrap_or_default().to_owned());
    both.sort();
    assert_eq!(both, ["order.placed", "wharf.control.confirmed"]);

    let mut wrong = EventSocket::stranger(&server, &[]);
    wrong.ask("auth", json!({ "user": "guest", "password": "wrong" }));
    wrong.refused("not_authorised");
    wrong.closed(1008);
    let mut impatient = EventSocket::stranger(&server, &[("publish", "/queue/q")]);
    impatient.send("1", json!({}));
    impatient.refused("not_authorised");
    impatient.closed(1008);
    let mut silent = EventSocket::stranger(&server, &[]);
    silent.refused("not_authorised");
    silent.closed(1008);
}

#[test]
fn subscriptions_begin_and_end_by_control_events() {
    let server = Server::start();
    let mut client = EventSocket::open(&server, &[]);
    let id =
        client.ask("subscribe", json!({ "subscription": "mine", "destination": "/topic/a", "type": "order.paid" }));
    assert_eq!(client.told("subscribed"), json!({ "subscription": "mine", "source": "/shop", "id": id }));
    client.ask("subscribe", json!({ "destination": "/stream/s", "from": "first" }));
    assert_eq!(client.told("subscribed")["subscription"], "/stream/s");
    client.ask("subscribe", json!({ "subscription": "mine", "destination": "/queue/q" }));
    client.refused("bad_request");
    client.ask("subscribe", json!({ "destination": "/amq/queue/none" }));
    client.refused("not_found");
    client.ask("unsubscribe", json!({ "subscription": "other" }));
    client.refused("not_found");
    let mut publisher = EventSocket::open(&server, &[("publish", "/topic/a"), ("confirm", "false")]);
    publisher.send("1", json!({}));
    publisher.send("2", json!({ "type": "order.paid" }));
    let event = client.delivery();
    assert_eq!((&event["id"], &event["wharfsubscription"]), (&json!("2"), &json!("mine")));
    publisher.send("3", json!({ "wharfdestination": "/stream/s" }));
    assert_eq!(client.delivery()["wharfsubscription"], "/stream/s");
    let id = client.ask("unsubscribe", json!({ "subscription": "mine" }));
    let ended = json!({ "subscription": "mine", "reason": "unsubscribed", "source": "/shop", "id": id });
    assert_eq!(client.told("ended"), ended);
    server.delete_queue("s");
    assert_eq!(client.told("ended"), json!({ "subscription": "/stream/s", "reason": "deleted" }));
}

#[test]
fn what_is_not_acked_comes_again_after_the_connection_is_lost() {
    let server = Server::start();
    publish(&server, "/events/queue/q", 0..4);
    let acks = [("ack", "client")];
    let mut client = reader(&server, "/queue/q", &acks);
    let events: Vec<Value> = (0..4).map(|_| client.delivery()).collect();
    let id = client.ask("ack", json!({ "delivery": events[1]["wharfdelivery"] }));
    assert_eq!(client.told("confirmed"), json!({ "source": "/shop", "id": id }));
    client.ask("nack", json!({ "delivery": events[2]["wharfdelivery"], "requeue": false }));
    client.told("confirmed");
    assert_eq!(events[0].get("wharfdeliverycount"), None);
    client.cut();
    server.queue_goes_idle("q");
    let mut client = reader(&server, "/queue/q", &acks);
    let again = [client.delivery(), client.delivery()];
    assert_eq!(again.each_ref().map(|event| event["id"].clone()), ["0", "3"]);
    assert_eq!(again[0]["wharfdeliverycount"], "2");
    client.ask("nack", json!({ "delivery": again[0]["wharfdelivery"] }));
    let mut events = [client.event(), client.event()];
    events.sort_by_key(|event| event["type"].to_string());
    assert_eq!((&events[0]["id"], &events[0]["wharfdeliverycount"]), (&json!("0"), &json!("3")), "it is back at once");
    client.ask("ack", json!({ "delivery": "1-99" }));
    client.refused("not_found");
    client.ask("ack", json!({ "delivery": "first" }));
    client.refused("invalid_event");
}

#[test]
fn whatever_is_lost_with_connections_every_event_comes_until_it_is_acked() {
    let server = Server::start();
    publish(&server, "/events/queue/q", 0..200);
    let mut seen = BTreeSet::new();
    for round in 0.. {
        let left = server.queue_number("q", "messages");
        if left == 0 {
            break;
        }
        let mut client = reader(&server, "/queue/q", &[("ack", "client"), ("prefetch", "20"), ("confirm", "true")]);
        // Each connection is lost after another number of events, of which it acked all but the last two.
        for number in 0..(round % 17 + 3).min(left) {
            let event = loop {
                let event = client.event();
                if event["wharfsubscription"].is_string() {
                    break event;
                }
            };
            seen.insert(event["id"].as_str().expect("an id").to_owned());
            if number + 2 < left.min(round % 17 + 3) || left <= 2 {
                client.ask("ack", json!({ "delivery": event["wharfdelivery"] }));
            }
        }
        client.cut();
        server.queue_goes_idle("q");
    }
    assert_eq!(seen, texts(0..200).into_iter().collect());
}

#[test]
fn events_are_done_by_being_sent_if_nobody_wants_to_ack() {
    let server = Server::start();
    publish(&server, "/events/queue/q", 0..3);
    let mut client = reader(&server, "/queue/q", &[]);
    let event = client.delivery();
    assert_eq!((&event["id"], event.get("wharfdelivery")), (&json!("0"), None));
    assert_eq!(client.ids(2), texts(1..3));
    assert_eq!(server.queue_number("q", "messages"), 0);
}

#[test]
fn prefetch_and_credit_bound_what_comes() {
    let server = Server::start();
    publish(&server, "/events/queue/q", 0..10);
    let mut client = reader(&server, "/queue/q", &[("ack", "client"), ("prefetch", "2")]);
    let first = client.delivery();
    client.delivery();
    assert_eq!(server.queue_number("q", "messages_unacknowledged"), 2);
    client.ask("ack", json!({ "delivery": first["wharfdelivery"] }));
    let next = [client.event(), client.event()];
    assert!(next.iter().any(|event| event["id"] == "2"), "{next:?}");
    client.cut();
    server.queue_goes_idle("q");
    let mut client = EventSocket::open(&server, &[]);
    client.ask("subscribe", json!({ "destination": "/queue/q", "subscription": "c", "credit": 1 }));
    client.told("subscribed");
    assert_eq!(client.ids(1), ["1"]);
    assert_eq!(server.queue_number("q", "messages_ready"), 8);
    client.ask("credit", json!({ "subscription": "c", "count": 3 }));
    let mut events: Vec<Value> = (0..4).map(|_| client.event()).collect();
    events.retain(|event| event["wharfsubscription"] == "c");
    assert_eq!(events.len(), 3);
    assert_eq!(server.queue_number("q", "messages_ready"), 5);
}

#[test]
fn a_reader_of_a_stream_knows_where_it_is_and_goes_on_there() {
    let server = Server::start();
    publish(&server, "/events/stream/s", 0..5);
    let mut client = reader(&server, "/stream/s", &[("from", "offset:1")]);
    let event = client.delivery();
    let offset = event["wharfoffset"].as_str().expect("it has an offset");
    assert_eq!((offset, &event["sequence"]), ("1", &json!("00000000000000000001")));
    let epoch = event["wharfepoch"].as_str().expect("it has an epoch").to_owned();
    client.cut();
    publish(&server, "/events/stream/s", 5..6);
    let mut client = EventSocket::open(&server, &[]);
    let from = |epoch: &str| json!({ "destination": "/stream/s", "from": "offset:2", "epoch": epoch });
    client.ask("subscribe", from(&epoch));
    client.told("subscribed");
    assert_eq!(client.ids(4), texts(2..6));
    client.ask("unsubscribe", json!({ "subscription": "/stream/s" }));
    client.told("ended");
    client.ask("subscribe", from("1"));
    client.refused("epoch_changed");
    // An event that has a sequence keeps it.
    let mut publisher = EventSocket::open(&server, &[("publish", "/stream/s")]);
    publisher.send("own", json!({ "sequence": "b7" }));
    publisher.told("confirmed");
    assert_eq!(reader(&server, "/stream/s", &[("from", "last")]).delivery()["sequence"], "b7");
}

#[test]
fn a_group_goes_on_where_it_was() {
    let server = Server::start();
    publish(&server, "/events/stream/s", 0..6);
    let terms = [("from", "resume:billing"), ("ack", "client")];
    let mut client = reader(&server, "/stream/s", &terms);
    for _ in 0..3 {
        let event = client.delivery();
        if event["id"] != "2" {
            client.ask("ack", json!({ "delivery": event["wharfdelivery"] }));
        }
    }
    // Two acks are confirmed, among what else comes.
    let mut confirmed = 0;
    while confirmed < 2 {
        confirmed += usize::from(client.event()["type"] == "wharf.control.confirmed");
    }
    client.cut();
    eventually("nobody reads", || (server.api("GET", "/api/consumers").json() == json!([])).then_some(()));
    let mut client = reader(&server, "/stream/s", &terms);
    assert_eq!(client.ids(4), texts(2..6), "what was acked is done, and nothing else");
}

#[test]
fn what_is_left_out_is_not_waited_for() {
    let server = Server::start();
    publish(&server, "/events/stream/s", 0..1_000);
    publish(&server, "/events/stream/s", 1_000..2_000);
    let terms = [("from", "first"), ("filter", "n = 1999"), ("ack", "client"), ("prefetch", "5")];
    assert_eq!(reader(&server, "/stream/s", &terms).ids(1), ["1999"]);
    let terms = [("from", "first"), ("filter", "n > 1997"), ("credit", "1")];
    assert_eq!(reader(&server, "/stream/s", &terms).ids(1), ["1998"]);
}

#[test]
fn each_breach_has_its_close_code() {
    let server = Launch::new().config("[limits]\nevent = 100000").start();
    let open = || EventSocket::open(&server, &[("publish", "/queue/q"), ("confirm", "false")]);
    let mut client = open();
    client.socket.send(Opcode::Binary, b"{}").expect("the server reads");
    client.refused("invalid_event");
    client.closed(1003);
    let mut client = open();
    client.socket.send(Opcode::Text, b"\"\xff\"").expect("the server reads");
    client.refused("invalid_event");
    assert_eq!(client.frame().close_code(), Some(1007));
    let mut client = open();
    client.send("1", json!({ "data": "x".repeat(90_000) }));
    client.send("2", json!({ "data": "x".repeat(100_000) }));
    client.refused("too_large");
    assert_eq!(client.frame().close_code(), Some(1009));
    assert_eq!(server.queue_number("q", "messages"), 1, "the one before was good");
    let mut client = open();
    for _ in 0..17 {
        client.send_text("{}");
    }
    for _ in 0..17 {
        client.refused("invalid_event");
    }
    client.refused("invalid_event");
    client.closed(1008);
}

#[test]
fn a_subscription_of_the_url_that_cannot_be_ends_the_connection() {
    let server = Launch::new().config("[limits]\nqueues = 1").start();
    let mut missing = EventSocket::open(&server, &[("subscribe", "/amq/queue/none")]);
    missing.refused("not_found");
    missing.closed(1008);
    let _first = reader(&server, "/topic/a", &[]);
    let mut second = EventSocket::open(&server, &[("subscribe", "/topic/b")]);
    second.refused("limit_reached");
    second.closed(1013);
    let mut nowhere = EventSocket::open(&server, &[("vhost", "none")]);
    nowhere.refused("not_found");
    nowhere.closed(1008);
}

#[test]
fn clients_are_told_when_the_server_stops_or_an_operator_wants_them_gone() {
    let mut server = Server::start();
    let mut client = reader(&server, "/topic/a", &[]);
    let connections = server.api("GET", "/api/connections").json();
    let row = &connections[0];
    assert_eq!((&row["protocol"], &row["user"]), (&json!("CloudEvents cloudevents.json"), &json!("guest")));
    let name = acceptance::encode_component(row["name"].as_str().expect("it is listed"));
    assert_eq!(server.api("DELETE", &format!("/api/connections/{name}")).status, 204);
    assert_eq!(client.told("notice")["notice"], "draining");
    client.closed(1001);
    let mut client = reader(&server, "/topic/a", &[]);
    let mut stranger = EventSocket::stranger(&server, &[]);
    server.program().terminate();
    for client in [&mut client, &mut stranger] {
        assert_eq!(client.told("notice")["notice"], "draining");
        client.closed(1001);
    }
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn a_client_that_does_not_read_costs_no_more_than_its_window() {
    let server = Server::start();
    let idle = reader(&server, "/queue/q", &[]);
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    let body = vec![b'x'; 32 * 1024];
    for _ in 0..1_000 {
        publisher.publish("/queue/q", &body);
    }
    let ready = server.queue_number("q", "messages_ready");
    assert!(ready > 600, "sockets and a window hold some, and the rest waits: {ready}");
    drop(idle);
    let mut other = reader(&server, "/queue/q", &[]);
    assert_eq!(other.delivery()["type"], "wharf.message");
}

#[test]
fn who_sends_and_does_not_read_the_answers_is_not_read_from() {
    let server = Server::start();
    let mut deaf = EventSocket::open(&server, &[("publish", "/topic/a")]);
    let before = server.resident();
    let event = json!({ "specversion": "1.0", "id": "x".repeat(20_000), "source": "/a", "type": "t" }).to_string();
    deaf.socket.send(Opcode::Text, event.as_bytes()).expect("the server reads");
    assert_eq!(deaf.told("confirmed")["routed"], 0);
    // Sockets fill up in both directions, and then nothing more is taken: the write times out, which is what is wanted.
    deaf.socket.set_write_timeout(Duration::from_secs(5));
    let taken = (0..20_000).take_while(|_| deaf.socket.send(Opcode::Text, event.as_bytes()).is_ok()).count();
    assert!(taken < 19_000, "{taken} events were taken, 400 MB of answers are owed");
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 50 * 1024 * 1024, "the server grew by {grown}");
}
