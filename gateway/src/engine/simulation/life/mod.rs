//! What clients do, from a start of the engine until the power goes.

mod declare;
mod neighbours;
mod publish;
mod settle;
mod wait;

use super::client::Client;
use super::message::Id;
use super::model::{BINDINGS, Change, DEAD, Model, Name, QUEUES, SHORT, STREAM};
use super::vhost;
use crate::engine::Engine;
use broker::{AckMode, Binding, Outcome, SubscriptionNumber, Terms, Token};
use declare::{declaration, queue};
use std::collections::{BTreeMap, BTreeSet};
use store::backend::{Disk, Random};
use tokio::task::JoinHandle;

/// Subscriptions of each client: to the queues, and as a member of the consumer group.
const FIRST: SubscriptionNumber = 1;
const SECOND: SubscriptionNumber = 2;
const GROUP: SubscriptionNumber = 3;
/// Of the second client: it reads the stream alone, from its end on.
const READER: SubscriptionNumber = 4;
/// Of who drains all.
const OTHERS: SubscriptionNumber = 5;
/// From this number on: they look at a queue, and end at once.
const BROWSERS: SubscriptionNumber = 100;

const PREFETCH: u32 = 3;

/// Deduplication ids that are published now and then.
const ONCE: usize = 4;

/// What the confirmation of a publish has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    duplicate: bool,
    stream_offset: Option<u64>,
}

pub(super) struct Life<'a> {
    engine: Engine,
    disk: &'a Disk,
    model: &'a mut Model,
    random: Random,
    clients: Vec<Client>,
    /// Of publishes that are not confirmed yet.
    expected: BTreeMap<Token, Told>,
    /// Confirmations of subscriptions, and the commands that are kept then.
    subscribed: BTreeMap<Token, Token>,
    /// What was given back for a while.
    delayed: BTreeSet<(Name, Id)>,
    /// What subscriptions read.
    sources: BTreeMap<SubscriptionNumber, Name>,
    browsers: SubscriptionNumber,
    /// Deliveries that came.
    delivered: usize,
    reclaiming: Option<JoinHandle<()>>,
    has_failed: bool,
}

impl<'a> Life<'a> {
    /// Declares what is not there, and lets two clients in.
    pub(super) fn begin(engine: Engine, disk: &'a Disk, model: &'a mut Model, random: Random) -> Self {
        let life = Life {
            engine,
            disk,
            model,
            random,
            clients: Vec::new(),
            expected: BTreeMap::new(),
            subscribed: BTreeMap::new(),
            delayed: BTreeSet::new(),
            sources: [(FIRST, QUEUES[0]), (SECOND, QUEUES[1]), (GROUP, STREAM), (READER, STREAM)].into(),
            browsers: BROWSERS,
            delivered: 0,
            reclaiming: None,
            has_failed: false,
        };
        let vhost = vhost(&life.engine);
        for name in QUEUES.into_iter().chain([DEAD, STREAM, SHORT]) {
            vhost.declare_queue(&declaration(name)).expect("it may be declared");
            life.model.add(vec![Change::Declared(name)]);
        }
        for (name, key) in BINDINGS {
            let binding = Binding { exchange: "amq.topic".into(), key: key.into(), arguments: BTreeMap::new() };
            vhost.bind(name, binding).expect("it may be bound");
            life.model.add(vec![Change::Bound(name, key)]);
        }
        life
    }

    /// Takes so many steps, if the journal does not fail before.
    pub(super) async fn run(&mut self, steps: usize) {
        for client in 0..2 {
            self.clients.push(Client::connect(&self.engine));
            self.subscribe(client);
        }
        for _ in 0..steps {
            if !self.step().await {
                return;
            }
        }
    }

    /// Takes all out of all queues, in order, and reads the stream to its end as the consumer group.
    pub(super) async fn drain(&mut self) {
        self.clients.push(Client::connect(&self.engine));
        let mut all = self.model.now.queues.clone();
        let terms = Terms::default();
        for (name, number) in all.keys().zip(OTHERS..) {
            self.sources.insert(number, name);
            self.clients[0].subscribe(number, queue(name), AckMode::Individual, terms, None, None);
        }
        self.join(0, terms);
        let committed = self.model.now.committed().unwrap_or_default();
        let unread = self.model.now.streams[STREAM].split_at(usize::try_from(committed).unwrap_or_default()).1.to_vec();
        all.insert(STREAM, unread);
        let count = all.values().map(Vec::len).sum::<usize>();
        assert!(self.wait(|life| life.clients[0].held.len() == count).await, "the journal does not fail");
        let mut came: BTreeMap<Name, Vec<Id>> = all.keys().map(|name| (*name, Vec::new())).collect();
        for held in &self.clients[0].held {
            came.entry(held.queue).or_default().push(held.id);
        }
        assert_eq!(came, all, "all is read back, in its order");
        while let Some(held) = self.clients[0].held.first().copied() {
            self.settle(0, held, Outcome::Ack);
        }
        assert!(self.wait_for_all().await, "the journal does not fail");
    }

    /// The power goes, if it has not yet. Returns what is on the disk then.
    pub(super) async fn end(mut self, fate: &mut Random) -> Disk {
        self.take();
        let after = self.disk.after_power_cut(fate);
        self.clients.clear();
        self.wait_for_reclaiming().await;
        after
    }

    /// `false`: the journal has failed.
    async fn step(&mut self) -> bool {
        let client = self.random.below(2);
        match self.random.below(46) {
            0..8 => self.publish(client),
            8..12 => self.append(client),
            12..15 => self.commit(client),
            15..18 => self.publish_once(client),
            18..26 => self.settle_some(client),
            26..29 => self.declare_some(client),
            29 => self.leave(client),
            30..33 => self.begin_reclaiming().await,
            33 => _ = vhost(&self.engine).handle_timeout(),
            34 if self.random.below(4) == 0 => self.disk.fail_next_sync(),
            40..46 => self.let_a_neighbour_act(),
            35..37 => return self.wait_for_all().await,
            _ => return self.wait_for_delivery().await,
        }
        self.take();
        !self.has_failed
    }
}
