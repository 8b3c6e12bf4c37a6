//! Heart-beats (STOMP 1.2, "Heart-beating").
//!
//! Time is part of what is tested here, so these tests measure it. They wait for what the server does and never for
//! a fixed time; the server's own beats are their clock.

use acceptance::{Incoming, Server, Transport, all_transports, each, each_transport, patience};
use std::time::{Duration, Instant};

#[test]
fn the_server_mirrors_what_the_client_offers_within_its_bounds() {
    let server = Server::start();
    let cases = [
        ("0,0", "0,0"),
        ("10000,5000", "5000,10000"),
        ("5000,0", "0,5000"),
        ("0,5000", "5000,0"),
        ("1,1", "1000,1000"),
        ("900000,900000", "300000,300000"),
        ("99999999999999999999999,0", "0,300000"),
    ];
    each_transport(|transport| {
        for version in ["1.1", "1.2"] {
            for (offer, answer) in cases {
                let connected = server.dial(transport).log_in_with(version, &[("heart-beat", offer)]);
                assert_eq!(connected.header("heart-beat"), answer, "to {offer}");
            }
        }
    });
}

#[test]
fn a_malformed_offer_is_an_error() {
    let server = Server::start();
    each(|transport, version| {
        for offer in ["", ",", "1000", "a,b", "-1,0", "0,-1", "+1,0", "1,2,3", "1.5,0"] {
            let mut client = server.dial(transport);
            client.version = version;
            let headers =
                [("accept-version", version), ("login", "guest"), ("passcode", "guest"), ("heart-beat", offer)];
            client.send("CONNECT", &headers, "");
            client.refused("protocol");
        }
    });
}

#[test]
fn the_server_beats_at_least_as_often_as_it_promised() {
    let server = Server::start();
    all_transports(|transport| {
        let mut client = server.dial(transport);
        client.log_in_with("1.2", &[("heart-beat", "0,1000")]);
        let start = Instant::now();
        for beat in 1..=3 {
            client.beat();
            // One interval each, and one of grace for a busy machine.
            assert!(start.elapsed() < Duration::from_secs(beat + 1), "beat {beat} came after {:?}", start.elapsed());
        }
    });
}

#[test]
fn the_server_does_not_beat_unasked() {
    let server = Server::start();
    let mut clock = server.dial(Transport::Tcp);
    let mut quiet: Vec<_> = Transport::ALL.into_iter().map(|transport| server.dial(transport)).collect();
    for client in &mut quiet {
        client.log_in_with("1.2", &[("heart-beat", "0,0")]);
    }
    clock.log_in_with("1.2", &[("heart-beat", "0,1000")]);
    for _ in 0..4 {
        clock.beat();
    }
    for client in &mut quiet {
        client.send("SEND", &[("destination", "/topic/a"), ("receipt", "r")], "");
        match client.link.read(Instant::now() + patience()) {
            Incoming::Octets(octets) => assert!(octets.starts_with(b"RECEIPT\n"), "{octets:?}"),
            other => panic!("a receipt was expected, not {other:?}"),
        }
    }
}

#[test]
fn a_client_that_falls_silent_is_dropped_after_twice_its_interval() {
    let server = Server::start();
    // Below 5 s a pong does not count as a sign of life: the client here answers every ping.
    all_transports(|transport| {
        let mut client = server.dial(transport);
        let start = Instant::now();
        client.log_in_with("1.2", &[("heart-beat", "1000,0")]);
        while client.poll_frame(start + Duration::from_secs(15)).is_some() {} // it may be told why
        client.end();
        let alive = start.elapsed();
        assert!(alive > Duration::from_millis(1_900), "dropped after {alive:?}");
        assert!(alive < Duration::from_secs(6), "dropped only after {alive:?}");
    });
}

#[test]
fn any_octet_keeps_a_client_alive() {
    let server = Server::start();
    all_transports(|transport| {
        let mut client = server.dial(transport);
        client.log_in_with("1.2", &[("heart-beat", "1000,1000")]);
        // Beats of the server come twice in an interval: eight of them are twice the time a silent client has.
        let frame = client.encode("SEND", &[("destination", "/topic/a")], "slowly");
        for octet in &frame[..8] {
            client.beat();
            client.send_octets([*octet]);
        }
        client.send_octets(&frame[8..]);
        client.sync();
        for _ in 0..8 {
            client.beat();
            client.send_octets("\n");
        }
        client.sync();
    });
}

#[test]
fn pongs_keep_a_browser_with_throttled_timers_alive() {
    let server = Server::start();
    let mut client = server.dial(Transport::Text);
    client.log_in_with("1.2", &[("heart-beat", "5000,0")]);
    let start = Instant::now();
    // Silent for more than twice the interval, but for the pongs that a browser sends by itself.
    while client.link.pings < 5 {
        assert_eq!(client.poll_frame(Instant::now() + Duration::from_millis(500)), None);
        assert!(start.elapsed() < Duration::from_secs(30), "a ping comes at half the interval");
    }
    assert!(start.elapsed() > Duration::from_secs(10), "five pings after {:?}", start.elapsed());
    client.sync();
}

#[test]
fn a_beat_never_stands_inside_a_frame() {
    let server = Server::start();
    all_transports(|transport| {
        let mut clock = server.dial(Transport::Tcp);
        clock.log_in_with("1.2", &[("heart-beat", "0,1000")]);
        let mut client = server.dial(transport);
        client.log_in_with("1.2", &[("heart-beat", "0,1000")]);
        let topic = format!("/topic/large.{transport:?}");
        client.subscribe("1", &topic, &[]);
        // Far more than the sockets hold: the server is in the middle of it while beats fall due.
        let body = vec![b'x'; 12 << 20];
        server.client().send("SEND", &[("destination", &topic)], &body);
        for _ in 0..4 {
            clock.beat();
        }
        assert!(client.message().body == body, "nothing was added to the body");
        client.sync();
    });
}
