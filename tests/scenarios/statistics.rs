//! The statistics exchange: a snapshot and numbered changes give the same picture as asking again.

use acceptance::{Client, Request, Server, Transport, all_transports};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const STATISTICS: &str = "/exchange/wharf.statistics/queues";

fn subscribe(server: &Server) -> Client {
    let mut client = server.client();
    client.subscribe("statistics", STATISTICS, &[]);
    client
}

fn next(client: &mut Client) -> Value {
    let message = client.message();
    assert_eq!(message.header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&message.body).expect("the body is JSON");
    let mut fields: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["deleted", "queues", "sequence", "time"]);
    assert!(body["time"].as_u64() > Some(1_700_000_000_000), "{body}");
    body
}

fn sequence(body: &Value) -> u64 {
    body["sequence"].as_u64().expect("a number")
}

/// The row of a queue in a message, if it changed.
fn row<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body["queues"].as_array().expect("a list").iter().find(|row| row["name"] == name)
}

fn snapshot(server: &Server) -> (u64, Vec<Value>) {
    let response = server.api("GET", "/api/queues/%2F");
    let number = response.header("x-wharf-sequence").expect("a snapshot says how new it is");
    let rows = response.json().as_array().expect("a list").clone();
    (number.parse().expect("a number"), rows)
}

#[test]
fn messages_are_numbered_and_come_every_second_even_when_nothing_happens() {
    let server = Server::start();
    all_transports(|transport| {
        let mut client = server.connect(transport, "1.2");
        client.subscribe("1", STATISTICS, &[]);
        let first = sequence(&next(&mut client));
        let start = Instant::now();
        for number in 1..=3 {
            assert_eq!(sequence(&next(&mut client)), first + number);
        }
        let took = start.elapsed();
        assert!(took > Duration::from_millis(2_500), "three seconds took {took:?}");
        assert!(took < Duration::from_millis(4_500), "three seconds took {took:?}");
    });
}

#[test]
fn a_change_is_told_within_two_seconds() {
    let server = Server::start();
    let mut reader = subscribe(&server);
    next(&mut reader);
    let mut client = server.connect(Transport::Tcp, "1.2");
    let mut wait_for = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let start = Instant::now();
        while !holds(&next(&mut reader)) {
            assert!(start.elapsed() < Duration::from_secs(4), "{what}: still not told");
        }
        assert!(start.elapsed() < Duration::from_secs(3), "{what}: told after {:?}", start.elapsed());
    };
    client.publish("/queue/watched", "x");
    wait_for("a depth", &|body| row(body, "watched").is_some_and(|row| row["messages_ready"] == 1));
    client.subscribe("1", "/queue/watched", &[("ack", "client")]);
    wait_for("an unacked message", &|body| {
        row(body, "watched").is_some_and(|row| row["messages_unacknowledged"] == 1 && row["consumers"] == 1)
    });
    assert_eq!(server.api("DELETE", "/api/queues/%2F/watched").status, 204);
    wait_for("a deletion", &|body| body["deleted"].as_array().expect("a list").contains(&json!("watched")));
}

#[test]
fn a_row_that_did_not_change_is_not_repeated() {
    let server = Server::start();
    let mut publisher = server.client();
    publisher.publish("/queue/still", "x");
    let mut reader = subscribe(&server);
    // Rates fall back to zero, which is a change too; then there is nothing more to say of it.
    let quiet = (0..6).map(|_| next(&mut reader)).skip(3).all(|body| row(&body, "still").is_none());
    assert!(quiet, "a queue at rest is not told of again and again");
}

#[test]
fn rates_are_of_the_last_second() {
    let server = Server::start();
    let mut reader = subscribe(&server);
    next(&mut reader);
    let mut publisher = server.client();
    for _ in 0..50 {
        publisher.publish("/queue/fast", "x");
    }
    let mut highest = 0.0_f64;
    loop {
        let body = next(&mut reader);
        let Some(row) = row(&body, "fast") else { continue };
        let rate = row["message_stats"]["publish_details"]["rate"].as_f64().expect("a number");
        highest = highest.max(rate);
        if rate == 0.0 && highest > 0.0 {
            break;
        }
    }
    assert!(highest > 10.0, "50 messages at once, and the rate was {highest}");
}

#[test]
fn a_snapshot_and_the_changes_after_it_give_the_whole_picture() {
    let server = Server::start();
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    publisher.publish("/queue/old", "x");
    let mut reader = subscribe(&server);
    let mut pictured: Option<(u64, BTreeMap<String, Value>)> = None;
    for round in 0..6 {
        for number in 0..5 {
            publisher.publish(&format!("/queue/q{}", (round * 3 + number) % 7), "x");
        }
        if round % 2 == 1 {
            server.api("DELETE", &format!("/api/queues/%2F/q{round}"));
        }
        if pictured.is_none() {
            let (number, rows) = snapshot(&server);
            let rows = rows.into_iter().map(|row| (row["name"].as_str().unwrap_or_default().to_owned(), row));
            pictured = Some((number, rows.collect()));
        }
        apply(pictured.as_mut().expect("there is one by now"), &next(&mut reader));
    }
    let (_, picture) = pictured.as_mut().expect("there is one by now");
    // Once all has been told, the picture is what the server itself says.
    let (number, rows) = snapshot(&server);
    let picture = loop {
        let body = next(&mut reader);
        let done = sequence(&body) > number;
        apply_rows(picture, &body);
        if done {
            break picture;
        }
    };
    let depths = |rows: &mut dyn Iterator<Item = &Value>| {
        rows.filter(|row| row["exclusive"] == false)
            .map(|row| (row["name"].as_str().unwrap_or_default().to_owned(), row["messages"].clone()))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(depths(&mut picture.values()), depths(&mut rows.iter()));
}

fn apply(pictured: &mut (u64, BTreeMap<String, Value>), body: &Value) {
    let (number, rows) = pictured;
    if sequence(body) <= *number {
        return; // the snapshot has it already
    }
    assert_eq!(sequence(body), *number + 1, "no message between the snapshot and the first change is missing");
    *number += 1;
    apply_rows(rows, body);
}

fn apply_rows(rows: &mut BTreeMap<String, Value>, body: &Value) {
    for name in body["deleted"].as_array().expect("a list") {
        rows.remove(name.as_str().expect("a name"));
    }
    for row in body["queues"].as_array().expect("a list") {
        rows.insert(row["name"].as_str().expect("a name").to_owned(), row.clone());
    }
}

#[test]
fn rows_are_those_of_the_api() {
    let server = Server::start();
    let mut reader = subscribe(&server);
    next(&mut reader);
    server.send(&Request::new("PUT", "/api/queues/%2F/same").basic("guest", "guest").json("{}"));
    loop {
        let body = next(&mut reader);
        if let Some(row) = row(&body, "same") {
            assert_eq!(row, &server.queue("same").expect("it is there"));
            return;
        }
    }
}

#[test]
fn nothing_is_counted_while_nobody_listens() {
    let server = Server::start();
    let mut reader = subscribe(&server);
    next(&mut reader);
    reader.unsubscribe("statistics");
    let mut clock = server.dial(Transport::Tcp);
    clock.log_in_with("1.2", &[("heart-beat", "0,1000")]);
    for _ in 0..4 {
        clock.beat();
    }
    reader.expect_nothing();
}

/// Reads messages of a key until one holds what is looked for.
fn wait_for(client: &mut Client, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let body: Value = serde_json::from_slice(&client.message().body).expect("the body is JSON");
        if holds(&body) {
            return body;
        }
        assert!(start.elapsed() < Duration::from_secs(8), "{what}: still not told");
    }
}

#[test]
fn exchanges_and_connections_are_told_like_queues() {
    let server = Server::start();
    let mut reader = server.client();
    reader.subscribe("1", "/exchange/wharf.statistics/exchanges", &[]);
    let mut client = server.client();
    client.publish("/topic/a", "x");
    let has = |rows: &Value, holds: &dyn Fn(&Value) -> bool| rows.as_array().is_some_and(|rows| rows.iter().any(holds));
    let used = |row: &Value| row["name"] == "amq.topic" && row["message_stats"]["publish_in"] == 1;
    wait_for(&mut reader, "an exchange", |body| has(&body["exchanges"], &used));
    reader.unsubscribe("1");
    reader.sync();
    let mut reader = server.client();
    reader.subscribe("2", "/exchange/wharf.statistics/connections", &[]);
    let late = server.client();
    let body = wait_for(&mut reader, "a connection", |body| has(&body["connections"], &|_| true));
    let response = server.api("GET", "/api/vhosts/%2F/connections");
    let number: u64 = response.header("x-wharf-sequence").expect("its number").parse().expect("a number");
    assert!(number >= sequence(&body));
    assert_eq!(response.json().as_array().map(Vec::len), Some(4));
    drop(late);
    wait_for(&mut reader, "its end", |body| body["deleted"].as_array().is_some_and(|names| names.len() == 1));
}

#[test]
fn the_overview_is_told_with_the_node_and_says_when_to_ask_again() {
    let server = Server::start();
    let mut reader = server.client();
    reader.subscribe("1", "/exchange/wharf.statistics/overview", &[]);
    let first = wait_for(&mut reader, "an overview", |_| true);
    assert_eq!(first["node"]["name"], first["overview"]["node"]);
    assert_eq!(first["overview"]["object_totals"]["connections"], 1);
    let topology = |body: &Value| body["topology"].as_u64().expect("a number");
    let second = wait_for(&mut reader, "the next", |_| true);
    assert_eq!(sequence(&second), sequence(&first) + 1);
    assert_eq!(topology(&second), topology(&first), "nothing came or went");
    assert_eq!(server.api("PUT", "/api/queues/%2F/new").status, 201);
    wait_for(&mut reader, "a queue", |body| topology(body) > topology(&first));
}

#[test]
fn a_thousand_queues_are_told_in_parts_that_can_be_applied_in_turn() {
    let server = Server::start();
    let mut reader = subscribe(&server);
    let mut client = server.client();
    for number in 0..1_200 {
        client.send("SEND", &[("destination", &format!("/queue/many.{number:04}"))], "x");
    }
    client.sync();
    let mut last = None;
    let mut rows = BTreeMap::new();
    let mut has_parts = false;
    while rows.len() < 1_200 {
        let body: Value = serde_json::from_slice(&reader.message().body).expect("the body is JSON");
        assert!(last.is_none_or(|last| sequence(&body) == last + 1), "numbers are consecutive");
        last = Some(sequence(&body));
        let told = body["queues"].as_array().expect("a list");
        assert!(told.len() <= 500, "{} rows in one message", told.len());
        has_parts |= body["more"] == json!(true);
        rows.extend(told.iter().filter_map(|row| Some((row["name"].as_str()?.to_owned(), row.clone()))));
        rows.retain(|name, _| name.starts_with("many."));
    }
    assert!(has_parts, "not all fit into one message");
    let (number, _) = snapshot(&server);
    assert!(number >= last.expect("there were messages"));
}
