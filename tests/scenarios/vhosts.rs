//! Vhosts: they share nothing, come and go while the server runs, and have limits of their own.

use crate::webhooks::ON_LOOPBACK;
use acceptance::{
    Client, Directory, EventSocket, EventStream, Launch, Request, Response, Server, Sink, Transport, all_transports,
    encode_component, eventually,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn call(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let request = Request::new(method, &format!("/api/{path}")).basic("guest", "guest");
    server.send(&if body.is_null() { request } else { request.json(&body.to_string()) })
}

fn get(server: &Server, path: &str) -> Value {
    let response = call(server, "GET", path, &Value::Null);
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.json()
}

fn create(server: &Server, vhost: &str) {
    let created = call(server, "PUT", &format!("vhosts/{}", encode_component(vhost)), &Value::Null);
    assert_eq!(created.status, 201, "{}", created.text());
}

fn delete(server: &Server, vhost: &str) {
    let deleted = call(server, "DELETE", &format!("vhosts/{}", encode_component(vhost)), &Value::Null);
    assert_eq!(deleted.status, 204, "{}", deleted.text());
}

fn set_limit(server: &Server, vhost: &str, limit: &str, value: i64) {
    let set = call(server, "PUT", &format!("vhost-limits/{vhost}/{limit}"), &json!({ "value": value }));
    assert_eq!(set.status, 204, "{}", set.text());
}

/// A connection to a vhost, on which nothing was said yet.
fn dial(server: &Server, transport: Transport, vhost: &str) -> Client {
    let mut client = server.dial(transport);
    vhost.clone_into(&mut client.host);
    client
}

fn client(server: &Server, vhost: &str) -> Client {
    let mut client = dial(server, Transport::Tcp, vhost);
    client.log_in("1.2");
    client
}

fn messages(server: &Server, vhost: &str, queue: &str) -> Option<u64> {
    let response = call(server, "GET", &format!("queues/{}/{queue}", encode_component(vhost)), &Value::Null);
    (response.status == 200).then(|| response.json()["messages"].as_u64().expect("a number"))
}

fn names(server: &Server) -> Vec<String> {
    let vhosts = get(server, "vhosts");
    let rows = vhosts.as_array().expect("a list").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_vhost_is_made_told_of_changed_and_deleted() {
    let server = Server::start();
    let path = format!("vhosts/{}", encode_component("shop/ä"));
    let body = json!({ "description": "of shops", "tags": "blue,green", "default_queue_type": "classic" });
    assert_eq!(call(&server, "PUT", &path, &body).status, 201);
    assert_eq!(call(&server, "PUT", &path, &json!({ "description": "of all shops" })).status, 204);
    let row = get(&server, &path);
    let expected = [
        ("name", json!("shop/ä")),
        ("description", json!("of all shops")),
        ("tags", json!(["blue", "green"])),
        ("default_queue_type", json!("classic")),
        ("tracing", json!(false)),
        ("cluster_state", json!({ "wharf@localhost": "running" })),
        ("messages", json!(0)),
        ("messages_ready", json!(0)),
        ("messages_unacknowledged", json!(0)),
        ("connections", json!(0)),
    ];
    for (field, value) in expected {
        assert_eq!(row[field], value, "{field} of {row}");
    }
    assert_eq!(row["metadata"]["description"], "of all shops");
    assert_eq!(names(&server), ["/", "shop/ä"]);
    assert_eq!(get(&server, "vhosts?name=shop&columns=name"), json!([{ "name": "shop/ä" }]));
    assert_eq!(call(&server, "DELETE", &path, &Value::Null).status, 204);
    assert_eq!(call(&server, "DELETE", &path, &Value::Null).status, 404);
    assert_eq!(call(&server, "GET", &path, &Value::Null).status, 404);
    for (name, body) in [("a%0Ab", json!({})), ("a", json!({ "tracing": true })), (&*"x".repeat(256), json!({}))] {
        let refused = call(&server, "PUT", &format!("vhosts/{name}"), &body);
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    assert_eq!(names(&server), ["/"]);
}

#[test]
fn vhosts_share_no_names_messages_or_statistics() {
    let server = Server::start();
    create(&server, "orders");
    let (mut here, mut there) = (client(&server, "/"), client(&server, "orders"));
    here.subscribe("1", "/topic/#", &[]);
    there.subscribe("1", "/topic/#", &[]);
    here.publish("/topic/t", "here");
    there.publish("/topic/t", "there");
    assert_eq!((here.message().text(), there.message().text()), ("here", "there"));
    for number in 0..3 {
        there.publish("/queue/q", number.to_string());
    }
    here.publish("/queue/q", "one");
    assert_eq!((messages(&server, "/", "q"), messages(&server, "orders", "q")), (Some(1), Some(3)));
    let event = json!({ "specversion": "1.0", "id": "1", "source": "/shop", "type": "t" }).to_string();
    let post = |path: &str| {
        let request = Request::new("POST", path).basic("guest", "guest").body(&event);
        server.send(&request.header("Content-Type", "application/cloudevents+json")).status
    };
    assert_eq!(post("/events/queue/q?vhost=orders"), 202);
    assert_eq!(post("/events/queue/q?vhost=nowhere"), 404);
    assert_eq!((messages(&server, "/", "q"), messages(&server, "orders", "q")), (Some(1), Some(4)));
    let row = get(&server, "vhosts/orders");
    assert_eq!((&row["connections"], &row["messages_ready"]), (&json!(1), &json!(4)), "{row}");
    assert_eq!(row["message_stats"]["publish"], 5);
    assert_eq!(get(&server, "vhosts/orders/connections").as_array().map(Vec::len), Some(1));
    let overview = get(&server, "overview");
    assert_eq!(overview["message_stats"]["publish"], 7, "of all together");
    delete(&server, "orders");
    let overview = get(&server, "overview");
    assert_eq!(overview["message_stats"]["publish"], 7, "what happened stays in the totals");
    assert_eq!(overview["queue_totals"]["messages"], 1);
}

#[test]
fn the_statistics_exchange_of_a_vhost_tells_of_that_one() {
    let server = Server::start();
    create(&server, "orders");
    let mut reader = client(&server, "orders");
    reader.subscribe("s", "/exchange/wharf.statistics/queues", &[]);
    client(&server, "/").publish("/queue/elsewhere", "x");
    client(&server, "orders").publish("/queue/q", "x");
    eventually("its queue is told of", || {
        let told: Value = serde_json::from_str(reader.message().text()).expect("JSON");
        let rows = told["queues"].as_array().expect("a list").clone();
        assert!(rows.iter().all(|row| row["name"] != "elsewhere"), "{told}");
        rows.iter().any(|row| row["name"] == "q" && row["vhost"] == "orders").then_some(())
    });
}

#[test]
fn deleting_a_vhost_closes_its_connections_and_says_why() {
    let server = Server::start();
    all_transports(|transport| {
        let name = format!("of {transport:?}");
        create(&server, &name);
        let mut bystander = client(&server, "/");
        bystander.subscribe("1", &format!("/queue/{transport:?}"), &[]);
        let mut reader = dial(&server, transport, &name);
        reader.log_in("1.2");
        reader.subscribe("1", "/queue/q", &[]);
        delete(&server, &name);
        let error = reader.refused_with("not-found", 1008);
        assert_eq!(error.header("message"), "the vhost was deleted");
        let mut late = dial(&server, transport, &name);
        late.send("CONNECT", &[("accept-version", "1.2"), ("host", &name)], "");
        late.refused_somehow();
        bystander.publish(&format!("/queue/{transport:?}"), "undisturbed");
        assert_eq!(bystander.message().text(), "undisturbed");
    });
}

#[test]
fn readers_of_events_learn_that_their_vhost_is_gone() {
    let server = Server::start();
    create(&server, "orders");
    let mut socket = EventSocket::open(&server, &[("subscribe", "/topic/#"), ("vhost", "orders")]);
    socket.told("subscribed");
    let request = Request::new("GET", "/events/topic/%23?vhost=orders").basic("guest", "guest");
    let mut stream = EventStream::open(server.http, request).expect("it is read");
    delete(&server, "orders");
    assert_eq!(socket.refused("not_found")["reason"], "the vhost was deleted");
    socket.closed(1008);
    assert_eq!(stream.sent().event()["data"]["reason"], "vhost_deleted");
}

#[test]
fn webhooks_and_hooks_go_with_their_vhost() {
    let server = Launch::new().config(ON_LOOPBACK).start();
    create(&server, "orders");
    let sink = Sink::answering(204);
    let webhook = json!({ "vhost": "orders", "source": "/topic/#", "sink": sink.url(), "protocol": "HTTP" });
    assert_eq!(call(&server, "POST", "subscriptions", &webhook).status, 201);
    let hook = json!({ "destination": "/queue/q", "verification": { "scheme": "github", "secret": "hush" } });
    assert_eq!(call(&server, "PUT", "hooks/orders/h", &hook).status, 201);
    let deliver = || server.send(&Request::new("POST", "/hooks/orders/h").body("{}")).status;
    assert_eq!(deliver(), 401, "it asks for a signature");
    client(&server, "orders").publish("/topic/t", "1");
    sink.wait_for(1);
    delete(&server, "orders");
    assert_eq!(get(&server, "subscriptions"), json!([]));
    assert_eq!(deliver(), 404);
    create(&server, "orders");
    assert_eq!(get(&server, "hooks/orders"), json!([]));
    assert_eq!(get(&server, "queues/orders"), json!([]), "nobody declares anew what he had there");
    client(&server, "orders").publish("/topic/t", "2");
    assert_eq!(call(&server, "POST", "subscriptions", &webhook).status, 201, "another can be made");
    client(&server, "orders").publish("/topic/t", "3");
    let received = sink.wait_for(2);
    assert_eq!(received.len(), 2, "what was published while there was none is not delivered");
}

#[test]
fn limits_of_a_vhost_bite_and_are_changed_live() {
    let server = Server::start();
    create(&server, "orders");
    assert_eq!(get(&server, "vhost-limits"), json!([]));
    set_limit(&server, "orders", "max-connections", 1);
    set_limit(&server, "orders", "max-queues", 1);
    let row = json!([{ "vhost": "orders", "value": { "max-connections": 1, "max-queues": 1 } }]);
    assert_eq!((get(&server, "vhost-limits"), get(&server, "vhost-limits/orders")), (row.clone(), row));
    assert_eq!(get(&server, "vhost-limits/%2F"), json!([]));

    let mut first = client(&server, "orders");
    let mut second = dial(&server, Transport::Text, "orders");
    second.send(
        "CONNECT",
        &[("accept-version", "1.2"), ("host", "orders"), ("login", "guest"), ("passcode", "guest")],
        "",
    );
    let error = second.refused("forbidden");
    assert!(error.header("message").contains("max-connections"), "{error:?}");
    let request = Request::new("GET", "/events/topic/t?vhost=orders").basic("guest", "guest");
    let refused = server.send(&request.header("Accept", "application/cloudevents-batch+json"));
    assert_eq!((refused.status, &refused.json()["error"]), (429, &json!("limit_reached")));
    client(&server, "/"); // others have limits of their own
    first.publish("/queue/one", "x");
    let body = json!({ "durable": true });
    let declare = |name: &str| call(&server, "PUT", &format!("queues/orders/{name}"), &body);
    assert_eq!(declare("two").status, 503);

    set_limit(&server, "orders", "max-connections", 2);
    set_limit(&server, "orders", "max-queues", -1);
    client(&server, "orders");
    assert_eq!(declare("two").status, 201);
    set_limit(&server, "orders", "max-queues", 1);
    assert_eq!(declare("three").status, 503);
    first.publish("/queue/two", "what is there stays");
    let clear = |name: &str| call(&server, "DELETE", &format!("vhost-limits/orders/{name}"), &Value::Null).status;
    assert_eq!(clear("max-queues"), 204);
    assert_eq!(declare("three").status, 201);
    assert_eq!(clear("max-sockets"), 400);
    assert_eq!(call(&server, "PUT", "vhost-limits/nowhere/max-queues", &json!({ "value": 1 })).status, 404);
    assert_eq!(call(&server, "PUT", "vhost-limits/orders/max-queues", &json!({ "value": "many" })).status, 400);
}

#[test]
fn there_are_no_more_vhosts_than_the_server_allows() {
    let server = Launch::new().config("limits.vhosts = 2").start();
    create(&server, "a");
    let refused = call(&server, "PUT", "vhosts/b", &Value::Null);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("limits.vhosts"), "{}", refused.text());
    delete(&server, "a");
    create(&server, "b");
}

/// Octets of all files in a directory.
fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("it can be read").flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn on(directory: &Directory) -> Launch {
    Launch::new().data_dir(directory.path().to_str().expect("the path is text"))
}

#[test]
fn deleting_a_vhost_frees_its_disk() {
    const SMALL: &str = "store.segment = 1048576\nstore.window = 2097152";
    let directory = Directory::new();
    let server = on(&directory).config(SMALL).start();
    create(&server, "orders");
    let mut filler = client(&server, "orders");
    let body = "x".repeat(100_000);
    for _ in 0..100 {
        filler.publish_with("/stream/s", &[("persistent", "true")], &body);
        filler.publish_with("/queue/q", &[("persistent", "true")], &body);
    }
    let full = size(directory.path());
    assert!(full > 20_000_000, "{full}");
    delete(&server, "orders");
    let mut other = client(&server, "/");
    eventually("the disk is free again", || {
        // The oldest files go as others are written.
        other.publish_with("/topic/t", &[("persistent", "true")], &body);
        (size(directory.path()) < 5_000_000).then_some(())
    });
}

#[test]
fn vhosts_survive_restarts_and_kills_and_deleted_ones_do_not() {
    let directory = Directory::new();
    let mut server = on(&directory).start();
    for name in ["kept", "deleted", "again"] {
        create(&server, name);
        client(&server, name).publish_with("/queue/q", &[("persistent", "true")], name);
    }
    set_limit(&server, "kept", "max-queues", 1);
    delete(&server, "deleted");
    delete(&server, "/");
    delete(&server, "again");
    create(&server, "again");
    for kills in [true, true, false] {
        if kills {
            server.program().kill();
        } else {
            server.program().terminate();
            server.program().wait();
        }
        server = on(&directory).start();
        assert_eq!(names(&server), ["again", "kept"]);
        assert_eq!((messages(&server, "kept", "q"), messages(&server, "again", "q")), (Some(1), None));
        let limits = json!([{ "vhost": "kept", "value": { "max-queues": 1 } }]);
        assert_eq!(get(&server, "vhost-limits"), limits);
    }
    create(&server, "/");
    assert_eq!(messages(&server, "/", "q"), None);
    client(&server, "/").publish("/queue/q", "new");
}

#[test]
fn a_vhost_that_was_made_while_the_server_runs_has_its_timers() {
    let server = Server::start();
    create(&server, "orders");
    let mut client = client(&server, "orders");
    client.publish_with("/queue/q", &[("expiration", "100")], "short-lived");
    eventually("it expires", || (messages(&server, "orders", "q") == Some(0)).then_some(()));
}

#[test]
fn the_demo_outlives_its_vhost() {
    let mut server = Launch::new().arg("--demo").start();
    eventually("it has begun", || messages(&server, "/", "demo.jobs").map(|_| ()));
    delete(&server, "/");
    create(&server, "/");
    assert_eq!(get(&server, "queues"), json!([]));
    server.program().terminate();
    let exit = server.program().wait();
    assert_eq!(exit.code, Some(0), "{exit:?}");
}
