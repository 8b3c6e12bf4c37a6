//! Events over STOMP: a body in the JSON format is recognised, one is had where it is asked for, and what is no event is told as one.

use acceptance::{Request, Server};
use serde_json::{Value, json};

const JSON: &str = "application/cloudevents+json";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_body_that_is_an_event_is_published_as_that_event() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/topic/t", &[]);
    let event = r#"{"specversion":"1.0","id":"1","source":"/a","type":"t","data":{"b":1, "a":2}}"#;
    client.publish_with(
        "/topic/t",
        &[("content-type", "Application/CloudEvents+JSON; charset=utf-8"), ("mine", "5")],
        event,
    );
    let message = client.message();
    let headers = ["ce-id", "ce-source", "ce-type", "content-type", "mine"].map(|name| message.header(name).to_owned());
    assert_eq!(headers, ["1", "/a", "t", "application/json", "5"]);
    assert_eq!(message.text(), r#"{"b":1, "a":2}"#);
}

#[test]
fn a_body_that_is_no_event_is_refused_by_the_name_of_the_attribute() {
    let server = Server::start();
    let mut client = server.client();
    let headers = [("destination", "/topic/t"), ("content-type", JSON)];
    client.send("SEND", &headers, r#"{"specversion":"1.0","id":"","source":"/a","type":"t"}"#);
    let error = client.refused("precondition-failed");
    assert!(error.header("message").contains("\"id\""), "{error:?}");
}

#[test]
fn a_subscription_may_ask_for_events_as_bodies() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[("x-cloudevents", "structured")]);
    let headers = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "t"), ("ce-n", "5")];
    let headers = [&headers[..], &[("content-type", "text/plain"), ("mine", "6")]].concat();
    client.publish_with("/queue/q", &headers, "hello");
    let message = client.message();
    assert_eq!((message.header("content-type"), message.header("mine")), (JSON, "6"));
    assert_eq!(
        document(message.text()),
        json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": "t", "n": "5", "datacontenttype": "text/plain", "data": "hello" })
    );
}

#[test]
fn a_message_that_is_no_event_is_told_as_one_and_can_be_made_again() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[("x-cloudevents", "structured")]);
    client.subscribe("2", "/queue/again", &[]);
    client.publish_with("/queue/q", &[("content-type", "application/json"), ("mine", "é")], r#"{"a" :1}"#);
    let message = client.message();
    let told = document(message.text());
    assert_eq!((&told["source"], &told["type"]), (&json!("/%2F/queue/q"), &json!("wharf.message")));
    assert_eq!((&told["data"], told["id"].as_str().map(str::len)), (&json!({ "a": 1 }), Some(26)));
    let request = Request::new("POST", "/events/queue/again").basic("guest", "guest").header("Content-Type", JSON);
    assert_eq!(server.send(&request.body(message.text())).status, 202);
    let again = client.message();
    assert_eq!((again.header("mine"), again.header("content-type")), ("é", "application/json"));
    assert_eq!(again.text(), r#"{"a" :1}"#);
    assert!(again.headers.iter().all(|(name, _)| !name.starts_with("ce-")), "{again:?}");
}

#[test]
fn a_large_body_as_an_event_leaves_the_window_as_it_was() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[("x-cloudevents", "structured")]);
    let body = "\u{1}".repeat(100_000); // in JSON six times as much
    for _ in 0..10 {
        client.publish_with("/queue/q", &[], &body);
        assert_eq!(document(client.message().text())["data"], json!(body));
    }
}

#[test]
fn an_event_expires_when_it_says() {
    let server = Server::start();
    let mut client = server.client();
    let headers = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "t")];
    let expired = [&headers[..], &[("ce-expirytime", "2001-01-01T00:00:00Z")]].concat();
    client.publish_with("/queue/q", &expired, "late");
    client.publish_with("/queue/q", &headers, "in time");
    client.subscribe("1", "/queue/q", &[]);
    assert_eq!(client.message().text(), "in time");
}

#[test]
fn an_event_is_published_once_however_it_comes() {
    let server = Server::start();
    let mut client = server.client();
    let event = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "t")];
    let headers =
        [&event[..], &[("destination", "/queue/q"), ("x-dedup-event", "true"), ("x-dedup-id", "mine")]].concat();
    assert_eq!(client.request("SEND", &headers, "x").get("duplicate"), None);
    assert_eq!(client.request("SEND", &headers, "x").get("duplicate"), Some("true"));
    let document = r#"{"specversion":"1.0","id":"1","source":"/a","type":"t"}"#;
    let request = Request::new("POST", "/events/queue/q?deduplicate=true").basic("guest", "guest");
    let answer = server.send(&request.header("Content-Type", JSON).body(document));
    assert_eq!(answer.json()["duplicate"], json!(true));
    assert_eq!(server.queue_number("q", "messages"), 1);
    client.send("SEND", &[("destination", "/queue/q"), ("x-dedup-event", "true")], "no event");
    client.refused("precondition-failed");
}

#[test]
fn another_wish_is_refused() {
    let server = Server::start();
    let mut client = server.client();
    client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/queue/q"), ("x-cloudevents", "avro")], "");
    client.refused("precondition-failed");
}
