//! Messages that leave memory, and come back in their order.

use super::*;

/// So little memory that all but the head of a queue is away.
const TIGHT: Limits = Limits { resident: 1, ..Limits::DEFAULT };

fn fill(fixture: &mut Fixture, count: usize) {
    for number in 0..count {
        let body = Bytes::from(number.to_string());
        fixture.send(Message::new("", "q", Headers::default(), body).persistent());
    }
}

fn bodies(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| number.to_string()).collect()
}

#[test]
fn a_backlog_costs_little_memory_and_comes_in_order() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 3_000);
    assert!(fixture.vhost.held() <= 3_000 * crate::limits::AWAY + 1_000, "{}", fixture.vhost.held());
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    let mut seen = fixture.bodies();
    while seen.len() < 3_000 {
        fixture.handle(Command::Replenish { connection: BOB, octets: 64 << 10 });
        assert!(!fixture.bodies().is_empty(), "it goes on after {}", seen.len());
        seen.extend(fixture.bodies());
    }
    assert_eq!(seen, bodies(0, 3_000));
    assert_eq!(fixture.vhost.held(), 0);
}

#[test]
fn what_comes_back_is_read_again() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 4);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    assert_eq!(fixture.bodies(), bodies(0, 4));
    fixture.settle(BOB, 1, 3, Outcome::Requeue(None));
    assert_eq!(fixture.delivered(), [(BOB.0, 1, "2".into(), 2)]);
    fixture.handle(Command::Disconnect { connection: BOB });
    fixture.handle(Command::Connect { connection: BOB });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    assert_eq!(fixture.bodies(), bodies(0, 4));
    for delivery in 1..=4 {
        fixture.settle(BOB, 1, delivery, Outcome::Ack);
    }
    assert_eq!((fixture.row("q").unacked, fixture.vhost.held(), fixture.vhost.live()), (0, 0, 0));
}

#[test]
fn dead_letters_are_read_and_keep_their_order() {
    let mut fixture = Fixture::keeping(TIGHT);
    let dead = Arguments {
        dead_letter_exchange: Some("".into()),
        dead_letter_key: Some("dead".into()),
        message_ttl: Some(50),
        ..Arguments::default()
    };
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", dead);
    fill(&mut fixture, 2_500);
    fixture.wait(1_000);
    assert_eq!((fixture.row("q").ready, fixture.row("dead").ready), (0, 2_500));
    fixture.restart(TIGHT);
    fixture.subscribe(BOB, 1, queue("dead"), AckMode::Auto, 5);
    assert_eq!(fixture.bodies()[..3], bodies(0, 3));
}

/// Where a refused message had to be read before it could be dead-lettered, nothing was kept of the refusal: it was confirmed, and after
/// a crash the message was back as if nobody had seen it.
#[test]
fn what_was_refused_comes_back_marked_if_the_power_goes_before_it_is_dead_lettered() {
    let mut fixture = Fixture::keeping(TIGHT);
    let dead = Arguments {
        dead_letter_exchange: Some("".into()),
        dead_letter_key: Some("dead".into()),
        ..Arguments::default()
    };
    fixture.declare("dead", Arguments::default());
    fixture.declare("q", dead);
    fill(&mut fixture, 2);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 1);
    assert_eq!(fixture.bodies(), bodies(0, 1));
    fixture.is_kept = false; // what it asks for is not answered
    fixture.settle(BOB, 1, 1, Outcome::Reject);
    assert_eq!((fixture.row("q").unacked, fixture.row("dead").ready), (0, 0));
    fixture.journal.take(&mut fixture.vhost);
    fixture.is_kept = true;
    fixture.restart(TIGHT);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    let seen = |body: &str, count| (BOB.0, 1, body.to_owned(), count);
    assert_eq!(fixture.delivered(), [seen("0", 2), seen("1", 1)]);
    fixture.settle(BOB, 1, 1, Outcome::Reject);
    fixture.restart(TIGHT);
    assert_eq!((fixture.row("q").ready, fixture.row("dead").ready), (1, 1), "now it was read");
}

#[test]
fn a_browser_sees_what_is_away_and_leaves_it_there() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 1_500);
    let held = fixture.vhost.held();
    fixture.subscribe_as(BOB, 1, queue("q"), AckMode::Auto, Terms { browse: true, ..Terms::default() });
    let mut seen = fixture.bodies();
    for _ in 0..20 {
        if fixture.has(|effect| matches!(effect, Effect::Browsed { .. })) {
            break;
        }
        fixture.handle(Command::Replenish { connection: BOB, octets: 64 << 10 });
        seen.extend(fixture.bodies());
    }
    assert_eq!(seen, bodies(0, 1_500));
    assert!(fixture.has(|effect| matches!(effect, Effect::Browsed { .. })));
    assert_eq!((fixture.row("q").ready, fixture.vhost.held()), (1_500, held));
}

#[test]
fn management_is_told_what_it_has_to_read() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 5);
    let look = |fixture: &mut Fixture| {
        let seen = fixture.vhost.get("q", 4, 1_000, Disposal::Leave, fixture.now, &mut fixture.effects).unwrap();
        seen.len()
    };
    assert_eq!(look(&mut fixture), 1);
    let missing = fixture.vhost.missing("q", 4, usize::MAX);
    assert_eq!(missing.iter().map(|kept| kept.number).collect::<Vec<_>>(), [2, 3, 4]);
    let found = fixture.journal.load(&crate::Wanted::Records(missing));
    fixture.vhost.handle_found("q", &found);
    assert_eq!(look(&mut fixture), 4);
    assert!(fixture.vhost.missing("q", 4, usize::MAX).is_empty());
}

/// What was looked at stayed in memory, until publishers were blocked for it.
#[test]
fn what_was_read_to_be_looked_at_leaves_memory_again() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 500);
    let held = fixture.vhost.held();
    let missing = fixture.vhost.missing("q", 400, usize::MAX);
    assert!(missing.len() > 300);
    let size = fixture.row("q").octets / 500;
    let some = fixture.vhost.missing("q", 400, 10 * usize::try_from(size).unwrap());
    assert!((1..=11).contains(&some.len()), "{} for ten messages of {size} octets", some.len());
    let found = fixture.journal.load(&crate::Wanted::Records(missing));
    fixture.vhost.handle_found("q", &found);
    assert!(fixture.vhost.held() > held);
    fixture.vhost.handle_looked("q", &found);
    assert_eq!(fixture.vhost.held(), held);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    let mut seen = fixture.bodies();
    while !fixture.bodies().is_empty() {
        fixture.handle(Command::Replenish { connection: BOB, octets: 64 << 10 });
        seen.extend(fixture.bodies());
    }
    assert_eq!(seen, bodies(0, 500));
}

#[test]
fn an_answer_for_a_queue_that_is_gone_means_nothing() {
    let mut fixture = Fixture::keeping(TIGHT);
    fixture.declare("q", Arguments::default());
    fill(&mut fixture, 3);
    fixture.is_kept = false; // what it asks for is not answered at once
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    let serial = fixture.effects.list.iter().find_map(|effect| match effect {
        Effect::Load(load) => Some(load.serial),
        _ => None,
    });
    fixture.vhost.delete_queue("q", DeleteConditions::default(), fixture.now, &mut fixture.effects).unwrap();
    fixture.declare("another", Arguments::default());
    let message = Arc::new(message("", "q", "late"));
    let late = crate::Loaded { queue: 1, number: 2, at: Time(0), message };
    fixture.handle(Command::Loaded { serial: serial.unwrap(), messages: vec![late] });
    assert_eq!((fixture.bodies().len(), fixture.vhost.held()), (0, 0));
}
