//! What an operator does through the API beside queues: exchanges, bindings, messages, connections, the node.

use acceptance::{Launch, Request, Response, Server, Transport, all_transports, eventually};
use serde_json::{Value, json};

fn call(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    server.send(&Request::new(method, &format!("/api/{path}")).basic("guest", "guest").json(&body.to_string()))
}

fn get(server: &Server, path: &str) -> Value {
    let response = server.api("GET", &format!("/api/{path}"));
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.json()
}

fn put_queue(server: &Server, name: &str, arguments: &Value) {
    let response = call(server, "PUT", &format!("queues/%2F/{name}"), &json!({ "arguments": arguments }));
    assert_eq!(response.status, 201, "{}", response.text());
}

fn look(server: &Server, queue: &str, count: u64, ackmode: &str) -> Vec<Value> {
    let body = json!({ "count": count, "ackmode": ackmode, "encoding": "auto" });
    let response = call(server, "POST", &format!("queues/%2F/{queue}/get"), &body);
    assert_eq!(response.status, 200, "{}", response.text());
    response.json().as_array().expect("a list").clone()
}

fn payloads(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["payload"].as_str().expect("a text")).collect()
}

#[test]
fn an_exchange_is_declared_once_lives_and_is_deleted() {
    let server = Server::start();
    let declare = |body: &Value| call(&server, "PUT", "exchanges/%2F/orders", body).status;
    assert_eq!(declare(&json!({ "type": "topic", "durable": true })), 201);
    assert_eq!(declare(&json!({ "type": "topic", "durable": true, "arguments": {} })), 204);
    assert_eq!(declare(&json!({ "type": "fanout", "durable": true })), 400, "it differs");
    let row = get(&server, "exchanges/%2F/orders");
    assert_eq!((&row["type"], &row["durable"], &row["internal"]), (&json!("topic"), &json!(true), &json!(false)));
    put_queue(&server, "q", &json!({}));
    assert_eq!(call(&server, "POST", "bindings/%2F/e/orders/q/q", &json!({ "routing_key": "eu.#" })).status, 201);
    let mut client = server.client();
    client.publish("/exchange/orders/eu.de", "1");
    assert_eq!(server.queue_number("q", "messages_ready"), 1);
    assert_eq!(server.api("DELETE", "/api/exchanges/%2F/orders?if-unused=true").status, 400, "it has a binding");
    assert_eq!(server.api("DELETE", "/api/exchanges/%2F/orders").status, 204);
    assert_eq!(server.api("DELETE", "/api/exchanges/%2F/orders").status, 404);
    assert_eq!(get(&server, "queues/%2F/q/bindings").as_array().map(Vec::len), Some(1), "that of the default exchange");
}

#[test]
fn an_alternate_exchange_takes_what_is_not_routed() {
    let server = Server::start();
    put_queue(&server, "rest", &json!({}));
    let body = json!({ "type": "direct", "arguments": { "alternate-exchange": "amq.fanout" } });
    assert_eq!(call(&server, "PUT", "exchanges/%2F/main", &body).status, 201);
    assert_eq!(get(&server, "exchanges/%2F/main")["arguments"], body["arguments"]);
    assert_eq!(call(&server, "POST", "bindings/%2F/e/amq.fanout/q/rest", &json!({})).status, 201);
    let published = call(&server, "POST", "exchanges/%2F/main/publish", &json!({ "routing_key": "x", "payload": "1" }));
    assert_eq!(published.json(), json!({ "routed": true }));
    assert_eq!(server.queue_number("rest", "messages_ready"), 1);
}

#[test]
fn exchanges_that_the_server_owns_are_left_alone() {
    let server = Server::start();
    for name in ["amq.topic", "amq.default", "wharf.statistics", "amq.mine"] {
        let path = format!("exchanges/%2F/{name}");
        assert_eq!(call(&server, "PUT", &path, &json!({ "type": "topic" })).status, 403, "{name}");
        assert_eq!(server.api("DELETE", &format!("/api/{path}")).status, 403, "{name}");
    }
    let statistics = json!({ "routing_key": "queues", "payload": "forged" });
    assert_eq!(call(&server, "POST", "exchanges/%2F/wharf.statistics/publish", &statistics).status, 403);
    assert_eq!(call(&server, "POST", "bindings/%2F/e/amq.default/q/q", &json!({})).status, 403);
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let server = Server::start();
    for (body, said) in [
        (json!({ "type": "x-delayed" }), "type"),
        (json!({}), "type"),
        (json!({ "type": "topic", "auto_delete": true }), "auto_delete"),
        (json!({ "type": "topic", "internal": true }), "internal"),
        (json!({ "type": "topic", "arguments": { "x-unknown": 1 } }), "x-unknown"),
        (json!({ "type": "topic", "arguments": { "alternate-exchange": 1 } }), "alternate-exchange"),
        (json!([]), "body"),
    ] {
        let response = call(&server, "PUT", "exchanges/%2F/e", &body);
        assert_eq!(response.status, 400, "{body}");
        assert!(response.json()["reason"].as_str().is_some_and(|reason| reason.contains(said)), "{}", response.text());
    }
}

#[test]
fn bindings_are_listed_from_both_sides_and_taken_back_by_their_key() {
    let server = Server::start();
    put_queue(&server, "q", &json!({}));
    let bind = |body: &Value| call(&server, "POST", "bindings/%2F/e/amq.headers/q/q", body);
    let first = bind(&json!({ "arguments": { "x-match": "any", "kind": "order", "urgent": true } }));
    assert_eq!(first.status, 201);
    assert_eq!(bind(&json!({ "arguments": { "x-match": "all", "kind": "order" } })).status, 201);
    let between = get(&server, "bindings/%2F/e/amq.headers/q/q");
    assert_eq!(between.as_array().map(Vec::len), Some(2));
    assert_eq!(get(&server, "exchanges/%2F/amq.headers/bindings/source"), between);
    assert_eq!(get(&server, "exchanges/%2F/amq.headers/bindings/destination"), json!([]));
    assert_eq!(get(&server, "queues/%2F/q/bindings").as_array().map(Vec::len), Some(3));
    assert_eq!(get(&server, "bindings/%2F").as_array().map(Vec::len), Some(3));
    let location = first.header("location").expect("it says where the binding is").to_owned();
    let binding = server.api("GET", &location).json();
    assert_eq!(binding["arguments"], json!({ "x-match": "any", "kind": "order", "urgent": "true" }));
    assert_eq!(server.api("DELETE", &location).status, 204);
    assert_eq!(server.api("DELETE", &location).status, 404);
    assert_eq!(get(&server, "bindings/%2F/e/amq.headers/q/q").as_array().map(Vec::len), Some(1));
    assert_eq!(bind(&json!({ "arguments": { "x-match": "some" } })).status, 400);
    assert_eq!(call(&server, "POST", "bindings/%2F/e/amq.topic/q/none", &json!({})).status, 404);
    assert_eq!(call(&server, "POST", "bindings/%2F/e/none/q/q", &json!({})).status, 404);
}

#[test]
fn a_message_that_the_api_publishes_is_like_any_other() {
    all_transports(|transport| {
        let server = Server::start();
        let mut client = server.connect(transport, "1.2");
        client.subscribe("1", "/topic/news.*", &[]);
        let body = json!({
            "routing_key": "news.eu", "payload": "häuser",
            "properties": {
                "content_type": "text/plain", "delivery_mode": 2, "correlation_id": "c", "message_id": "m",
                "headers": { "x-own": "a:b", "number": 7 },
            },
        });
        let published = call(&server, "POST", "exchanges/%2F/amq.topic/publish", &body);
        assert_eq!(published.json(), json!({ "routed": true }));
        let message = client.message();
        assert_eq!(message.body, "häuser".as_bytes());
        for (name, value) in [
            ("destination", "/topic/news.eu"),
            ("content-type", "text/plain"),
            ("persistent", "true"),
            ("correlation-id", "c"),
            ("amqp-message-id", "m"),
            ("x-own", "a:b"),
            ("number", "7"),
        ] {
            assert_eq!(message.header(name), value, "{name}");
        }
    });
}

#[test]
fn a_publication_that_cannot_be_is_refused_and_one_to_nobody_is_told() {
    let server = Server::start();
    let publish =
        |exchange: &str, body: &Value| call(&server, "POST", &format!("exchanges/%2F/{exchange}/publish"), body);
    let nobody = publish("amq.default", &json!({ "routing_key": "none", "payload": "" }));
    assert_eq!(nobody.json(), json!({ "routed": false }));
    assert_eq!(server.queue("none"), None, "it is not declared by that");
    assert_eq!(publish("none", &json!({ "routing_key": "", "payload": "" })).status, 404);
    for body in [
        json!({ "payload": "no key" }),
        json!({ "routing_key": "q", "payload": "!", "payload_encoding": "base64" }),
        json!({ "routing_key": "q", "payload": "", "payload_encoding": "latin" }),
        json!({ "routing_key": "q", "payload": "", "properties": { "headers": { "subscription": "1" } } }),
        json!({ "routing_key": "q", "payload": "", "properties": { "expiration": "soon" } }),
        json!({ "routing_key": "x".repeat(256), "payload": "" }),
    ] {
        assert_eq!(publish("amq.default", &body).status, 400, "{body}");
    }
}

#[test]
fn a_large_message_is_published_and_one_that_no_client_may_send_is_not() {
    let server = Launch::new().config("[limits]\nbody = 90000\nframe = 100000").start();
    put_queue(&server, "q", &json!({}));
    let publish = |size: usize| {
        let body = json!({ "routing_key": "q", "payload": "x".repeat(size) });
        call(&server, "POST", "exchanges/%2F/amq.default/publish", &body).status
    };
    assert_eq!(publish(80_000), 200);
    assert_eq!(publish(1_000_000), 413);
}

#[test]
fn messages_are_looked_at_without_being_touched() {
    let server = Server::start();
    let mut client = server.client();
    for body in ["1", "2", "3"] {
        client.publish_with("/queue/q", &[("content-type", "text/plain"), ("own", "x")], body);
    }
    let seen = look(&server, "q", 2, "ack_requeue_true");
    assert_eq!(payloads(&seen), ["1", "2"]);
    let first = &seen[0];
    assert_eq!((&first["message_count"], &first["redelivered"]), (&json!(2), &json!(false)));
    assert_eq!((&first["exchange"], &first["routing_key"]), (&json!(""), &json!("q")));
    assert_eq!(first["properties"]["content_type"], "text/plain");
    assert_eq!(first["properties"]["headers"], json!({ "own": "x" }));
    assert_eq!(payloads(&look(&server, "q", 9, "reject_requeue_true")), ["1", "2", "3"]);
    client.subscribe("1", "/queue/q", &[("ack", "client")]);
    let message = client.message();
    assert_eq!((message.header("redelivered"), message.body.as_slice()), ("false", b"1".as_slice()));
}

#[test]
fn messages_are_taken_and_rejected() {
    let server = Server::start();
    put_queue(&server, "dead", &json!({}));
    let arguments = json!({ "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead" });
    put_queue(&server, "q", &arguments);
    let mut client = server.client();
    for body in ["1", "2", "3"] {
        client.publish("/queue/q", body);
    }
    assert_eq!(payloads(&look(&server, "q", 1, "ack_requeue_false")), ["1"]);
    assert_eq!(payloads(&look(&server, "q", 1, "reject_requeue_false")), ["2"]);
    assert_eq!(payloads(&look(&server, "q", 9, "ack_requeue_true")), ["3"]);
    let dead = look(&server, "dead", 9, "ack_requeue_true");
    assert_eq!(payloads(&dead), ["2"]);
}

#[test]
fn octets_that_are_no_text_are_shown_as_base64_and_long_ones_are_cut() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/q", [0xff, 0x00]);
    client.publish("/queue/q", "häuser");
    let get = |body: &Value| call(&server, "POST", "queues/%2F/q/get", body);
    let seen = get(&json!({ "count": 2, "ackmode": "ack_requeue_true", "encoding": "auto", "truncate": 2 })).json();
    assert_eq!((&seen[0]["payload"], &seen[0]["payload_encoding"]), (&json!("/wA="), &json!("base64")));
    assert_eq!((&seen[1]["payload"], &seen[1]["payload_bytes"]), (&json!("h"), &json!(7)));
    let seen = get(&json!({ "count": 2, "ackmode": "ack_requeue_true", "encoding": "base64" })).json();
    assert_eq!(seen[1]["payload_encoding"], "base64");
    for bad in [
        json!({ "count": 0, "ackmode": "ack_requeue_true" }),
        json!({ "count": 1001, "ackmode": "ack_requeue_true" }),
        json!({ "count": 1, "ackmode": "peek" }),
        json!({ "count": 1 }),
        json!({ "count": -1, "ackmode": "ack_requeue_true" }),
    ] {
        assert_eq!(get(&bad).status, 400, "{bad}");
    }
}

#[test]
fn a_purge_leaves_what_is_unacked() {
    let server = Server::start();
    let mut client = server.client();
    for _ in 0..5 {
        client.publish("/queue/q", "x");
    }
    client.subscribe("1", "/queue/q", &[("ack", "client-individual"), ("prefetch-count", "1")]);
    let kept = client.message();
    assert_eq!(server.api("DELETE", "/api/queues/%2F/q/contents").status, 204);
    assert_eq!(server.queue_number("q", "messages_ready"), 0);
    assert_eq!(server.queue_number("q", "messages_unacknowledged"), 1);
    client.ack(&kept);
    client.sync();
    assert_eq!(server.queue_number("q", "messages"), 0);
    assert_eq!(server.api("DELETE", "/api/queues/%2F/none/contents").status, 404);
}

#[test]
fn messages_move_to_another_queue_in_order() {
    let server = Server::start();
    put_queue(&server, "target", &json!({}));
    let mut client = server.client();
    for number in 0..2_500 {
        client.publish("/queue/q", number.to_string());
    }
    let act = |body: &Value| call(&server, "POST", "queues/%2F/q/actions", body);
    assert_eq!(act(&json!({ "action": "move", "destination": "target", "count": 3 })).json(), json!({ "moved": 3 }));
    assert_eq!(act(&json!({ "action": "move", "destination": "target" })).json(), json!({ "moved": 2_497 }));
    let moved = look(&server, "target", 1_000, "ack_requeue_true");
    let expected: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    assert_eq!(payloads(&moved), expected);
    assert_eq!((server.queue_number("q", "messages"), server.queue_number("target", "messages")), (0, 2_500));
    assert_eq!(act(&json!({ "action": "move", "destination": "none" })).status, 404);
    assert_eq!(act(&json!({ "action": "move", "destination": "q" })).status, 400);
    assert_eq!(act(&json!({ "action": "sync" })).status, 400);
}

#[test]
fn consumers_are_listed_with_what_they_have() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/q", "x");
    client.subscribe("7", "/queue/q", &[("ack", "client"), ("prefetch-count", "5")]);
    client.message();
    client.subscribe("8", "/queue/other", &[]);
    let consumers = get(&server, "consumers/%2F?queue=q");
    assert_eq!(consumers.as_array().map(Vec::len), Some(1));
    let row = &consumers[0];
    assert_eq!(row["queue"], json!({ "name": "q", "vhost": "/" }));
    assert_eq!((&row["ack_required"], &row["prefetch_count"], &row["unacked"]), (&json!(true), &json!(5), &json!(1)));
    assert_eq!((&row["active"], &row["activity_status"]), (&json!(true), &json!("up")));
    let connections = get(&server, "connections");
    assert_eq!(row["channel_details"]["connection_name"], connections[0]["name"]);
    assert_eq!(get(&server, "consumers").as_array().map(Vec::len), Some(2));
    assert_eq!(server.api("GET", "/api/consumers/%2F?queue=none").status, 404);
}

fn close(server: &Server, name: &str, reason: &str) -> u16 {
    let path = format!("/api/connections/{}", acceptance::encode_component(name));
    server.send(&Request::new("DELETE", &path).basic("guest", "guest").header("X-Reason", reason)).status
}

#[test]
fn an_operator_sends_a_connection_away() {
    all_transports(|transport| {
        let server = Server::start();
        let mut client = server.connect(transport, "1.2");
        // While it is the only one: lists are in the order of names, and a name begins with the port that a client got.
        let name = get(&server, "connections")[0]["name"].as_str().expect("a name").to_owned();
        let mut bystander = server.connect(transport, "1.2");
        assert_eq!(
            get(&server, &format!("connections/{}", acceptance::encode_component(&name)))["name"],
            name.as_str()
        );
        assert_eq!(close(&server, &name, "you are noisy"), 204);
        let error = client.refused("draining");
        assert_eq!(error.header("message"), "closed by an operator: you are noisy");
        bystander.sync();
        eventually("it is gone", || (close(&server, &name, "again") == 404).then_some(()));
    });
}

#[test]
fn a_client_that_does_not_read_is_sent_away_too() {
    let server = Launch::new().config("[limits]\nclose_time = 300").start();
    let mut publisher = server.client();
    let mut idle = server.connect(Transport::Tcp, "1.2");
    idle.subscribe("1", "/topic/t", &[]);
    // Enough to fill the buffers of the operating system, so that the server cannot write.
    for _ in 0..100 {
        publisher.publish("/topic/t", vec![b'x'; 200_000]);
    }
    let connections = get(&server, "connections");
    let is_idle = |row: &&Value| row["outbox_bytes"].as_u64() > Some(0);
    let name = connections.as_array().and_then(|rows| rows.iter().find(is_idle)).expect("it has something unwritten");
    let name = name["name"].as_str().expect("a name");
    assert_eq!(close(&server, name, ""), 204);
    eventually("it is gone", || (get(&server, "connections").as_array().map(Vec::len) == Some(1)).then_some(()));
}

#[test]
fn the_node_tells_its_limits_and_how_near_it_is() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/q", vec![b'x'; 100_000]);
    let node = &get(&server, "nodes")[0];
    for field in ["mem_used", "mem_limit", "uptime", "processors", "fd_used", "fd_total", "message_memory_limit"] {
        assert!(node[field].as_u64() > Some(0), "{field} in {node}");
    }
    assert!(node["message_memory_used"].as_u64() > Some(100_000), "{node}");
    assert_eq!((&node["mem_alarm"], &node["sockets_used"]), (&json!(false), &json!(1)));
    assert_eq!(node.get("disk_free"), None, "nothing is kept on disk");
    assert_eq!(get(&server, "whoami"), json!({ "name": "guest", "tags": ["administrator"], "vhosts": ["/"] }));
}

#[test]
fn the_overview_counts_each_message_once_and_remembers_ten_minutes() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/topic/t", &[]);
    client.subscribe("2", "/topic/#", &[]);
    client.publish("/topic/t", "to two");
    client.bodies(2);
    let overview = get(&server, "overview?msg_rates_age=600&msg_rates_incr=1");
    let stats = &overview["message_stats"];
    assert_eq!((&stats["publish"], &stats["deliver_get"]), (&json!(1), &json!(2)));
    assert_eq!(overview["listeners"].as_array().map(Vec::len), Some(2));
    let count =
        |overview: &Value| overview["message_stats"]["publish_details"]["samples"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&get(&server, "overview")), 0, "nobody asked");
    eventually("there are samples of two seconds", || {
        let overview = get(&server, "overview?msg_rates_age=600");
        (count(&overview) >= 2).then_some(())
    });
    client.unsubscribe("1");
    let after = get(&server, "overview");
    assert_eq!(after["message_stats"]["deliver_get"], 2, "what happened in a queue that is gone has happened");
}
