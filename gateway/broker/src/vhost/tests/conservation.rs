//! Random programs over a queue with every argument: no message is lost or counted twice, whatever expires, comes back,
//! is refused or has no room, and memory is accounted for.

use super::*;
use crate::{Action, Commit};
use proptest::prelude::*;

const CONNECTIONS: u32 = 2;
/// What the connections hold; larger than what one message takes, so that windows close and open.
const WINDOW: usize = 600;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Publish { expires: Option<u64> },
    Commit { publishes: usize },
    Subscribe { connection: u32, prefetch: u32, priority: i32, exclusive: bool },
    Settle { delivery: prop::sample::Index, outcome: Outcome },
    Unsubscribe { subscription: prop::sample::Index },
    Disconnect { connection: u32 },
    Replenish { connection: u32 },
    Wait { milliseconds: u64 },
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let connection = || 0..CONNECTIONS;
    let outcome = prop_oneof![
        Just(Outcome::Ack),
        Just(Outcome::Reject),
        Just(Outcome::Requeue(None)),
        (1u64..50).prop_map(|delay| Outcome::Requeue(Some(delay))),
    ];
    let step = prop_oneof![
        6 => prop::option::of(0u64..200).prop_map(|expires| Step::Publish { expires }),
        1 => (1usize..5).prop_map(|publishes| Step::Commit { publishes }),
        2 => (connection(), 0u32..3, 0i32..2, any::<bool>()).prop_map(|(connection, prefetch, priority, exclusive)| {
            Step::Subscribe { connection, prefetch, priority, exclusive }
        }),
        6 => (any::<prop::sample::Index>(), outcome).prop_map(|(delivery, outcome)| Step::Settle { delivery, outcome }),
        1 => any::<prop::sample::Index>().prop_map(|subscription| Step::Unsubscribe { subscription }),
        1 => connection().prop_map(|connection| Step::Disconnect { connection }),
        3 => connection().prop_map(|connection| Step::Replenish { connection }),
        3 => (0u64..60).prop_map(|milliseconds| Step::Wait { milliseconds }),
    ];
    prop::collection::vec(step, 1..80)
}

pub(super) fn arguments() -> impl Strategy<Value = Arguments> {
    (
        prop::option::of(0u64..150),
        prop::option::of(0u64..6),
        prop::option::of(0u32..4),
        prop::option::of(1u64..40),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(message_ttl, max_length, delivery_limit, retry_delay, single_active)| Arguments {
            message_ttl,
            max_length,
            delivery_limit,
            retry_delay,
            single_active,
            dead_letter_exchange: Some("".into()),
            dead_letter_key: Some("dead".into()),
            ..Arguments::default()
        })
}

pub(super) struct Run {
    pub(super) fixture: Fixture,
    unacked: Vec<(u32, DeliveryTag)>,
    subscriptions: Vec<(u32, u32)>,
    published: u64,
    last_number: u32,
}

impl Run {
    fn new(arguments: Arguments) -> Self {
        Run::of(Fixture::with(Run::limits()), arguments)
    }

    pub(super) fn limits() -> Limits {
        Limits { window: WINDOW, memory_watermark: 2_000, resident: 400, ..Limits::default() }
    }

    pub(super) fn of(mut fixture: Fixture, arguments: Arguments) -> Self {
        fixture.declare("dead", Arguments::default());
        fixture.declare("q", arguments);
        Run { fixture, unacked: Vec::new(), subscriptions: Vec::new(), published: 0, last_number: 0 }
    }

    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Publish { expires } => {
                let mut message = self.message();
                if let Some(after) = expires {
                    message.expires = self.fixture.now + *after;
                }
                self.published += 1;
                self.fixture.send(message);
            }
            Step::Commit { publishes } => {
                self.published += *publishes as u64;
                let action = || Action::Publish(publishing(self.message()));
                let actions = std::iter::repeat_with(action).take(*publishes).collect();
                let commit = Commit { connection: ALICE, actions, reports_routed: false, token: None };
                self.fixture.handle(Command::Commit(commit));
            }
            Step::Subscribe { connection, prefetch, priority, exclusive } => {
                self.last_number += 1;
                self.subscriptions.push((*connection, self.last_number));
                let terms =
                    Terms { prefetch: *prefetch, priority: *priority, exclusive: *exclusive, ..Terms::default() };
                let connection = ConnectionId(*connection);
                self.fixture.subscribe_as(connection, self.last_number, queue("q"), AckMode::Individual, terms);
            }
            Step::Settle { delivery, outcome } if !self.unacked.is_empty() => {
                let (connection, tag) = self.unacked.swap_remove(delivery.index(self.unacked.len()));
                let connection = ConnectionId(connection);
                let settle = Settle { connection, tag, outcome: *outcome, text: None, token: None };
                self.fixture.handle(Command::Settle(settle));
                assert_eq!(self.fixture.error(), None);
            }
            Step::Unsubscribe { subscription } if !self.subscriptions.is_empty() => {
                let index = subscription.index(self.subscriptions.len());
                let (connection, subscription) = self.subscriptions.swap_remove(index);
                let connection = ConnectionId(connection);
                self.fixture.handle(Command::Unsubscribe { connection, subscription, delete: false, token: None });
            }
            Step::Settle { .. } | Step::Unsubscribe { .. } => return,
            Step::Disconnect { connection: 0 } => return, // the publisher: what is parked of it may be dropped
            Step::Disconnect { connection } => {
                self.unacked.retain(|(owner, _)| owner != connection);
                self.subscriptions.retain(|(owner, _)| owner != connection);
                let connection = ConnectionId(*connection);
                self.fixture.handle(Command::Disconnect { connection });
                self.check();
                self.fixture.handle(Command::Connect { connection });
            }
            Step::Replenish { connection } => {
                self.fixture.handle(Command::Replenish { connection: ConnectionId(*connection), octets: WINDOW });
            }
            Step::Wait { milliseconds } => self.fixture.wait(*milliseconds),
        }
        self.check();
    }

    fn message(&self) -> Message {
        let message = message("", "q", "12345");
        if self.fixture.is_kept { message.persistent() } else { message }
    }

    fn check(&mut self) {
        for effect in &self.fixture.effects.list {
            if let Effect::Deliver { targets, .. } = effect {
                for target in &self.fixture.effects.targets[targets.clone()] {
                    let tag = DeliveryTag { subscription: target.subscription, delivery: target.delivery };
                    self.unacked.push((target.connection.0, tag));
                }
            }
        }
        let (row, dead) = (self.fixture.row("q"), self.fixture.row("dead"));
        let there = row.ready + row.unacked + row.delayed;
        assert_eq!(row.counters.published, there + row.counters.acked + row.counters.dead_lettered);
        assert_eq!(dead.counters.published, row.counters.dead_lettered);
        assert_eq!(row.unacked, self.unacked.len() as u64);
        assert_eq!(self.fixture.vhost.held(), self.fixture.vhost.held_by_entries());
        assert!(self.fixture.is_kept || self.fixture.vhost.held() as u64 == row.octets + dead.octets);
        assert!(row.counters.published <= self.published);
    }
}

proptest! {
    #[test]
    fn no_message_is_lost_or_counted_twice(arguments in arguments(), steps in steps()) {
        let mut run = Run::new(arguments);
        for step in &steps {
            run.step(step);
        }
        // Whatever was parked is carried out once there is room.
        for _ in 0..1_000 {
            let Some((connection, tag)) = run.unacked.pop() else { break };
            let connection = ConnectionId(connection);
            let outcome = Outcome::Ack;
            run.fixture.handle(Command::Settle(Settle { connection, tag, outcome, text: None, token: None }));
            run.check();
            run.step(&Step::Replenish { connection: 0 });
            run.step(&Step::Replenish { connection: 1 });
        }
    }
}
