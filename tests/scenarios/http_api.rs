//! The management API: status codes, shapes, and what it does to queues.

use acceptance::{Request, Response, Server, encode_component};
use serde_json::{Value, json};

fn put(server: &Server, name: &str, body: &str) -> Response {
    let target = format!("/api/queues/%2F/{}", encode_component(name));
    server.send(&Request::new("PUT", &target).basic("guest", "guest").json(body))
}

fn delete(server: &Server, name: &str, query: &str) -> u16 {
    server.api("DELETE", &format!("/api/queues/%2F/{}{query}", encode_component(name))).status
}

/// Errors are JSON with a short name and a reason for people.
fn assert_explained(response: &Response) {
    let body = response.json();
    for field in ["error", "reason"] {
        assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} in {body}");
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn credentials_are_needed_everywhere() {
    let server = Server::start();
    for path in ["/api/overview", "/api/queues", "/api/queues/%2F", "/api/queues/%2F/a", "/api/connections"] {
        for request in [
            Request::new("GET", path),
            Request::new("GET", path).basic("guest", "wrong"),
            Request::new("GET", path).basic("nobody", "guest"),
            Request::new("GET", path).basic("", ""),
            Request::new("GET", path).header("Authorization", "Bearer guest"),
            Request::new("GET", path).header("Authorization", "Basic !!!"),
            Request::new("GET", path).header("Authorization", "Basic"),
        ] {
            let response = server.send(&request);
            assert_eq!(response.status, 401, "{request:?}");
            assert_explained(&response);
        }
    }
    assert_eq!(server.send(&Request::new("PUT", "/api/queues/%2F/a").json("{}")).status, 401);
    assert_eq!(server.send(&Request::new("DELETE", "/api/queues/%2F/a")).status, 401);
    assert_eq!(server.queue("a"), None);
}

#[test]
fn a_queue_is_created_once_and_then_known() {
    let server = Server::start();
    assert_eq!(put(&server, "new", "{}").status, 201);
    assert_eq!(put(&server, "new", "{}").status, 204);
    assert_eq!(put(&server, "new", r#"{"auto_delete":false,"durable":false,"arguments":{}}"#).status, 204);
    assert_eq!(put(&server, "other", r#"{"auto_delete":true}"#).status, 201);
    assert_eq!(server.queue("other").expect("it is there")["auto_delete"], true);
    let mut client = server.client();
    assert_eq!(client.publish("/amq/queue/new", "x"), 1);
    assert_eq!(server.queue_number("new", "messages_ready"), 1);
}

#[test]
fn a_declaration_may_have_arguments() {
    let server = Server::start();
    let arguments =
        r#"{"durable":true,"arguments":{"x-message-ttl":60000,"x-dead-letter-exchange":"","x-retry-multiplier":1.5}}"#;
    assert_eq!(put(&server, "new", arguments).status, 201);
    assert_eq!(put(&server, "new", arguments).status, 204);
    let row = server.queue("new").expect("it is there");
    let expected = json!({"x-message-ttl": 60000, "x-dead-letter-exchange": "", "x-retry-multiplier": 1.5});
    assert_eq!((&row["durable"], &row["arguments"]), (&json!(true), &expected));
    let other = put(&server, "new", r#"{"durable":true,"arguments":{"x-message-ttl":1}}"#);
    assert_eq!(other.status, 400);
    assert_explained(&other);
}

#[test]
fn the_media_type_of_a_body_does_not_matter() {
    let server = Server::start();
    // As `curl -u guest:guest -X PUT -d '{}'` sends it.
    let form = "application/x-www-form-urlencoded";
    let request = Request::new("PUT", "/api/queues/%2F/curled").basic("guest", "guest").body("{}");
    assert_eq!(server.send(&request.clone().header("Content-Type", form)).status, 201);
    assert_eq!(server.send(&request).status, 204);
}

#[test]
fn what_cannot_be_created_is_400_with_a_reason() {
    let server = Server::start();
    put(&server, "there", "{}");
    let cases = [
        ("bad", "{"),
        ("bad", "[]"),
        ("bad", "\"text\""),
        ("bad", "nonsense"),
        ("bad", r#"{"auto_delete":"yes"}"#),
        ("bad", r#"{"arguments":[]}"#),
        ("bad", r#"{"exclusive":true}"#),
        ("bad", r#"{"arguments":{"x-message-ttl":-1}}"#),
        ("bad", r#"{"arguments":{"x-max-priority":9}}"#),
        ("there", r#"{"auto_delete":true}"#),
        (&"x".repeat(256), "{}"),
    ];
    for (name, body) in cases {
        let response = put(&server, name, body);
        assert_eq!(response.status, 400, "{name} {body}: {response:?}");
        assert_explained(&response);
    }
    assert_eq!(server.queue("bad"), None);
    let reserved = put(&server, "amq.mine", "{}");
    assert!(reserved.status == 400 || reserved.status == 403, "{reserved:?}");
    assert_explained(&reserved);
}

#[test]
fn deep_and_large_json_is_refused() {
    let server = Server::start();
    let deep = format!(r#"{{"arguments":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(put(&server, "deep", &deep).status, 400);
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(8 << 20));
    let status = put(&server, "large", &large).status;
    assert!(status == 400 || status == 413, "{status}");
    assert_eq!(server.get("/health/live").status, 200);
}

#[test]
fn a_queue_is_deleted_with_what_it_holds() {
    let server = Server::start();
    assert_eq!(delete(&server, "none", ""), 404);
    put(&server, "full", "{}");
    let mut client = server.client();
    client.publish("/queue/full", "x");
    let refused = |status| status == 400 || status == 409;
    assert!(refused(delete(&server, "full", "?if-empty=true")));
    assert_eq!(delete(&server, "full", "?if-unused=true"), 204);
    assert_eq!(delete(&server, "full", ""), 404);
    client.subscribe("1", "/queue/used", &[]);
    assert!(refused(delete(&server, "used", "?if-unused=true")));
    assert_eq!(delete(&server, "used", "?if-empty=true"), 204);
    assert_eq!(client.expect("ERROR").header("subscription"), "1");
}

#[test]
fn unknown_resources_are_404_with_a_reason() {
    let server = Server::start();
    for path in [
        "/api/nothing",
        "/api/queues/nowhere",
        "/api/queues/nowhere/a",
        "/api/queues/%2F/none",
        "/api/queues/%2F/a/b",
        "/api",
    ] {
        let response = server.api("GET", path);
        assert_eq!(response.status, 404, "{path}");
        assert_explained(&response);
    }
    assert_eq!(
        server.send(&Request::new("PUT", "/api/queues/nowhere/a").basic("guest", "guest").json("{}")).status,
        404
    );
}

#[test]
fn known_resources_with_another_method_are_405_with_a_reason() {
    let server = Server::start();
    for (method, path) in [
        ("POST", "/api/overview"),
        ("DELETE", "/api/queues"),
        ("PUT", "/api/queues/%2F"),
        ("POST", "/api/queues/%2F/a"),
        ("PATCH", "/api/queues/%2F/a"),
        ("POST", "/api/connections"),
    ] {
        let response = server.api(method, path);
        assert_eq!(response.status, 405, "{method} {path}");
        assert_explained(&response);
    }
}

#[test]
fn a_queue_row_has_the_fields_of_rabbitmq() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/row", "12345");
    client.publish("/queue/row", "12345");
    client.subscribe("1", "/queue/row", &[("ack", "client-individual"), ("prefetch-count", "1")]);
    let message = client.message();
    client.nack(&message, &[]);
    client.message();
    let row = server.queue("row").expect("it is there");
    assert_eq!(
        keys(&row),
        [
            "arguments",
            "auto_delete",
            "consumers",
            "durable",
            "exclusive",
            "message_bytes",
            "message_stats",
            "messages",
            "messages_delayed",
            "messages_ready",
            "messages_unacknowledged",
            "name",
            "policy",
            "state",
            "type",
            "vhost"
        ]
    );
    let stats = &row["message_stats"];
    assert_eq!(
        keys(stats),
        [
            "ack",
            "ack_details",
            "dead_lettered",
            "deliver_get",
            "deliver_get_details",
            "dropped",
            "expired",
            "publish",
            "publish_details",
            "redeliver",
            "redeliver_details"
        ]
    );
    for field in ["ack_details", "deliver_get_details", "publish_details", "redeliver_details"] {
        assert!(stats[field]["rate"].is_number(), "{stats}");
    }
    let expected = json!({"name": "row", "vhost": "/", "type": "classic", "durable": true, "exclusive": false,
        "auto_delete": false, "arguments": {}, "state": "running", "policy": null, "consumers": 1,
        "messages": 2, "messages_ready": 1, "messages_unacknowledged": 1});
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&row[field], value, "{field} of {row}");
    }
    assert!(row["message_bytes"].as_u64() >= Some(10), "{row}");
    assert_eq!((&stats["publish"], &stats["deliver_get"], &stats["redeliver"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!((&stats["ack"], &stats["dropped"]), (&json!(0), &json!(0)));
}

#[test]
fn lists_hold_all_queues_of_a_vhost() {
    let server = Server::start();
    assert_eq!(server.api("GET", "/api/queues").json(), json!([]));
    for name in ["a", "b/c", "ü"] {
        put(&server, name, "{}");
    }
    for path in ["/api/queues", "/api/queues/%2F", "/api/queues/%2f"] {
        let list = server.api("GET", path).json();
        let mut names: Vec<_> =
            list.as_array().expect("a list").iter().map(|row| row["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "b/c", "ü"], "{path}");
    }
    assert_eq!(delete(&server, "b/c", ""), 204);
    assert_eq!(server.queue("b/c"), None);
}

#[test]
fn the_overview_counts() {
    let server = Server::start();
    let mut client = server.client();
    client.publish("/queue/counted", "1");
    client.publish("/queue/counted", "2");
    client.subscribe("1", "/queue/counted", &[("ack", "client"), ("prefetch-count", "1")]);
    let overview = server.api("GET", "/api/overview").json();
    assert_eq!(overview["product_name"], "Wharf");
    assert_eq!(overview["product_version"], env!("CARGO_PKG_VERSION"));
    let totals = &overview["object_totals"];
    assert_eq!((&totals["connections"], &totals["queues"], &totals["consumers"]), (&json!(1), &json!(1), &json!(1)));
    let totals = &overview["queue_totals"];
    assert_eq!(
        (&totals["messages"], &totals["messages_ready"], &totals["messages_unacknowledged"]),
        (&json!(2), &json!(1), &json!(1))
    );
}

#[test]
fn a_path_that_is_no_utf8_is_refused_like_everything_else() {
    let server = Server::start();
    for (method, path) in [
        ("PUT", "/api/vhosts/%ff"),
        ("GET", "/api/queues/%ff/x"),
        ("DELETE", "/api/queues/%2F/%ff"),
        ("GET", "/api/users/%c3%28"),
        ("GET", "/api/hooks/%ff"),
        ("GET", "/api/subscriptions/%ff"),
    ] {
        let response = server.api(method, path);
        assert_eq!(response.status, 400, "{method} {path}");
        assert_explained(&response);
        assert!(response.json()["reason"].as_str().unwrap().contains("UTF-8"), "{}", response.text());
    }
    let hook = server.send(&Request::new("POST", "/hooks/%2F/%ff"));
    assert_eq!(hook.status, 404, "it is as unknown as any other");
    assert_explained(&hook);
    assert_eq!(server.send(&Request::new("GET", "/api/queues/%ff")).status, 401, "log-in comes first");
}

#[test]
fn a_path_tells_its_methods() {
    let server = Server::start();
    let user = Request::new("PUT", "/api/users/alice").basic("guest", "guest");
    assert_eq!(server.send(&user.json(r#"{"password":"hush","tags":""}"#)).status, 201);
    for (path, methods) in [
        ("/api/overview", "GET,HEAD"),
        ("/api/queues/%2F/a", "GET,HEAD,PUT,DELETE"),
        ("/api/exchanges/%2F/x/publish", "POST"),
        ("/api/users/alice", "GET,HEAD,PUT,DELETE"),
        ("/api/hooks/%2F/a/requests", "GET,HEAD"),
        ("/api/subscriptions", "GET,HEAD,POST"),
    ] {
        let answer = server.send(&Request::new("OPTIONS", path).basic("alice", "hush"));
        assert_eq!((answer.status, answer.header("allow")), (204, Some(methods)), "{path}");
        let refused = server.api("PATCH", path);
        assert_eq!((refused.status, refused.header("allow")), (405, Some(methods)), "{path}");
        assert_explained(&refused);
    }
    let nowhere = server.send(&Request::new("OPTIONS", "/api/queues/nowhere").basic("alice", "hush"));
    assert_eq!(nowhere.status, 204, "it is about the path, and tells nothing of vhosts");
    assert_eq!(server.send(&Request::new("OPTIONS", "/api/overview")).status, 401);
    assert_eq!(server.api("OPTIONS", "/api/nothing").status, 404);
}
