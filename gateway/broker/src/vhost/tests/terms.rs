//! Priorities, exclusive and single active subscriptions, credit, octet windows, and what is not one's own.

use super::*;
use crate::{Credit, Grant, Narrowing};
use std::sync::Mutex;

fn receivers(fixture: &Fixture) -> Vec<u32> {
    fixture.delivered().into_iter().map(|(_, number, ..)| number).collect()
}

#[test]
fn higher_priorities_are_served_first_and_equals_in_turn() {
    let mut fixture = Fixture::new();
    for (number, priority) in [(1, 0), (2, 5), (3, 5)] {
        let terms = Terms { priority, prefetch: 2, ..Terms::default() };
        fixture.subscribe_as(BOB, number, queue("q"), AckMode::Individual, terms);
    }
    let mut order = Vec::new();
    for _ in 0..6 {
        fixture.publish("", "q", "x");
        order.extend(receivers(&fixture));
    }
    assert_eq!(order, [2, 3, 2, 3, 1, 1]);
}

#[test]
fn one_exclusive_subscription_is_served_until_it_ends() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    for number in [2, 3] {
        let terms = Terms { exclusive: true, ..Terms::default() };
        fixture.subscribe_as(ALICE, number, queue("q"), AckMode::Auto, terms);
    }
    let mut served = Vec::new();
    for ends in [2, 3, 1] {
        fixture.publish("", "q", "a");
        served.extend(receivers(&fixture));
        fixture.publish("", "q", "b");
        served.extend(receivers(&fixture));
        fixture.handle(Command::Unsubscribe { connection: ALICE, subscription: ends, delete: false, token: None });
    }
    assert_eq!(served, [2, 2, 3, 3, 1, 1]);
}

#[test]
fn a_queue_may_have_a_single_active_subscription() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments { single_active: Some(true), ..Arguments::default() });
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 1);
    fixture.subscribe(BOB, 2, queue("q"), AckMode::Individual, 1);
    fixture.publish("", "q", "1");
    assert_eq!(receivers(&fixture), [1]);
    fixture.publish("", "q", "2");
    assert_eq!(receivers(&fixture), [0u32; 0], "it has no credit, and nobody else is served");
    fixture.handle(Command::Disconnect { connection: ALICE });
    assert_eq!(fixture.delivered(), [(1, 2, "1".to_owned(), 2)]);
    fixture.settle(BOB, 2, 1, Outcome::Ack);
    assert_eq!(fixture.bodies(), ["2"]);
}

#[test]
fn a_subscription_with_credit_is_handed_what_it_was_granted() {
    let mut fixture = Fixture::new();
    let credit = Some(Credit { messages: Some(0), octets: None });
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Auto, Terms { credit, ..Terms::default() });
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    assert_eq!(fixture.row("q").ready, 3);
    let grant = |subscription| Grant { connection: BOB, subscription, messages: 2, octets: 0, token: Some(6) };
    fixture.handle(Command::Grant(grant(1)));
    assert_eq!(fixture.bodies(), ["1", "2"]);
    fixture.handle(Command::Grant(grant(9)));
    assert!(matches!(fixture.error(), Some(Error::UnknownSubscription(9))));
    fixture.subscribe(BOB, 2, queue("other"), AckMode::Auto, 0);
    fixture.handle(Command::Grant(grant(2)));
    assert_eq!(fixture.error(), Some(&Error::NoCredit(2)));
}

#[test]
fn octets_of_unacked_messages_are_limited() {
    let mut fixture = Fixture::new();
    let terms = Terms { prefetch_octets: 200, ..Terms::default() };
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Individual, terms);
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    assert_eq!(fixture.row("q").unacked, 2, "the second overdraws it");
    fixture.settle(BOB, 1, 1, Outcome::Ack);
    assert_eq!(fixture.bodies(), ["3"]);
}

#[test]
fn a_reader_may_not_want_what_it_publishes_itself() {
    let mut fixture = Fixture::new();
    let Source::Bound(mut declaration, binding) = topic("t", "#") else { panic!() };
    declaration.settings.no_local = true;
    fixture.subscribe(ALICE, 1, Source::Bound(declaration, binding), AckMode::Auto, 0);
    fixture.publish("amq.topic", "a", "own");
    assert_eq!(fixture.bodies(), [""; 0]);
    let publish = Publish { connection: BOB, ..publishing(message("amq.topic", "a", "other")) };
    fixture.handle(Command::Publish(publish));
    assert_eq!(fixture.bodies(), ["other"]);
}

#[test]
fn a_narrowed_queue_takes_what_it_may_at_the_moment_and_nobody_else_gets_less() {
    let mut fixture = Fixture::new();
    let word = Arc::new(Mutex::new("eu"));
    let allowed = Arc::clone(&word);
    let narrowing = Narrowing::new(move |key| key.starts_with(*allowed.lock().unwrap()));
    let Source::Bound(declaration, binding) = topic("t", "#") else { panic!() };
    fixture.subscribe(BOB, 1, Source::Narrowed(declaration, binding, narrowing), AckMode::Auto, 0);
    fixture.publish("amq.topic", "us.1", "foreign");
    assert_eq!(fixture.bodies(), [""; 0]);
    assert!(fixture.has(|effect| matches!(effect, Effect::Confirmed { routed: Some(0), .. })), "nobody took it");
    fixture.publish("amq.topic", "eu.1", "own");
    assert_eq!(fixture.bodies(), ["own"]);
    fixture.subscribe(ALICE, 1, topic("other", "#"), AckMode::Auto, 0);
    *word.lock().unwrap() = "us";
    fixture.publish("amq.topic", "eu.2", "theirs");
    assert_eq!(fixture.delivered(), [(ALICE.0, 1, "theirs".to_owned(), 1)]);
    fixture.publish("amq.topic", "us.2", "both");
    assert_eq!(fixture.bodies(), ["both", "both"]);
    assert_eq!(fixture.row("t").ready, 0);
}

#[test]
fn ending_a_durable_subscription_may_delete_what_was_made_for_it() {
    let mut fixture = Fixture::new();
    let durable = || {
        let Source::Bound(mut declaration, binding) = topic("d", "#") else { panic!() };
        declaration.settings = QueueSettings { durable: true, ..QueueSettings::default() };
        Source::Bound(declaration, binding)
    };
    fixture.subscribe(BOB, 1, durable(), AckMode::Auto, 0);
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 1, delete: false, token: None });
    fixture.publish("amq.topic", "a", "meanwhile");
    fixture.subscribe(BOB, 2, durable(), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["meanwhile"]);
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 2, delete: true, token: None });
    assert!(fixture.vhost.queue("d").is_none());
    fixture.subscribe(BOB, 3, queue("q"), AckMode::Auto, 0);
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 3, delete: true, token: None });
    assert!(fixture.vhost.queue("q").is_some(), "it was not made for the subscription");
}
