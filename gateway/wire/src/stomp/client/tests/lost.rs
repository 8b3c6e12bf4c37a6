//! How a loss is noticed, and what it costs subscriptions.

use super::probe::PROBE_TIME;
use super::*;

impl Fixture {
    fn wake(&mut self) {
        self.client.handle_wake(self.now);
        self.drain();
    }
}

const PROBE: &str = "BEGIN\ntransaction:probe\nreceipt:probe\n\n\0ABORT\ntransaction:probe\n\n\0";

#[test]
fn a_link_that_is_doubted_is_looked_at_and_given_up_when_it_is_silent() {
    for offline in [true, false] {
        let mut fixture = Fixture::agreed();
        let doubt = |fixture: &mut Fixture| match offline {
            true => fixture.client.handle_offline(fixture.now),
            false => fixture.client.handle_wake(fixture.now),
        };
        doubt(&mut fixture);
        fixture.drain();
        assert_eq!(fixture.sent(), PROBE);
        doubt(&mut fixture);
        fixture.drain();
        assert_eq!(fixture.sent(), "", "one question at a time");
        fixture.receive("RECEIPT\nreceipt-id:probe\n\n\0");
        assert_eq!(fixture.outputs, []);
        fixture.advance(PROBE_TIME);
        assert_eq!(fixture.client.state(), State::Connected);
        doubt(&mut fixture);
        fixture.advance(PROBE_TIME - 1);
        assert_eq!(fixture.client.state(), State::Connected);
        fixture.advance(1);
        assert!(fixture.closes() && fixture.has(&Output::State(State::Waiting)));
    }
}

#[test]
fn any_octet_is_a_sign_of_life() {
    let mut fixture = Fixture::agreed();
    fixture.wake();
    fixture.receive("\n");
    fixture.advance(PROBE_TIME);
    assert_eq!(fixture.client.state(), State::Connected);
}

#[test]
fn who_waits_tries_at_once_when_woken_and_with_short_delays_again() {
    let mut fixture = Fixture::new();
    for delay in [250, 500, 1_000] {
        fixture.lose();
        fixture.advance(delay);
    }
    fixture.lose();
    fixture.wake();
    assert!(fixture.opens());
    fixture.wake();
    assert_eq!(fixture.outputs, [], "it is trying");
    fixture.lose();
    fixture.client.handle_offline(fixture.now);
    fixture.advance(250);
    assert!(fixture.opens(), "loopback works without a network");
}

#[test]
fn it_gives_up_when_there_was_no_connection_for_so_long() {
    let reconnect = Some(Reconnect { give_up_after: Some(1_000), ..Reconnect::default() });
    let mut fixture = Fixture::with(Options { reconnect, ..Options::default() });
    fixture.log_in();
    fixture.advance(5_000);
    fixture.lose();
    fixture.advance(250);
    assert!(fixture.opens());
    fixture.advance(749);
    assert_eq!(fixture.closed_with(), None);
    fixture.advance(1);
    assert!(fixture.closes(), "not even the attempt under way");
    assert_eq!(fixture.closed_with(), Some("connect-timeout"));
}

#[test]
fn what_a_stale_socket_says_is_ignored() {
    let mut fixture = Fixture::agreed();
    fixture.lose();
    fixture.advance(250);
    let connected = Bytes::from_static(b"CONNECTED\nversion:1.2\n\n\0");
    fixture.client.handle_open(1);
    fixture.client.handle_input(1, connected.clone(), fixture.now, 1.0);
    fixture.client.handle_closed(1, fixture.now, 1.0);
    fixture.drain();
    assert_eq!((&fixture.outputs[..], fixture.client.state()), (&[][..], State::Connecting));
    fixture.client.handle_open(2);
    fixture.client.handle_input(2, connected, fixture.now, 1.0);
    assert_eq!(fixture.client.state(), State::Connected);
}

#[test]
fn what_comes_behind_the_end_of_a_connection_is_nobodys() {
    let mut fixture = Fixture::agreed();
    fixture.subscribe();
    fixture.receive("ERROR\nx-code:internal\nx-fatal:true\n\n\0MESSAGE\nsubscription:1\n\nlate\0");
    assert!(!fixture.outputs.iter().any(|output| matches!(output, Output::Message { .. })));
}

#[test]
fn a_message_may_come_in_parts_and_in_other_dress() {
    let mut fixture = Fixture::agreed();
    fixture.subscribe();
    let bodies = |fixture: &Fixture| {
        let bodies = fixture.outputs.iter().filter_map(|output| match output {
            Output::Message { delivery, .. } => delivery.octets().get(delivery.body_start()..).map(<[u8]>::to_vec),
            _ => None,
        });
        bodies.collect::<Vec<_>>()
    };
    fixture.receive("MESSAGE\nsubscription:1\n\nwhole\0\n\nMESSAGE\nsubscr");
    assert_eq!(bodies(&fixture), [b"whole"]);
    fixture.receive("iption:1\n\nin par");
    assert_eq!(fixture.outputs, []);
    fixture.receive("ts\0MESSAGE\r\nsubscription:1\r\na:b\\cc\r\n\r\nCRLF\0MESSAGE\nsubscription:1\n\nlast\0");
    assert_eq!(bodies(&fixture), [&b"in parts"[..], b"CRLF", b"last"]);
    let Some(Output::Message { delivery, .. }) = fixture.outputs.get(1) else { panic!("{:?}", fixture.outputs) };
    assert!(delivery.octets().starts_with(b"subscription:1\na:b\\cc\n"), "escaped as ever");
}

#[test]
fn who_reads_what_nothing_keeps_is_told_of_the_gap_before_the_next_message() {
    let mut fixture = Fixture::agreed();
    let topic = fixture.subscribe_to("/topic/t", &[]);
    fixture.subscribe_to("/queue/q", &[]);
    fixture.subscribe_to("/topic/t", &[("durable", "true")]);
    let refused = SubscribeRequest { destination: "/topic/new".into(), ..request() };
    fixture.client.subscribe(refused).unwrap(); // never confirmed, so nothing of it can be missing
    assert_eq!(fixture.gaps(), []);
    fixture.reconnect_after(250);
    assert_eq!(fixture.gaps(), [(topic, GapReason::Reconnected, None)]);
    let gap = fixture.outputs.iter().position(|output| matches!(output, Output::Gap { .. }));
    let subscribe = fixture.outputs.iter().position(|output| matches!(output, Output::Send(_)));
    assert!(gap < subscribe);
}

#[test]
fn frames_are_told_as_they_came_while_somebody_looks() {
    let mut fixture = Fixture::agreed();
    fixture.subscribe();
    fixture.receive("RECEIPT\nreceipt-id:s1\n\n\0");
    assert_eq!(fixture.outputs, [Output::Subscribed(1)]);
    fixture.client.set_trace(true);
    fixture.receive("MESSAGE\nsubscription:1\na:\\c\n\nbody\0RECEIPT\nreceipt-id:u9\n\n\0");
    let heads = fixture.outputs.iter().filter_map(|output| match output {
        Output::Received { head, body } => Some((String::from_utf8_lossy(head).into_owned(), *body)),
        _ => None,
    });
    let expected = [("MESSAGE\nsubscription:1\na:\\c\n\n".into(), 4), ("RECEIPT\nreceipt-id:u9\n\n".into(), 0)];
    assert_eq!(heads.collect::<Vec<_>>(), expected);
}
