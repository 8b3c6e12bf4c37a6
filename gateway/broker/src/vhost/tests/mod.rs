mod browse;
mod commit;
mod conservation;
mod contents;
mod dead_letters;
mod expiry;
mod flow;
mod groups;
mod journal;
mod keep;
mod paging;
mod report;
mod streams;
mod terms;

use super::*;
use crate::command::{
    Binding, Declare, Explicit, Outcome, Publish, QueueDeclaration, QueueSettings, Settle, Source, Subscribe, Terms,
};
use crate::effect::EndReason;
use crate::stats::QueueRow;
use crate::{AckMode, Arguments, DeliveryTag, Headers, Message};
use bytes::Bytes;
use journal::Journal;
use std::collections::BTreeMap;

/// A vhost, the moment, and the effects of the last command.
struct Fixture {
    vhost: Vhost,
    now: Time,
    effects: Effects,
    /// Queues are durable, and messages persistent.
    is_kept: bool,
    journal: Journal,
}

const ALICE: ConnectionId = ConnectionId(0);
const BOB: ConnectionId = ConnectionId(1);

impl Fixture {
    fn new() -> Self {
        Fixture::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let (vhost, now, effects) = (Vhost::new(limits, 1), Time(1_000_000), Effects::default());
        let mut fixture = Fixture { vhost, now, effects, is_kept: false, journal: Journal::default() };
        fixture.handle(Command::Connect { connection: ALICE });
        fixture.handle(Command::Connect { connection: BOB });
        fixture
    }

    fn handle(&mut self, command: Command) {
        self.effects.clear();
        self.vhost.handle(command, self.now, &mut self.effects);
        self.settle_journal();
    }

    /// Lets time pass, as far as the vhost cares.
    fn wait(&mut self, milliseconds: u64) {
        self.effects.clear();
        let end = self.now + milliseconds;
        while self.vhost.poll_timeout() <= end {
            self.now = self.now.max(self.vhost.poll_timeout());
            self.vhost.handle_timeout(self.now, &mut self.effects);
            self.settle_journal();
        }
        self.now = end;
    }

    fn publish(&mut self, exchange: &'static str, key: &str, body: &str) {
        let message = Message::new(exchange, key, Headers::default(), Bytes::copy_from_slice(body.as_bytes()));
        self.send(message);
    }

    fn send(&mut self, message: Message) {
        self.handle(Command::Publish(Publish { token: Some(9), ..publishing(message) }));
    }

    /// Declares a queue with arguments.
    fn declare(&mut self, name: &str, arguments: Arguments) {
        let settings =
            QueueSettings { durable: self.is_kept, arguments: Some(Arc::new(arguments)), ..QueueSettings::default() };
        let declaration = QueueDeclaration { name: name.into(), settings, explicit: Explicit::default() };
        self.vhost.declare_queue(&declaration, self.now).unwrap();
        self.settle_journal();
    }

    fn subscribe(&mut self, connection: ConnectionId, number: u32, source: Source, ack_mode: AckMode, prefetch: u32) {
        self.subscribe_as(connection, number, source, ack_mode, Terms { prefetch, ..Terms::default() });
    }

    fn subscribe_as(&mut self, connection: ConnectionId, number: u32, source: Source, ack_mode: AckMode, terms: Terms) {
        let subscribe =
            Subscribe { connection, subscription: number, source, ack_mode, terms, stream: None, token: Some(5) };
        self.handle(Command::Subscribe(Box::new(subscribe)));
    }

    fn settle(&mut self, connection: ConnectionId, subscription: u32, delivery: u64, outcome: Outcome) {
        let tag = DeliveryTag { subscription, delivery };
        self.handle(Command::Settle(Settle { connection, tag, outcome, text: None, token: None }));
    }

    /// Who got which body as which delivery, in the last command.
    fn delivered(&self) -> Vec<(u32, u32, String, u32)> {
        let mut delivered = Vec::new();
        for effect in &self.effects.list {
            if let Effect::Deliver { message, targets, .. } = effect {
                for target in &self.effects.targets[targets.clone()] {
                    let body = String::from_utf8_lossy(&message.body).into_owned();
                    delivered.push((target.connection.0, target.subscription, body, target.delivery_count));
                }
            }
        }
        delivered
    }

    fn bodies(&self) -> Vec<String> {
        self.delivered().into_iter().map(|(_, _, body, _)| body).collect()
    }

    fn error(&self) -> Option<&Error> {
        self.effects.list.iter().find_map(|effect| match effect {
            Effect::Refused { error, .. } => Some(error),
            _ => None,
        })
    }

    fn has(&self, is: impl Fn(&Effect) -> bool) -> bool {
        self.effects.list.iter().any(is)
    }

    fn row(&self, name: &str) -> QueueRow {
        self.vhost.queue(name).expect("the queue exists")
    }
}

/// A publish of Alice, which declares the queue it goes to.
fn publishing(message: Message) -> Publish {
    let declare = if message.exchange.is_empty() { Declare::Plain } else { Declare::No };
    Publish {
        connection: ALICE,
        message: Arc::new(message),
        declare,
        mandatory: false,
        deduplication_id: None,
        token: None,
    }
}

fn message(exchange: &'static str, key: &str, body: &'static str) -> Message {
    Message::new(exchange, key, Headers::default(), Bytes::from_static(body.as_bytes()))
}

fn queue(name: &str) -> Source {
    declared(name, QueueSettings::default())
}

fn declared(name: &str, settings: QueueSettings) -> Source {
    Source::Declared(QueueDeclaration { name: name.into(), settings, explicit: Explicit::default() })
}

fn topic(name: &str, pattern: &str) -> Source {
    let settings = QueueSettings { exclusive: true, auto_delete: true, drops_oldest: true, ..QueueSettings::default() };
    let binding = Binding { exchange: "amq.topic".into(), key: pattern.into(), arguments: BTreeMap::new() };
    Source::Bound(QueueDeclaration { name: name.into(), settings, explicit: Explicit::default() }, binding)
}

#[test]
fn competing_consumers_are_served_in_turn() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    fixture.subscribe(BOB, 2, queue("q"), AckMode::Auto, 0);
    let mut receivers = Vec::new();
    for body in ["1", "2", "3", "4"] {
        fixture.publish("", "q", body);
        receivers.extend(fixture.delivered().into_iter().map(|(connection, number, ..)| (connection, number)));
    }
    assert_eq!(receivers, [(0, 1), (1, 1), (1, 2), (0, 1)]);
}

#[test]
fn a_publish_is_confirmed_with_the_number_of_queues_it_reached() {
    let mut fixture = Fixture::new();
    let routed = |fixture: &Fixture| {
        fixture.effects.list.iter().find_map(|effect| match effect {
            Effect::Confirmed { routed, .. } => *routed,
            _ => None,
        })
    };
    fixture.publish("amq.topic", "a.b", "nobody");
    assert_eq!(routed(&fixture), Some(0));
    fixture.subscribe(ALICE, 1, topic("one", "a.*"), AckMode::Auto, 0);
    fixture.subscribe(BOB, 1, topic("two", "#"), AckMode::Auto, 0);
    fixture.publish("amq.topic", "a.b", "both");
    assert_eq!(routed(&fixture), Some(2));
    assert_eq!(fixture.effects.list.len(), 2, "a fan-out is one effect: {:?}", fixture.effects.list);
    assert_eq!(fixture.bodies(), ["both", "both"]);
    fixture.publish("", "q", "declared on first use");
    assert_eq!(routed(&fixture), Some(1));
    assert_eq!(fixture.row("q").ready, 1);
}

#[test]
fn a_subscription_is_confirmed_before_its_first_delivery() {
    let mut fixture = Fixture::new();
    fixture.publish("", "q", "waits");
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    assert!(matches!(fixture.effects.list[..], [Effect::Subscribed { .. }, Effect::Deliver { .. }]));
}

#[test]
fn prefetch_limits_what_is_unacked() {
    let mut fixture = Fixture::new();
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 2);
    assert_eq!(fixture.bodies(), ["1", "2"]);
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    assert_eq!(fixture.bodies(), ["3"]);
    let row = fixture.row("q");
    assert_eq!((row.ready, row.unacked, row.counters.acked), (0, 2, 1));
}

#[test]
fn what_is_requeued_goes_back_to_its_place_and_is_redelivered() {
    let mut fixture = Fixture::new();
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 2);
    fixture.settle(ALICE, 1, 2, Outcome::Requeue(None));
    assert_eq!(fixture.delivered(), [(0, 1, "2".into(), 2)]);
    fixture.settle(ALICE, 1, 1, Outcome::Reject);
    assert_eq!(fixture.delivered(), [(0, 1, "3".into(), 1)]);
    assert_eq!(fixture.row("q").counters.rejected, 1);
}

#[test]
fn a_cumulative_settlement_covers_earlier_deliveries_of_its_subscription_only() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Cumulative, 0);
    fixture.subscribe(ALICE, 2, queue("r"), AckMode::Cumulative, 0);
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
        fixture.publish("", "r", body);
    }
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    assert_eq!((fixture.row("q").unacked, fixture.row("r").unacked), (1, 3));
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    assert!(matches!(fixture.error(), Some(Error::UnknownDelivery(_))));
}

#[test]
fn a_lost_connection_gives_everything_back_in_order() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    for body in ["1", "2", "3"] {
        fixture.publish("", "q", body);
    }
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    fixture.handle(Command::Disconnect { connection: ALICE });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    assert_eq!(fixture.delivered(), [(1, 1, "1".into(), 2), (1, 1, "3".into(), 2)]);
}

#[test]
fn what_is_unacked_can_be_settled_after_unsubscribing() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 0);
    fixture.publish("", "q", "1");
    fixture.handle(Command::Unsubscribe { connection: ALICE, subscription: 1, delete: false, token: Some(3) });
    let ended = Effect::Ended { connection: ALICE, subscription: 1, reason: EndReason::Unsubscribed(Some(3)) };
    assert_eq!(format!("{:?}", fixture.effects.list), format!("{:?}", [ended]));
    fixture.publish("", "q", "2");
    assert_eq!(fixture.bodies(), [""; 0]);
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    assert_eq!((fixture.row("q").ready, fixture.row("q").unacked, fixture.row("q").consumers), (1, 0, 0));
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    assert!(fixture.error().is_some());
}

#[test]
fn exclusive_queues_refuse_others_and_go_with_their_connection() {
    let mut fixture = Fixture::new();
    let exclusive = QueueSettings { exclusive: true, ..QueueSettings::default() };
    fixture.subscribe(ALICE, 1, declared("mine", exclusive), AckMode::Auto, 0);
    fixture.subscribe(BOB, 1, queue("mine"), AckMode::Auto, 0);
    assert_eq!(fixture.error(), Some(&Error::ResourceLocked { name: "mine".into() }));
    fixture.handle(Command::Disconnect { connection: ALICE });
    assert!(fixture.vhost.queue("mine").is_none());
}

#[test]
fn auto_delete_queues_go_with_their_last_subscription_and_take_their_bindings() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, topic("t", "a"), AckMode::Auto, 0);
    assert!(fixture.vhost.is_heard("amq.topic", "a"));
    fixture.handle(Command::Unsubscribe { connection: ALICE, subscription: 1, delete: false, token: None });
    assert!(fixture.vhost.queue("t").is_none());
    assert!(!fixture.vhost.is_heard("amq.topic", "a"));
}

#[test]
fn deleting_a_queue_ends_its_subscriptions() {
    let mut fixture = Fixture::new();
    fixture.publish("", "q", "1");
    fixture.publish("", "q", "2");
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 1);
    fixture.effects.clear();
    let in_use = DeleteConditions { if_unused: true, if_empty: false };
    assert!(matches!(
        fixture.vhost.delete_queue("q", in_use, fixture.now, &mut fixture.effects),
        Err(Error::QueueInUse { .. })
    ));
    let not_empty = DeleteConditions { if_unused: false, if_empty: true };
    assert!(fixture.vhost.delete_queue("q", not_empty, fixture.now, &mut fixture.effects).is_err());
    let deleted = fixture.vhost.delete_queue("q", DeleteConditions::default(), fixture.now, &mut fixture.effects);
    assert_eq!(deleted, Ok(2));
    assert!(matches!(fixture.effects.list[..], [Effect::Ended { reason: EndReason::QueueDeleted, .. }]));
    assert_eq!(fixture.vhost.held(), 0);
    fixture.settle(ALICE, 1, 1, Outcome::Ack); // too late to matter, but not wrong
    assert_eq!(fixture.error(), None);
}

#[test]
fn a_full_window_holds_deliveries_back_until_it_is_replenished() {
    let mut fixture = Fixture::with(Limits { window: 1, ..Limits::default() });
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    fixture.publish("", "q", "1");
    assert_eq!(fixture.bodies(), ["1"], "one message may overdraw the window");
    fixture.publish("", "q", "2");
    assert_eq!(fixture.bodies(), [""; 0]);
    fixture.handle(Command::Replenish { connection: ALICE, octets: 1 });
    assert_eq!(fixture.bodies(), [""; 0]);
    fixture.handle(Command::Replenish { connection: ALICE, octets: 1_000 });
    assert_eq!(fixture.bodies(), ["2"]);
}

#[test]
fn the_statistics_exchange_takes_only_what_the_server_says() {
    let mut fixture = Fixture::new();
    fixture.publish(crate::routing::STATISTICS, "queues", "lies");
    assert!(matches!(fixture.error(), Some(Error::ReadOnlyExchange { .. })));
    let binding =
        Binding { exchange: crate::routing::STATISTICS.into(), key: "queues".into(), arguments: BTreeMap::new() };
    let declaration =
        QueueDeclaration { name: "s".into(), settings: QueueSettings::default(), explicit: Explicit::default() };
    fixture.subscribe(ALICE, 1, Source::Bound(declaration, binding), AckMode::Auto, 0);
    let message = Arc::new(Message::new(crate::routing::STATISTICS, "queues", Headers::default(), Bytes::new()));
    fixture.effects.clear();
    assert_eq!(fixture.vhost.announce(&message, fixture.now, &mut fixture.effects), 1);
    assert_eq!(fixture.bodies(), [""]);
}

#[test]
fn names_are_checked_and_a_failed_binding_leaves_no_queue() {
    let mut fixture = Fixture::new();
    for name in ["", "amq.mine", "wharf.mine", &"x".repeat(256)] {
        fixture.subscribe(ALICE, 1, queue(name), AckMode::Auto, 0);
        assert!(matches!(fixture.error(), Some(Error::BadName { .. } | Error::ReservedName { .. })), "{name:?}");
    }
    let binding = Binding { exchange: "nowhere".into(), key: String::new(), arguments: BTreeMap::new() };
    let declaration =
        QueueDeclaration { name: "q".into(), settings: QueueSettings::default(), explicit: Explicit::default() };
    fixture.subscribe(ALICE, 1, Source::Bound(declaration, binding), AckMode::Auto, 0);
    assert!(matches!(fixture.error(), Some(Error::ExchangeNotFound { .. })));
    assert!(fixture.vhost.queue("q").is_none());
    fixture.subscribe(ALICE, 1, Source::Queue("q".into()), AckMode::Auto, 0);
    assert!(matches!(fixture.error(), Some(Error::QueueNotFound { .. })));
}

#[test]
fn a_queue_is_declared_again_only_as_it_is() {
    let mut fixture = Fixture::new();
    let declaration = |auto_delete| QueueDeclaration {
        name: "q".into(),
        settings: QueueSettings { auto_delete, ..QueueSettings::default() },
        explicit: Explicit::ALL,
    };
    assert_eq!(fixture.vhost.declare_queue(&declaration(false), fixture.now), Ok(true));
    assert_eq!(fixture.vhost.declare_queue(&declaration(false), fixture.now), Ok(false));
    let error = fixture.vhost.declare_queue(&declaration(true), fixture.now).unwrap_err();
    assert!(error.to_string().contains("auto-delete:false, not auto-delete:true"), "{error}");
}

#[test]
fn keys_are_short() {
    let mut fixture = Fixture::new();
    let long = "#.".repeat(200);
    fixture.subscribe(ALICE, 1, topic("t", &long), AckMode::Auto, 0);
    assert!(matches!(fixture.error(), Some(Error::BadKey { .. })));
    assert!(fixture.vhost.queue("t").is_none());
    fixture.publish("amq.topic", &long, "1");
    assert!(matches!(fixture.error(), Some(Error::BadKey { .. })));
}

#[test]
fn a_connection_has_a_limited_number_of_subscriptions() {
    let mut fixture = Fixture::with(Limits { subscriptions: 1, ..Limits::default() });
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Auto, 0);
    fixture.subscribe(ALICE, 2, queue("q"), AckMode::Auto, 0);
    assert_eq!(fixture.error(), Some(&Error::TooManySubscriptions { limit: 1 }));
    fixture.handle(Command::Unsubscribe { connection: ALICE, subscription: 1, delete: false, token: None });
    fixture.subscribe(ALICE, 3, queue("q"), AckMode::Auto, 0);
    assert_eq!(fixture.error(), None);
}

/// Unacked messages of a deleted queue used to be kept until their connection ended, and no limit counted them.
#[test]
fn a_deleted_queue_takes_its_unacked_messages_along() {
    let mut fixture = Fixture::new();
    let auto_delete = QueueSettings { auto_delete: true, ..QueueSettings::default() };
    fixture.subscribe(ALICE, 1, declared("q", auto_delete), AckMode::Individual, 0);
    let message = Arc::new(Message::new("", "q", Headers::default(), Bytes::from_static(b"1")));
    let publish = Publish {
        message: Arc::clone(&message),
        ..publishing(Message::new("", "q", Headers::default(), Bytes::new()))
    };
    fixture.handle(Command::Publish(publish));
    fixture.handle(Command::Unsubscribe { connection: ALICE, subscription: 1, delete: false, token: None });
    assert_eq!(fixture.vhost.held(), 0);
    fixture.effects.clear();
    assert_eq!(Arc::strong_count(&message), 1, "nobody keeps it");
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    assert_eq!(fixture.error(), None, "a late settlement is no error");
    fixture.settle(ALICE, 1, 2, Outcome::Ack);
    assert!(matches!(fixture.error(), Some(Error::UnknownDelivery(_))));
}

/// A message larger than the whole backlog used to be dropped at once, whoever was reading.
#[test]
fn a_large_message_waits_for_its_reader() {
    let limits = Limits { window: 1, backlog: 10, backlog_watermark: 5, ..Limits::default() };
    let mut fixture = Fixture::with(limits);
    fixture.subscribe(BOB, 1, topic("t", "#"), AckMode::Auto, 0);
    fixture.publish("amq.topic", "a", "1");
    fixture.publish("amq.topic", "a", "2");
    fixture.handle(Command::Replenish { connection: BOB, octets: 10_000 });
    assert_eq!(fixture.bodies(), ["2"]);
    assert_eq!(fixture.vhost.queue("t").map(|row| row.counters.dropped), Some(0));
}

#[test]
fn queues_are_bound_by_headers_and_unroutable_messages_go_to_the_alternate_exchange() {
    let mut fixture = Fixture::new();
    let exchange = |name: &str, kind, alternate: Option<&str>| crate::command::ExchangeDeclaration {
        name: name.into(),
        kind,
        durable: true,
        alternate: alternate.map(str::to_owned),
        read_only: false,
    };
    fixture.vhost.declare_exchange(exchange("orders", crate::Kind::Headers, Some("others"))).unwrap();
    fixture.vhost.declare_exchange(exchange("others", crate::Kind::Fanout, None)).unwrap();
    let bind = |fixture: &mut Fixture, queue: &str, exchange: &str, arguments: &[(&str, &str)]| {
        let declaration =
            QueueDeclaration { name: queue.into(), settings: QueueSettings::default(), explicit: Explicit::ALL };
        fixture.vhost.declare_queue(&declaration, fixture.now).unwrap();
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let binding = Binding { exchange: exchange.into(), key: String::new(), arguments };
        fixture.vhost.bind_queue(queue, binding).unwrap();
    };
    bind(&mut fixture, "red", "orders", &[("color", "red")]);
    bind(&mut fixture, "rest", "others", &[]);
    for color in ["red", "blue"] {
        let headers = Headers::new([("color", color)].into_iter());
        fixture.send(Message::new("orders", "", headers, Bytes::new()));
    }
    assert_eq!((fixture.row("red").ready, fixture.row("rest").ready), (1, 1));
}
