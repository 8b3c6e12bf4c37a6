//! The vhost against a model that is too simple to be wrong: random programs, checked after each step.
//!
//! The model knows of every message only whether it waits, is unacked with whom, or is gone. What is delivered must be
//! the oldest message that waits in its queue, with the right count; the rows must agree; and nothing may wait while
//! somebody has credit for it.

use super::*;
use crate::command::{
    Declare, Explicit, Outcome, Publish, QueueDeclaration, QueueSettings, Settle, Source, Subscribe, Terms,
};
use crate::{AckMode, DeliveryTag, Headers, Message};
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CONNECTIONS: u32 = 3;
const QUEUES: usize = 2;
const WINDOW: usize = 1_000;

#[derive(Debug, Clone)]
enum Step {
    Publish { queue: usize },
    Subscribe { connection: u32, queue: usize, mode: u8, prefetch: u32 },
    Settle { delivery: prop::sample::Index, outcome: u8 },
    Unsubscribe { subscription: prop::sample::Index },
    Disconnect { connection: u32 },
    Replenish { connection: u32 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let connection = || 0..CONNECTIONS;
    let queue = || 0..QUEUES;
    let step = prop_oneof![
        6 => queue().prop_map(|queue| Step::Publish { queue }),
        2 => (connection(), queue(), 0u8..3, 0u32..3)
            .prop_map(|(connection, queue, mode, prefetch)| Step::Subscribe { connection, queue, mode, prefetch }),
        6 => (any::<prop::sample::Index>(), 0u8..3).prop_map(|(delivery, outcome)| Step::Settle { delivery, outcome }),
        1 => any::<prop::sample::Index>().prop_map(|subscription| Step::Unsubscribe { subscription }),
        1 => connection().prop_map(|connection| Step::Disconnect { connection }),
        3 => connection().prop_map(|connection| Step::Replenish { connection }),
    ];
    prop::collection::vec(step, 1..80)
}

#[derive(Debug)]
struct Subscriber {
    queue: usize,
    ack_mode: AckMode,
    prefetch: u32,
    live: bool,
}

type SubscriptionId = (u32, u32);

#[derive(Default)]
struct Model {
    published: u64,
    /// Per queue: message number to how often it was delivered.
    waiting: [BTreeMap<u64, u32>; QUEUES],
    /// Per delivery: queue, message number, count.
    unacked: BTreeMap<(SubscriptionId, u64), (usize, u64, u32)>,
    subscribers: BTreeMap<SubscriptionId, Subscriber>,
    windows: [isize; CONNECTIONS as usize],
    last_number: u32,
}

struct Run {
    vhost: Vhost,
    model: Model,
}

fn name(queue: usize) -> String {
    format!("q{queue}")
}

impl Run {
    fn new() -> Self {
        let limits = Limits { window: WINDOW, ..Limits::default() };
        let mut run = Run { vhost: Vhost::new(limits, 3), model: Model::default() };
        for queue in 0..QUEUES {
            let declaration =
                QueueDeclaration { name: name(queue), settings: QueueSettings::default(), explicit: Explicit::ALL };
            run.vhost.declare_queue(&declaration, Time(0)).unwrap();
        }
        for connection in 0..CONNECTIONS {
            run.connect(connection);
        }
        run
    }

    fn connect(&mut self, connection: u32) {
        self.model.windows[connection as usize] = WINDOW.cast_signed();
        self.perform(Command::Connect { connection: ConnectionId(connection) });
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Publish { queue } => self.publish(*queue),
            Step::Subscribe { connection, queue, mode, prefetch } => {
                self.subscribe(*connection, *queue, *mode, *prefetch);
            }
            Step::Settle { delivery, outcome } => self.settle(delivery, *outcome),
            Step::Unsubscribe { subscription } => self.unsubscribe(subscription),
            Step::Disconnect { connection } => {
                self.give_back(|(owner, _)| owner == *connection);
                self.model.subscribers.retain(|(owner, _), _| owner != connection);
                self.perform(Command::Disconnect { connection: ConnectionId(*connection) });
                self.connect(*connection);
            }
            Step::Replenish { connection } => {
                self.model.windows[*connection as usize] += 400;
                self.perform(Command::Replenish { connection: ConnectionId(*connection), octets: 400 });
            }
        }
    }

    fn publish(&mut self, queue: usize) {
        self.model.published += 1;
        let number = self.model.published;
        self.model.waiting[queue].insert(number, 0);
        let body = Bytes::from(number.to_string());
        let message = Arc::new(Message::new("", name(queue), Headers::default(), body));
        let publish = Publish {
            connection: ConnectionId(0),
            message,
            declare: Declare::No,
            mandatory: false,
            deduplication_id: None,
            token: Some(number),
        };
        self.perform(Command::Publish(publish));
    }

    fn subscribe(&mut self, connection: u32, queue: usize, mode: u8, prefetch: u32) {
        let ack_mode = [AckMode::Auto, AckMode::Cumulative, AckMode::Individual][mode as usize];
        self.model.last_number += 1;
        let subscription = self.model.last_number;
        let subscriber = Subscriber { queue, ack_mode, prefetch, live: true };
        self.model.subscribers.insert((connection, subscription), subscriber);
        let source = Source::Queue(name(queue));
        let connection = ConnectionId(connection);
        let terms = Terms { prefetch, ..Terms::default() };
        let subscribe = Subscribe { connection, subscription, source, ack_mode, terms, stream: None, token: None };
        self.perform(Command::Subscribe(Box::new(subscribe)));
    }

    fn settle(&mut self, choice: &prop::sample::Index, outcome: u8) {
        if self.model.unacked.is_empty() {
            return;
        }
        let (&(id, delivery), _) = self.model.unacked.iter().nth(choice.index(self.model.unacked.len())).unwrap();
        let outcome = [Outcome::Ack, Outcome::Requeue(None), Outcome::Reject][outcome as usize];
        let cumulative = self.model.subscribers[&id].ack_mode == AckMode::Cumulative;
        let covered =
            |key: &(SubscriptionId, u64)| key.0 == id && (key.1 == delivery || cumulative && key.1 < delivery);
        let keys: Vec<_> = self.model.unacked.keys().copied().filter(covered).collect();
        for key in keys {
            let (queue, number, count) = self.model.unacked.remove(&key).unwrap();
            if outcome == Outcome::Requeue(None) {
                self.model.waiting[queue].insert(number, count);
            }
        }
        let tag = DeliveryTag { subscription: id.1, delivery };
        self.perform(Command::Settle(Settle { connection: ConnectionId(id.0), tag, outcome, text: None, token: None }));
    }

    fn unsubscribe(&mut self, choice: &prop::sample::Index) {
        let live: Vec<_> = self.model.subscribers.iter().filter(|(_, it)| it.live).map(|(id, _)| *id).collect();
        if live.is_empty() {
            return;
        }
        let id = live[choice.index(live.len())];
        self.model.subscribers.get_mut(&id).unwrap().live = false;
        self.perform(Command::Unsubscribe {
            connection: ConnectionId(id.0),
            subscription: id.1,
            delete: false,
            token: None,
        });
    }

    fn give_back(&mut self, whose: impl Fn(SubscriptionId) -> bool) {
        let keys: Vec<_> = self.model.unacked.keys().copied().filter(|(id, _)| whose(*id)).collect();
        for key in keys {
            let (queue, number, count) = self.model.unacked.remove(&key).unwrap();
            self.model.waiting[queue].insert(number, count);
        }
    }

    fn perform(&mut self, command: Command) {
        let mut effects = Effects::default();
        self.vhost.handle(command, Time(0), &mut effects);
        for effect in &effects.list {
            match effect {
                Effect::Deliver { message, targets, .. } => {
                    for target in &effects.targets[targets.clone()] {
                        self.check_delivery(message, *target);
                    }
                }
                Effect::Refused { error, .. } => panic!("refused: {error}"),
                _ => {}
            }
        }
        self.check_rows();
    }

    fn check_delivery(&mut self, message: &Message, target: crate::Target) {
        let id = (target.connection.0, target.subscription);
        let subscriber = &self.model.subscribers[&id];
        assert!(subscriber.live, "delivered to an ended subscription");
        let number: u64 = std::str::from_utf8(&message.body).unwrap().parse().unwrap();
        let (oldest, count) = self.model.waiting[subscriber.queue].pop_first().expect("it waited");
        assert_eq!(number, oldest, "out of order");
        assert_eq!(target.delivery_count, count + 1);
        let window = &mut self.model.windows[id.0 as usize];
        assert!(*window > 0, "the window was closed");
        *window -= message.size().cast_signed();
        if subscriber.ack_mode != AckMode::Auto {
            let entry = (subscriber.queue, number, count + 1);
            assert!(self.model.unacked.insert((id, target.delivery), entry).is_none(), "a tag was used twice");
        }
    }

    fn check_rows(&self) {
        let has_credit = |(id, subscriber): (&SubscriptionId, &Subscriber)| {
            let unacked = self.model.unacked.keys().filter(|(owner, _)| owner == id).count();
            subscriber.live
                && self.model.windows[id.0 as usize] > 0
                && (subscriber.prefetch == 0 || unacked < subscriber.prefetch as usize)
        };
        for queue in 0..QUEUES {
            let row = self.vhost.queue(&name(queue)).unwrap();
            assert_eq!(row.ready, self.model.waiting[queue].len() as u64);
            assert_eq!(row.unacked, self.model.unacked.values().filter(|(owner, ..)| *owner == queue).count() as u64);
            let idle = self.model.subscribers.iter().any(|it| it.1.queue == queue && has_credit(it));
            assert!(row.ready == 0 || !idle, "{} waits though somebody has credit", row.ready);
        }
        let held: u64 = self.vhost.queues().map(|row| row.octets).sum();
        assert_eq!(self.vhost.held() as u64, held);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_duplicated_or_reordered(steps in steps()) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
        }
    }
}
