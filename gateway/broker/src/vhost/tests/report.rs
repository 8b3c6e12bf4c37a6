//! What management reads of a vhost, and what it declares, binds and deletes.

use super::*;
use crate::{ExchangeDeclaration, Kind};

fn exchange(name: &str) -> ExchangeDeclaration {
    ExchangeDeclaration { name: name.into(), kind: Kind::Topic, durable: true, alternate: None, read_only: false }
}

fn binding(exchange: &str, key: &str) -> Binding {
    Binding { exchange: exchange.into(), key: key.into(), arguments: BTreeMap::new() }
}

/// Exchange, queue and key of all bindings.
fn bindings(fixture: &Fixture) -> Vec<(String, String, String)> {
    let rows = fixture.vhost.bindings();
    let mut rows: Vec<_> =
        rows.map(|row| (row.exchange.to_string(), row.queue.to_string(), row.key.to_string())).collect();
    rows.sort();
    rows
}

fn counted(fixture: &Fixture, name: &str) -> (u64, u64) {
    let row = fixture.vhost.exchanges().find(|row| &*row.name == name).expect("the exchange exists");
    (row.counters.published, row.counters.routed)
}

#[test]
fn exchanges_count_what_is_published_to_them_and_where_it_goes() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, topic("one", "a"), AckMode::Auto, 0);
    fixture.subscribe(ALICE, 2, topic("two", "#"), AckMode::Auto, 0);
    fixture.publish("amq.topic", "a", "1");
    fixture.publish("amq.topic", "b", "2");
    fixture.publish("", "q", "declares it");
    fixture.publish("", "q", "finds it");
    assert_eq!(counted(&fixture, "amq.topic"), (2, 3));
    assert_eq!(counted(&fixture, "").0, 2);
    assert_eq!(fixture.vhost.row().published, 4);
}

#[test]
fn the_totals_of_a_vhost_keep_what_happened_in_queues_that_are_gone() {
    let mut fixture = Fixture::new();
    fixture.publish("", "q", "1");
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    let before = fixture.vhost.row();
    assert_eq!((before.counters.published, before.counters.delivered, before.counters.acked), (1, 1, 1));
    fixture.vhost.delete_queue("q", DeleteConditions::default(), fixture.now, &mut fixture.effects).unwrap();
    assert_eq!(fixture.vhost.row().counters, before.counters);
}

#[test]
fn topology_grows_when_something_comes_or_goes_and_only_then() {
    let mut fixture = Fixture::new();
    let mut last = 0;
    let mut grows = |fixture: &Fixture| std::mem::replace(&mut last, fixture.vhost.row().topology) < last;
    fixture.publish("", "q", "declares it");
    assert!(grows(&fixture));
    fixture.publish("", "q", "another message");
    assert!(!grows(&fixture));
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    assert!(grows(&fixture));
    fixture.vhost.bind_queue("q", binding("amq.topic", "a")).unwrap();
    assert!(grows(&fixture));
    fixture.vhost.bind_queue("q", binding("amq.topic", "a")).unwrap();
    assert!(!grows(&fixture), "it was there");
    fixture.vhost.unbind_queue("q", &binding("amq.topic", "a")).unwrap();
    assert!(grows(&fixture));
    fixture.handle(Command::Disconnect { connection: ALICE });
    assert!(grows(&fixture));
    fixture.vhost.declare_exchange(exchange("e")).unwrap();
    assert!(grows(&fixture));
    fixture.vhost.delete_exchange("e", false).unwrap();
    assert!(grows(&fixture));
}

#[test]
fn bindings_are_listed_with_those_to_the_default_exchange_and_taken_back() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments::default());
    fixture.vhost.bind_queue("q", binding("amq.topic", "a")).unwrap();
    let row = |exchange: &str, key: &str| (exchange.to_owned(), "q".to_owned(), key.to_owned());
    assert_eq!(bindings(&fixture), [row("", "q"), row("amq.topic", "a")]);
    assert_eq!(fixture.vhost.bindings_of("q").count(), 2);
    assert_eq!(fixture.vhost.bindings_of("none").count(), 0);
    fixture.vhost.unbind_queue("q", &binding("amq.topic", "a")).unwrap();
    assert!(matches!(fixture.vhost.unbind_queue("q", &binding("amq.topic", "a")), Err(Error::BindingNotFound { .. })));
    assert_eq!(bindings(&fixture), [row("", "q")]);
}

#[test]
fn an_exchange_is_deleted_with_its_bindings_unless_it_must_be_unused() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments::default());
    assert_eq!(fixture.vhost.declare_exchange(exchange("e")), Ok(true));
    assert_eq!(fixture.vhost.declare_exchange(exchange("e")), Ok(false));
    fixture.vhost.bind_queue("q", binding("e", "a")).unwrap();
    assert_eq!(fixture.vhost.delete_exchange("e", true), Err(Error::ExchangeInUse { name: "e".into(), bindings: 1 }));
    fixture.vhost.delete_exchange("e", false).unwrap();
    assert_eq!(fixture.vhost.bindings().count(), 1, "the default exchange's");
    assert!(matches!(fixture.vhost.delete_exchange("e", false), Err(Error::ExchangeNotFound { .. })));
    assert!(matches!(fixture.vhost.delete_exchange("amq.topic", false), Err(Error::ReservedName { .. })));
    fixture.vhost.declare_exchange(exchange("e")).unwrap();
    fixture.publish("e", "a", "to nobody");
    assert_eq!(fixture.row("q").ready, 0);
}

#[test]
fn subscriptions_tell_who_is_served_and_connections_what_they_have_not_written() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments { single_active: Some(true), ..Arguments::default() });
    fixture.subscribe(ALICE, 7, queue("q"), AckMode::Individual, 5);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    fixture.publish("", "q", "1");
    let mut rows: Vec<_> = fixture.vhost.subscriptions().collect();
    rows.sort_by_key(|row| row.connection);
    let told: Vec<_> =
        rows.iter().map(|row| (row.connection, row.number, row.prefetch, row.unacked, row.is_active)).collect();
    assert_eq!(told, [(ALICE, 7, 5, 1, true), (BOB, 1, 0, 0, false)]);
    assert!(rows.iter().all(|row| row.is_one_of_one));
    let size = message("", "q", "1").size() as u64;
    assert_eq!(fixture.vhost.connection_row(ALICE).map(|row| row.unwritten), Some(size));
    assert_eq!(fixture.vhost.connection_row(BOB).map(|row| row.unwritten), Some(0));
    assert_eq!(fixture.vhost.connection_row(ConnectionId(9)), None);
}
