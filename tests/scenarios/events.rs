//! CloudEvents over HTTP: what is published is a message to everybody, kept like any other; what is no event is told why.

use acceptance::{Client, Directory, Launch, Program, Request, Response, Server, eventually, python};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const JSON: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

fn post(server: &Server, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Response {
    let request = Request::new("POST", path).basic("guest", "guest").body(body);
    server.send(&if content_type.is_empty() { request } else { request.header("Content-Type", content_type) })
}

/// An event with these members beside the required ones.
fn event(id: &str, members: Value) -> Value {
    let mut event = json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order.placed" });
    if let (Some(all), Value::Object(members)) = (event.as_object_mut(), members) {
        all.extend(members);
    }
    event
}

fn reader(server: &Server, destination: &str) -> Client {
    let mut client = server.client();
    client.subscribe("1", destination, &[]);
    client
}

#[test]
fn an_event_reaches_stomp_with_its_attributes_as_headers() {
    let server = Server::start();
    let mut client = reader(&server, "/topic/orders.#");
    let body = br#"{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed","time":"2018-04-26T14:48:09+02:00","n":5,"note":"Euro \u20ac","data":{"b":12345678901234567890123, "a":1}}"#;
    let answer = post(&server, "/events/topic/orders.eu", JSON, body);
    assert_eq!((answer.status, answer.json()), (202, json!({ "source": "/shop", "id": "1", "routed": 1 })));
    let message = client.message();
    let headers = ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-n", "ce-note", "content-type"];
    let values = headers.map(|name| message.header(name).to_owned());
    let expected =
        ["1.0", "1", "/shop", "order.placed", "2018-04-26T14:48:09+02:00", "5", "Euro €", "application/json"];
    assert_eq!(values, expected);
    assert_eq!(message.text(), r#"{"b":12345678901234567890123, "a":1}"#, "as it was written");
    assert_eq!(message.header("destination"), "/topic/orders.eu");
}

#[test]
fn binary_mode_takes_attributes_from_headers_and_data_as_it_is() {
    let server = Server::start();
    let mut client = reader(&server, "/queue/a%2Fb");
    let request = Request::new("POST", "/events/queue/a%2Fb").basic("guest", "guest").body([0, 255, 10]);
    let request = request.header("ce-id", "1").header("ce-source", "/a").header("CE-Type", "t");
    let request = request.header("ce-specversion", "1.0").header("ce-subject", "\"Euro%20%E2%82%AC \\\"q\\\"\"");
    let answer = server.send(&request.header("Content-Type", "image/png"));
    assert_eq!((answer.status, &answer.json()["routed"]), (202, &json!(1)));
    let message = client.message();
    assert_eq!(message.header("ce-subject"), "Euro € \"q\"");
    assert_eq!((message.header("content-type"), &message.body[..]), ("image/png", &[0, 255, 10][..]));
}

#[test]
fn protobuf_is_read_like_json() {
    let server = Server::start();
    let mut client = reader(&server, "/queue/q");
    // The golden octets of the format: id, source, spec_version, type, and text_data.
    let octets = b"\x0a\x011\x12\x02/a\x1a\x031.0\x22\x01t\x3a\x02hi";
    assert_eq!(post(&server, "/events/queue/q", "application/cloudevents+protobuf", octets).status, 202);
    let message = client.message();
    assert_eq!((message.header("ce-source"), message.text()), ("/a", "hi"));
    let batch = [&b"\x0a\x13"[..], &octets[..], b"\x0a\x13", &octets[..]].concat();
    let answer = post(&server, "/events/queue/q", "application/cloudevents-batch+protobuf", batch);
    assert_eq!((answer.status, answer.json().as_array().map(Vec::len)), (202, Some(2)), "{answer:?}");
    assert_eq!(client.bodies(2), ["hi", "hi"]);
}

#[test]
fn a_batch_is_taken_as_a_whole_and_each_event_is_answered() {
    let server = Server::start();
    let batch = |events: &[Value]| post(&server, "/events/stream/s", BATCH, json!(events).to_string());
    assert_eq!((batch(&[]).status, batch(&[]).json()), (202, json!([])));
    let answer = batch(&[event("1", json!({})), event("2", json!({ "data": 1 }))]);
    let receipt = |id: &str, offset: u64| json!({ "source": "/shop", "id": id, "routed": 1, "stream_offset": offset });
    assert_eq!((answer.status, answer.json()), (202, json!([receipt("1", 0), receipt("2", 1)])));
    let mut events: Vec<_> = (0..1_000).map(|number| event(&number.to_string(), json!({}))).collect();
    events[700]["time"] = json!("yesterday");
    let answer = batch(&events);
    assert_eq!((answer.status, &answer.json()["index"]), (400, &json!(700)));
    let reason = answer.json()["reason"].as_str().expect("it is a text").to_owned();
    assert!(reason.starts_with("event 700 of the batch: \"time\": a Timestamp is"), "{reason}");
    assert_eq!(server.queue_number("s", "messages"), 2, "none of them was taken");
    events[700]["time"] = json!(null);
    assert_eq!(batch(&events).status, 202);
    events.push(event("one more", json!({})));
    let answer = batch(&events);
    assert_eq!((answer.status, &answer.json()["error"]), (413, &json!("too_large")));
    assert_eq!(server.queue_number("s", "messages"), 1_002);
}

#[test]
fn a_batch_that_does_not_fit_is_refused_as_a_whole() {
    let server = Server::start();
    let declared = json!({ "durable": true, "arguments": { "x-max-length": 2, "x-overflow": "reject-publish" } });
    let request = Request::new("PUT", "/api/queues/%2F/small").basic("guest", "guest").json(&declared.to_string());
    assert_eq!(server.send(&request).status, 201);
    let events: Vec<_> = (0..3).map(|number| event(&number.to_string(), json!({}))).collect();
    let answer = post(&server, "/events/queue/small", BATCH, json!(events).to_string());
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{answer:?}");
    assert_eq!(answer.json()["index"], 2);
    assert_eq!(server.queue_number("small", "messages"), 0);
}

#[test]
fn what_was_answered_is_there_after_a_crash_unless_it_was_not_to_be() {
    let directory = Directory::new();
    let mut server = Launch::new().data_dir(&directory.path().to_string_lossy()).start();
    for number in 0..50 {
        let one = event(&number.to_string(), json!({ "datacontenttype": "text/plain", "data": number.to_string() }));
        assert_eq!(post(&server, "/events/queue/q", JSON, one.to_string()).status, 202);
    }
    let volatile = post(&server, "/events/queue/q?persistent=false", JSON, event("v", json!({})).to_string());
    assert_eq!(volatile.status, 202);
    server.program().kill();
    let server = Launch::new().data_dir(&directory.path().to_string_lossy()).start();
    assert_eq!(server.queue_number("q", "messages"), 50);
    let bodies = reader(&server, "/queue/q").bodies(50);
    assert_eq!(bodies, (0..50).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn an_event_of_the_same_source_and_id_is_left_out_if_that_is_wanted() {
    let server = Server::start();
    let one = event("1", json!({})).to_string();
    let publish = || post(&server, "/events/queue/q?deduplicate=true", JSON, &one).json();
    assert_eq!(publish(), json!({ "source": "/shop", "id": "1", "routed": 1 }));
    assert_eq!(publish(), json!({ "source": "/shop", "id": "1", "routed": 0, "duplicate": true }));
    assert_eq!(post(&server, "/events/queue/q", JSON, &one).json()["routed"], 1);
    assert_eq!(server.queue_number("q", "messages"), 2);
}

#[test]
fn an_event_that_is_too_old_reaches_nobody() {
    let server = Server::start();
    let old = event("1", json!({ "expirytime": "2020-01-01T00:00:00Z" })).to_string();
    assert_eq!(post(&server, "/events/queue/q", JSON, old).status, 202);
    eventually("it has expired", || (server.queue_number("q", "messages") == 0).then_some(()));
}

#[test]
fn what_is_no_event_is_refused_and_named() {
    let server = Server::start();
    let bad = |path: &str, content_type: &str, body: &str, status: u16, part: &str| {
        let answer = post(&server, path, content_type, body);
        let reason = answer.json()["reason"].as_str().expect("there is a reason").to_owned();
        assert_eq!((answer.status, reason.contains(part)), (status, true), "{part}: {answer:?}");
    };
    let good = event("1", json!({})).to_string();
    bad("/events/queue/q", JSON, "{}", 400, "\"specversion\": is required");
    bad("/events/queue/q", JSON, &good.replace("1.0", "0.3"), 400, "only version \"1.0\"");
    bad("/events/queue/q", JSON, "{", 400, "cannot be read");
    bad("/events/queue/q", JSON, &format!("{good}{good}"), 400, "trailing");
    bad("/events/queue/q", JSON, &"[".repeat(100_000), 400, "an event, as an object");
    bad("/events/queue/q", "application/json", &good, 400, "this is no event");
    bad("/events/queue/q", "", "", 400, "this is no event");
    bad("/events/queue/q", "application/cloudevents+xml", &good, 415, "application/cloudevents+json");
    bad("/events/queue/q", "application/cloudevents", &good, 415, "application/cloudevents+json");
    bad("/events/queue/q", BATCH, &good, 400, "an array of events");
    bad("/events/queue/q?vhost=none", JSON, &good, 404, "there is no vhost \"none\"");
    bad("/events/queue/q?persistent=perhaps", JSON, &good, 400, "persistent");
    bad("/events/queue/q?persistant=true", JSON, &good, 400, "persistant");
    bad("/events/nowhere/q", JSON, &good, 400, "unknown destination \"/nowhere/q\"");
    bad("/events/temp-queue/q", JSON, &good, 400, "belongs to a STOMP connection");
    bad("/events/exchange/none/k", JSON, &good, 404, "none");
    bad("/events", JSON, &good, 404, "/events/queue/orders");
    let large = event("1", json!({ "data": "x".repeat(1_100_000) })).to_string();
    bad("/events/queue/q", JSON, &large, 413, "1048576 octets");
    bad("/events/queue/q", BATCH, &format!("[{large}]"), 413, "1048576 octets");
    assert_eq!(server.queue("q"), None, "nothing was declared for them");
    let header = |name: &str, value: &str| {
        let request = Request::new("POST", "/events/queue/q").basic("guest", "guest").header("ce-id", "1");
        let request = request.header("ce-source", "/a").header("ce-type", "t").header("ce-specversion", "1.0");
        server.send(&request.header(name, value))
    };
    assert_eq!(header("ce-x", "ok").status, 202);
    let twice = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(&good);
    let answer = server.send(&twice.header("Content-Type", JSON).header("Content-Type", "text/plain"));
    assert_eq!((answer.status, &answer.json()["reason"]), (400, &json!("Content-Type is there twice")));
    let deep = "[".repeat(600);
    let answer = server.send(
        &Request::new("POST", "/events/queue/q")
            .basic("guest", "guest")
            .header("ce-id", "1")
            .header("ce-source", "/a")
            .header("ce-type", "t")
            .header("ce-specversion", "1.0")
            .header("Content-Type", "application/json")
            .body(deep),
    );
    assert_eq!(answer.status, 400, "{answer:?}");
    for (name, value, part) in [
        ("ce-x", "%C0%A0", "\"x\": is not UTF-8"),
        ("ce-id", "2", "\"id\": is there twice"),
        ("ce-my-name", "2", "\"my-name\": a name has only"),
        ("ce-datacontenttype", "text/plain", "is the header Content-Type"),
        ("ce-time", "now", "\"time\": a Timestamp is"),
    ] {
        let answer = header(name, value);
        let reason = answer.json()["reason"].as_str().expect("there is a reason").to_owned();
        assert_eq!((answer.status, reason.contains(part)), (400, true), "{name}: {reason}");
    }
}

#[test]
fn who_has_not_logged_in_and_other_methods_are_refused() {
    let server = Server::start();
    let answer = server.send(&Request::new("POST", "/events/queue/q").body("{}").header("Content-Type", JSON));
    assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("not_authorised")));
    let answer = server.api("PUT", "/events/queue/q");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST, DELETE, OPTIONS")));
    assert_eq!(server.api("OPTIONS", "/events/queue/q").status, 200);
}

#[test]
fn pages_of_listed_sites_may_send_events_and_others_may_not() {
    let server = Launch::new().config("[http]\nallowed_origins = [\"https://shop.example\"]").start();
    let preflight = |origin: &str| {
        let request = Request::new("OPTIONS", "/events/queue/q").header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST");
        server.send(&request.header("Access-Control-Request-Headers", "authorization, ce-id, x-mine, ce-my"))
    };
    let answer = preflight("https://shop.example");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,ce-id,ce-my"), "x-mine is not ours");
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), None);
    let send = |origin: &str| {
        let request = Request::new("POST", "/events/queue/q").basic("guest", "guest").header("Origin", origin);
        server.send(&request.header("Content-Type", JSON).body(event("1", json!({})).to_string()))
    };
    let answer = send("https://shop.example");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (202, Some("https://shop.example")));
    assert_eq!(send("https://evil.example").status, 403);
}

#[test]
fn the_sdk_for_python_is_understood() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with the SDK; `npm test` installs one, and WHARF_PYTHON names another");
        return;
    };
    let server = Server::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/cloudevents_sdk.py");
    let exit =
        Program::start(Command::new(&python).arg("-u").arg(&script).arg(format!("http://{}", server.http))).wait();
    assert_eq!(exit.code, Some(0), "{}\n{}", exit.stdout, exit.stderr);
    assert!(exit.stdout.ends_with("all well"), "{}", exit.stdout);
}

#[test]
fn an_expression_can_be_tried_on_an_event() {
    let server = Server::start();
    let evaluate = |expression: &str| {
        let body = json!({ "expression": expression, "event": event("1", json!({ "n": 5, "data": 1 })) });
        let request = Request::new("POST", "/api/cesql/evaluate").basic("guest", "guest").json(&body.to_string());
        let answer = server.send(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    assert_eq!(evaluate("type LIKE 'order.%' AND n > 4"), json!({ "result": true, "error": null }));
    assert_eq!(evaluate("n * 2"), json!({ "result": 10, "error": null }));
    assert_eq!(evaluate("UPPER(id) || 'x'")["error"], "parse");
    assert_eq!(evaluate("missing = 1"), json!({ "result": false, "error": "missingAttribute" }));
    let mixed = evaluate("TRUE OR FALSE AND FALSE");
    assert_eq!((&mixed["result"], mixed["warnings"].as_array().map(Vec::len)), (&json!(false), Some(1)), "{mixed}");
    let request = Request::new("POST", "/api/cesql/evaluate").basic("guest", "guest");
    let answer = server.send(&request.json(r#"{"expression":"TRUE","event":{}}"#));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["reason"], "the event: \"specversion\": is required, and missing");
}
