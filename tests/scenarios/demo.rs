//! `--demo`: traffic to look at.

use acceptance::{Launch, eventually};
use serde_json::Value;

#[test]
fn telemetry_comes_once_a_second() {
    let server = Launch::new().arg("--demo").start();
    let mut client = server.client();
    let topics = ["cpu", "memory", "network", "disk"].map(|name| format!("/topic/telemetry.{name}"));
    for topic in &topics {
        client.subscribe(topic, topic, &[]);
    }
    let mut missing: Vec<&str> = topics.iter().map(String::as_str).collect();
    while !missing.is_empty() {
        let message = client.message();
        let body: Value = serde_json::from_slice(&message.body).expect("telemetry is JSON");
        assert!(body.is_object() || body.as_array().is_some_and(|list| !list.is_empty()), "{body}");
        missing.retain(|topic| *topic != message.header("destination"));
    }
}

#[test]
fn the_last_hour_of_telemetry_is_a_stream() {
    let server = Launch::new().arg("--demo").start();
    eventually("it grows", || {
        let row = server.queue("demo.telemetry")?;
        (row["type"] == "stream" && row["stream"]["next_offset"].as_u64() > Some(4)).then_some(())
    });
}

#[test]
fn jobs_are_published_and_done() {
    // The jobs are files of the working directory, which holds this one.
    let server = Launch::new().config("# something to hash").arg("--demo").start();
    eventually("jobs flow through their queue", || {
        let row = server.queue("demo.jobs")?;
        let stats = &row["message_stats"];
        (stats["publish"].as_u64() > Some(0) && stats["ack"].as_u64() > Some(0) && row["consumers"] == 2).then_some(())
    });
}

#[test]
fn without_it_there_is_none() {
    let server = acceptance::Server::start();
    assert_eq!(server.api("GET", "/api/queues").json(), serde_json::json!([]));
}
