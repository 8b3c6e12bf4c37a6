//! What is kept: after each step of a random program, the vhost that its records tell of holds what this one holds.

use super::conservation::{Run, arguments, steps};
use super::*;
use crate::queue::{Entry, Queue};
use crate::{Deaths, DeduplicationId, DeduplicationScope, ExchangeDeclaration, Kind};
use proptest::prelude::*;

/// Number, body, deaths, and least delivery count of all that a queue holds; by number.
type Content = Vec<(u64, Bytes, Option<Deaths>, u32)>;

fn content(vhost: &Vhost, journal: &Journal, name: &str) -> Option<Content> {
    let queue: &Queue = vhost.names.get(name).map(|id| &vhost.queues[(*id).into()])?;
    let unacked = queue.subscriptions.iter().flat_map(|key| vhost.subscriptions[*key].unacked());
    let row = |entry: &Entry| {
        let read = || Arc::new(journal.read(queue.number, entry.number, entry.record));
        let message = entry.message().cloned().unwrap_or_else(read);
        (entry.number, message.body.clone(), message.deaths.as_deref().cloned(), entry.delivery_count)
    };
    let mut content: Content = queue.entries().chain(unacked).map(row).collect();
    content.sort_by_key(|(number, ..)| *number);
    Some(content)
}

fn check(live: &Vhost, recovered: &Vhost, journal: &Journal) {
    for name in ["q", "dead"] {
        let [live, recovered] = [live, recovered].map(|vhost| content(vhost, journal, name).unwrap());
        let same = |content: &Content| {
            content.iter().map(|(number, body, deaths, _)| (*number, body.clone(), deaths.clone())).collect::<Vec<_>>()
        };
        assert_eq!(same(&recovered), same(&live), "{name}");
        for ((.., count), (.., known)) in live.iter().zip(&recovered) {
            assert!(known <= count, "counts are not made up");
        }
    }
    assert_eq!(recovered.live(), live.live(), "octets that are needed");
    assert_eq!(recovered.held(), recovered.held_by_entries());
}

proptest! {
    #[test]
    fn the_records_tell_what_the_vhost_holds(arguments in arguments(), steps in steps(), reclaims in 2usize..20) {
        let mut run = Run::of(Fixture::keeping(Run::limits()), arguments);
        for (index, step) in steps.iter().enumerate() {
            run.step(step);
            if index % reclaims == 0 {
                run.fixture.reclaim(false);
            }
            let Fixture { vhost, journal, now, .. } = &run.fixture;
            check(vhost, &journal.recover(Run::limits(), *now), journal);
        }
    }

    #[test]
    fn recovering_twice_gives_the_same(arguments in arguments(), steps in steps()) {
        let mut run = Run::of(Fixture::keeping(Run::limits()), arguments);
        for step in &steps {
            run.step(step);
        }
        let Fixture { mut journal, now, .. } = run.fixture;
        let mut first = journal.recover(Run::limits(), now);
        journal.reclaim(&mut first, now, false);
        let second = journal.recover(Run::limits(), now);
        check(&first, &second, &journal);
        let counts = |vhost: &Vhost| {
            ["q", "dead"].map(|name| content(vhost, &journal, name).unwrap().into_iter().map(|row| row.3).collect::<Vec<_>>())
        };
        prop_assert_eq!(counts(&first), counts(&second));
    }
}

/// Octets of the records of an act, which are one at most.
fn records_of(fixture: &mut Fixture, act: impl FnOnce(&mut Fixture)) -> usize {
    let before = fixture.journal.records.len();
    act(fixture);
    fixture.journal.take(&mut fixture.vhost);
    assert!(fixture.journal.records.len() - before <= 1);
    fixture.journal.records.values().skip(before).map(Vec::len).sum()
}

#[test]
fn what_nobody_keeps_is_not_written() {
    let mut fixture = Fixture::keeping(Limits::default());
    assert_ne!(records_of(&mut fixture, |it| it.declare("durable", Arguments::default())), 0);
    let declaration = QueueDeclaration {
        name: "transient".into(),
        settings: QueueSettings::default(),
        explicit: Explicit::default(),
    };
    assert_eq!(records_of(&mut fixture, |it| _ = it.vhost.declare_queue(&declaration, it.now)), 0);
    assert_eq!(records_of(&mut fixture, |it| it.publish("", "durable", "volatile")), 0);
    assert_eq!(records_of(&mut fixture, |it| it.send(message("", "transient", "persistent").persistent())), 0);
    assert_ne!(records_of(&mut fixture, |it| it.send(message("", "durable", "persistent").persistent())), 0);
}

#[test]
fn what_is_taken_at_once_is_not_written() {
    let mut fixture = Fixture::keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    assert_eq!(records_of(&mut fixture, |it| it.send(message("", "q", "taken").persistent())), 0);
    assert_eq!(fixture.bodies(), ["taken"]);
}

#[test]
fn a_transaction_is_one_record() {
    let mut fixture = Fixture::keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    let before = fixture.journal.records.len();
    let actions = ["a", "b", "c"].map(|body| crate::Action::Publish(publishing(message("", "q", body).persistent())));
    let commit = crate::Commit { connection: ALICE, actions: actions.into(), reports_routed: false, token: None };
    fixture.handle(Command::Commit(commit));
    assert_eq!(fixture.journal.records.len() - before, 1);
}

#[test]
fn definitions_come_back() {
    let mut fixture = Fixture::keeping(Limits::default());
    let exchange = |name: &str, durable| ExchangeDeclaration {
        name: name.into(),
        kind: Kind::Topic,
        durable,
        alternate: Some("amq.fanout".into()),
        read_only: false,
    };
    let binding =
        |exchange: &str, key: &str| Binding { exchange: exchange.into(), key: key.into(), arguments: BTreeMap::new() };
    for (name, durable) in [("kept", true), ("lost", false), ("deleted", true)] {
        fixture.vhost.declare_exchange(exchange(name, durable)).unwrap();
    }
    fixture.declare("q", Arguments { max_length: Some(7), ..Arguments::default() });
    fixture.declare("gone", Arguments::default());
    for (exchange, key) in [("kept", "a"), ("kept", "b"), ("lost", "c"), ("deleted", "d"), ("amq.direct", "e")] {
        fixture.vhost.bind_queue("q", binding(exchange, key)).unwrap();
    }
    fixture.vhost.unbind_queue("q", &binding("kept", "b")).unwrap();
    fixture.vhost.delete_exchange("deleted", false).unwrap();
    fixture.vhost.delete_queue("gone", DeleteConditions::default(), fixture.now, &mut fixture.effects).unwrap();
    for reclaim in [false, true] {
        fixture.journal.take(&mut fixture.vhost);
        if reclaim {
            fixture.reclaim(false);
        }
        let recovered = fixture.journal.recover(Limits::default(), fixture.now);
        let row = recovered.queue("q").unwrap();
        assert_eq!((row.durable, row.arguments.unwrap().max_length), (true, Some(7)));
        assert!(recovered.queue("gone").is_none());
        let mut bindings: Vec<_> =
            recovered.bindings_of("q").map(|row| (row.exchange.to_string(), row.key.to_string())).collect();
        bindings.sort();
        let expected = [("", "q"), ("amq.direct", "e"), ("kept", "a")];
        assert_eq!(bindings, expected.map(|(exchange, key)| (exchange.to_owned(), key.to_owned())));
        let row = recovered.exchanges().find(|row| &*row.name == "kept").unwrap();
        assert_eq!((row.kind, row.alternate.as_deref()), (Kind::Topic, Some("amq.fanout")));
        assert!(!recovered.exchanges().any(|row| ["lost", "deleted"].contains(&&*row.name)));
    }
}

#[test]
fn a_number_is_not_given_twice_and_what_was_seen_says_so() {
    let mut fixture = Fixture::keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 1);
    for body in ["seen", "unseen"] {
        fixture.send(message("", "q", body).persistent());
    }
    fixture.vhost.handle_timeout(fixture.now, &mut fixture.effects); // the queue's progress is written now and then
    fixture.journal.take(&mut fixture.vhost);
    fixture.reclaim(false);
    fixture.restart(Limits::default());
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    let seen = |body: &str, count| (BOB.0, 1, body.to_owned(), count);
    assert_eq!(fixture.delivered(), [seen("seen", 2), seen("unseen", 1)]);
    fixture.send(message("", "q", "new").persistent());
    assert_eq!(fixture.delivered(), [seen("new", 1)]);
    assert_eq!(content(&fixture.vhost, &fixture.journal, "q").unwrap().last().unwrap().0, 3);
}

#[test]
fn a_deduplication_id_is_remembered() {
    let mut fixture = Fixture::keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    let publish = |fixture: &mut Fixture| {
        let publish = publishing(message("", "q", "once").persistent());
        let publish = Publish { deduplication_id: Some("id".into()), token: Some(9), ..publish };
        fixture.handle(Command::Publish(publish));
    };
    publish(&mut fixture);
    for reclaim in [false, true] {
        if reclaim {
            fixture.reclaim(false);
        }
        fixture.restart(Limits::default());
        publish(&mut fixture);
        assert_eq!(fixture.row("q").ready, 1);
    }
}

#[test]
fn an_id_of_a_scope_is_remembered_for_its_time_even_if_nothing_keeps_the_message() {
    let mut fixture = Fixture::keeping(Run::limits());
    let now = fixture.now;
    let publish = |fixture: &mut Fixture, destination: &str, time: u64| {
        let scope = Some(DeduplicationScope { name: "hook/a".into(), time });
        let id = Some(DeduplicationId { text: "1".into(), scope });
        let publish = Publish { deduplication_id: id, ..publishing(message("", destination, "once").persistent()) };
        let taken = fixture.vhost.publish_unparked(&[publish], fixture.now, &mut Effects::default()).unwrap();
        fixture.journal.take(&mut fixture.vhost);
        taken[0].duplicate
    };
    assert!(!publish(&mut fixture, "nowhere", 5_000));
    for reclaim in [false, true] {
        if reclaim {
            fixture.reclaim(false);
        }
        fixture.restart(Run::limits());
        assert!(publish(&mut fixture, "elsewhere", 1), "after {reclaim}");
    }
    fixture.now = now + 5_000;
    assert!(!publish(&mut fixture, "nowhere", 1));
}

#[test]
fn what_the_caller_defines_is_kept_and_what_it_takes_back_is_not() {
    let mut fixture = Fixture::keeping(Run::limits());
    let mut define = |kind, name, definition| {
        let defined = fixture.vhost.define(kind, name, definition);
        fixture.journal.take(&mut fixture.vhost);
        defined
    };
    assert_eq!(define("webhook", "a", "{}"), Ok(true));
    assert_eq!(define("webhook", "b", "1"), Ok(true));
    assert_eq!(define("webhook", "b", "2"), Ok(false));
    assert_eq!(define("hook", "b", "3"), Ok(true));
    assert!(fixture.vhost.undefine("webhook", "a"));
    assert!(!fixture.vhost.undefine("webhook", "a"));
    fixture.journal.take(&mut fixture.vhost);
    let now = fixture.now;
    let from_records = fixture.journal.recover(Run::limits(), now);
    fixture.reclaim(false);
    let from_definitions = fixture.journal.recover(Run::limits(), now);
    for recovered in [from_records, from_definitions] {
        assert!(recovered.defined("webhook").eq([("b", "2")]));
        assert!(recovered.defined("hook").eq([("b", "3")]));
        assert_eq!(recovered.defined("hoo").count(), 0);
    }
}

#[test]
fn definitions_have_a_limit() {
    let mut fixture = Fixture::keeping(Run::limits());
    let long = "x".repeat(crate::limits::DEFINITION + 1);
    assert!(matches!(fixture.vhost.define("hook", "a", &long), Err(Error::LongDefinition { .. })));
    for number in 0..crate::limits::DEFINED {
        fixture.vhost.define("hook", &number.to_string(), "{}").unwrap();
    }
    assert!(matches!(fixture.vhost.define("hook", "a", "{}"), Err(Error::TooManyDefinitions { .. })));
    assert_eq!(fixture.vhost.define("hook", "1", "{}"), Ok(false), "one that is there can be changed");
}
