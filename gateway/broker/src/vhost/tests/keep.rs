//! What is kept: after each step of a random program, the vhost that its records tell of holds what this one holds.

use super::conservation::{Run, arguments, steps};
use super::*;
use crate::queue::{Entry, Queue};
use crate::record::Recovery;
use crate::{Deaths, ExchangeDeclaration, Kind};
use proptest::prelude::*;

/// What was kept, as a journal has it: definitions, and the records since some place.
#[derive(Default)]
struct Kept {
    definitions: Vec<u8>,
    records: Vec<Vec<u8>>,
}

impl Kept {
    /// Takes the record of what was done.
    fn take(&mut self, vhost: &mut Vhost) {
        if !vhost.record().is_empty() {
            self.records.push(vhost.record().to_vec());
            vhost.handle_recorded();
        }
    }

    /// Carries forward what is needed of all records so far, and forgets them.
    fn reclaim(&mut self, vhost: &mut Vhost, now: Time) {
        let (before, old) = (vhost.record_number(), self.records.len());
        while !vhost.carry(before, 400, now) {
            self.take(vhost);
        }
        self.take(vhost);
        self.records.drain(..old);
        self.definitions = vhost.definitions();
    }

    fn recover(&self, limits: Limits, now: Time) -> Vhost {
        let mut recovery = Recovery::default();
        recovery.replay_definitions(&self.definitions).unwrap();
        for record in &self.records {
            recovery.replay(record).unwrap();
        }
        Vhost::recover(limits, 1, recovery, now, &mut Effects::default()).unwrap()
    }
}

fn keeping(limits: Limits) -> Fixture {
    let mut fixture = Fixture::with(limits);
    fixture.vhost = Kept::default().recover(limits, fixture.now);
    fixture.is_kept = true;
    fixture.handle(Command::Connect { connection: ALICE });
    fixture.handle(Command::Connect { connection: BOB });
    fixture
}

/// Number, body, deaths, and least delivery count of all that a queue holds; by number.
type Content = Vec<(u64, Bytes, Option<Deaths>, u32)>;

fn content(vhost: &Vhost, name: &str) -> Option<Content> {
    let queue: &Queue = vhost.names.get(name).map(|id| &vhost.queues[(*id).into()])?;
    let unacked = queue.subscriptions.iter().flat_map(|key| vhost.subscriptions[*key].unacked());
    let row = |entry: &Entry| {
        let Message { body, deaths, .. } = &*entry.message;
        (entry.number, body.clone(), deaths.as_deref().cloned(), entry.delivery_count)
    };
    let mut content: Content = queue.entries().chain(unacked).map(row).collect();
    content.sort_by_key(|(number, ..)| *number);
    Some(content)
}

fn check(live: &Vhost, recovered: &Vhost) {
    for name in ["q", "dead"] {
        let (live, recovered) = (content(live, name).unwrap(), content(recovered, name).unwrap());
        let same = |content: &Content| {
            content.iter().map(|(number, body, deaths, _)| (*number, body.clone(), deaths.clone())).collect::<Vec<_>>()
        };
        assert_eq!(same(&recovered), same(&live), "{name}");
        for ((.., count), (.., known)) in live.iter().zip(&recovered) {
            assert!(known <= count, "counts are not made up");
        }
    }
    assert_eq!(recovered.live(), live.live(), "octets that are needed");
    assert_eq!(recovered.held(), live.held());
}

proptest! {
    #[test]
    fn the_records_tell_what_the_vhost_holds(arguments in arguments(), steps in steps(), reclaims in 2usize..20) {
        let mut run = Run::of(keeping(Run::limits()), arguments);
        let mut kept = Kept::default();
        for (index, step) in steps.iter().enumerate() {
            run.step(step);
            kept.take(&mut run.fixture.vhost);
            if index % reclaims == 0 {
                kept.reclaim(&mut run.fixture.vhost, run.fixture.now);
            }
            let recovered = kept.recover(Run::limits(), run.fixture.now);
            check(&run.fixture.vhost, &recovered);
        }
    }

    #[test]
    fn recovering_twice_gives_the_same(arguments in arguments(), steps in steps()) {
        let mut run = Run::of(keeping(Run::limits()), arguments);
        let mut kept = Kept::default();
        for step in &steps {
            run.step(step);
            kept.take(&mut run.fixture.vhost);
        }
        let mut first = kept.recover(Run::limits(), run.fixture.now);
        kept.reclaim(&mut first, run.fixture.now);
        let second = kept.recover(Run::limits(), run.fixture.now);
        check(&first, &second);
        let counts = |vhost| ["q", "dead"].map(|name| content(vhost, name).unwrap().into_iter().map(|row| row.3).collect::<Vec<_>>());
        prop_assert_eq!(counts(&first), counts(&second));
    }
}

fn records_of(fixture: &mut Fixture, act: impl FnOnce(&mut Fixture)) -> usize {
    let before = fixture.vhost.record_number();
    act(fixture);
    let length = fixture.vhost.record().len();
    fixture.vhost.handle_recorded();
    assert!(fixture.vhost.record_number() - before <= 1);
    length
}

#[test]
fn what_nobody_keeps_is_not_written() {
    let mut fixture = keeping(Limits::default());
    assert_ne!(records_of(&mut fixture, |it| it.declare("durable", Arguments::default())), 0);
    fixture.is_kept = false;
    assert_eq!(records_of(&mut fixture, |it| it.declare("transient", Arguments::default())), 0);
    assert_eq!(records_of(&mut fixture, |it| it.publish("", "durable", "volatile")), 0);
    assert_eq!(records_of(&mut fixture, |it| it.send(message("", "transient", "persistent").persistent())), 0);
    assert_ne!(records_of(&mut fixture, |it| it.send(message("", "durable", "persistent").persistent())), 0);
}

#[test]
fn what_is_taken_at_once_is_not_written() {
    let mut fixture = keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    fixture.vhost.handle_recorded();
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    assert_eq!(records_of(&mut fixture, |it| it.send(message("", "q", "taken").persistent())), 0);
    assert_eq!(fixture.bodies(), ["taken"]);
}

#[test]
fn a_transaction_is_one_record() {
    let mut fixture = keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    fixture.vhost.handle_recorded();
    let mut kept = Kept::default();
    let actions = ["a", "b", "c"].map(|body| crate::Action::Publish(publishing(message("", "q", body).persistent())));
    let commit = crate::Commit { connection: ALICE, actions: actions.into(), reports_routed: false, token: None };
    fixture.handle(Command::Commit(commit));
    kept.take(&mut fixture.vhost);
    assert_eq!(kept.records.len(), 1);
}

#[test]
fn definitions_come_back() {
    let mut fixture = keeping(Limits::default());
    let mut kept = Kept::default();
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
        match reclaim {
            false => kept.take(&mut fixture.vhost),
            true => kept.reclaim(&mut fixture.vhost, fixture.now),
        }
        let recovered = kept.recover(Limits::default(), fixture.now);
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
    let mut fixture = keeping(Limits::default());
    let mut kept = Kept::default();
    fixture.declare("q", Arguments::default());
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 1);
    for body in ["seen", "unseen"] {
        fixture.send(message("", "q", body).persistent());
    }
    fixture.vhost.handle_timeout(fixture.now, &mut fixture.effects); // the queue's progress is written now and then
    kept.take(&mut fixture.vhost);
    kept.reclaim(&mut fixture.vhost, fixture.now);
    fixture.vhost = kept.recover(Limits::default(), fixture.now);
    fixture.handle(Command::Connect { connection: BOB });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    let seen = |body: &str, count| (BOB.0, 1, body.to_owned(), count);
    assert_eq!(fixture.delivered(), [seen("seen", 2), seen("unseen", 1)]);
    fixture.send(message("", "q", "new").persistent());
    assert_eq!(fixture.delivered(), [seen("new", 1)]);
    assert_eq!(content(&fixture.vhost, "q").unwrap().last().unwrap().0, 3);
}

#[test]
fn a_deduplication_id_is_remembered() {
    let mut fixture = keeping(Limits::default());
    fixture.declare("q", Arguments::default());
    let publish = |fixture: &mut Fixture| {
        let publish = publishing(message("", "q", "once").persistent());
        let publish = Publish { deduplication_id: Some("id".into()), token: Some(9), ..publish };
        fixture.handle(Command::Publish(publish));
    };
    publish(&mut fixture);
    let mut kept = Kept::default();
    kept.take(&mut fixture.vhost);
    for reclaim in [false, true] {
        if reclaim {
            kept.reclaim(&mut fixture.vhost, fixture.now);
        }
        let mut recovered = keeping(Limits::default());
        recovered.vhost = kept.recover(Limits::default(), fixture.now);
        recovered.handle(Command::Connect { connection: ALICE });
        publish(&mut recovered);
        assert_eq!(recovered.row("q").ready, 1);
    }
}
