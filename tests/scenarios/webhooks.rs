//! Outbound webhooks: what is published reaches the sinks that want it, signed, and a webhook is what it was defined to be.

use acceptance::{Directory, Launch, Reply, Request, Response, Server, Sink, eventually};
use serde_json::{Value, json};

/// Sinks of tests are on this machine.
pub(crate) const ON_LOOPBACK: &str =
    "webhooks.allowed_networks = [\"127.0.0.0/8\"]\nwebhooks.origin = \"mq.example.org\"\n";

pub(crate) fn start() -> Server {
    Launch::new().config(ON_LOOPBACK).start()
}

pub(crate) fn request(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let request = Request::new(method, &format!("/api/subscriptions{path}")).basic("guest", "guest");
    server.send(&if body.is_null() { request } else { request.json(&body.to_string()) })
}

/// A webhook with these members, and what it was answered.
pub(crate) fn create(server: &Server, sink: &str, source: &str, members: &Value) -> Value {
    let mut document = json!({ "source": source, "sink": sink, "protocol": "HTTP" });
    document.as_object_mut().unwrap().extend(members.as_object().cloned().unwrap_or_default());
    let answer = request(server, "POST", "", &document);
    assert_eq!(answer.status, 201, "{answer:?}");
    let created = answer.json();
    assert_eq!(answer.header("location"), Some(&*format!("/api/subscriptions/{}", id(&created))));
    created
}

pub(crate) fn id(webhook: &Value) -> &str {
    webhook["id"].as_str().unwrap_or_else(|| panic!("a webhook has an id: {webhook}"))
}

pub(crate) fn show(server: &Server, webhook: &Value) -> Value {
    let answer = request(server, "GET", &format!("/{}", id(webhook)), &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Waits until a part of its status is this.
pub(crate) fn status_is(server: &Server, webhook: &Value, part: &str, wanted: &Value) -> Value {
    eventually(&format!("{part} of the webhook is {wanted}"), || {
        let status = show(server, webhook)["status"].clone();
        (status[part] == *wanted).then_some(status)
    })
}

pub(crate) fn attempts(server: &Server, webhook: &Value, query: &str) -> Vec<Value> {
    let answer = request(server, "GET", &format!("/{}/attempts{query}", id(webhook)), &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["attempts"].as_array().unwrap().clone()
}

pub(crate) fn act(server: &Server, webhook: &Value, action: &str, body: &Value) -> Response {
    request(server, "POST", &format!("/{}/{action}", id(webhook)), body)
}

pub(crate) fn publish(server: &Server, destination: &str, id: &str, members: &Value) {
    let mut event = json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order.placed" });
    event.as_object_mut().unwrap().extend(members.as_object().cloned().unwrap_or_default());
    let request = Request::new("POST", &format!("/events{destination}")).basic("guest", "guest");
    let request = request.header("Content-Type", "application/cloudevents+json").body(event.to_string());
    let answer = server.send(&request);
    assert_eq!(answer.status, 202, "{answer:?}");
}

fn ids(sink: &Sink) -> Vec<String> {
    sink.received().iter().map(|received| received.json()["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_event_reaches_the_sinks_of_its_topic_signed_and_as_it_was() {
    let server = start();
    let (first, second, third) = (Sink::answering(204), Sink::answering(200), Sink::answering(204));
    create(&server, &first.url(), "/topic/orders.#", &json!({}));
    create(&server, &second.url(), "/exchange/amq.topic/orders.eu", &json!({}));
    create(&server, &third.url(), "/topic/other", &json!({}));
    publish(&server, "/topic/orders.eu", "1", &json!({ "data": { "b": 1, "a": 2 } }));
    let (to_first, to_second) = (&first.wait_for(1)[0], &second.wait_for(1)[0]);
    assert_eq!((&*to_first.method, &*to_first.target), ("POST", "/hook"));
    assert_eq!(to_first.header("content-type"), "application/cloudevents+json");
    assert_eq!(to_first.header("webhook-request-origin"), "mq.example.org");
    assert!(to_first.header("webhook-signature").starts_with("v1,"), "{to_first:?}");
    assert!(to_first.header("webhook-id").starts_with("msg_") && !to_first.header("webhook-id").contains('.'));
    assert_eq!(to_first.header("webhook-id"), to_second.header("webhook-id"), "one message, one id");
    let event = json!({ "specversion": "1.0", "id": "1", "source": "/shop", "type": "order.placed", "datacontenttype": "application/json", "data": { "b": 1, "a": 2 } });
    assert_eq!((to_first.json(), to_second.json()), (event.clone(), event));
    assert!(third.received().is_empty());
}

#[test]
fn a_stomp_message_is_delivered_as_an_event() {
    let server = start();
    let sink = Sink::answering(204);
    create(&server, &sink.url(), "/topic/t", &json!({}));
    server.client().publish_with("/topic/t", &[("content-type", "text/plain"), ("mine", "5")], "hello");
    let event = sink.wait_for(1)[0].json();
    assert_eq!((&event["type"], &event["source"]), (&json!("wharf.message"), &json!("/%2F/topic/t")));
    assert_eq!((&event["data"], &event["datacontenttype"]), (&json!("hello"), &json!("text/plain")));
}

#[test]
fn filters_and_types_choose() {
    let server = start();
    let sink = Sink::answering(204);
    let filters = json!({
        "types": ["order.placed", "order.paid"],
        "filters": [{ "any": [{ "prefix": { "subject": "eu/" } }, { "sql": "priority > 5" }] }, { "not": { "exact": { "id": "no" } } }],
    });
    let webhook = create(&server, &sink.url(), "/topic/t", &filters);
    for (id, members) in [
        ("1", json!({ "subject": "eu/1" })),
        ("no", json!({ "subject": "eu/2" })),
        ("2", json!({ "subject": "us/1" })),
        ("3", json!({ "subject": "us/2", "priority": 7 })),
        ("4", json!({ "subject": "eu/3", "type": "order.gone" })),
        ("5", json!({ "subject": "eu/4", "type": "order.paid" })),
    ] {
        publish(&server, "/topic/t", id, &members);
    }
    status_is(&server, &webhook, "filtered", &json!(3));
    sink.wait_for(3);
    let mut got = ids(&sink);
    got.sort();
    assert_eq!(got, ["1", "3", "5"]);
}

#[test]
fn what_is_wrong_with_a_subscription_is_said_and_nothing_is_made() {
    let server = start();
    for (members, part) in [
        (json!({ "sink": "https://10.0.0.1/" }), "sink"),
        (json!({ "sink": "https://2130706433/" }), "webhooks"),
        (json!({ "source": "/nowhere" }), "source"),
        (json!({ "source": "/queue/none" }), "none"),
        (json!({ "source": "/stream/none" }), "none"),
        (json!({ "source": "/exchange/none/a" }), "none"),
        (json!({ "vhost": "none" }), "none"),
        (json!({ "filters": [{ "sql": "((" }] }), "filters[0]"),
        (json!({ "protocol": "KAFKA" }), "protocol"),
        (json!({ "config": { "secret": "short" } }), "config.secret"),
        (json!({ "config": { "retry_schedule": [9, 1] } }), "retry_schedule"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let mut document = json!({ "source": "/topic/a", "sink": "https://93.184.216.34/", "protocol": "HTTP" });
        document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        if members["sink"] == "https://2130706433/" {
            let elsewhere = Server::start(); // where loopback is not allowed
            let answer = request(&elsewhere, "POST", "", &document);
            assert_eq!(answer.status, 400, "{answer:?}");
            continue;
        }
        let answer = request(&server, "POST", "", &document);
        assert!(matches!(answer.status, 400 | 404), "{members}: {answer:?}");
        assert!(answer.json()["reason"].as_str().unwrap().contains(part), "{members}: {answer:?}");
    }
    assert_eq!(request(&server, "GET", "", &Value::Null).json(), json!([]));
}

#[test]
fn secrets_are_shown_once_and_hidden_for_ever() {
    let server = start();
    let members = json!({
        "protocolsettings": { "headers": { "X-Key": "my key" } },
        "sinkcredential": { "credentialtype": "ACCESSTOKEN", "accesstoken": "my token" },
    });
    let sink = Sink::answering(204);
    let created = create(&server, &sink.url(), "/topic/t", &members);
    let secret = created["config"]["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let shown = show(&server, &created);
    for hidden in [&*secret, "my key", "my token"] {
        assert!(!shown.to_string().contains(hidden), "{shown}");
    }
    let answer = request(&server, "PUT", &format!("/{}", id(&created)), &shown);
    assert_eq!(answer.status, 200, "what is shown can be put back: {answer:?}");
    publish(&server, "/topic/t", "1", &json!({}));
    let received = &sink.wait_for(1)[0];
    assert_eq!((received.header("x-key"), received.header("authorization")), ("my key", "Bearer my token"));
    let attempt = eventually("the attempt is kept", || attempts(&server, &created, "").first().cloned());
    assert!(!attempt.to_string().contains("my key") && !attempt.to_string().contains("my token"), "{attempt}");
}

#[test]
fn a_rotated_secret_signs_beside_the_last_one() {
    let server = start();
    let sink = Sink::answering(204);
    let created = create(&server, &sink.url(), "/topic/t", &json!({}));
    let answer = act(&server, &created, "rotate-secret", &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_ne!(answer.json()["secret"], created["config"]["secret"]);
    assert!(answer.json()["previous_valid_until"].is_string());
    publish(&server, "/topic/t", "1", &json!({}));
    assert_eq!(sink.wait_for(1)[0].header("webhook-signature").split(' ').count(), 2);
}

#[test]
fn binary_mode_has_attributes_as_headers() {
    let server = start();
    let sink = Sink::answering(204);
    create(&server, &sink.url(), "/topic/t", &json!({ "config": { "mode": "binary", "signature": "none" } }));
    let data = json!({ "subject": "Euro €", "datacontenttype": "text/plain", "data": "hello" });
    publish(&server, "/topic/t", "1", &data);
    let received = &sink.wait_for(1)[0];
    assert_eq!((received.header("ce-id"), received.header("ce-subject")), ("1", "Euro%20%E2%82%AC"));
    assert_eq!((received.header("content-type"), &received.body[..]), ("text/plain", &b"hello"[..]));
    assert_eq!(received.header("webhook-signature"), "");
    publish(&server, "/topic/t", "2", &json!({}));
    let without_data = &sink.wait_for(2)[1];
    assert_eq!(without_data.header("content-type"), "application/cloudevents+json", "a body is never empty");
}

#[test]
fn a_batch_has_several_events() {
    let server = start();
    let sink = Sink::answering(204);
    let config = json!({ "config": { "mode": "batch", "batch": { "max": 3, "wait": 30 } } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    (1..=3).for_each(|number| publish(&server, "/topic/t", &number.to_string(), &json!({})));
    let received = &sink.wait_for(1)[0];
    assert_eq!(received.header("content-type"), "application/cloudevents-batch+json");
    assert_eq!(received.json().as_array().unwrap().len(), 3);
    status_is(&server, &webhook, "delivered", &json!(3));
}

#[test]
fn a_stream_is_delivered_from_where_it_was_wanted() {
    let server = start();
    (0..5).for_each(|number| publish(&server, "/stream/s", &number.to_string(), &json!({})));
    let (first, second) = (Sink::answering(204), Sink::answering(204));
    create(&server, &first.url(), "/stream/s", &json!({ "config": { "from": "offset:2" } }));
    create(&server, &second.url(), "/stream/s", &json!({ "filters": [{ "exact": { "id": "6" } }] }));
    publish(&server, "/stream/s", "5", &json!({}));
    publish(&server, "/stream/s", "6", &json!({}));
    first.wait_for(5);
    let mut got = ids(&first);
    got.sort();
    assert_eq!(got, ["2", "3", "4", "5", "6"]);
    second.wait_for(1);
    assert_eq!(ids(&second), ["6"]);
    assert_eq!(server.queue_number("s", "messages"), 7, "a stream keeps what it has");
}

#[test]
fn a_queue_is_shared_with_its_other_consumers() {
    let server = start();
    publish(&server, "/queue/q", "1", &json!({}));
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/queue/q", &json!({}));
    sink.wait_for(1);
    status_is(&server, &webhook, "delivered", &json!(1));
    assert_eq!(server.queue_number("q", "messages"), 0);
    act(&server, &webhook, "disable", &Value::Null);
    eventually("nobody reads the queue", || (server.queue_number("q", "consumers") == 0).then_some(()));
    publish(&server, "/queue/q", "2", &json!({}));
    assert_eq!(server.queue_number("q", "messages"), 1);
    act(&server, &webhook, "enable", &Value::Null);
    sink.wait_for(2);
    assert_eq!(ids(&sink), ["1", "2"]);
}

#[test]
fn nothing_is_delivered_before_the_sink_consents() {
    let server = start();
    let consents = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let does = std::sync::Arc::clone(&consents);
    let sink = Sink::scripted(move |received| match &*received.method {
        "OPTIONS" if does.load(std::sync::atomic::Ordering::Relaxed) => {
            let headers = vec![
                ("WebHook-Allowed-Origin", received.header("webhook-request-origin").to_owned()),
                ("WebHook-Allowed-Rate", "600".to_owned()),
            ];
            Reply::With(200, headers, Vec::new())
        }
        "OPTIONS" => Reply::Status(200),
        _ => Reply::Status(204),
    });
    let config = json!({ "config": { "verification": "required", "rate": 1200 } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    assert_eq!(webhook["status"]["state"], "unverified");
    publish(&server, "/topic/t", "1", &json!({}));
    let answer = act(&server, &webhook, "verify", &Value::Null);
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.text().contains("WebHook-Allowed-Origin"), "{answer:?}");
    assert!(sink.received().iter().all(|received| received.method == "OPTIONS"));
    assert_eq!(sink.received()[0].header("webhook-request-rate"), "1200");
    consents.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = act(&server, &webhook, "verify", &Value::Null);
    assert_eq!((answer.status, &answer.json()["status"]["allowed_rate"]), (200, &json!(600)), "{answer:?}");
    eventually("what waited is delivered", || sink.received().iter().any(|it| it.method == "POST").then_some(()));
}

#[test]
fn a_test_event_is_sent_at_once_and_told() {
    let server = start();
    let sink = Sink::scripted(|_| Reply::With(418, vec![("X-Mine", "5".to_owned())], b"I am a teapot".to_vec()));
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    let answer = act(&server, &webhook, "test", &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    let attempt = answer.json();
    assert_eq!(
        (&attempt["kind"], &attempt["outcome"], &attempt["status"]),
        (&json!("test"), &json!("failed"), &json!(418))
    );
    assert_eq!(
        (&attempt["response"]["body"], &attempt["response"]["headers"]["x-mine"]),
        (&json!("I am a teapot"), &json!("5"))
    );
    assert_eq!(attempt["address"], json!(sink.address.to_string()));
    assert_eq!(sink.received()[0].json()["type"], "wharf.webhook.test");
    assert_eq!(attempts(&server, &webhook, "").len(), 1);
}

#[test]
fn a_webhook_and_what_waits_for_it_survive_a_restart() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy()).config(ON_LOOPBACK);
    let mut server = launch.start();
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({ "config": { "description": "mine" } }));
    act(&server, &webhook, "disable", &Value::Null);
    publish(&server, "/topic/t", "1", &json!({}));
    server.program().kill();
    let server = launch.start();
    let shown = show(&server, &webhook);
    assert_eq!((&shown["config"]["description"], &shown["status"]["state"]), (&json!("mine"), &json!("disabled")));
    assert!(sink.received().is_empty());
    act(&server, &webhook, "enable", &Value::Null);
    assert_eq!(sink.wait_for(1)[0].json()["id"], "1");
}

#[test]
fn a_webhook_whose_network_is_no_longer_allowed_is_shown_and_delivers_nothing() {
    let directory = Directory::new();
    let launch = Launch::new().data_dir(&directory.path().to_string_lossy());
    let mut server = launch.clone().config(ON_LOOPBACK).start();
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    server.program().kill();
    let server = launch.start();
    publish(&server, "/topic/t", "1", &json!({}));
    let status = status_is(&server, &webhook, "state", &json!("failing"));
    assert!(status["last_error"].as_str().unwrap().contains("webhooks.allowed_networks"), "{status}");
    assert!(sink.received().is_empty());
    assert_eq!(act(&server, &webhook, "disable", &Value::Null).status, 200);
    assert_eq!(request(&server, "DELETE", &format!("/{}", id(&webhook)), &Value::Null).status, 204);
}

#[test]
fn a_deleted_webhook_leaves_nothing_behind() {
    let server = start();
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/t", &json!({}));
    assert!(server.queue(&format!("webhook.{}", id(&webhook))).is_some());
    assert_eq!(request(&server, "DELETE", &format!("/{}", id(&webhook)), &Value::Null).status, 204);
    assert_eq!(request(&server, "GET", &format!("/{}", id(&webhook)), &Value::Null).status, 404);
    for suffix in ["", ".dead", ".attempts"] {
        assert!(server.queue(&format!("webhook.{}{suffix}", id(&webhook))).is_none(), "{suffix}");
    }
}

#[test]
fn a_changed_source_is_the_only_one() {
    let server = start();
    let sink = Sink::answering(204);
    let webhook = create(&server, &sink.url(), "/topic/a", &json!({}));
    let mut changed = show(&server, &webhook);
    changed["source"] = json!("/topic/b");
    let answer = request(&server, "PUT", &format!("/{}", id(&webhook)), &changed);
    assert_eq!(answer.status, 200, "{answer:?}");
    publish(&server, "/topic/a", "1", &json!({}));
    publish(&server, "/topic/b", "2", &json!({}));
    sink.wait_for(1);
    assert_eq!(ids(&sink), ["2"]);
}
