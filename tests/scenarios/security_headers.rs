//! What answers forbid browsers to do with them.

use acceptance::{Request, Response, Server};

fn has(response: &Response, header: &str, part: &str) {
    let value = response.header(header).unwrap_or_default();
    assert!(value.contains(part), "{header} is to say {part:?}: {response:?}");
}

#[test]
fn the_page_may_run_what_it_was_served_with_and_nothing_else() {
    let server = Server::start();
    let page = server.get("/");
    for part in
        ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        has(&page, "content-security-policy", part);
    }
    assert!(!page.header("content-security-policy").unwrap_or_default().contains("unsafe-inline"), "{page:?}");
    has(&page, "x-content-type-options", "nosniff");
    has(&page, "referrer-policy", "no-referrer");
    has(&page, "cross-origin-opener-policy", "same-origin");
    has(&page, "cross-origin-resource-policy", "same-origin");
    assert_eq!(page.header("strict-transport-security"), None, "it was not asked for by https");
}

#[test]
fn answers_of_the_api_are_not_kept() {
    let server = Server::start();
    for answer in [server.api("GET", "/api/overview"), server.get("/api/overview"), server.get("/metrics")] {
        has(&answer, "cache-control", "no-store");
        has(&answer, "x-content-type-options", "nosniff");
        has(&answer, "content-security-policy", "frame-ancestors 'none'");
    }
}

#[test]
fn other_sites_may_import_the_client() {
    let client = Server::start().get("/client/index.js");
    if client.status == 404 {
        eprintln!("skipped: the server was built without the client");
        return;
    }
    has(&client, "cross-origin-resource-policy", "cross-origin");
    has(&client, "access-control-allow-origin", "*");
}

#[test]
fn answers_to_programs_carry_little() {
    let server = Server::start();
    let event = Request::new("POST", "/events/topic/a").basic("guest", "guest");
    let event =
        event.header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s").header("ce-type", "t");
    let answer = server.send(&event);
    has(&answer, "x-content-type-options", "nosniff");
    assert_eq!(answer.header("content-security-policy"), None);
}
