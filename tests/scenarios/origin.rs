//! Pages of other sites may not use this server: `Origin` is checked on the upgrade and on the API.

use acceptance::{Launch, Request, Server, Upgrade, WebSocket};

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
