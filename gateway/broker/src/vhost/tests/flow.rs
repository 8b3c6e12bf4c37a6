//! Publishers wait for slow readers and for memory; what they settle does not wait, and nothing is refused for it.

use super::*;
use crate::limits::{READER_PATIENCE, REQUEST};

/// A vhost in which Bob, who reads one message and then no more, has a topic subscription.
fn with_slow_reader() -> (Fixture, usize) {
    let size = message("amq.topic", "a", "1").size();
    let limits = Limits { window: size, backlog: 3 * size, backlog_watermark: 2 * size, ..Limits::default() };
    let mut fixture = Fixture::with(limits);
    fixture.subscribe(BOB, 1, topic("t", "#"), AckMode::Auto, 0);
    (fixture, size)
}

fn is_confirmed(effect: &Effect) -> bool {
    matches!(effect, Effect::Confirmed { .. })
}

fn dropped(fixture: &Fixture) -> Option<u64> {
    fixture.effects.list.iter().find_map(|effect| match effect {
        Effect::Dropped { connection: BOB, subscription: 1, count } => Some(*count),
        _ => None,
    })
}

#[test]
fn publishers_wait_for_a_reader_that_falls_behind_until_it_has_caught_up() {
    let (mut fixture, size) = with_slow_reader();
    for body in ["0", "1", "2", "3"] {
        fixture.publish("amq.topic", "a", body);
        assert!(fixture.has(is_confirmed), "{body}");
    }
    fixture.publish("amq.topic", "a", "4");
    assert!(!fixture.has(is_confirmed), "it is parked");
    fixture.handle(Command::Replenish { connection: BOB, octets: 2 * size });
    assert_eq!(fixture.bodies(), ["1", "2"]);
    assert!(fixture.has(is_confirmed), "one waits, which is half of what made the publisher wait");
    assert_eq!(fixture.row("t").ready, 2);
    assert_eq!(fixture.row("t").counters.dropped, 0);
}

#[test]
fn a_reader_that_reads_nothing_is_not_waited_for_and_loses_the_oldest() {
    let (mut fixture, size) = with_slow_reader();
    for body in ["0", "1", "2", "3", "4"] {
        fixture.publish("amq.topic", "a", body);
    }
    fixture.wait(READER_PATIENCE - 1);
    assert!(!fixture.has(is_confirmed));
    fixture.wait(1);
    assert!(fixture.has(is_confirmed));
    for body in ["5", "6"] {
        fixture.publish("amq.topic", "a", body);
        assert!(fixture.has(is_confirmed), "nobody waits for it again: {body}");
    }
    assert_eq!(fixture.row("t").counters.dropped, 3);
    fixture.handle(Command::Replenish { connection: BOB, octets: 3 * size });
    assert_eq!(fixture.bodies(), ["4", "5", "6"]);
    assert_eq!(dropped(&fixture), Some(3));
    assert!(matches!(fixture.effects.list[0], Effect::Dropped { .. }), "the gap is told before what follows it");
}

#[test]
fn a_reader_that_reads_slowly_is_waited_for_longer() {
    let (mut fixture, size) = with_slow_reader();
    for body in ["0", "1", "2", "3", "4"] {
        fixture.publish("amq.topic", "a", body);
    }
    fixture.wait(READER_PATIENCE - 50);
    fixture.handle(Command::Replenish { connection: BOB, octets: size });
    assert_eq!(fixture.bodies(), ["1"]);
    fixture.wait(READER_PATIENCE - 1);
    assert!(!fixture.has(is_confirmed), "it has read since");
    fixture.wait(1);
    assert!(fixture.has(is_confirmed));
}

/// A vhost with room for two messages, of which Alice has published three: the last waits.
fn with_full_memory() -> Fixture {
    let size = message("", "q", "1").size();
    let limits = Limits { memory_watermark: size, parked: 2 * (size + REQUEST), ..Limits::default() };
    let mut fixture = Fixture::with(limits);
    for body in ["1", "2"] {
        fixture.publish("", "q", body);
        assert!(fixture.has(is_confirmed), "{body}");
    }
    fixture
}

#[test]
fn publishers_are_blocked_by_full_memory_until_consumers_have_made_room() {
    let mut fixture = with_full_memory();
    fixture.publish("", "q", "3");
    assert!(fixture.has(|effect| matches!(effect, Effect::Blocked { connection: ALICE, by_storage: false })));
    assert!(!fixture.has(is_confirmed));
    fixture.wait(100_000);
    assert!(!fixture.has(is_confirmed), "time alone makes no room");
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    assert!(fixture.has(|effect| matches!(effect, Effect::Unblocked { connection: ALICE })));
    assert!(fixture.has(is_confirmed));
    assert_eq!(fixture.bodies(), ["1", "2", "3"]);
}

#[test]
fn who_is_blocked_may_settle_what_blocks_it() {
    let mut fixture = with_full_memory();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    fixture.publish("", "q", "3");
    fixture.publish("", "q", "4");
    for delivery in [1, 2] {
        assert!(!fixture.has(is_confirmed));
        fixture.settle(ALICE, 1, delivery, Outcome::Ack);
    }
    assert_eq!(fixture.bodies(), ["3", "4"], "in the order in which they were sent");
}

#[test]
fn no_more_is_read_of_a_connection_of_which_much_is_parked() {
    let mut fixture = with_full_memory();
    let paused = |fixture: &Fixture| fixture.has(|effect| matches!(effect, Effect::Pause { connection: ALICE }));
    for (body, pauses) in [("3", false), ("4", false), ("5", true), ("6", false)] {
        fixture.publish("", "q", body);
        assert_eq!(paused(&fixture), pauses, "{body}");
    }
    fixture.handle(Command::Sync { connection: ALICE, and_parked: true, token: 77 });
    assert!(!fixture.has(is_confirmed), "what comes last is answered last");
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    assert!(fixture.has(|effect| matches!(effect, Effect::Resume { connection: ALICE })));
    let last = fixture.effects.list.iter().rfind(|effect| is_confirmed(effect));
    assert!(matches!(last, Some(Effect::Confirmed { token: 77, .. })));
}

/// A commit of acks used to wait for the memory that only these acks would free.
#[test]
fn a_commit_that_makes_room_does_not_wait_for_room() {
    let mut fixture = with_full_memory();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    let ack = |delivery| {
        let tag = DeliveryTag { subscription: 1, delivery };
        crate::Action::Settle(Settle { connection: ALICE, tag, outcome: Outcome::Ack, text: None, token: None })
    };
    let commit =
        |actions| Command::Commit(crate::Commit { connection: ALICE, actions, reports_routed: false, token: Some(3) });
    let publish = || crate::Action::Publish(publishing(message("", "results", "1")));
    fixture.handle(commit(vec![publish()]));
    assert!(!fixture.has(is_confirmed), "it frees nothing");
    fixture.handle(commit(vec![ack(1)]));
    assert!(fixture.has(is_confirmed), "{:?}", fixture.effects.list);
    let mut fixture = with_full_memory();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    fixture.handle(commit(vec![ack(1), publish()]));
    assert!(fixture.has(is_confirmed), "it frees what it takes");
}

#[test]
fn requests_without_messages_count_too_while_they_are_parked() {
    let mut fixture = with_full_memory();
    fixture.publish("", "q", "3");
    let paused = (0..10_000).any(|token| {
        fixture.handle(Command::Sync { connection: ALICE, and_parked: true, token });
        fixture.has(|effect| matches!(effect, Effect::Pause { .. }))
    });
    assert!(paused);
    fixture.handle(Command::Sync { connection: ALICE, and_parked: false, token: 5 });
    assert!(
        fixture.has(|effect| matches!(effect, Effect::Confirmed { token: 5, .. })),
        "what does not publish goes on"
    );
}

/// Topic subscriptions that nobody reads used to block a vhost for ever.
#[test]
fn readers_that_do_not_read_do_not_block_the_vhost() {
    let size = message("amq.topic", "a", "1").size();
    let limits = Limits { window: 1, memory_watermark: 100 * size, backlog: 50 * size, ..Limits::default() };
    let mut fixture = Fixture::with(Limits { backlog_watermark: 50 * size, ..limits });
    for number in 0..10 {
        fixture.subscribe(BOB, number, topic(&format!("t{number}"), "#"), AckMode::Auto, 0);
    }
    for _ in 0..1_000 {
        fixture.publish("amq.topic", "a", "1");
        assert!(fixture.has(is_confirmed));
    }
    assert!(fixture.vhost.held() <= 100 * size);
}

#[test]
fn a_message_larger_than_everything_is_refused() {
    let mut fixture = Fixture::with(Limits { memory: 100, ..Limits::default() });
    fixture.publish("", "q", "1");
    assert!(matches!(fixture.error(), Some(Error::TooLarge { limit: 100, .. })));
}

#[test]
fn what_waited_for_a_reader_is_published_when_its_connection_ends() {
    let (mut fixture, size) = with_slow_reader();
    for body in ["0", "1", "2", "3", "4"] {
        fixture.publish("amq.topic", "a", body);
    }
    fixture.handle(Command::Disconnect { connection: ALICE });
    fixture.handle(Command::Replenish { connection: BOB, octets: 4 * size });
    assert_eq!(fixture.bodies(), ["2", "3", "4"]);
    assert_eq!(dropped(&fixture), Some(1));
}

#[test]
fn deleting_the_queue_of_a_slow_reader_lets_publishers_go_on() {
    let (mut fixture, _) = with_slow_reader();
    for body in ["0", "1", "2", "3", "4"] {
        fixture.publish("amq.topic", "a", body);
    }
    fixture.handle(Command::Disconnect { connection: BOB });
    assert!(fixture.has(is_confirmed));
    fixture.handle(Command::Connect { connection: BOB });
}
