//! `GET /events/{destination}` as a long poll: batches as soon as there are events, and acks by token.

use acceptance::{Launch, Request, Response, Server, eventually};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

const BATCH: &str = "application/cloudevents-batch+json";

fn poll(server: &Server, path: &str) -> Response {
    server.send(&Request::new("GET", path).basic("guest", "guest").header("Accept", BATCH))
}

/// The events of an answer.
fn events(answer: &Response) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(BATCH)), "{answer:?}");
    serde_json::from_slice(&answer.body).expect("a batch is an array")
}

fn ids(answer: &Response) -> Vec<String> {
    events(answer).iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

fn numbered(server: &Server, path: &str, numbers: std::ops::Range<u32>) {
    let event = |number| json!({ "specversion": "1.0", "id": format!("{number}"), "source": "/shop", "type": "t", "n": number });
    let batch: Vec<Value> = numbers.map(event).collect();
    let request = Request::new("POST", path).basic("guest", "guest").body(json!(batch).to_string());
    assert_eq!(server.send(&request.header("Content-Type", BATCH)).status, 202);
}

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

fn token(answer: &Response) -> String {
    answer.header("wharf-ack").expect("it can be acked").to_owned()
}

fn ack(server: &Server, path: &str, token: &str) -> u16 {
    server.send(&Request::new("DELETE", &format!("{path}?ack={token}")).basic("guest", "guest")).status
}

#[test]
fn what_waits_is_answered_at_once_and_is_gone_when_it_is_acked() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..5);
    let answer = poll(&server, "/events/queue/q?max=3&wait=60");
    assert_eq!(ids(&answer), texts(0..3));
    assert_eq!((answer.header("cache-control"), answer.header("wharf-next")), (Some("no-store"), None));
    assert_eq!((server.queue_number("q", "messages_ready"), server.queue_number("q", "messages")), (2, 5));
    assert_eq!(ack(&server, "/events/queue/q", &token(&answer)), 204);
    assert_eq!(server.queue_number("q", "messages"), 2);
    assert_eq!(ack(&server, "/events/queue/q", &token(&answer)), 404, "a token is good once");
    let answer = poll(&server, "/events/queue/q");
    assert_eq!(ids(&answer), texts(3..5));
    let next = format!("/events/queue/q?wait=0&ack={}", token(&answer));
    let answer = poll(&server, &next);
    assert_eq!((events(&answer), answer.header("wharf-ack")), (vec![], None), "nothing to ack");
    assert_eq!(server.queue_number("q", "messages"), 0, "the next poll acks too");
    assert_eq!(poll(&server, &next).status, 404);
}

#[test]
fn extensions_keep_the_types_that_they_came_with() {
    let server = Server::start();
    let sent = json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": "t", "retries": 5, "urgent": true, "note": "5" });
    let request = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(sent.to_string());
    assert_eq!(server.send(&request.header("Content-Type", "application/cloudevents+json")).status, 202);
    assert_eq!(events(&poll(&server, "/events/queue/q")), [sent]);
}

#[test]
fn an_event_that_comes_ends_the_wait() {
    let server = Server::start();
    for (from, to) in [
        ("/events/queue/q?wait=60", "/events/queue/q"),
        ("/events/topic/a.%23?wait=60", "/events/topic/a.b"),
        ("/events/stream/s?wait=60", "/events/stream/s"),
    ] {
        thread::scope(|scope| {
            let start = Instant::now();
            let waiting = scope.spawn(|| poll(&server, from));
            eventually("it waits", || (server.api("GET", "/api/consumers").json() != json!([])).then_some(()));
            numbered(&server, to, 0..1);
            assert_eq!(ids(&waiting.join().expect("it is answered")), ["0"], "{from}");
            assert!(start.elapsed() < Duration::from_secs(30), "{from}");
        });
        eventually("nobody reads", || (server.api("GET", "/api/consumers").json() == json!([])).then_some(()));
    }
}

#[test]
fn nothing_that_comes_is_an_empty_batch() {
    let server = Server::start();
    for path in ["/events/queue/q?wait=0", "/events/topic/a?wait=0", "/events/stream/s?wait=1"] {
        assert_eq!(events(&poll(&server, path)), Vec::<Value>::new(), "{path}");
    }
}

#[test]
fn what_is_not_acked_in_time_comes_again() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..2);
    let answer = poll(&server, "/events/queue/q?lease=1");
    assert_eq!(ids(&answer), texts(0..2));
    let again = poll(&server, "/events/queue/q?wait=20");
    assert_eq!(ids(&again), texts(0..2), "the lease has ended");
    assert_eq!(ack(&server, "/events/queue/q", &token(&answer)), 404);
    assert_eq!(ack(&server, "/events/queue/q", &token(&again)), 204);
}

#[test]
fn a_token_is_good_for_its_destination_alone() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..1);
    let token = token(&poll(&server, "/events/queue/q"));
    for path in ["/events/queue/other", "/events/amq/queue/q"] {
        assert_eq!(ack(&server, path, &token), 404, "{path}");
    }
    let stranger = server.send(&Request::new("DELETE", &format!("/events/queue/q?ack={token}")));
    assert_eq!(stranger.status, 401);
    assert_eq!(ack(&server, "/events/queue/q", &token), 204);
}

#[test]
fn a_client_that_is_gone_takes_nothing_with_it() {
    let server = Server::start();
    let mut gone = std::net::TcpStream::connect(server.http).expect("the server listens");
    let head = format!(
        "GET /events/queue/q?wait=60 HTTP/1.1\r\nHost: {}\r\nAccept: {BATCH}\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n",
        server.http
    );
    std::io::Write::write_all(&mut gone, head.as_bytes()).expect("the server reads");
    eventually("it waits", || (server.queue("q")?["consumers"] == 1).then_some(()));
    drop(gone);
    server.queue_goes_idle("q");
    numbered(&server, "/events/queue/q", 0..1);
    assert_eq!(ids(&poll(&server, "/events/queue/q")), ["0"]);
}

#[test]
fn a_stream_is_read_on_from_what_the_answer_says() {
    let server = Server::start();
    numbered(&server, "/events/stream/s", 0..10);
    let mut path = "/events/stream/s?from=first&max=4&wait=0".to_owned();
    let mut seen = Vec::new();
    let mut epoch = String::new();
    for count in [4, 4, 2, 0] {
        let answer = poll(&server, &path);
        let batch = ids(&answer);
        assert_eq!((batch.len(), answer.header("wharf-ack")), (count, None));
        seen.extend(batch);
        epoch = answer.header("wharf-epoch").expect("a stream has an epoch").to_owned();
        let next = answer.header("wharf-next").expect("it goes on");
        path = format!("/events/stream/s?from={next}&epoch={epoch}&max=4&wait=0");
    }
    assert_eq!(seen, texts(0..10));
    assert!(path.contains("from=offset:10&"), "an empty answer says so too: {path}");
    assert_eq!(ids(&poll(&server, "/events/stream/s?from=last&wait=0")), ["9"]);
    let filtered = poll(&server, "/events/stream/s?from=first&max=2&wait=0&filter=n%20%3E%205");
    assert_eq!((ids(&filtered), filtered.header("wharf-next")), (texts(6..8), Some("offset:8")));
    let none = poll(&server, "/events/stream/s?from=first&wait=0&type=other");
    assert_eq!((ids(&none), none.header("wharf-next")), (vec![], Some("offset:10")), "what was left out was read");
    server.delete_queue("s");
    numbered(&server, "/events/stream/s", 0..1);
    let answer = poll(&server, &format!("/events/stream/s?from=offset:10&epoch={epoch}"));
    assert_eq!((answer.status, &answer.json()["error"]), (409, &json!("epoch_changed")));
}

#[test]
fn a_poll_that_leaves_all_out_ends_in_time_and_the_next_goes_on() {
    const EVENTS: u32 = 4_000;
    let server = Server::start();
    for start in (0..EVENTS).step_by(1_000) {
        numbered(&server, "/events/stream/s", start..start + 1_000);
    }
    for wait in [0, 1] {
        let mut next = 0;
        while next < EVENTS {
            let start = Instant::now();
            let answer = poll(&server, &format!("/events/stream/s?from=offset:{next}&wait={wait}&type=other"));
            assert!(start.elapsed() < Duration::from_secs(10), "wait={wait}: {:?}", start.elapsed());
            assert_eq!(ids(&answer), texts(0..0));
            let offset = answer.header("wharf-next").and_then(|next| next.strip_prefix("offset:"));
            let offset: u32 = offset.and_then(|offset| offset.parse().ok()).expect("an offset");
            assert!(offset > next && offset <= EVENTS, "it has moved on from {next}: {offset}");
            next = offset;
        }
    }
}

#[test]
fn what_retention_took_is_counted() {
    let server = Server::start();
    let declared = json!({ "durable": true, "arguments": { "x-queue-type": "stream", "x-max-length": 3 } });
    let request = Request::new("PUT", "/api/queues/%2F/s").basic("guest", "guest").json(&declared.to_string());
    assert_eq!(server.send(&request).status, 201);
    numbered(&server, "/events/stream/s", 0..10);
    let answer = poll(&server, "/events/stream/s?from=offset:0&wait=0");
    assert_eq!((ids(&answer), answer.header("wharf-missed")), (texts(7..10), Some("7")));
    let answer = poll(&server, "/events/stream/s?from=first&wait=0");
    assert_eq!((ids(&answer), answer.header("wharf-missed")), (texts(7..10), None));
}

#[test]
fn an_operator_takes_leased_events_back() {
    let server = Server::start();
    numbered(&server, "/events/queue/q", 0..1);
    let leased = poll(&server, "/events/queue/q?lease=3600");
    let connections = server.api("GET", "/api/connections").json();
    let name = acceptance::encode_component(connections[0]["name"].as_str().expect("it is listed"));
    assert_eq!(server.api("DELETE", &format!("/api/connections/{name}")).status, 204);
    server.queue_goes_idle("q");
    assert_eq!(ids(&poll(&server, "/events/queue/q")), ["0"]);
    assert_eq!(ack(&server, "/events/queue/q", &token(&leased)), 404);
}

#[test]
fn who_waits_is_answered_when_the_server_stops() {
    let mut server = Launch::new().config("[limits]\ndrain_time = 60000").start();
    let address = server.http;
    thread::scope(|scope| {
        let request = Request::new("GET", "/events/queue/q?wait=60").basic("guest", "guest").header("Accept", BATCH);
        let waiting = scope.spawn(move || request.send(address));
        eventually("it waits", || (server.queue("q")?["consumers"] == 1).then_some(()));
        server.program().terminate();
        assert_eq!(events(&waiting.join().expect("it is answered")), Vec::<Value>::new());
    });
    assert_eq!(server.program().wait().code, Some(0));
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let server = Server::start();
    for path in [
        "/events/queue/q?max=0",
        "/events/queue/q?max=1001",
        "/events/queue/q?wait=61",
        "/events/queue/q?wait=-1",
        "/events/queue/q?lease=0",
        "/events/queue/q?size=1",
        "/events/queue/q?from=first",
        "/events/queue/q?type=a",
        "/events/topic/a?from=first",
        "/events/stream/s?from=resume:me",
        "/events/stream/s?epoch=xyz",
    ] {
        assert_eq!(poll(&server, path).status, 400, "{path}");
    }
    assert_eq!(poll(&server, "/events/amq/queue/none").status, 404);
    assert_eq!(server.api("DELETE", "/events/queue/q").status, 400, "what is to be acked?");
}
