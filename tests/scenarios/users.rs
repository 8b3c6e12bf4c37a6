//! Users with passwords: created, changed and deleted while the server runs, and kept.

use acceptance::{
    Client, Directory, Launch, Request, Response, Server, Transport, Upgrade, WebSocket, all_transports, eventually,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

fn put(server: &Server, path: &str, body: &Value) -> u16 {
    server.send(&Request::new("PUT", path).basic("guest", "guest").json(&body.to_string())).status
}

fn as_user(server: &Server, user: &str, password: &str, path: &str) -> Response {
    server.send(&Request::new("GET", path).basic(user, password))
}

fn create(server: &Server, name: &str, password: &str, tags: &str) {
    let path = format!("/api/users/{name}");
    assert_eq!(put(server, &path, &json!({ "password": password, "tags": tags })), 201);
    let all = json!({ "configure": ".*", "write": ".*", "read": ".*" });
    assert_eq!(put(server, &format!("/api/permissions/%2F/{name}"), &all), 201);
}

fn dial(server: &Server, transport: Transport, user: &str, password: &str) -> Client {
    let mut client = server.dial(transport);
    client.send("CONNECT", &[("accept-version", "1.2"), ("host", "/"), ("login", user), ("passcode", password)], "");
    client
}

#[test]
fn a_user_logs_in_everywhere_and_a_changed_password_counts_at_once() {
    let server = Server::start();
    create(&server, "alice", "hush", "management");
    assert_eq!(as_user(&server, "alice", "hush", "/api/whoami").json()["tags"], json!(["management"]));
    all_transports(|transport| {
        dial(&server, transport, "alice", "hush").expect("CONNECTED");
        dial(&server, transport, "alice", "wrong").refused("auth-failed");
    });
    assert_eq!(put(&server, "/api/users/alice", &json!({ "password": "other", "tags": "" })), 204);
    assert_eq!(as_user(&server, "alice", "hush", "/api/whoami").status, 401);
    assert_eq!(as_user(&server, "alice", "other", "/api/whoami").json()["tags"], json!([]));
}

#[test]
fn the_list_has_everybody_and_no_secret() {
    let server = Server::start();
    create(&server, "alice", "correct-horse", "monitoring,mine");
    assert_eq!(put(&server, "/api/users/robot", &json!({ "password_hash": "", "tags": [] })), 201);
    let answer = server.api("GET", "/api/users");
    let names: Vec<_> = answer.json().as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["alice", "guest", "robot"]);
    assert_eq!(server.api("GET", "/api/users/alice").json()["tags"], json!(["monitoring", "mine"]));
    for secret in ["correct-horse", "$argon2id"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
    let without = server.api("GET", "/api/users/without-permissions").json();
    assert_eq!(without[0]["name"], "robot");
    assert_eq!(as_user(&server, "robot", "", "/api/whoami").status, 401, "no password is right");
}

#[test]
fn what_is_no_user_is_refused_and_says_why() {
    let server = Server::start();
    let refused = |body: Value| {
        let request = Request::new("PUT", "/api/users/alice").basic("guest", "guest").json(&body.to_string());
        let answer = server.send(&request);
        (answer.status, answer.json()["reason"].as_str().unwrap().to_owned())
    };
    assert!(refused(json!({ "password": "", "tags": "" })).1.contains("must not be empty"));
    assert!(refused(json!({ "password_hash": "abc", "tags": "" })).1.contains("Argon2id"));
    assert!(refused(json!({ "password": "hush" })).1.contains("tags"));
    assert_eq!(refused(json!({ "password": 5, "tags": "" })).0, 400);
    assert_eq!(put(&server, "/api/users/%0A", &json!({ "password": "a", "tags": "" })), 400);
    for (method, path) in
        [("GET", "/api/users/nobody"), ("DELETE", "/api/users/nobody"), ("GET", "/api/users/nobody/permissions")]
    {
        assert_eq!(server.api(method, path).status, 404, "{method} {path}");
    }
}

#[test]
fn who_is_deleted_is_sent_away_and_forgotten() {
    let server = Server::start();
    create(&server, "alice", "hush", "");
    let mut client = dial(&server, Transport::Text, "alice", "hush");
    client.expect("CONNECTED");
    let mut bystander = server.client();
    assert_eq!(server.api("DELETE", "/api/users/alice").status, 204);
    client.refused("auth-failed");
    dial(&server, Transport::Tcp, "alice", "hush").refused("auth-failed");
    bystander.sync();
    // Who gets the name later gets nothing of what it had.
    assert_eq!(put(&server, "/api/users/alice", &json!({ "password": "hush", "tags": "" })), 201);
    dial(&server, Transport::Tcp, "alice", "hush").refused("forbidden");
}

#[test]
fn a_user_has_as_many_connections_as_its_limit_allows() {
    let server = Server::start();
    create(&server, "alice", "hush", "");
    let limit = |value: i64| put(&server, "/api/user-limits/alice/max-connections", &json!({ "value": value }));
    assert_eq!(limit(1), 204);
    assert_eq!(server.api("GET", "/api/user-limits/alice").json()[0]["value"]["max-connections"], 1);
    let mut first = dial(&server, Transport::Tcp, "alice", "hush");
    first.expect("CONNECTED");
    let refused = dial(&server, Transport::Tcp, "alice", "hush").refused("forbidden");
    assert!(refused.header("message").contains("max-connections"), "{refused:?}");
    server.client().sync();
    drop(first);
    eventually("the place is free again", || {
        let mut client = dial(&server, Transport::Tcp, "alice", "hush");
        (client.frame().command == "CONNECTED").then_some(())
    });
    assert_eq!(limit(-1), 204);
    let mut many: Vec<_> = (0..3).map(|_| dial(&server, Transport::Tcp, "alice", "hush")).collect();
    many.iter_mut().for_each(|client| drop(client.expect("CONNECTED")));
    assert_eq!(put(&server, "/api/user-limits/alice/max-channels", &json!({ "value": 1 })), 400);
}

#[test]
fn users_are_kept_and_guest_does_not_come_back() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    create(&server, "root", "hush", "administrator");
    let deleted = server.send(&Request::new("DELETE", "/api/users/guest").basic("root", "hush"));
    assert_eq!(deleted.status, 204);
    server.program().kill();
    drop(server);
    let server = launch.start();
    assert_eq!(as_user(&server, "guest", "guest", "/api/whoami").status, 401);
    let users = as_user(&server, "root", "hush", "/api/users").json();
    assert_eq!(users.as_array().unwrap().len(), 1);
    let vhosts = as_user(&server, "root", "hush", "/api/whoami").json()["vhosts"].clone();
    assert_eq!(vhosts, json!(["/"]));
}

#[test]
fn guest_is_let_in_from_this_machine_alone() {
    let server = Server::start();
    for header in ["X-Forwarded-For", "Forwarded", "Via"] {
        let request = Request::new("GET", "/api/whoami").basic("guest", "guest").header(header, "192.0.2.1");
        assert_eq!(server.send(&request).status, 401, "{header}");
    }
    create(&server, "alice", "hush", "");
    let request = Request::new("GET", "/api/whoami").basic("alice", "hush").header("X-Forwarded-For", "192.0.2.1");
    assert_eq!(server.send(&request).status, 200);
}

#[test]
fn guessing_gets_slow_and_a_right_password_does_not() {
    let server = Server::start();
    create(&server, "alice", "hush", "");
    create(&server, "bob", "hush", "");
    let took = |user: &str, password: &str| {
        let begun = std::time::Instant::now();
        as_user(&server, user, password, "/api/whoami");
        begun.elapsed().as_millis()
    };
    let wrong: Vec<_> = (0..6).map(|_| took("alice", "guess")).collect();
    assert!(wrong[5] >= 1600, "{wrong:?}");
    // A machine that is busy makes all of it slow, but not that slow.
    assert!(took("alice", "hush") < wrong[5] && took("bob", "wrong") < wrong[5], "{wrong:?}");
    assert!(took("alice", "wrong") < wrong[5], "it begins anew");
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(credentials))
}

#[test]
fn credentials_on_the_upgrade_are_enough() {
    let server = Server::start();
    create(&server, "alice", "hush", "");
    let upgrade = Upgrade::default().protocols("cloudevents.json").path("/ws?subscribe=/topic/a");
    let refused =
        WebSocket::open(server.http, &upgrade.clone().header("Authorization", &basic("alice:wrong"))).map(|_| ());
    assert_eq!(refused.unwrap_err().status, 401);
    let _open =
        WebSocket::open(server.http, &upgrade.header("Authorization", &basic("alice:hush"))).expect("an upgrade");
    eventually("the connection of alice", || {
        let connections = server.api("GET", "/api/connections").json();
        connections.as_array()?.iter().any(|it| it["user"] == "alice").then_some(())
    });
}
