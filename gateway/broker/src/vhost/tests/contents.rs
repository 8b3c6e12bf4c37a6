//! What management does with the messages in a queue: looking, taking, moving, purging.

use super::*;
use crate::{Action, Commit};

/// A queue `q` with these messages, of which Alice has the first.
fn filled(bodies: &[&str]) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 1);
    for body in bodies {
        fixture.publish("", "q", body);
    }
    fixture
}

fn get(fixture: &mut Fixture, count: usize, octets: usize, disposal: Disposal) -> Result<Vec<(String, u64)>, Error> {
    fixture.effects.clear();
    let seen = fixture.vhost.get("q", count, octets, disposal, fixture.now, &mut fixture.effects)?;
    Ok(seen.iter().map(|seen| (String::from_utf8_lossy(&seen.message.body).into_owned(), seen.behind)).collect())
}

fn seen(expected: &[(&str, u64)]) -> Result<Vec<(String, u64)>, Error> {
    Ok(expected.iter().map(|(body, behind)| ((*body).to_owned(), *behind)).collect())
}

#[test]
fn looking_changes_nothing() {
    let mut fixture = filled(&["1", "2", "3", "4"]);
    let before = fixture.row("q");
    assert_eq!(get(&mut fixture, 2, 100, Disposal::Leave), seen(&[("2", 2), ("3", 1)]));
    assert_eq!(get(&mut fixture, 9, 2, Disposal::Leave), seen(&[("2", 2), ("3", 1)]), "two octets are two bodies");
    assert_eq!(get(&mut fixture, 9, 0, Disposal::Leave), seen(&[("2", 2)]), "one is always shown");
    assert_eq!(fixture.row("q"), before);
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    assert_eq!(fixture.delivered(), [(0, 1, "2".into(), 1)], "it does not count as delivered");
}

#[test]
fn what_is_taken_is_gone_and_what_is_rejected_is_dead_lettered() {
    let mut fixture = Fixture::new();
    fixture.declare("dead", Arguments::default());
    let arguments = Arguments {
        dead_letter_exchange: Some("".into()),
        dead_letter_key: Some("dead".into()),
        ..Arguments::default()
    };
    fixture.declare("q", arguments);
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    assert_eq!(get(&mut fixture, 1, 100, Disposal::Ack), seen(&[("1", 2)]));
    assert_eq!(get(&mut fixture, 1, 100, Disposal::Reject), seen(&[("2", 1)]));
    let row = fixture.row("q");
    assert_eq!((row.ready, row.counters.acked, row.counters.rejected, row.counters.delivered), (1, 1, 1, 2));
    assert_eq!(fixture.row("dead").ready, 1);
    let held: u64 = fixture.vhost.queues().map(|row| row.octets).sum();
    assert_eq!(fixture.vhost.held() as u64, held);
}

#[test]
fn a_purge_takes_what_waits_and_leaves_what_is_unacked() {
    let mut fixture = filled(&["1", "2", "3", "4"]);
    fixture.settle(ALICE, 1, 1, Outcome::Requeue(Some(60_000)));
    assert_eq!((fixture.row("q").delayed, fixture.row("q").ready, fixture.row("q").unacked), (1, 2, 1));
    let mut purge = |at_most| fixture.vhost.purge("q", at_most, fixture.now, &mut fixture.effects);
    assert_eq!(purge(2), Ok(2));
    assert_eq!(purge(9), Ok(1), "what was kept back too");
    assert_eq!(purge(9), Ok(0));
    let row = fixture.row("q");
    assert_eq!((row.ready, row.delayed, row.unacked), (0, 0, 1));
    assert_eq!(fixture.vhost.held() as u64, row.octets);
}

#[test]
fn a_purge_lets_blocked_publishers_go_on() {
    let size = message("", "q", "1").size();
    let mut fixture = Fixture::with(Limits { memory_watermark: 2 * size, ..Limits::default() });
    for body in ["1", "2", "3", "4"] {
        fixture.publish("", "q", body);
    }
    assert_eq!(fixture.row("q").ready, 3, "the fourth waits");
    let publishes = [Publish::detached(message("", "q", "5"))];
    let refused = fixture.vhost.publish_unparked(&publishes, fixture.now, &mut fixture.effects);
    assert!(matches!(refused, Err((0, Error::MemoryAlarm { .. }))), "nobody would wait for its answer");
    fixture.effects.clear();
    assert_eq!(fixture.vhost.purge("q", 3, fixture.now, &mut fixture.effects), Ok(3));
    assert!(fixture.has(|effect| matches!(effect, Effect::Unblocked { connection: ALICE })));
    assert_eq!(fixture.row("q").ready, 1);
}

#[test]
fn messages_move_in_order_to_the_tail_of_another_queue_and_to_its_consumers() {
    let mut fixture = filled(&["1", "2", "3", "4"]);
    fixture.publish("", "other", "0");
    fixture.effects.clear();
    assert_eq!(fixture.vhost.move_messages("q", "other", 2, fixture.now, &mut fixture.effects), Ok(2));
    fixture.subscribe(BOB, 1, queue("other"), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["0", "2", "3"]);
    fixture.effects.clear();
    assert_eq!(fixture.vhost.move_messages("q", "other", 9, fixture.now, &mut fixture.effects), Ok(1));
    assert_eq!(fixture.bodies(), ["4"]);
    assert_eq!((fixture.row("q").ready, fixture.row("q").unacked), (0, 1));
}

#[test]
fn a_move_stops_where_the_other_queue_refuses_more() {
    let mut fixture = filled(&["1", "2", "3", "4"]);
    let full =
        Arguments { max_length: Some(2), overflow: Some(crate::Overflow::RejectPublish), ..Arguments::default() };
    fixture.declare("small", full);
    let moved = fixture.vhost.move_messages("q", "small", 9, fixture.now, &mut fixture.effects);
    assert_eq!(moved, Ok(2));
    assert_eq!((fixture.row("q").ready, fixture.row("small").ready), (1, 2));
    let moved = fixture.vhost.move_messages("q", "q", 9, fixture.now, &mut fixture.effects);
    assert!(matches!(moved, Err(Error::BadArgument { .. })));
}

#[test]
fn a_queue_of_a_connection_is_its_own() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, topic("mine", "a"), AckMode::Individual, 1);
    let Fixture { vhost, now, effects, .. } = &mut fixture;
    let locked = Err(Error::ResourceLocked { name: "mine".into() });
    assert_eq!(vhost.purge("mine", 1, *now, effects), locked);
    assert_eq!(vhost.get("mine", 1, 1, Disposal::Ack, *now, effects).map(|_| 0), locked);
    assert_eq!(vhost.move_messages("mine", "mine", 1, *now, effects), locked);
}

#[test]
fn messages_of_no_connection_are_published_together_or_not_at_all() {
    let mut fixture = Fixture::new();
    fixture.declare(
        "q",
        Arguments { max_length: Some(2), overflow: Some(crate::Overflow::RejectPublish), ..Arguments::default() },
    );
    let to = |key: &str| Publish::detached(message("", key, "1"));
    let publish = |fixture: &mut Fixture, publishes: &[Publish]| {
        fixture.vhost.publish_unparked(publishes, fixture.now, &mut fixture.effects)
    };
    let refused = publish(&mut fixture, &[to("q"), to("q"), to("q")]);
    assert!(matches!(refused, Err((2, Error::QueueFull { .. }))), "{refused:?}");
    assert_eq!(fixture.row("q").ready, 0);
    let declaring = Publish { declare: Declare::Plain, ..to("new") };
    let once = |id: &str| Publish { deduplication_id: Some(id.into()), ..to("new") };
    let taken = publish(&mut fixture, &[to("q"), to("nowhere"), declaring, once("a"), once("a")]).unwrap();
    let expected = [(1, false), (0, false), (1, false), (1, false), (0, true)];
    assert_eq!(taken.iter().map(|it| (it.routed, it.duplicate)).collect::<Vec<_>>(), expected);
    assert_eq!((fixture.row("q").ready, fixture.row("new").ready), (1, 2));
}

/// What is checked before it is published was counted twice, in transactions too.
#[test]
fn what_is_published_together_is_counted_once() {
    let mut fixture = Fixture::new();
    let published = |fixture: &Fixture| {
        let counted = |name: &str| fixture.vhost.exchanges().find(|row| *row.name == *name).unwrap().counters.published;
        (counted("amq.topic"), counted(""))
    };
    let both = || [Publish::detached(message("amq.topic", "a", "1")), Publish::detached(message("", "nowhere", "1"))];
    fixture.vhost.publish_unparked(&both(), fixture.now, &mut fixture.effects).unwrap();
    assert_eq!(published(&fixture), (1, 1));
    let actions = both().into_iter().map(|publish| Action::Publish(Publish { connection: ALICE, ..publish })).collect();
    fixture.handle(Command::Commit(Commit { connection: ALICE, actions, reports_routed: false, token: None }));
    assert_eq!(published(&fixture), (2, 2));
}

#[test]
fn what_is_returned_was_never_handed_out() {
    let mut fixture = filled(&["1", "2"]);
    fixture.settle(ALICE, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.delivered(), [(0, 1, "1".into(), 2)]);
    fixture.settle(ALICE, 1, 2, Outcome::Return);
    assert_eq!(fixture.delivered(), [(0, 1, "1".into(), 2)], "to its place, and not counted");
    fixture.settle(ALICE, 1, 3, Outcome::Requeue(None));
    assert_eq!(fixture.delivered(), [(0, 1, "1".into(), 3)]);
}

#[test]
fn what_stays_away_can_be_called_back() {
    let mut fixture = filled(&["1", "2"]);
    fixture.settle(ALICE, 1, 1, Outcome::Requeue(Some(60_000)));
    assert_eq!(fixture.delivered(), [(0, 1, "2".into(), 1)]);
    fixture.effects.clear();
    fixture.vhost.end_delays("q", fixture.now, &mut fixture.effects).unwrap();
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    assert_eq!(fixture.delivered(), [(0, 1, "1".into(), 2)], "it waits for nothing");
    assert!(matches!(
        fixture.vhost.end_delays("none", fixture.now, &mut fixture.effects),
        Err(Error::QueueNotFound { .. })
    ));
}
