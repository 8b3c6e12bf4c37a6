//! A topic reader that falls behind: its publishers wait a moment, then it loses its oldest messages and is told how
//! many they were.

use acceptance::{Client, Launch, Server, Transport, all_transports};
use serde_json::Value;

const BODY: usize = 16 * 1024;

fn numbered(number: u32) -> Vec<u8> {
    let mut body = number.to_be_bytes().to_vec();
    body.resize(BODY, 0);
    body
}

/// Reads up to the message with the number `last`; returns the numbers that came, and how many were reported lost.
fn read_all(client: &mut Client, last: u32) -> (Vec<u32>, u64) {
    let (mut numbers, mut dropped) = (Vec::new(), 0);
    while numbers.last() != Some(&last) {
        let message = client.message();
        if message.header("subscription") == "notices" {
            assert_eq!(message.header("notice"), "dropped");
            let said: Value = serde_json::from_slice(&message.body).expect("a notice is JSON");
            assert_eq!((&said["notice"], &said["subscription"]), (&"dropped".into(), &"slow".into()));
            let count = said["count"].as_u64().expect("a count is a number");
            assert!(count > 0, "{said}");
            dropped += count;
        } else {
            numbers.push(u32::from_be_bytes(message.body[..4].try_into().expect("four octets")));
        }
    }
    (numbers, dropped)
}

fn slow(server: &Server, transport: Transport) -> Client {
    let mut client = server.connect(transport, "1.2");
    client.subscribe("notices", "/control/notices", &[]);
    client.subscribe("slow", "/topic/busy", &[]);
    client
}

#[test]
fn it_is_told_at_the_gap_how_much_it_lost() {
    const COUNT: u32 = 2_000; // far more than sockets, outbox and backlog hold
    all_transports(|transport| {
        let server = Launch::new().config("[limits]\nbacklog = 262144\npublish_stall = 100").start();
        let mut slow = slow(&server, transport);
        let mut publisher = server.connect(transport, "1.2");
        let mut reader = server.connect(transport, "1.2");
        reader.subscribe("1", "/topic/busy", &[]);
        for number in 0..COUNT {
            publisher.publish("/topic/busy", numbered(number));
            reader.message();
        }
        let (numbers, dropped) = read_all(&mut slow, COUNT - 1);
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "what came is in order");
        assert!(dropped > 0, "it was left behind");
        assert_eq!(numbers.len() as u64 + dropped, u64::from(COUNT), "every message came or was counted");
        slow.expect_nothing();
    });
}

#[test]
fn who_keeps_up_loses_nothing_and_is_told_nothing() {
    all_transports(|transport| {
        let server = Launch::new().config("[limits]\nbacklog = 262144").start();
        let mut client = slow(&server, transport);
        let mut publisher = server.connect(transport, "1.2");
        for number in 0..1_000 {
            publisher.send("SEND", &[("destination", "/topic/busy")], numbered(number));
            if number % 4 == 3 {
                for number in number - 3..=number {
                    let message = client.message();
                    assert_eq!(message.body[..4], number.to_be_bytes());
                }
            }
        }
        client.expect_nothing();
    });
}

#[test]
fn a_reader_that_is_only_slow_holds_its_publishers_and_loses_nothing() {
    // Everything is sent at once, and is read as fast as one reader reads: the publisher has to wait for it.
    let server = Server::start();
    let mut client = slow(&server, Transport::Tcp);
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    let publishing = std::thread::spawn(move || {
        for number in 0..2_000 {
            publisher.send("SEND", &[("destination", "/topic/busy")], numbered(number));
        }
        publisher.sync();
    });
    let (numbers, dropped) = read_all(&mut client, 1_999);
    publishing.join().expect("the publisher is not killed");
    assert_eq!((numbers.len(), dropped), (2_000, 0));
}
