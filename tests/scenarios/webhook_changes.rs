//! Outbound webhooks that are changed, while something of them is on its way or waits: what holds for one sink holds for no other, and nothing that
//! was not tried counts as an attempt.

use crate::webhooks::{ON_LOOPBACK, act, attempts, create, id, publish, request, show, start, status_is};
use acceptance::{Directory, Launch, Reply, Server, Sink, eventually};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// A sink that answers nothing before it is let, and then so.
fn held(reply: Reply) -> (Sink, Sender<()>) {
    let (let_go, gate) = channel();
    let gate = Mutex::new(gate);
    let sink = Sink::scripted(move |_| {
        let _ = gate.lock().map(|gate| gate.recv()); // the test is over, if nobody lets it
        reply.clone()
    });
    (sink, let_go)
}

fn put(server: &Server, webhook: &Value, change: impl FnOnce(&mut Value)) {
    let mut document = show(server, webhook);
    change(&mut document);
    let answer = request(server, "PUT", &format!("/{}", id(webhook)), &document);
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn rotate(server: &Server, webhook: &Value) {
    assert_eq!(act(server, webhook, "rotate-secret", &Value::Null).status, 200);
}

fn waiting(server: &Server, webhook: &Value) -> u64 {
    let status = show(server, webhook)["status"].clone();
    ["waiting", "retrying", "in_flight"].iter().map(|part| status[part].as_u64().unwrap()).sum()
}

#[test]
fn a_late_answer_of_the_last_sink_is_no_news_of_the_next() {
    let server = start();
    let (last, let_go) = held(Reply::Status(410));
    let next = Sink::answering(204);
    let webhook = create(&server, &last.url(), "/topic/t", &json!({}));
    publish(&server, "/topic/t", "1", &json!({}));
    last.wait_for(0);
    eventually("it is on its way", || (show(&server, &webhook)["status"]["in_flight"] == 1).then_some(()));
    put(&server, &webhook, |document| document["sink"] = json!(next.url()));
    let_go.send(()).unwrap();
    publish(&server, "/topic/t", "2", &json!({}));
    eventually("the next sink gets what comes now", || {
        next.received().iter().any(|it| it.json()["id"] == "2").then_some(())
    });
    assert_eq!(show(&server, &webhook)["status"]["state"], "active");
}

#[test]
fn consent_is_of_the_sink_that_was_asked() {
    let server = start();
    let (let_go, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let consenting = Sink::scripted(move |received| {
        if received.header("webhook-request-rate") == "60" {
            let _ = gate.lock().map(|gate| gate.recv());
        }
        Reply::With(
            200,
            vec![("WebHook-Allowed-Origin", "*".to_owned()), ("WebHook-Allowed-Rate", "*".to_owned())],
            Vec::new(),
        )
    });
    let victim = Sink::answering(405);
    let members = json!({ "config": { "verification": "required" } });
    let webhook = create(&server, &consenting.url(), "/topic/t", &members);
    put(&server, &webhook, |document| document["config"]["rate"] = json!(60));
    let before = consenting.received().len();
    let (address, path) = (server.http, format!("/api/subscriptions/{}/verify", id(&webhook)));
    let asking =
        std::thread::spawn(move || acceptance::Request::new("POST", &path).basic("guest", "guest").send(address));
    eventually("the sink is asked", || (consenting.received().len() >= before).then_some(()));
    put(&server, &webhook, |document| document["sink"] = json!(victim.url()));
    let_go.send(()).unwrap();
    let _ = asking.join();
    assert_eq!(show(&server, &webhook)["status"]["state"], "unverified");
    publish(&server, "/topic/t", "1", &json!({}));
    assert!(victim.received().iter().all(|received| received.method == "OPTIONS"));
}

#[test]
fn what_was_not_tried_does_not_count_as_an_attempt() {
    let server = start();
    let sink = Sink::answering(204);
    let config = json!({ "config": { "mode": "batch", "batch": { "max": 3, "wait": 60 }, "retry_schedule": [] } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    publish(&server, "/topic/t", "1", &json!({}));
    for _ in 0..3 {
        eventually("it waits for company", || (waiting(&server, &webhook) == 1).then_some(()));
        rotate(&server, &webhook);
    }
    publish(&server, "/topic/t", "2", &json!({}));
    publish(&server, "/topic/t", "3", &json!({}));
    status_is(&server, &webhook, "delivered", &json!(3));
    let kept = eventually("all are kept", || Some(attempts(&server, &webhook, "")).filter(|kept| kept.len() == 3));
    assert!(kept.iter().all(|attempt| attempt["attempt"] == 1), "{kept:?}");
}

#[test]
fn an_ordered_event_keeps_its_schedule_when_its_webhook_changes() {
    let server = start();
    let sink = Sink::answering(500);
    let config = json!({ "config": { "ordering": "key", "retry_schedule": [3600, 3600] } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    publish(&server, "/topic/t", "1", &json!({ "subject": "a" }));
    publish(&server, "/topic/t", "2", &json!({ "subject": "a" }));
    status_is(&server, &webhook, "failed_attempts", &json!(1));
    for _ in 0..4 {
        eventually("both wait", || (waiting(&server, &webhook) == 2).then_some(()));
        rotate(&server, &webhook);
    }
    eventually("both wait", || (waiting(&server, &webhook) == 2).then_some(()));
    let status = show(&server, &webhook)["status"].clone();
    assert_eq!((&status["failed_attempts"], &status["dead"], sink.received().len()), (&json!(1), &json!(0), 1));
}

#[test]
fn an_ordered_event_keeps_its_place_and_its_count_when_the_server_is_killed() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy()).config(ON_LOOPBACK);
    let mut server = launch.start();
    let replies = Arc::new(Mutex::new(500));
    let answers = Arc::clone(&replies);
    let sink = Sink::scripted(move |_| Reply::Status(*answers.lock().unwrap()));
    let config = json!({ "config": { "ordering": "key", "retry_schedule": [1, 1, 1, 1, 1, 1] } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    for number in 1..=3 {
        publish(&server, "/topic/t", &number.to_string(), &json!({ "subject": "a" }));
    }
    sink.wait_for(3); // the third attempt says that the second is counted; its own end may not be
    server.program().kill();
    *replies.lock().unwrap() = 204;
    let server = launch.start();
    status_is(&server, &webhook, "delivered", &json!(3));
    let ids: Vec<_> = sink.received().iter().map(|it| it.json()["id"].as_str().unwrap().to_owned()).collect();
    let delivered = &ids[ids.len() - 3..];
    assert_eq!(delivered, ["1", "2", "3"], "{ids:?}");
    let last = attempts(&server, &webhook, "?outcome=delivered&event=order.placed");
    let first = last.iter().find(|attempt| attempt["event"]["id"] == "1").unwrap();
    assert!(first["attempt"].as_u64() >= Some(3), "what failed before still counts: {first}");
}

#[test]
fn a_pause_that_a_sink_asked_for_holds_whatever_is_changed() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy()).config(ON_LOOPBACK);
    let mut server = launch.start();
    let sink = Sink::scripted(|_| Reply::With(429, vec![("Retry-After", "3600".to_owned())], Vec::new()));
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({ "config": { "concurrency": 1 } }));
    publish(&server, "/topic/t", "1", &json!({}));
    status_is(&server, &webhook, "state", &json!("paused"));
    publish(&server, "/topic/t", "2", &json!({}));
    rotate(&server, &webhook);
    status_is(&server, &webhook, "state", &json!("paused"));
    server.program().kill();
    let server = launch.start();
    status_is(&server, &webhook, "state", &json!("paused"));
    assert_eq!(sink.received().len(), 1);
}

#[test]
fn who_hangs_up_while_a_webhook_is_deleted_leaves_nothing_behind() {
    let server = start();
    let (sink, let_go) = held(Reply::Status(204));
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    publish(&server, "/topic/t", "1", &json!({}));
    eventually("it is on its way", || (show(&server, &webhook)["status"]["in_flight"] == 1).then_some(()));
    let mut client = TcpStream::connect(server.http).unwrap();
    let path = format!("/api/subscriptions/{}", id(&webhook));
    let head =
        format!("DELETE {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n", server.http);
    client.write_all(head.as_bytes()).unwrap();
    eventually("it is being deleted", || (server.api("GET", &path).status == 404).then_some(()));
    drop(client);
    let_go.send(()).unwrap();
    server.queue_goes(&format!("webhook.{}", id(&webhook)));
    server.queue_goes(&format!("webhook.{}.attempts", id(&webhook)));
}

#[test]
fn what_waits_for_its_next_attempt_is_given_up_too_when_a_sink_is_gone() {
    let server = start();
    let status = Arc::new(Mutex::new(500));
    let answers = Arc::clone(&status);
    let sink = Sink::scripted(move |_| Reply::Status(*answers.lock().unwrap()));
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    publish(&server, "/topic/t", "1", &json!({}));
    publish(&server, "/topic/t", "2", &json!({}));
    status_is(&server, &webhook, "retrying", &json!(2));
    *status.lock().unwrap() = 410;
    publish(&server, "/topic/t", "3", &json!({}));
    status_is(&server, &webhook, "dead", &json!(3));
    assert_eq!(waiting(&server, &webhook), 0);
}

#[test]
fn secrets_are_told_to_no_other_sink() {
    let server = start();
    let (sink, other) = (Sink::answering(204), Sink::answering(204));
    let credential = json!({ "credentialtype": "ACCESSTOKEN", "accesstoken": "my token" });
    let url = format!("{}?access_token=my-secret", sink.url());
    let webhook = create(&server, &url, "/topic/t", &json!({ "sinkcredential": credential }));
    let mut shown = show(&server, &webhook);
    assert!(!shown.to_string().contains("my-secret") && !shown.to_string().contains("my token"), "{shown}");
    put(&server, &webhook, |_| {});
    publish(&server, "/topic/t", "1", &json!({}));
    let received = &sink.wait_for(1)[0];
    assert_eq!((&*received.target, received.header("cache-control")), ("/hook?access_token=my-secret", "no-store"));
    shown["sink"] = json!(other.url());
    let answer = request(&server, "PUT", &format!("/{}", id(&webhook)), &shown);
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.json()["reason"].as_str().unwrap().contains("given again"), "{answer:?}");
    shown["sinkcredential"]["accesstoken"] = json!("another");
    assert_eq!(request(&server, "PUT", &format!("/{}", id(&webhook)), &shown).status, 200);
}

#[test]
fn a_publisher_cannot_get_past_the_filters() {
    let server = start();
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({ "types": ["order.paid"] }));
    server.client().publish_with("/topic/t", &[("x-webhook-replay", "true"), ("x-webhook-attempt", "{}")], "forged");
    status_is(&server, &webhook, "filtered", &json!(1));
    assert!(sink.received().is_empty());
}

#[test]
fn a_stream_that_is_declared_anew_is_read_from_its_beginning() {
    let server = start();
    publish(&server, "/stream/s", "1", &json!({}));
    let sink = Sink::answering(204);
    create(&server, &sink.url(), "/stream/s", &json!({ "config": { "from": "first" } }));
    sink.wait_for(1);
    server.delete_queue("s");
    publish(&server, "/stream/s", "2", &json!({}));
    assert_eq!(sink.wait_for(2)[1].json()["id"], "2");
}

#[test]
fn a_source_has_to_be_what_it_is_called() {
    let server = start();
    publish(&server, "/stream/s", "1", &json!({}));
    publish(&server, "/queue/q", "1", &json!({}));
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    let attempts = format!("/stream/webhook.{}.attempts", id(&webhook));
    for source in ["/queue/s", "/stream/q", &attempts] {
        let document = json!({ "source": source, "sink": sink.url(), "protocol": "HTTP" });
        assert_eq!(request(&server, "POST", "", &document).status, 400, "{source}");
    }
    let elsewhere = Server::start(); // where no network is listed
    for sink in ["http://example.org/x", "https://example.org:22/x"] {
        let document = json!({ "source": "/topic/t", "sink": sink, "protocol": "HTTP" });
        assert_eq!(request(&elsewhere, "POST", "", &document).status, 400, "{sink}");
    }
}
