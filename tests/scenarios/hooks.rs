//! Inbound webhooks: what is believed is taken once, and is an event to everybody.

use crate::senders::{
    define, deliver, deliver_all, deliver_github, github, prove_github, put, reader, requests, status,
};
use acceptance::{Directory, Launch, Program, Request, Server, eventually, patience, python};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;

/// Delivers to the receiver `a` from another address, and prints the status of the answer.
const NEIGHBOUR: &str = r#"
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=10, source_address=("127.0.0.2", 0))
connection.request("POST", "/hooks/%2F/a", "{}", {"Authorization": "Bearer hush"})
print(connection.getresponse().status)
"#;

#[test]
fn what_came_before_is_answered_alike_and_published_once() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    define(&server, "github", github(), json!({}));
    define(&server, "second", github(), json!({}));
    for number in 0..20 {
        let answer = deliver_github(&server, "github", &format!("d-{number}"), "{}");
        assert_eq!((answer.status, &answer.json()["duplicate"]), (202, &json!(false)));
    }
    let again = deliver_github(&server, "github", "d-7", "{}");
    assert_eq!((again.status, again.json()), (202, json!({ "id": "d-7", "duplicate": true })));
    assert_eq!(deliver_github(&server, "second", "d-7", "{}").json()["duplicate"], false, "each for itself");
    let counts = status(&server, "github");
    assert_eq!((&counts["accepted"], &counts["duplicates"]), (&json!(20), &json!(1)));
    for _ in 0..2 {
        server.program().kill();
        server = launch.start();
        assert_eq!(server.queue_number("q", "messages"), 21, "what was answered is there");
        for number in 0..20 {
            let again = deliver_github(&server, "github", &format!("d-{number}"), "{}");
            assert_eq!((again.status, &again.json()["duplicate"]), (202, &json!(true)), "{number}");
        }
        assert_eq!(server.queue_number("q", "messages"), 21, "and nothing twice");
    }
}

/// A sender that did not hear back sends again. Killed in the midst of its requests, the server has either the event and knows it, or neither.
#[test]
fn what_was_on_its_way_when_the_server_was_killed_is_there_once() {
    const REQUESTS: usize = 150;
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    define(&server, "github", github(), json!({}));
    let mut stream = TcpStream::connect(server.http).expect("the server listens");
    stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
    for number in 0..REQUESTS {
        let body = format!("{{\"n\":{number}}}");
        let signature = &prove_github("hush", 0, &body)[0].1;
        let request = format!(
            "POST /hooks/%2F/github HTTP/1.1\r\nHost: {}\r\nX-Hub-Signature-256: {signature}\r\nX-GitHub-Delivery: d-{number}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.http,
            body.len(),
        );
        stream.write_all(request.as_bytes()).expect("the server reads");
    }
    let mut answers = [0; 4096];
    stream.read_exact(&mut answers).expect("the server answers the first of them");
    server.program().kill();
    let server = launch.start();
    let mut known = 0;
    for number in 0..REQUESTS {
        let answer = deliver_github(&server, "github", &format!("d-{number}"), &format!("{{\"n\":{number}}}"));
        known += usize::from(answer.json()["duplicate"] == true);
    }
    assert!(known > 0, "what was answered is known");
    assert_eq!(server.queue_number("q", "messages"), REQUESTS as u64);
    let bodies: BTreeSet<_> = reader(&server).bodies(REQUESTS).into_iter().collect();
    assert_eq!(bodies.len(), REQUESTS, "each once");
}

#[test]
fn definitions_survive_a_crash_and_secrets_are_never_told() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    let definition = json!({ "destination": "/queue/q", "verification": { "scheme": "github", "secret": "hu5h", "previous_secret": "0ld" },
        "description": "of the shop", "allowed_rate": 90 });
    assert_eq!(put(&server, "github", &definition).status, 201);
    assert_eq!(put(&server, "gone", &definition).status, 201);
    assert_eq!(server.api("DELETE", "/api/hooks/%2F/gone").status, 204);
    assert_eq!(server.api("DELETE", "/api/hooks/%2F/gone").status, 404);
    server.program().kill();
    let server = launch.start();
    let list = server.api("GET", "/api/hooks");
    assert!(!list.text().contains("hu5h") && !list.text().contains("0ld"), "{}", list.text());
    let hooks = list.json();
    assert_eq!(hooks.as_array().map(Vec::len), Some(1), "{hooks}");
    let mut expected = json!({ "vhost": "/", "name": "github", "url": "/hooks/%2F/github", "destination": "/queue/q",
        "description": "of the shop", "verification": { "scheme": "github", "tolerance": 300, "has_secret": true, "has_previous_secret": true },
        "deduplication": { "window": 86400, "header": null, "pointer": null }, "mapping": {}, "allowed_origins": [],
        "allowed_rate": 90, "allowed_networks": [], "kept_headers": [],
        "status": { "accepted": 0, "duplicates": 0, "refused": 0, "last_request": null } });
    assert_eq!(hooks[0], expected);
    let body = "{}";
    assert_eq!(deliver_all(&server, "github", &prove_github("0ld", 0, body), body).status, 202);
    // What was told may be written again.
    expected["description"] = json!("changed");
    assert_eq!(put(&server, "github", &expected).status, 204);
    assert_eq!(deliver_all(&server, "github", &prove_github("hu5h", 0, body), body).status, 202);
    assert_eq!(status(&server, "github")["accepted"], 2, "counts stay");
    assert_eq!(deliver(&server, "gone", &[], body).status, 404);
}

#[test]
fn what_is_wrong_with_a_definition_is_named() {
    let server = Server::start();
    let bad = |definition: Value, part: &str| {
        let answer = put(&server, "a", &definition);
        let reason = answer.json()["reason"].as_str().expect("a reason").to_owned();
        assert_eq!((answer.status, reason.contains(part)), (400, true), "{part}: {answer:?}");
    };
    let good = json!({ "destination": "/queue/q", "verification": { "scheme": "none" } });
    let with = |name: &str, value: Value| {
        let mut definition = good.clone();
        definition[name] = value;
        definition
    };
    bad(json!([]), "the body");
    bad(json!({ "destination": "/queue/q" }), "verification");
    bad(with("destinatoin", json!(1)), "destinatoin");
    bad(with("destination", json!("/temp-queue/q")), "belongs to a STOMP connection");
    bad(with("verification", json!({ "scheme": "github" })), "verification.secret is needed");
    bad(with("mapping", json!({ "subject": "{body:id}" })), "mapping.subject");
    bad(with("name", json!("b")), "in the path");
    assert_eq!(put(&server, "a", &good).status, 201);
    assert_eq!(server.api("GET", "/api/hooks/none").status, 404);
    assert_eq!(server.get("/api/hooks").status, 401, "it is behind the log-in");
    let origin = Request::new("GET", "/api/hooks").basic("guest", "guest").header("Origin", "https://evil.example");
    assert_eq!(server.send(&origin).status, 403);
}

#[test]
fn what_is_an_event_already_is_published_as_it_is() {
    let server = Server::start();
    let mut client = reader(&server);
    define(&server, "events", json!({ "scheme": "bearer", "secret": "hush" }), json!({}));
    let send = |headers: &[(&str, &str)], body: &str| {
        let headers: Vec<_> = headers.iter().copied().chain([("Authorization", "Bearer hush")]).collect();
        deliver(&server, "events", &headers, body)
    };
    let body = r#"{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed","data":{"b":1, "a":2}}"#;
    let structured = [("Content-Type", "application/cloudevents+json; charset=utf-8")];
    assert_eq!(send(&structured, body).json(), json!({ "id": "1", "duplicate": false }));
    let message = client.message();
    assert_eq!(
        (message.header("ce-source"), message.header("ce-type"), message.text()),
        ("/shop", "order.placed", r#"{"b":1, "a":2}"#)
    );
    assert_eq!(send(&structured, body).json()["duplicate"], true, "by source and id");
    assert_eq!(send(&structured, &body.replace("/shop", "/other")).json()["duplicate"], false);
    assert_eq!(client.message().header("ce-source"), "/other");
    let binary =
        [("ce-id", "2"), ("ce-source", "/a"), ("ce-type", "t"), ("ce-specversion", "1.0"), ("ce-subject", "a%20b")];
    assert_eq!(send(&binary, "x").json(), json!({ "id": "2", "duplicate": false }));
    assert_eq!((client.message().header("ce-subject"), &send(&binary, "x").json()["duplicate"]), ("a b", &json!(true)));
    assert_eq!(send(&structured, "{}").status, 400);
    assert_eq!(send(&[("Content-Type", "application/cloudevents-batch+json")], "[]").status, 415);
    let by_query = server.send(&Request::new("POST", "/hooks/%2F/events?access_token=hush").body("{}"));
    assert_eq!((by_query.status, by_query.header("cache-control")), (202, Some("private")));
    assert_eq!(client.message().header("ce-type"), "wharf.hook.events");
    assert!(!json!(requests(&server, "events")).to_string().contains("hush"), "a token is not shown");
}

#[test]
fn consent_is_given_to_whole_names_alone() {
    let server = Server::start();
    let more = json!({ "allowed_origins": ["trusted.example.com", "*.azure.net"], "allowed_rate": 120 });
    define(&server, "a", json!({ "scheme": "bearer", "secret": "hush" }), more);
    define(&server, "open", json!({ "scheme": "none" }), json!({ "allowed_origins": ["*"] }));
    define(&server, "closed", json!({ "scheme": "none" }), json!({}));
    let ask = |name: &str, headers: &[(&str, &str)]| {
        let request = Request::new("OPTIONS", &format!("/hooks/%2F/{name}"));
        let answer = server.send(&headers.iter().fold(request, |request, (name, value)| request.header(name, value)));
        assert_eq!((answer.status, answer.header("allow")), (200, Some("POST")), "{answer:?}");
        let told = ["webhook-allowed-origin", "webhook-allowed-rate"];
        told.map(|name| answer.header(name).map(str::to_owned))
    };
    let consent = |origin: &str, rate: &str| [Some(origin.to_owned()), Some(rate.to_owned())];
    let origin = |origin| [("WebHook-Request-Origin", origin), ("WebHook-Request-Rate", "50")];
    assert_eq!(ask("a", &origin("Trusted.example.com")), consent("Trusted.example.com", "120"));
    assert_eq!(ask("a", &origin("eventgrid.azure.net")), consent("eventgrid.azure.net", "120"));
    assert_eq!(ask("a", &[("Origin", "eventgrid.azure.net")]), consent("eventgrid.azure.net", "120"));
    assert_eq!(ask("open", &origin("anybody.tld")), consent("anybody.tld", "*"));
    let nothing = [None, None];
    for other in
        ["trusted.example.com.evil.tld", "eviltrusted.example.com", "example.com", "azure.net", "evilazure.net"]
    {
        assert_eq!(ask("a", &origin(other)), nothing, "{other}");
    }
    assert_eq!(ask("closed", &origin("trusted.example.com")), nothing);
    let preflight = [("Origin", "https://trusted.example.com"), ("Access-Control-Request-Method", "POST")];
    assert_eq!(ask("a", &preflight), nothing);
    // On deliveries the name is repeated: another one is not believed, whatever else it knows.
    let deliver_as = |origin| deliver(&server, "a", &[("Authorization", "Bearer hush"), origin], "{}").status;
    assert_eq!(deliver_as(("WebHook-Request-Origin", "trusted.example.com")), 202);
    assert_eq!(deliver_as(("Origin", "eventgrid.azure.net")), 202);
    assert_eq!(deliver_as(("WebHook-Request-Origin", "trusted.example.com.evil.tld")), 401);
}

#[test]
fn what_is_too_much_or_from_elsewhere_is_refused() {
    let server = Server::start();
    define(&server, "slow", github(), json!({ "allowed_rate": 2 }));
    define(&server, "far", github(), json!({ "allowed_networks": ["192.0.2.0/24"] }));
    define(&server, "near", github(), json!({ "allowed_networks": ["127.0.0.0/8", "::1"] }));
    assert_eq!(deliver_github(&server, "far", "1", "{}").status, 401);
    assert_eq!(deliver_github(&server, "near", "1", "{}").status, 202);
    assert_eq!(deliver(&server, "slow", &[], "{}").status, 401, "who is not believed takes nothing from others");
    for number in 0..2 {
        assert_eq!(deliver_github(&server, "slow", &number.to_string(), "{}").status, 202);
    }
    let answer = deliver_github(&server, "slow", "3", "{}");
    let wait: u64 = answer.header("retry-after").expect("it says when").parse().expect("seconds");
    assert_eq!((answer.status, (1..=30).contains(&wait)), (429, true), "{answer:?}");
    let large = "x".repeat(1_100_000);
    assert_eq!(deliver_github(&server, "near", "2", &large).status, 413);
    assert_eq!(deliver(&server, "none", &[], "{}").status, 404);
    assert_eq!(server.send(&Request::new("POST", "/hooks/none/near").body("{}")).status, 404);
    assert_eq!(server.send(&Request::new("POST", "/hooks").body("{}")).status, 404);
    assert_eq!(server.api("DELETE", "/hooks/%2F/near").status, 405);
    let deep = "[".repeat(100_000);
    define(
        &server,
        "near",
        github(),
        json!({ "mapping": { "subject": "{body:/0/0}" }, "deduplication": { "pointer": "/0/0/0" } }),
    );
    assert_eq!(deliver_github(&server, "near", "4", &deep).status, 202, "what cannot be read is data all the same");
}

#[test]
fn what_the_sender_cannot_help_is_to_be_tried_again() {
    let server = Server::start();
    define(&server, "lost", github(), json!({ "destination": "/exchange/none/k" }));
    let answer = deliver_github(&server, "lost", "1", "{}");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{answer:?}");
    assert!(!answer.text().contains("none"), "where it goes is nobody's business: {answer:?}");
    assert!(requests(&server, "lost")[0]["reason"].as_str().expect("a reason").contains("none"));
    define(&server, "lost", github(), json!({}));
    assert_eq!(deliver_github(&server, "lost", "1", "{}").json()["duplicate"], false, "it was not taken before");
}

#[test]
fn the_last_requests_are_told_without_secrets() {
    let server = Server::start();
    define(&server, "a", github(), json!({ "mapping": { "type": "t.{header:x-github-event}" } }));
    for number in 0..60 {
        deliver_github(&server, "a", &number.to_string(), r#"{"n":1}"#);
    }
    deliver(&server, "a", &[("Authorization", "Bearer hush"), ("X-Token", "hush")], "not believed");
    let all = requests(&server, "a");
    assert_eq!(all.len(), 50);
    assert_eq!(
        (&all[0]["outcome"], &all[0]["status"], &all[0]["body"]),
        (&json!("refused"), &json!(401), &json!(null))
    );
    assert_eq!((&all[0]["headers"]["authorization"], &all[0]["headers"]["x-token"]), (&json!("***"), &json!("***")));
    let taken = &all[1];
    let event = json!({ "id": "59", "source": "/hooks/%2F/a", "type": "t.push" });
    assert_eq!((&taken["event"], &taken["delivery"], &taken["outcome"]), (&event, &json!("59"), &json!("accepted")));
    assert_eq!((&taken["body"], &taken["octets"], &taken["method"]), (&json!(r#"{"n":1}"#), &json!(7), &json!("POST")));
    assert_eq!((&taken["address"], &taken["reason"]), (&json!("127.0.0.1"), &json!(null)));
    assert_eq!(status(&server, "a")["last_request"], all[0]["at"]);
}

/// Begins to deliver to the receiver `a`, and stops before the last octet.
fn deliver_half(server: &Server, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.http).expect("the server listens");
    stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
    stream.set_write_timeout(Some(patience())).expect("a time-out is allowed");
    let length = body.len() + 1;
    let head = format!("POST /hooks/%2F/a HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n", server.http);
    // It may be refused while it is still being sent.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    stream
}

/// The status of the answer; `None`: the connection broke off.
fn answered(stream: &mut TcpStream) -> Option<u16> {
    let mut start = [0; "HTTP/1.1 408".len()];
    if let Err(error) = stream.read_exact(&mut start) {
        assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "it is answered in time");
        return None;
    }
    String::from_utf8_lossy(&start).rsplit(' ').next()?.parse().ok()
}

#[test]
fn bodies_that_stop_on_their_way_shut_nobody_else_out() {
    const MORE_THAN_FIT: usize = 72;
    let server = Server::start();
    define(&server, "a", json!({ "scheme": "bearer", "secret": "hush" }), json!({}));
    let body = vec![b'x'; (1 << 20) - 1];
    let mut stopped: Vec<_> = (0..MORE_THAN_FIT).map(|_| deliver_half(&server, &body)).collect();
    eventually("one is refused for want of room", || {
        (status(&server, "a")["refused"].as_u64() > Some(0)).then_some(())
    });
    // Only Linux has more than one address for itself without being told.
    if let Some(python) = python().filter(|_| cfg!(target_os = "linux")) {
        let (ip, port) = (server.http.ip().to_string(), server.http.port().to_string());
        let exit = Program::start(Command::new(python).args(["-c", NEIGHBOUR, &*ip, &*port])).wait();
        assert_eq!(exit.stdout, "202", "{}", exit.stderr);
    }
    // They are given up long before senders would, and then their own address is heard again.
    let answers: Vec<_> = stopped.iter_mut().map(answered).collect();
    assert!(answers.iter().all(|it| matches!(it, None | Some(408 | 503))), "{answers:?}");
    assert!(answers.contains(&Some(408)), "{answers:?}");
    let answer = deliver(&server, "a", &[("Authorization", "Bearer hush")], "{}");
    assert_eq!(answer.status, 202, "{answer:?}");
}

#[test]
fn what_could_be_taken_for_the_servers_own_is_refused() {
    let server = Server::start();
    let bearer = || json!({ "scheme": "bearer", "secret": "hush" });
    define(&server, "mapped", bearer(), json!({ "mapping": { "type": "{header:x-type}" } }));
    define(&server, "events", bearer(), json!({}));
    let refused = |name: &str, headers: &[(&str, &str)], body: &str| {
        let headers: Vec<_> = headers.iter().copied().chain([("Authorization", "Bearer hush")]).collect();
        let answer = deliver(&server, name, &headers, body);
        let reason = answer.json()["reason"].as_str().expect("a reason").to_owned();
        assert_eq!((answer.status, reason.contains("\"type\"")), (400, true), "{name}: {answer:?}");
    };
    refused("mapped", &[("X-Type", "wharf.control.ended")], "{}");
    let body = r#"{"specversion":"1.0","id":"1","source":"/a","type":"wharf.control.ended"}"#;
    refused("events", &[("Content-Type", "application/cloudevents+json")], body);
    assert_eq!(server.queue("q"), None, "nothing was published");
}
