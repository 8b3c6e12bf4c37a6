//! `/metrics`, as Prometheus reads it.

use acceptance::{Launch, Request, Server, Transport};

/// The value of a line, labels included in its name.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("there is {name} in {text}"))
}

#[test]
fn what_the_server_holds_and_does_is_there() {
    let server = Server::start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    client.publish("/queue/a", b"1");
    client.publish("/queue/a", b"2");
    client.sync();
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    for (name, expected) in [
        ("wharf_connections", 1.0),
        ("wharf_queues", 1.0),
        ("wharf_messages_ready", 2.0),
        ("wharf_limit_reached_total{limit=\"login_time\"}", 0.0),
    ] {
        assert!((value(text, name) - expected).abs() < f64::EPSILON, "{name} is {expected} in {text}");
    }
    assert!(value(text, "wharf_messages_published_total") >= 2.0, "{text}");
    assert!(value(text, "wharf_process_resident_bytes") > 1e6, "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (_, number) = line.rsplit_once(' ').unwrap_or_default();
        assert!(line.starts_with("wharf_") && number.parse::<f64>().is_ok(), "{line}");
    }
}

/// Checks a value that is a whole number.
fn is(server: &Server, name: &str, expected: f64) {
    let metrics = server.get("/metrics");
    assert!(
        (value(metrics.text(), name) - expected).abs() < f64::EPSILON,
        "{name} is {expected} in {}",
        metrics.text()
    );
}

#[test]
fn refused_logins_are_counted() {
    let server = Server::start();
    let wrong = Request::new("GET", "/api/overview").basic("guest", "wrong");
    assert_eq!(server.send(&wrong).status, 401);
    let mut client = server.dial(Transport::Tcp);
    client.send("CONNECT", &[("accept-version", "1.2"), ("login", "nobody"), ("passcode", "x")], "");
    client.refused("auth-failed");
    is(&server, "wharf_logins_refused_total{reason=\"wrong\"}", 2.0);
}

#[test]
fn limits_that_bite_are_counted() {
    let server = Launch::new().config("[limits]\nlogin_time = 200").start();
    let mut stranger = server.dial(Transport::Text);
    stranger.expect("ERROR");
    is(&server, "wharf_limit_reached_total{limit=\"login_time\"}", 1.0);
}

#[test]
fn they_are_for_this_machine_and_for_who_may_monitor_unless_they_are_public() {
    let elsewhere = Request::new("GET", "/metrics").header("X-Forwarded-For", "192.0.2.1");
    let rebound = Request::new("GET", "/metrics").header("Host", "evil.example");
    let server = Server::start();
    assert_eq!(server.send(&elsewhere).status, 401);
    assert_eq!(server.send(&rebound).status, 401);
    for (name, tags, status) in [("scraper", "monitoring", 200), ("somebody", "management", 401)] {
        let user = format!("{{\"password\":\"secret\",\"tags\":\"{tags}\"}}");
        let made = Request::new("PUT", &format!("/api/users/{name}")).basic("guest", "guest").json(&user);
        assert_eq!(server.send(&made).status, 201);
        assert_eq!(server.send(&elsewhere.clone().basic(name, "secret")).status, status, "{tags}");
    }
    let server = Launch::new().config("[metrics]\npublic = true").start();
    assert_eq!(server.send(&elsewhere).status, 200);
}

#[test]
fn the_limits_of_a_vhost_are_counted_like_the_others() {
    let server = Server::start();
    let set = |name: &str| {
        let request = Request::new("PUT", &format!("/api/vhost-limits/%2F/{name}")).basic("guest", "guest");
        assert_eq!(server.send(&request.json("{\"value\":1}")).status, 204);
    };
    set("max-connections");
    let mut client = server.client();
    client.publish("/queue/a", b"1");
    set("max-queues");
    client.send("SEND", &[("destination", "/queue/b"), ("receipt", "r")], "1");
    client.refused("queue-full");
    drop(client);
    let queue = Request::new("PUT", "/api/queues/%2F/b").basic("guest", "guest").json("{}");
    assert_eq!(server.send(&queue).status, 503);
    is(&server, "wharf_limit_reached_total{limit=\"queues\"}", 2.0);
    let metrics = server.get("/metrics");
    assert!(!metrics.text().contains("vhost=\""), "one metric has the same labels throughout: {}", metrics.text());
    let dial = || {
        let mut client = server.dial(Transport::Tcp);
        client.send("CONNECT", &[("accept-version", "1.2"), ("login", "guest"), ("passcode", "guest")], "");
        client
    };
    let mut first = dial();
    if first.frame().command == "CONNECTED" {
        dial().refused("forbidden");
    }
    is(&server, "wharf_limit_reached_total{limit=\"vhost_max_connections\"}", 1.0);
}

#[test]
fn a_body_that_is_too_large_is_refused_in_the_api_s_form_and_counted() {
    let server = Server::start();
    let large = "x".repeat(2 << 20);
    let put = |path: &str| Request::new("PUT", path).basic("guest", "guest").json(&large);
    let post = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(large.as_str());
    let post = post.header("Content-Type", "application/cloudevents+json");
    for (count, request) in (1..).zip([put("/api/queues/%2F/q"), put("/api/vhosts/v"), post]) {
        let answer = server.send(&request);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (413, Some("too_large")), "{answer:?}");
        is(&server, "wharf_limit_reached_total{limit=\"size\"}", f64::from(count));
    }
}
