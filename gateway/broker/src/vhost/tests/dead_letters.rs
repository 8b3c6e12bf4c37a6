//! What happens to messages that are refused, too old, too many, or come back too often.

use super::*;
use crate::{Overflow, Reason};

fn to(queue: &str) -> Arguments {
    Arguments { dead_letter_exchange: Some("".into()), dead_letter_key: Some(queue.into()), ..Arguments::default() }
}

/// A body and its deaths: queue, reason, count.
type Dead = (String, Vec<(String, Reason, u64)>);

/// Reads what waits in a queue.
fn read(fixture: &mut Fixture, name: &str) -> Vec<Dead> {
    fixture.subscribe(BOB, 99, queue(name), AckMode::Auto, 0);
    let mut read = Vec::new();
    for effect in &fixture.effects.list {
        if let Effect::Deliver { message, .. } = effect {
            let deaths = message.deaths.iter().flat_map(|deaths| &deaths.list);
            let deaths = deaths.map(|death| (death.queue.to_string(), death.reason, death.count)).collect();
            read.push((String::from_utf8_lossy(&message.body).into_owned(), deaths));
        }
    }
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 99, delete: false, token: None });
    read
}

fn died(body: &str, queue: &str, reason: Reason, count: u64) -> Vec<Dead> {
    vec![(body.to_owned(), vec![(queue.to_owned(), reason, count)])]
}

#[test]
fn a_rejected_message_is_dead_lettered_with_what_was_said_about_it() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", to("dead"));
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    fixture.publish("", "q", "1");
    let tag = DeliveryTag { subscription: 1, delivery: 1 };
    let text = Some("not for me".into());
    fixture.handle(Command::Settle(Settle { connection: ALICE, tag, outcome: Outcome::Reject, text, token: None }));
    fixture.subscribe(BOB, 1, queue("dead"), AckMode::Auto, 0);
    let Some(Effect::Deliver { message, .. }) = fixture.effects.list.last() else { panic!("{:?}", fixture.effects) };
    let death = &message.deaths.as_ref().expect("it died").first;
    assert_eq!((&*death.queue, death.reason, death.count), ("q", Reason::Rejected, 1));
    assert_eq!((&*death.exchange, &*death.routing_key), ("", "q"));
    assert_eq!((death.time, death.text.as_deref()), (fixture.now, Some("not for me")));
    assert_eq!((&*message.exchange, &*message.routing_key), ("", "dead"));
    assert_eq!(fixture.row("q").counters.dead_lettered, 1);
    assert_eq!(fixture.vhost.held(), 0);
}

#[test]
fn an_expired_message_is_dead_lettered_and_does_not_expire_again() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", Arguments { message_ttl: Some(100), ..to("dead") });
    let expires = fixture.now + 50;
    fixture.send(message("", "q", "1").expiring(expires));
    fixture.wait(10_000);
    assert_eq!(read(&mut fixture, "dead"), died("1", "q", Reason::Expired, 1));
}

#[test]
fn a_full_queue_loses_its_oldest_message() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", Arguments { max_length: Some(2), ..to("dead") });
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
        assert_eq!(fixture.error(), None);
    }
    assert_eq!(fixture.row("q").ready, 2);
    assert_eq!(read(&mut fixture, "dead"), died("1", "q", Reason::Overflowed, 1));
    fixture.declare("octets", Arguments { max_octets: Some(4), ..Arguments::default() });
    for body in ["123", "4", "5"] {
        fixture.publish("", "octets", body);
    }
    assert_eq!(fixture.row("octets").ready, 2);
    assert_eq!(fixture.row("octets").counters.dropped, 1);
}

#[test]
fn a_full_queue_may_refuse_and_then_nobody_gets_the_message() {
    let mut fixture = Fixture::new();
    let refuses = Arguments { max_length: Some(1), overflow: Some(Overflow::RejectPublish), ..Arguments::default() };
    fixture.declare("q", refuses);
    for name in ["q", "other"] {
        fixture.declare(name, Arguments::default());
        let binding = Binding { exchange: "amq.fanout".into(), key: String::new(), arguments: BTreeMap::new() };
        fixture.vhost.bind_queue(name, binding).unwrap();
    }
    fixture.publish("amq.fanout", "", "1");
    fixture.publish("amq.fanout", "", "2");
    assert!(matches!(fixture.error(), Some(Error::QueueFull { ready: 1, .. })));
    assert_eq!((fixture.row("q").ready, fixture.row("other").ready), (1, 1));
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 1, delete: false, token: None });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    fixture.publish("amq.fanout", "", "3");
    assert_eq!(fixture.bodies(), ["3"]);
}

#[test]
fn what_a_full_queue_refuses_may_be_dead_lettered() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    let overflow = Some(Overflow::RejectPublishDeadLetter);
    fixture.declare("q", Arguments { max_length: Some(1), overflow, ..to("dead") });
    fixture.publish("", "q", "1");
    fixture.publish("", "q", "2");
    assert!(matches!(fixture.error(), Some(Error::QueueFull { .. })));
    assert_eq!(read(&mut fixture, "dead"), died("2", "q", Reason::Overflowed, 1));
}

#[test]
fn a_message_that_comes_back_too_often_is_dead_lettered() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", Arguments { delivery_limit: Some(2), ..to("dead") });
    fixture.publish("", "q", "1");
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    assert_eq!(fixture.delivered()[0].3, 1);
    fixture.settle(BOB, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.delivered()[0].3, 2);
    fixture.handle(Command::Disconnect { connection: BOB });
    fixture.handle(Command::Connect { connection: BOB });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    assert_eq!(fixture.delivered()[0].3, 3);
    fixture.settle(BOB, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.bodies(), [""; 0]);
    assert_eq!(read(&mut fixture, "dead"), died("1", "q", Reason::DeliveryLimit, 1));
    assert_eq!(fixture.vhost.held(), 0);
}

#[test]
fn a_message_may_go_round_through_a_waiting_queue_as_long_as_somebody_refuses_it() {
    let mut fixture = Fixture::new();
    fixture.declare("work", to("wait"));
    fixture.declare("wait", Arguments { message_ttl: Some(100), ..to("work") });
    fixture.subscribe(ALICE, 1, queue("work"), AckMode::Individual, 0);
    fixture.publish("", "work", "1");
    for delivery in 1..=5 {
        assert_eq!(fixture.bodies(), ["1"], "round {delivery}");
        fixture.settle(ALICE, 1, delivery, Outcome::Reject);
        fixture.wait(100);
    }
    let Some(Effect::Deliver { message, .. }) = fixture.effects.list.last() else { panic!() };
    let deaths = message.deaths.as_ref().expect("it died");
    let counts: Vec<_> = deaths.list.iter().map(|death| (&*death.queue, death.count)).collect();
    assert_eq!(counts, [("wait", 5), ("work", 5)]);
}

#[test]
fn circles_that_nobody_sees_end() {
    let mut fixture = Fixture::new();
    fixture.declare("a", Arguments { max_length: Some(0), ..to("b") });
    fixture.declare("b", Arguments { max_length: Some(0), ..to("a") });
    fixture.publish("", "a", "1");
    assert_eq!((fixture.row("a").ready, fixture.row("b").ready), (0, 0));
    assert_eq!(fixture.vhost.held(), 0);
    fixture.declare("self", Arguments { message_ttl: Some(10), ..to("self") });
    fixture.publish("", "self", "1");
    fixture.wait(1000);
    assert_eq!(fixture.row("self").ready, 0);
}

/// Full queues that dead-letter to each other used to multiply a message by the factorial of their number.
#[test]
fn dead_letters_of_dead_letters_are_limited() {
    let mut fixture = Fixture::new();
    let full =
        || Arguments { max_length: Some(0), dead_letter_exchange: Some("amq.fanout".into()), ..Arguments::default() };
    for number in 0..12 {
        let name = format!("q{number}");
        fixture.declare(&name, full());
        let binding = Binding { exchange: "amq.fanout".into(), key: String::new(), arguments: BTreeMap::new() };
        fixture.vhost.bind_queue(&name, binding).unwrap();
    }
    fixture.publish("amq.fanout", "", "1");
    let dead: u64 = fixture.vhost.queues().map(|row| row.counters.dead_lettered).sum();
    assert!(dead < 2 * crate::limits::CONSEQUENCES as u64, "{dead}");
}

#[test]
fn without_an_exchange_of_that_name_dead_letters_are_gone() {
    let mut fixture = Fixture::new();
    let nowhere = Arguments { dead_letter_exchange: Some("nowhere".into()), ..Arguments::default() };
    fixture.declare("q", Arguments { max_length: Some(0), ..nowhere });
    fixture.publish("", "q", "1");
    assert_eq!(fixture.error(), None);
    assert_eq!(fixture.vhost.held(), 0);
}
