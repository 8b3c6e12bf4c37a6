//! How pages prove who they are where they can send no header: tickets, and tokens in cookies.

use acceptance::{Client, EventSocket, Launch, Link, Request, Server, Upgrade};
use serde_json::json;

fn ticket(server: &Server) -> String {
    let answer = server.send(&Request::new("POST", "/api/tickets").basic("guest", "guest"));
    assert_eq!((answer.status, &answer.json()["expires_in"]), (201, &json!(30)));
    answer.json()["ticket"].as_str().unwrap().to_owned()
}

fn with_ticket(ticket: &str) -> Upgrade {
    Upgrade::default().path(&format!("/ws?ticket={ticket}"))
}

#[test]
fn a_ticket_lets_a_websocket_in_once() {
    let server = Server::start();
    let upgrade = with_ticket(&ticket(&server));
    let mut client = Client::new(Link::websocket(server.http, true, &upgrade));
    client.send("CONNECT", &[("accept-version", "1.2"), ("host", "/")], "");
    assert_eq!(client.expect("CONNECTED").header("user-name"), "guest");
    for spent in [&upgrade, &with_ticket("made-up"), &with_ticket("")] {
        let refused = acceptance::WebSocket::open(server.http, spent).map(|_| ()).unwrap_err();
        assert_eq!(refused.status, 401, "{refused:?}");
    }
    assert_eq!(server.send(&Request::new("POST", "/api/tickets")).status, 401);
}

#[test]
fn a_ticket_lets_events_in() {
    let server = Server::start();
    let parameters = [("ticket", &*ticket(&server)), ("subscribe", "/topic/a")];
    let mut events = EventSocket::try_open(&server, &parameters, Upgrade::default()).expect("an upgrade");
    events.told("subscribed");
    server.client().publish("/topic/a", "hello");
    assert_eq!(events.event()["data"], "hello");
}

#[test]
fn a_ticket_of_somebody_who_is_deleted_counts_no_more() {
    let server = Server::start();
    let user = json!({ "password": "hush", "tags": "" }).to_string();
    server.send(&Request::new("PUT", "/api/users/alice").basic("guest", "guest").json(&user));
    let answer = server.send(&Request::new("POST", "/api/tickets").basic("alice", "hush"));
    let ticket = answer.json()["ticket"].as_str().unwrap().to_owned();
    assert_eq!(server.api("DELETE", "/api/users/alice").status, 204);
    let mut client = Client::new(Link::websocket(server.http, true, &with_ticket(&ticket)));
    client.send("CONNECT", &[("accept-version", "1.2"), ("host", "/")], "");
    client.refused("auth-failed");
}

#[test]
fn a_cookie_counts_only_if_the_settings_say_so_and_one_of_our_pages_asks() {
    let secret = "s".repeat(32);
    let settings = format!(
        "[http]\nallowed_origins = [\"https://shop.example\"]\n[auth]\ncookie = \"wharf\"\n[auth.jwt]\nsecret = \"{secret}\""
    );
    let server = Launch::new().config(&settings).start();
    let minted = Launch::new().config(&settings).run_command(&[
        "token",
        "--sub",
        "alice",
        "--scope",
        "tag:administrator read:*/*",
    ]);
    let cookie = format!("theme=dark; wharf={}", minted.stdout.trim());
    let ask = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let request = Request::new(method, path).header("Cookie", &cookie);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        server.send(&request).status
    };
    let origin = ("Origin", "https://shop.example");
    assert_eq!(ask("GET", "/api/whoami", &[origin]), 200);
    assert_eq!(ask("GET", "/api/whoami", &[("Sec-Fetch-Site", "same-origin")]), 200);
    assert_eq!(ask("GET", "/api/whoami", &[]), 401);
    assert_eq!(ask("GET", "/api/whoami", &[("Origin", "https://evil.example")]), 403);
    assert_eq!(ask("PUT", "/api/vhosts/made", &[origin]), 401, "a form of that site could do it");
    assert_eq!(ask("PUT", "/api/vhosts/made", &[origin, ("X-Wharf-CSRF", "1")]), 201);
    let upgrade = Upgrade::default().header("Cookie", &cookie);
    let mut client = Client::new(Link::websocket(server.http, true, &upgrade.clone().header("Origin", origin.1)));
    client.send("CONNECT", &[("accept-version", "1.2"), ("host", "/")], "");
    assert_eq!(client.expect("CONNECTED").header("user-name"), "alice");
    let mut stranger = Client::new(Link::websocket(server.http, true, &upgrade));
    stranger.send("CONNECT", &[("accept-version", "1.2"), ("host", "/")], "");
    stranger.refused("auth-failed");
}

#[test]
fn a_ticket_counts_no_more_when_the_password_is_another() {
    let server = Server::start();
    let put = |path: &str, body: &serde_json::Value| {
        server.send(&Request::new("PUT", path).basic("guest", "guest").json(&body.to_string())).status
    };
    assert_eq!(put("/api/users/alice", &json!({ "password": "hush", "tags": "" })), 201);
    let all = json!({ "configure": ".*", "write": ".*", "read": ".*" });
    assert_eq!(put("/api/permissions/%2F/alice", &all), 201);
    let ticket = |password: &str| {
        let answer = server.send(&Request::new("POST", "/api/tickets").basic("alice", password));
        answer.json()["ticket"].as_str().unwrap().to_owned()
    };
    let connect = |ticket: &str| {
        let mut client = Client::new(Link::websocket(server.http, true, &with_ticket(ticket)));
        client.send("CONNECT", &[("accept-version", "1.2"), ("host", "/")], "");
        client
    };
    let (first, second, third) = (ticket("hush"), ticket("hush"), ticket("hush"));
    assert_eq!(put("/api/users/alice", &json!({ "tags": "management" })), 204);
    assert_eq!(connect(&first).expect("CONNECTED").header("user-name"), "alice");
    assert_eq!(put("/api/users/alice", &json!({ "password": "other", "tags": "" })), 204);
    connect(&second).refused("auth-failed");
    let fresh = ticket("other");
    assert_eq!(connect(&fresh).expect("CONNECTED").header("user-name"), "alice");
    assert_eq!(put("/api/users/alice", &json!({ "password_hash": "", "tags": "" })), 204);
    connect(&third).refused("auth-failed");
}
