//! `GET /events/{destination}` as server-sent events: what is published is sent as it comes, and a reader of a stream comes back without loss.

use acceptance::{Directory, EventStream, Launch, Request, Response, SentEvent, Server, eventually};
use serde_json::{Value, json};

fn request(path: &str) -> Request {
    Request::new("GET", path).basic("guest", "guest")
}

fn open(server: &Server, path: &str) -> EventStream {
    EventStream::open(server.http, request(path)).unwrap_or_else(|response| panic!("{path}: {response:?}"))
}

/// Comes back with the id of the last event that was seen.
fn resume(server: &Server, path: &str, last: &str) -> EventStream {
    EventStream::open(server.http, request(path).header("Last-Event-ID", last)).expect("it goes on")
}

fn refused(server: &Server, path: &str) -> Response {
    EventStream::open(server.http, request(path)).expect_err("it is refused")
}

fn publish(server: &Server, path: &str, id: &str, members: Value) {
    let mut event = json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order.placed" });
    if let (Some(all), Value::Object(members)) = (event.as_object_mut(), members) {
        all.extend(members);
    }
    let request = Request::new("POST", path).basic("guest", "guest").body(event.to_string());
    let answer = server.send(&request.header("Content-Type", "application/cloudevents+json"));
    assert_eq!(answer.status, 202, "{answer:?}");
}

fn numbered(server: &Server, path: &str, numbers: std::ops::Range<u32>) {
    for number in numbers {
        publish(server, path, &number.to_string(), json!({ "data": number }));
    }
}

fn ids(stream: &mut EventStream, count: usize) -> Vec<String> {
    (0..count).map(|_| stream.sent().event()["id"].as_str().expect("an id").to_owned()).collect()
}

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[test]
fn an_event_is_sent_with_its_type_and_in_one_line_of_json() {
    let server = Server::start();
    let mut stream = open(&server, "/events/topic/orders.%23");
    let header = |name| stream.response.header(name).map(str::to_owned);
    assert_eq!(
        (header("cache-control").as_deref(), header("x-accel-buffering").as_deref()),
        (Some("no-store"), Some("no"))
    );
    publish(
        &server,
        "/events/topic/orders.eu",
        "1",
        json!({ "time": "2018-04-26T14:48:09+02:00", "data": { "a": [1, 2] } }),
    );
    let sent = stream.sent();
    assert_eq!(sent.name.as_deref(), Some("order.placed"));
    let expected = json!({
        "specversion": "1.0", "id": "1", "source": "/shop", "type": "order.placed", "time": "2018-04-26T14:48:09+02:00",
        "datacontenttype": "application/json", "data": { "a": [1, 2] }
    });
    assert_eq!(sent.event(), expected);
    assert_eq!(stream.retry, Some(2_000));
}

#[test]
fn every_kind_of_source_is_read() {
    let server = Server::start();
    for (from, to) in [
        ("/events/topic/a.*", "/events/topic/a.b"),
        ("/events/exchange/amq.fanout", "/events/exchange/amq.fanout"),
        ("/events/exchange/amq.direct/k", "/events/exchange/amq.direct/k"),
        ("/events/queue/a%2Fb", "/events/queue/a%2Fb"),
        ("/events/amq/queue/a%2Fb", "/events/queue/a%2Fb"),
        ("/events/stream/s", "/events/stream/s"),
    ] {
        let mut stream = open(&server, from);
        publish(&server, to, "1", json!({}));
        assert_eq!(stream.sent().event()["id"], "1", "{from}");
        drop(stream);
        eventually("its connection is gone", || {
            (server.api("GET", "/api/connections").json() == json!([])).then_some(())
        });
    }
}

#[test]
fn a_message_that_is_no_event_is_told_as_one() {
    let server = Server::start();
    let mut stream = open(&server, "/events/queue/q");
    server.client().publish_with("/queue/q", &[("content-type", "text/plain"), ("my", "header")], "hello");
    let event = stream.sent().event();
    assert_eq!(
        (&event["type"], &event["source"], &event["data"]),
        (&json!("wharf.message"), &json!("/%2F/queue/q"), &json!("hello"))
    );
}

#[test]
fn a_reader_of_a_stream_begins_where_it_wants_and_comes_back_without_loss() {
    let server = Server::start();
    numbered(&server, "/events/stream/s", 0..10);
    assert_eq!(ids(&mut open(&server, "/events/stream/s?from=first"), 10), texts(0..10));
    assert_eq!(ids(&mut open(&server, "/events/stream/s?from=offset:7"), 3), texts(7..10));
    assert_eq!(ids(&mut open(&server, "/events/stream/s?from=last"), 1), texts(9..10));
    let mut stream = open(&server, "/events/stream/s?from=first");
    let last = (0..4).map(|_| stream.sent()).last().and_then(|sent| sent.id).expect("it has an id");
    assert!(last.ends_with("-3"), "{last}");
    drop(stream);
    numbered(&server, "/events/stream/s", 10..12);
    // What the URL says was for the first time.
    let mut stream = resume(&server, "/events/stream/s?from=first", &last);
    assert_eq!(ids(&mut stream, 8), texts(4..12));
    let mut next = open(&server, "/events/stream/s");
    numbered(&server, "/events/stream/s", 12..13);
    assert_eq!((ids(&mut next, 1), ids(&mut stream, 1)), (texts(12..13), texts(12..13)));
}

#[test]
fn whenever_the_connection_breaks_each_event_of_a_stream_is_seen_once_and_in_order() {
    let server = Server::start();
    let mut seen = Vec::new();
    let mut last = String::new();
    std::thread::scope(|scope| {
        scope.spawn(|| numbered(&server, "/events/stream/s", 0..300));
        for round in 0.. {
            let mut stream = match last.as_str() {
                "" => open(&server, "/events/stream/s?from=first"),
                last => resume(&server, "/events/stream/s?from=first", last),
            };
            for _ in 0..(round % 23 + 1).min(300 - seen.len()) {
                let sent = stream.sent();
                seen.push(sent.event()["id"].as_str().expect("an id").to_owned());
                last = sent.id.expect("it has an id");
            }
            if seen.len() == 300 {
                break;
            }
        }
    });
    assert_eq!(seen, texts(0..300));
}

#[test]
fn a_reader_comes_back_after_a_crash_without_loss() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.start();
    numbered(&server, "/events/stream/s", 0..5);
    let mut stream = open(&server, "/events/stream/s?from=first");
    let last = (0..3).map(|_| stream.sent()).last().and_then(|sent| sent.id).expect("it has an id");
    server.program().kill();
    let server = launch.start();
    numbered(&server, "/events/stream/s", 5..6);
    assert_eq!(ids(&mut resume(&server, "/events/stream/s", &last), 3), texts(3..6));
}

#[test]
fn a_stream_that_was_declared_anew_is_read_from_its_first_event_and_said_to_be() {
    let server = Server::start();
    numbered(&server, "/events/stream/s", 0..3);
    let last = open(&server, "/events/stream/s?from=last").sent().id.expect("it has an id");
    server.delete_queue("s");
    numbered(&server, "/events/stream/s", 10..12);
    let mut stream = resume(&server, "/events/stream/s", &last);
    let notice = stream.sent();
    assert_eq!((notice.name.as_deref(), &notice.id), (Some("wharf.control.notice"), &None));
    assert_eq!(notice.event()["data"], json!({ "notice": "epoch-changed" }));
    assert_eq!(ids(&mut stream, 2), texts(10..12));
}

#[test]
fn a_queue_gives_each_event_to_one_reader_and_keeps_what_was_not_sent() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..5);
    let mut stream = open(&server, "/events/queue/q");
    assert_eq!(ids(&mut stream, 5), texts(0..5));
    eventually("what was sent is acked", || (server.queue_number("q", "messages") == 0).then_some(()));
    drop(stream);
    server.queue_goes_idle("q");
    numbered(&server, "/events/queue/q", 5..7);
    // An id means nothing here.
    assert_eq!(ids(&mut resume(&server, "/events/queue/q", "anything"), 2), texts(5..7));
}

#[test]
fn only_what_is_wanted_is_sent() {
    let server = Server::start();
    let mut typed = open(&server, "/events/topic/a?type=order.paid");
    let mut filtered = open(&server, "/events/topic/a?filter=n%20%25%202%20%3D%200%20AND%20source%20%3D%20'%2Fshop'");
    for number in 0..6 {
        let of_type = if number == 3 { "order.paid" } else { "order.placed" };
        publish(&server, "/events/topic/a", &number.to_string(), json!({ "n": number, "type": of_type }));
    }
    assert_eq!(ids(&mut typed, 1), ["3"]);
    assert_eq!(ids(&mut filtered, 3), ["0", "2", "4"]);
    numbered(&server, "/events/stream/s", 0..300);
    publish(&server, "/events/stream/s", "last", json!({ "type": "order.paid" }));
    assert_eq!(ids(&mut open(&server, "/events/stream/s?from=first&type=order.paid"), 1), ["last"]);
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_read() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..1);
    for (path, status) in [
        ("/events/queue/q?form=first", 400),
        ("/events/queue/q?from=first", 400),
        ("/events/topic/a?from=first", 400),
        ("/events/queue/q?type=a", 400),
        ("/events/topic/a?filter=source%20%3D", 400),
        ("/events/topic/a?type=", 400),
        ("/events/stream/s?from=begin", 400),
        ("/events/stream/s?from=resume:me", 400),
        ("/events/temp-queue/a", 400),
        ("/events/nowhere", 400),
        ("/events/queue/q?vhost=none", 404),
        ("/events/amq/queue/none", 404),
        ("/events/exchange/none/k", 404),
    ] {
        assert_eq!(refused(&server, path).status, status, "{path}");
    }
    let bad_id = request("/events/stream/s").header("Last-Event-ID", "five");
    assert_eq!(EventStream::open(server.http, bad_id).expect_err("it is refused").status, 400);
    let answer = server.send(&request("/events/queue/q").header("Accept", "application/json"));
    assert_eq!(answer.status, 406);
    for name in ["text/event-stream", "application/cloudevents-batch+json"] {
        assert!(answer.text().contains(name), "{answer:?}");
    }
    assert_eq!(EventStream::open(server.http, Request::new("GET", "/events/queue/q")).expect_err("who?").status, 401);
    let head = server.send(&Request::new("HEAD", "/events/queue/q").basic("guest", "guest"));
    assert_eq!(head.status, 405, "it would take what it does not show");
    assert_eq!(server.queue_number("q", "messages"), 1, "nothing was taken");
}

#[test]
fn a_reader_is_told_when_nothing_more_comes() {
    let ended = |stream: &mut EventStream| {
        let sent: SentEvent = stream.sent();
        assert_eq!(sent.name.as_deref(), Some("wharf.control.ended"), "{sent:?}");
        assert_eq!(stream.poll(), None, "the answer ends");
        sent.event()["data"]["reason"].clone()
    };
    let mut server = Server::start();
    let mut of_queue = open(&server, "/events/queue/q");
    server.delete_queue("q");
    assert_eq!(ended(&mut of_queue), "deleted");
    let mut sent_away = open(&server, "/events/topic/a");
    let connections = server.api("GET", "/api/connections").json();
    let name = connections[0]["name"].as_str().expect("it is listed");
    assert_eq!(server.api("DELETE", &format!("/api/connections/{}", acceptance::encode_component(name))).status, 204);
    assert_eq!(ended(&mut sent_away), "closed");
    let mut of_topic = open(&server, "/events/topic/a");
    server.program().terminate();
    assert_eq!(ended(&mut of_topic), "draining");
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn nobody_publishes_what_could_be_taken_for_the_servers_own() {
    let server = Server::start();
    let event = |of_type: &str| json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": of_type });
    let refused = |content_type: &str, body: Value| {
        let request = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(body.to_string());
        let answer = server.send(&request.header("Content-Type", content_type));
        let told = answer.json();
        let names_it = told["reason"].as_str().is_some_and(|reason| reason.contains("\"type\""));
        assert_eq!((answer.status, names_it), (400, true), "{answer:?}");
        told["index"].clone()
    };
    assert_eq!(refused("application/cloudevents+json", event("wharf.control.ended")), json!(null));
    let batch = json!([event("wharf.controls"), event("wharf.control.")]);
    assert_eq!(refused("application/cloudevents-batch+json", batch), json!(1));
    assert_eq!(server.queue("q"), None, "nothing was published");
}

#[test]
fn what_came_another_way_is_not_named_as_the_servers_own() {
    let server = Server::start();
    let mut stream = open(&server, "/events/topic/a");
    let forged =
        [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/wharf"), ("ce-type", "wharf.control.ended")];
    server.client().publish_with("/topic/a", &forged, "{}");
    let sent = stream.sent();
    assert_eq!((&sent.name, sent.id.as_deref()), (&None, Some("1")));
    let event: Value = serde_json::from_str(sent.data.as_deref().expect("it has data")).expect("it is JSON");
    assert_eq!(event["type"], "wharf.control.ended", "it is as it was");
    publish(&server, "/events/topic/a", "2", json!({}));
    assert_eq!(ids(&mut stream, 1), ["2"], "nothing has ended");
}

#[test]
fn a_reader_that_does_not_read_costs_no_more_than_its_window() {
    let server = Server::start();
    let idle = open(&server, "/events/queue/q");
    let text = "x".repeat(32 * 1024);
    let before = server.resident();
    for number in 0..1_000 {
        publish(&server, "/events/queue/q", &number.to_string(), json!({ "data": text }));
    }
    let ready = server.queue_number("q", "messages_ready");
    assert!(ready > 600, "sockets and a window hold some, and the rest waits: {ready}");
    let unacked = server.queue_number("q", "messages_unacknowledged");
    assert!(unacked <= 100, "no more than the prefetch: {unacked}");
    drop(idle);
    // All but what was on its way is there for the next.
    let mut reader = open(&server, "/events/queue/q");
    let first: u64 = ids(&mut reader, 1)[0].parse().expect("a number");
    assert!(first < 400, "{first}");
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 100 * 1024 * 1024, "the queue holds 32 MiB, and the server grew by {grown}");
}
