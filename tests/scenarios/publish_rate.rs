//! A connection that publishes faster than it may is slowed down, and nobody else is.

use acceptance::{Launch, Request, Transport, each_transport};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn who_is_too_fast_is_slowed_down_and_loses_nothing() {
    let server = Launch::new().config("[limits]\npublish_rate = 20").start();
    each_transport(|transport| {
        let mut reader = server.connect(transport, "1.2");
        reader.subscribe("1", "/topic/fast", &[]);
        let mut publisher = server.connect(transport, "1.2");
        let start = Instant::now();
        for number in 0..50 {
            publisher.send("SEND", &[("destination", "/topic/fast")], format!("{number}"));
        }
        for number in 0..50 {
            assert_eq!(reader.message().body, format!("{number}").as_bytes());
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(1_400), "50 messages at 20 a second, 20 of them at once, took {took:?}");
        // The reader may publish at once: the pace is each connection's own.
        let start = Instant::now();
        reader.publish("/queue/other", b"mine");
        assert!(start.elapsed() < Duration::from_millis(500), "another connection waited {:?}", start.elapsed());
    });
    let metrics = server.get("/metrics");
    assert!(metrics.text().contains("wharf_limit_reached_total{limit=\"publish_rate\"} "), "{}", metrics.text());
    assert!(!metrics.text().contains("wharf_limit_reached_total{limit=\"publish_rate\"} 0"), "{}", metrics.text());
}

#[test]
fn over_http_it_is_told_when_to_come_again() {
    let server = Launch::new().config("[limits]\npublish_rate = 2").start();
    let mut stream = TcpStream::connect(server.http).expect("the server listens");
    stream.set_read_timeout(Some(acceptance::patience())).expect("a time-out is allowed");
    let event = "POST /events/topic/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\
                 ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\nce-type: t\r\nContent-Length: 0\r\n\r\n";
    let mut answers = Vec::new();
    for _ in 0..4 {
        stream.write_all(event.as_bytes()).expect("the server reads");
        let mut octets = [0; 4096];
        let count = stream.read(&mut octets).expect("the server answers");
        answers.push(String::from_utf8_lossy(&octets[..count]).into_owned());
    }
    assert!(answers[0].starts_with("HTTP/1.1 202"), "{answers:?}");
    let refused = answers.last().expect("there are four");
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 1"), "{answers:?}");
    assert!(refused.contains("limits.publish_rate"), "{refused}");
    assert_eq!(server.send(&Request::new("GET", "/health/live")).status, 200);
    server.connect(Transport::Text, "1.2").publish("/topic/a", b"another connection");
}

#[test]
fn what_the_api_publishes_counts_too() {
    let server = Launch::new().config("[limits]\npublish_rate = 2").start();
    let mut stream = TcpStream::connect(server.http).expect("the server listens");
    stream.set_read_timeout(Some(acceptance::patience())).expect("a time-out is allowed");
    let message = r#"{"routing_key":"a","payload":"x"}"#;
    let request = format!(
        "POST /api/exchanges/%2F/amq.topic/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\
         Content-Length: {}\r\n\r\n{message}",
        message.len()
    );
    let mut answers = Vec::new();
    for _ in 0..4 {
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut octets = [0; 4096];
        let count = stream.read(&mut octets).expect("the server answers");
        answers.push(String::from_utf8_lossy(&octets[..count]).into_owned());
    }
    assert!(answers[0].starts_with("HTTP/1.1 200"), "{answers:?}");
    let refused = answers.last().expect("there are four");
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 1"), "{answers:?}");
    assert!(refused.contains("limits.publish_rate"), "{refused}");
}
