//! Pages of other sites may not use this server: `Origin` is checked on the upgrade and on the API.

use acceptance::{Directory, EventSocket, Launch, Request, Response, Server, Upgrade, WebSocket, encode_component};
use serde_json::{Value, json};

/// The list of the listener has the news, that of the vhost `shop` the shop.
const NEWS: &str = "https://news.example";
const SHOP: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";
const LISTENER: &str = "[http]\nallowed_origins = [\"https://news.example\"]";

fn put_vhost(server: &Server, vhost: &str, body: &Value) -> Response {
    let path = format!("/api/vhosts/{}", encode_component(vhost));
    server.send(&Request::new("PUT", &path).basic("guest", "guest").json(&body.to_string()))
}

fn list_of(server: &Server, vhost: &str) -> Value {
    let row = server.api("GET", &format!("/api/vhosts/{}", encode_component(vhost))).json();
    assert!(row.as_object().is_some_and(|row| row.contains_key("allowed_origins")), "{row}");
    row["allowed_origins"].clone()
}

/// A server with that vhost, and one more.
fn with_shop() -> Server {
    let server = Launch::new().config(LISTENER).start();
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": [SHOP] })).status, 201);
    assert_eq!(put_vhost(&server, "other", &json!({})).status, 201);
    server
}

/// Whether a page enters a vhost in each of the ways there are.
fn enters(server: &Server, origin: &str, vhost: &str) -> bool {
    let ways = [
        enters_by_stomp(server, origin, vhost),
        enters_by_event_socket(server, origin, vhost),
        enters_by_http(server, "POST", &format!("/events/queue/q?vhost={}", encode_component(vhost)), origin),
        enters_by_http(server, "GET", &format!("/events/queue/q?wait=0&vhost={}", encode_component(vhost)), origin),
        enters_by_http(server, "DELETE", &format!("/events/queue/q?ack=x&vhost={}", encode_component(vhost)), origin),
        enters_by_http(server, "GET", &format!("/api/queues/{}", encode_component(vhost)), origin),
    ];
    assert!(ways.iter().all(|way| *way == ways[0]), "{origin} into {vhost}: {ways:?}");
    ways[0]
}

fn enters_by_stomp(server: &Server, origin: &str, vhost: &str) -> bool {
    let upgrade = Upgrade::default().header("Origin", origin);
    // The vhost is not known yet: here the page comes in if anybody lists it.
    if WebSocket::open(server.http, &upgrade).is_err() {
        return false;
    }
    let mut client = server.dial_with(&upgrade);
    vhost.clone_into(&mut client.host);
    client.ask_in("1.2", &[("login", "guest"), ("passcode", "guest")]);
    let frame = client.frame();
    if frame.command == "CONNECTED" {
        return true;
    }
    assert_eq!((frame.command.as_str(), frame.get("x-code")), ("ERROR", Some("forbidden")), "{frame:?}");
    assert!(frame.header("message").contains("allowed_origins"), "{frame:?}");
    client.end();
    false
}

fn enters_by_event_socket(server: &Server, origin: &str, vhost: &str) -> bool {
    let upgrade = Upgrade::default().header("Authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=").header("Origin", origin);
    let parameters = [("vhost", vhost), ("subscribe", "/topic/t"), ("confirm", "true")];
    let Ok(mut socket) = EventSocket::try_open(server, &parameters, upgrade) else { return false };
    let told = socket.event();
    if told["type"] == "wharf.control.subscribed" {
        return true;
    }
    assert_eq!(told["data"]["error"], "access_refused", "{told}");
    socket.closed(1008);
    false
}

fn enters_by_http(server: &Server, method: &str, target: &str, origin: &str) -> bool {
    let request = Request::new(method, target).basic("guest", "guest").header("Origin", origin);
    let request = request.header("Accept", "application/cloudevents-batch+json, application/json");
    let answer = match method {
        "POST" => {
            let event = json!({ "specversion": "1.0", "id": "1", "source": "/s", "type": "t" }).to_string();
            server.send(&request.header("Content-Type", "application/cloudevents+json").body(event))
        }
        _ => server.send(&request),
    };
    let preflight = Request::new("OPTIONS", target).header("Origin", origin);
    let preflight = server.send(&preflight.header("Access-Control-Request-Method", method));
    let may_read = |answer: &Response| answer.header("access-control-allow-origin").is_some();
    assert_eq!(may_read(&preflight), may_read(&answer), "{method} {target}: {preflight:?} {answer:?}");
    if answer.status != 403 {
        let is_ours = origin.ends_with(&server.http.to_string());
        assert_eq!(may_read(&answer), !is_ours, "{method} {target}: {answer:?}");
        return true;
    }
    assert!(!may_read(&answer), "{method} {target}: {answer:?}");
    let body = answer.json();
    assert_eq!(body["error"], "forbidden", "{body}");
    assert!(body["reason"].as_str().is_some_and(|text| text.contains("allowed_origins")), "{body}");
    false
}

fn upgrade(server: &Server, host: &str, origin: &str) -> u16 {
    let upgrade = Upgrade::default().header("Host", host).header("Origin", origin);
    match WebSocket::open(server.http, &upgrade) {
        Ok(_) => 101,
        Err(response) => response.status,
    }
}

fn get(server: &Server, host: &str, origin: &str) -> u16 {
    let request = Request::new("GET", "/api/overview").basic("guest", "guest");
    server.send(&request.header("Host", host).header("Origin", origin)).status
}

#[test]
fn our_own_pages_and_programs_without_a_page_are_let_in() {
    let server = Server::start();
    let port = server.http.port();
    for name in ["127.0.0.1", "localhost", "[::1]", "192.168.1.5"] {
        let host = format!("{name}:{port}");
        assert_eq!(upgrade(&server, &host, &format!("http://{host}")), 101, "{host}");
        assert_eq!(get(&server, &host, &format!("http://{host}")), 200, "{host}");
    }
    assert_eq!(upgrade(&server, &server.http.to_string(), ""), 101);
    assert_eq!(get(&server, &server.http.to_string(), ""), 200);
}

#[test]
fn foreign_pages_are_refused() {
    let server = Server::start();
    let port = server.http.port();
    let own = server.http.to_string();
    for (host, origin) in [
        (own.as_str(), "http://evil.example"),
        (&own, "null"),
        (&own, "file://"),
        (&own, &format!("http://localhost:{port}")),
        (&own, &format!("http://127.0.0.1:{}", port ^ 1)),
        (&own, &format!("http://{own}.evil.example")),
        (&format!("evil.example:{port}"), &format!("http://evil.example:{port}")),
    ] {
        assert_eq!(upgrade(&server, host, origin), 403, "{origin} calling {host}");
        assert_eq!(get(&server, host, origin), 403, "{origin} calling {host}");
    }
}

#[test]
fn a_refusal_of_the_api_is_json() {
    let server = Server::start();
    let request = Request::new("GET", "/api/overview").basic("guest", "guest").header("Origin", "http://evil.example");
    let body = server.send(&request).json();
    assert!(body["error"].is_string() && body["reason"].is_string(), "{body}");
}

#[test]
fn a_foreign_page_changes_nothing() {
    let server = Server::start();
    let request = Request::new("PUT", "/api/queues/%2F/forged").basic("guest", "guest").json("{}");
    assert_eq!(server.send(&request.header("Origin", "http://evil.example")).status, 403);
    assert_eq!(server.queue("forged"), None);
}

#[test]
fn listed_origins_are_let_in() {
    let config = "[http]\nallowed_origins = [\"https://shop.example\"]\npublic_hosts = [\"mq.example.org\"]";
    let server = Launch::new().config(config).start();
    let own = server.http.to_string();
    assert_eq!(upgrade(&server, &own, "https://shop.example"), 101);
    assert_eq!(upgrade(&server, &own, "http://shop.example"), 403);
    assert_eq!(upgrade(&server, "mq.example.org", "https://mq.example.org"), 101);
    assert_eq!(upgrade(&server, "other.example.org", "https://other.example.org"), 403);
    let server = Launch::new().config("[http]\nallowed_origins = [\"*\"]").start();
    assert_eq!(upgrade(&server, &server.http.to_string(), "https://any.example"), 101);
}

#[test]
fn a_vhost_with_a_list_decides_by_it_and_others_follow_the_listener() {
    let server = with_shop();
    let own = format!("http://{}", server.http);
    for (origin, vhosts) in [
        (SHOP, [true, false, false]),
        (NEWS, [false, true, true]),
        (EVIL, [false, false, false]),
        (&own, [true, true, true]),
    ] {
        for (vhost, expected) in ["shop", "other", "/"].into_iter().zip(vhosts) {
            assert_eq!(enters(&server, origin, vhost), expected, "{origin} into {vhost}");
        }
    }
}

#[test]
fn what_is_of_no_one_vhost_is_for_the_list_of_the_listener() {
    let server = with_shop();
    for path in ["/api/overview", "/api/queues", "/api/vhosts", "/api/whoami", "/api/nodes"] {
        assert!(!enters_by_http(&server, "GET", path, SHOP), "{path}");
        assert!(enters_by_http(&server, "GET", path, NEWS), "{path}");
    }
    for origin in [SHOP, NEWS] {
        assert!(enters_by_http(&server, "POST", "/api/tickets", origin), "where it counts is asked when it is used");
    }
    assert!(!enters_by_http(&server, "POST", "/api/tickets", EVIL));
    // The default vhost is one as well, where none is named.
    assert!(!enters_by_http(&server, "POST", "/events/queue/q", SHOP));
    assert!(enters_by_http(&server, "POST", "/events/queue/q", NEWS));
    assert!(enters_by_http(&server, "GET", "/api/vhosts/shop", SHOP));
    assert!(!enters_by_http(&server, "GET", "/api/vhosts/shop", NEWS));
    assert_eq!(put_vhost(&server, "/", &json!({ "allowed_origins": [SHOP] })).status, 204);
    assert!(enters_by_http(&server, "POST", "/events/queue/q", SHOP));
    assert!(!enters_by_http(&server, "POST", "/events/queue/q", NEWS));
}

#[test]
fn a_list_is_changed_taken_back_and_kept_while_the_vhost_is_there() {
    let directory = Directory::new();
    let launch = Launch::new().config(LISTENER).data_dir(directory.path().to_str().expect("the path is text"));
    let server = launch.start();
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": [SHOP, "http://localhost:5173"] })).status, 201);
    assert_eq!(put_vhost(&server, "shop", &json!({ "description": "of shops" })).status, 204);
    drop(server);
    let server = launch.start();
    assert_eq!(list_of(&server, "shop"), json!([SHOP, "http://localhost:5173"]));
    assert_eq!(list_of(&server, "/"), Value::Null);
    assert_eq!((enters(&server, SHOP, "shop"), enters(&server, NEWS, "shop")), (true, false));
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": [] })).status, 204);
    assert_eq!(list_of(&server, "shop"), json!([]));
    assert_eq!((enters(&server, SHOP, "shop"), enters(&server, NEWS, "shop")), (false, false));
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": ["*"] })).status, 204);
    assert!(enters(&server, EVIL, "shop"));
    assert!(!enters(&server, EVIL, "/"));
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": null })).status, 204);
    drop(server);
    let server = launch.start();
    assert_eq!(list_of(&server, "shop"), Value::Null);
    assert_eq!((enters(&server, SHOP, "shop"), enters(&server, NEWS, "shop")), (false, true));
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": [SHOP] })).status, 204);
    assert_eq!(server.api("DELETE", "/api/vhosts/shop").status, 204);
    assert_eq!(upgrade(&server, &server.http.to_string(), SHOP), 403, "its list is gone with it");
    assert_eq!(put_vhost(&server, "shop", &json!({})).status, 201);
    assert_eq!((enters(&server, SHOP, "shop"), enters(&server, NEWS, "shop")), (false, true));
}

#[test]
fn a_list_that_cannot_be_is_refused_and_what_is_wrong_is_named() {
    let server = Server::start();
    let many = vec![SHOP; 101];
    for (list, named) in [
        (json!([SHOP, "shop.example"]), "shop.example"),
        (json!(["https://shop.example/cart"]), "https://shop.example/cart"),
        (json!(["null"]), "null"),
        (json!([format!("https://{}", "x".repeat(300))]), "https://xxx"),
        (json!(many), "100"),
        (json!(SHOP), "expected a sequence"),
    ] {
        let refused = put_vhost(&server, "shop", &json!({ "allowed_origins": list }));
        assert_eq!(refused.status, 400, "{list}");
        assert!(refused.text().contains(named), "{}", refused.text());
    }
    assert_eq!(server.api("GET", "/api/vhosts/shop").status, 404);
    let secret = "s".repeat(32);
    let settings = format!("[auth]\ncookie = \"wharf\"\n[auth.jwt]\nsecret = \"{secret}\"");
    let server = Launch::new().config(&settings).start();
    let refused = put_vhost(&server, "shop", &json!({ "allowed_origins": ["*"] }));
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(put_vhost(&server, "shop", &json!({ "allowed_origins": [SHOP] })).status, 201);
}
