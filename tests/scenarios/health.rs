//! The paths that need nobody's name.

use acceptance::{Request, Server};

#[test]
fn the_server_says_that_it_lives_and_is_ready() {
    let server = Server::start();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}

#[test]
fn the_page_is_at_the_root_and_nowhere_else() {
    let server = Server::start();
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{page:?}");
    for path in ["/nothing", "/index.php", "/queues", "/health", "/ws/", "/ws/x", "/client/nothing.js", "/client/"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    for path in ["/../Cargo.toml", "/client/../../Cargo.toml", "/client/%2e%2e/package.json", "/..%2f..%2fetc/passwd"] {
        let status = server.get(path).status;
        assert!(status == 404 || status == 400, "{status} for {path}");
    }
}

#[test]
fn a_known_path_with_another_method_is_405() {
    let server = Server::start();
    for (method, path) in [("POST", "/"), ("DELETE", "/health/live"), ("PUT", "/health/ready"), ("POST", "/ws")] {
        let response = server.send(&Request::new(method, path));
        assert_eq!(response.status, 405, "{method} {path}");
        assert!(response.header("allow").is_some_and(|allow| allow.contains("GET")), "{response:?}");
    }
}

#[test]
fn a_request_has_exactly_one_host() {
    let server = Server::start();
    assert_eq!(server.send(&Request::new("GET", "/health/live").header("Host", "")).status, 400);
    let two = Request::new("GET", "/health/live").header("Host", "a").header("Host", "b");
    assert_eq!(server.send(&two).status, 400);
}
