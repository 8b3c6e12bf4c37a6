//! Browsing shows what waits, and takes nothing.

use super::*;

const BROWSE: Terms =
    Terms { prefetch: 0, prefetch_octets: 0, priority: 0, exclusive: false, credit: None, browse: true };

fn is_end(effect: &Effect) -> bool {
    matches!(effect, Effect::Browsed { connection: BOB, subscription: 1 })
}

#[test]
fn all_that_waits_is_seen_once_and_stays() {
    let mut fixture = Fixture::new();
    for body in ["1", "2"] {
        fixture.publish("", "q", body);
    }
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Individual, BROWSE);
    assert_eq!(fixture.bodies(), ["1", "2"]);
    assert!(matches!(fixture.effects.list.last(), Some(Effect::Browsed { .. })));
    assert_eq!((fixture.row("q").ready, fixture.row("q").consumers), (2, 0));
    fixture.publish("", "q", "3");
    assert_eq!(fixture.bodies(), [""; 0], "it came later");
    fixture.settle(BOB, 1, 1, Outcome::Ack);
    assert_eq!(fixture.error(), None);
    fixture.settle(BOB, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.error(), Some(&Error::Browsed));
    fixture.settle(BOB, 1, 3, Outcome::Ack);
    assert!(matches!(fixture.error(), Some(Error::UnknownDelivery(_))));
    assert_eq!(fixture.row("q").ready, 3);
}

#[test]
fn an_empty_queue_is_seen_at_once() {
    let mut fixture = Fixture::new();
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Auto, BROWSE);
    assert!(fixture.has(is_end));
}

#[test]
fn a_browser_gets_no_more_than_its_connection_takes() {
    let mut fixture = Fixture::with(Limits { window: 1, ..Limits::default() });
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Auto, BROWSE);
    assert_eq!(fixture.bodies(), ["1"]);
    assert!(!fixture.has(is_end));
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["1"], "meanwhile others consume");
    fixture.handle(Command::Replenish { connection: BOB, octets: 10_000 });
    assert_eq!(fixture.bodies(), ["2", "3"]);
    assert!(fixture.has(is_end));
    fixture.handle(Command::Replenish { connection: BOB, octets: 10_000 });
    assert!(!fixture.has(is_end), "it ends once");
}

/// An auto-delete queue used to go with a browser's connection.
#[test]
fn who_only_looked_takes_no_queue_along() {
    let mut fixture = Fixture::new();
    let auto_delete = QueueSettings { auto_delete: true, ..QueueSettings::default() };
    fixture.subscribe_as(BOB, 1, declared("q", auto_delete), AckMode::Auto, BROWSE);
    fixture.publish("", "q", "1");
    fixture.handle(Command::Disconnect { connection: BOB });
    assert_eq!(fixture.row("q").ready, 1);
}
