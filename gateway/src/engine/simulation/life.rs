//! What clients do, from a start of the engine until the power goes.

use super::PATIENCE;
use super::client::{Client, Held};
use super::message::{Id, TRANSIENT, id_of, message};
use super::model::{BINDINGS, Change, DEAD, Model, Name, QUEUES, SHORT, SHORT_LENGTH, STREAM, TEMPORARY, is_stream};
use super::vhost;
use crate::engine::{Engine, Item, Notice};
use broker::{
    AckMode, Action, Arguments, Binding, Command, Commit, Declare, Explicit, Outcome, Publish, QueueDeclaration,
    QueueSettings, QueueType, Settle, Source, StreamPlace, StreamTerms, SubscriptionNumber, Terms, Token,
};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::task::Poll;
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
        let mut life = Life {
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
        match self.random.below(40) {
            0..8 => self.publish(client),
            8..12 => self.append(client),
            12..15 => self.commit(client),
            15..18 => self.publish_once(client),
            18..26 => self.settle_some(client),
            26..29 => self.declare_some(client),
            29 => self.leave(client),
            30..33 => self.begin_reclaiming().await,
            33 => _ = vhost(&self.engine).handle_timeout(),
            34 => _ = self.random.below(4) == 0 && self.break_sync(),
            35..37 => return self.wait_for_all().await,
            _ => return self.wait_for_delivery().await,
        }
        self.take();
        !self.has_failed
    }

    fn break_sync(&self) -> bool {
        self.disk.fail_next_sync();
        true
    }
}

/// Publishing.
impl Life<'_> {
    /// To one queue, or through an exchange to several and the stream.
    fn publish(&mut self, client: usize) {
        let id = self.model.id(self.random.below(6) != 0);
        let (exchange, key) = self.destination();
        self.send(client, exchange, key, id, None);
    }

    fn append(&mut self, client: usize) {
        let name =
            if self.random.below(2) == 0 || !self.model.now.streams.contains_key(SHORT) { STREAM } else { SHORT };
        for _ in 0..=self.random.below(4) {
            let id = self.model.id(true);
            self.send(client, "", name, id, None);
        }
    }

    fn publish_once(&mut self, client: usize) {
        let once = self.random.below(ONCE);
        if !self.model.doubtful.contains(&once) {
            let id = self.model.id(true);
            self.send(client, "", QUEUES[0], id, Some(once));
        }
    }

    fn destination(&mut self) -> (&'static str, Name) {
        [("", QUEUES[0]), ("", QUEUES[1]), ("amq.topic", "a.b"), ("amq.topic", "a.c")][self.random.below(4)]
    }

    fn send(&mut self, client: usize, exchange: &'static str, key: Name, id: Id, once: Option<usize>) {
        let duplicate = once.is_some_and(|once| self.model.now.remembered.contains(&once));
        let mut changes = if duplicate { Vec::new() } else { published(exchange, key, id) };
        if let Some(once) = once {
            changes.push(Change::Remembered(once));
        }
        let into = changes.iter().find_map(|change| match change {
            Change::Published(name, _) if is_stream(name) => Some(*name),
            _ => None,
        });
        let stream_offset = into.map(|name| self.model.now.streams[name].len() as u64);
        let token = self.model.add(changes);
        let token = (id < TRANSIENT).then_some(token);
        token.into_iter().for_each(|token| _ = self.expected.insert(token, Told { duplicate, stream_offset }));
        let id_text = once.map(|once| once.to_string().into());
        let publish = Publish { deduplication_id: id_text, token, ..self.publishing(client, exchange, key, id) };
        self.clients[client].submit(Command::Publish(publish));
    }

    fn publishing(&self, client: usize, exchange: &'static str, key: Name, id: Id) -> Publish {
        Publish {
            connection: self.clients[client].handle.connection(),
            message: message(exchange, key, id).into(),
            declare: Declare::No,
            mandatory: false,
            deduplication_id: None,
            token: None,
        }
    }

    /// To both queues and the stream, and an ack.
    fn commit(&mut self, client: usize) {
        let (mut changes, mut actions) = (Vec::new(), Vec::new());
        for (exchange, key) in [("", QUEUES[0]), ("", QUEUES[1]), ("", STREAM), self.destination()] {
            let id = self.model.id(true);
            changes.extend(published(exchange, key, id));
            actions.push(Action::Publish(self.publishing(client, exchange, key, id)));
        }
        if let Some(held) = self.choose_held(client) {
            changes.extend(self.settling(client, held, Outcome::Ack));
            let connection = self.clients[client].handle.connection();
            let settle = Settle { connection, tag: held.tag, outcome: Outcome::Ack, text: None, token: None };
            actions.push(Action::Settle(settle));
        }
        let token = Some(self.model.add(changes));
        let connection = self.clients[client].handle.connection();
        self.clients[client].submit(Command::Commit(Commit { connection, actions, reports_routed: false, token }));
    }
}

/// What a message changes that is published there.
fn published(exchange: &str, key: Name, id: Id) -> Vec<Change> {
    let names = match (exchange, key) {
        ("", name) => vec![name],
        (_, "a.b") => vec![QUEUES[0], QUEUES[1], STREAM],
        _ => vec![QUEUES[0], STREAM],
    };
    names.into_iter().map(|name| Change::Published(name, id)).collect()
}

/// Reading and settling.
impl Life<'_> {
    fn subscribe(&mut self, client: usize) {
        let terms = Terms { prefetch: PREFETCH, ..Terms::default() };
        for (number, name, ack_mode) in
            [(FIRST, QUEUES[0], AckMode::Individual), (SECOND, QUEUES[1], AckMode::Cumulative)]
        {
            self.clients[client].subscribe(number, queue(name), ack_mode, terms, None, None);
        }
        self.join(client, terms);
        if client == 1 {
            self.clients[client].next_offset = self.model.now.streams[STREAM].len() as u64;
            let stream = Some(StreamTerms::default());
            self.clients[client].subscribe(READER, queue(STREAM), AckMode::Auto, Terms::default(), stream, None);
        }
    }

    /// Becomes a member of the consumer group.
    fn join(&mut self, client: usize, terms: Terms) {
        let is_new = self.model.now.read.is_none();
        let token = self.model.add(vec![Change::Joined]);
        self.subscribed.insert(token, if is_new { token } else { self.model.declared(STREAM) });
        let token = Some(token);
        let stream = StreamTerms { group: Some("group".into()), ..StreamTerms::default() };
        self.clients[client].subscribe(GROUP, queue(STREAM), AckMode::Individual, terms, Some(stream), token);
    }

    fn choose_held(&mut self, client: usize) -> Option<Held> {
        let held = &self.clients[client].held;
        held.get(self.random.below(held.len())).copied()
    }

    fn settle_some(&mut self, client: usize) {
        for _ in 0..=self.random.below(3) {
            let Some(held) = self.choose_held(client) else { return };
            let outcome = match self.random.below(8) {
                0 => Outcome::Requeue(Some(0)),
                1 if held.queue != STREAM => Outcome::Requeue(Some(1)),
                2 | 3 if held.queue == QUEUES[1] => Outcome::Reject,
                _ => Outcome::Ack,
            };
            self.settle(client, held, outcome);
        }
    }

    fn settle(&mut self, client: usize, held: Held, outcome: Outcome) {
        let changes = self.settling(client, held, outcome);
        let is_kept = changes.iter().any(|change| match change {
            Change::Left(_, id) | Change::Returned(_, id) | Change::Rejected(id) => *id < TRANSIENT,
            _ => true,
        });
        let token = Some(self.model.add(changes)).filter(|_| is_kept);
        let connection = self.clients[client].handle.connection();
        self.clients[client].submit(Command::Settle(Settle { connection, tag: held.tag, outcome, text: None, token }));
    }

    /// What it changes if a delivery is settled, and those before it where that is so.
    fn settling(&mut self, client: usize, held: Held, outcome: Outcome) -> Vec<Change> {
        let is_settled = |other: &mut Held| match held.tag.subscription {
            SECOND => other.tag.subscription == SECOND && other.tag.delivery <= held.tag.delivery,
            _ => other.tag == held.tag,
        };
        let settled: Vec<_> = self.clients[client].held.extract_if(.., is_settled).collect();
        let mut changes = Vec::new();
        for Held { queue, id, offset, .. } in settled {
            match outcome {
                Outcome::Ack if queue == STREAM => changes.push(Change::Read(offset)),
                Outcome::Requeue(_) if queue == STREAM => {}
                Outcome::Ack => changes.push(Change::Left(queue, id)),
                Outcome::Reject => changes.push(Change::Rejected(id)),
                Outcome::Requeue(delay) => {
                    changes.push(Change::Returned(queue, id));
                    delay.filter(|delay| *delay > 0).into_iter().for_each(|_| _ = self.delayed.insert((queue, id)));
                }
            }
        }
        changes
    }

    /// A client goes, what it has not settled comes back, and it comes again.
    fn leave(&mut self, client: usize) {
        let returned = self.clients[client].held.iter().filter(|held| held.queue != STREAM);
        let changes = returned.map(|held| Change::Returned(held.queue, held.id)).collect();
        self.model.add(changes);
        self.clients[client] = Client::connect(&self.engine);
        self.subscribe(client);
    }
}

/// Declaring and deleting.
impl Life<'_> {
    fn declare_some(&mut self, client: usize) {
        let name = [TEMPORARY[0], TEMPORARY[1], SHORT][self.random.below(3)];
        let is_there = self.model.now.has(name);
        match self.random.below(3) {
            0 if is_there => {
                let connection = self.clients[client].handle.connection();
                let token = Some(self.model.add(vec![Change::Deleted(name)]));
                self.clients[client].submit(Command::DeleteQueue { connection, name: name.to_owned(), token });
            }
            1 if !is_stream(name) => {
                let id = self.model.id(true);
                let token = Some(self.model.add(vec![Change::Declared(name), Change::Published(name, id)]));
                let publish = Publish { declare: Declare::Plain, token, ..self.publishing(client, "", name, id) };
                self.clients[client].submit(Command::Publish(publish));
            }
            _ => {
                // Both say that it is there, and neither before it is there for certain.
                self.declare(client, name);
                self.declare(1 - client, name);
            }
        }
    }

    fn declare(&mut self, client: usize, name: Name) {
        self.browsers += 1;
        let subscription = self.browsers;
        let token = self.model.add(vec![Change::Declared(name)]);
        self.subscribed.insert(token, self.model.declared(name));
        let token = Some(token);
        let terms = Terms { browse: true, ..Terms::default() };
        let (client, source) = (&self.clients[client], Source::Declared(declaration(name)));
        client.subscribe(subscription, source, AckMode::Auto, terms, None, token);
        let connection = client.handle.connection();
        client.submit(Command::Unsubscribe { connection, subscription, delete: false, token: None });
    }
}

fn queue(name: Name) -> Source {
    Source::Queue(name.to_owned())
}

fn declaration(name: Name) -> QueueDeclaration {
    let stream = Arguments { queue_type: Some(QueueType::Stream), segment_octets: Some(1_200), ..Arguments::default() };
    let arguments = match name {
        STREAM => Some(stream),
        SHORT => Some(Arguments { max_length: Some(SHORT_LENGTH as u64), ..stream }),
        "second" => Some(Arguments {
            dead_letter_exchange: Some("".into()),
            dead_letter_key: Some(DEAD.into()),
            delivery_limit: Some(1_000),
            ..Arguments::default()
        }),
        _ => None,
    };
    let settings = QueueSettings { durable: true, arguments: arguments.map(Into::into), ..QueueSettings::default() };
    QueueDeclaration { name: name.to_owned(), settings, explicit: Explicit::default() }
}

/// What comes, and waiting for it.
impl Life<'_> {
    /// Takes all that has come.
    fn take(&mut self) {
        for client in 0..self.clients.len() {
            while let Some(item) = self.clients[client].pop() {
                self.handle(client, item);
            }
        }
    }

    fn handle(&mut self, client: usize, item: Item) {
        match item {
            Item::Deliver { message, subscription, delivery, delivery_count, stream } => {
                let Some(&queue) = self.sources.get(&subscription) else { return };
                let held = Held {
                    tag: broker::DeliveryTag { subscription, delivery },
                    queue,
                    id: id_of(&message),
                    offset: stream.map_or(0, |place| place.offset),
                };
                self.delivered += 1;
                match stream {
                    Some(place) => self.handle_read(client, held, place, delivery_count),
                    None => self.handle_delivery(client, held),
                }
            }
            Item::Confirmed { token, duplicate, stream_offset, .. } => {
                if let Some(expected) = self.expected.remove(&token) {
                    assert_eq!(Told { duplicate, stream_offset }, expected);
                }
                let kept = self.subscribed.remove(&token).unwrap_or(token);
                self.model.confirm(kept);
            }
            Item::Unsubscribed { .. } | Item::Browsed { .. } => {}
            Item::Notice(Notice::Dropped { subscription, .. }) if subscription >= BROWSERS => {}
            // The journal takes nothing any more: what is published waits for ever.
            Item::Notice(Notice::Blocked { by_storage: true }) | Item::Pause => self.has_failed = true,
            other => panic!("nobody asked for {other:?}"),
        }
    }

    fn handle_delivery(&mut self, client: usize, held: Held) {
        let Held { queue, id, .. } = held;
        assert!(id >= TRANSIENT || self.model.now.queues[queue].contains(&id), "message {id} has left {queue}");
        let mut others = self.clients.iter().flat_map(|client| &client.held);
        assert!(!others.any(|other| (other.queue, other.id) == (queue, id)), "message {id} of {queue} is held");
        self.delayed.remove(&(queue, id));
        self.clients[client].held.push(held);
    }

    fn handle_read(&mut self, client: usize, held: Held, place: StreamPlace, delivery_count: u32) {
        let there = self.model.now.streams[STREAM].get(usize::try_from(place.offset).unwrap_or_default());
        assert_eq!(there, Some(&held.id), "what is at {}", place.offset);
        if held.tag.subscription == READER {
            assert_eq!(self.clients[client].next_offset, place.offset, "the next for who reads alone");
            self.clients[client].next_offset += 1;
            return;
        }
        let is_read = self.model.now.read.as_ref().is_some_and(|read| read.contains(&place.offset));
        assert!(!is_read, "offset {} was settled", place.offset);
        let is_marked = delivery_count > 1;
        assert!(
            is_marked || !self.model.marked.contains(&place.offset),
            "offset {} comes again, and does not say so",
            place.offset
        );
        self.clients[client].held.push(held);
    }

    /// Waits for something that has to come. `false`: the journal has failed.
    async fn wait(&mut self, has_come: impl Fn(&Self) -> bool) -> bool {
        loop {
            self.take();
            if has_come(self) {
                return true;
            }
            let Life { clients, engine, .. } = self;
            let more = poll_fn(|cx| match clients.iter_mut().any(|client| client.poll(cx).is_ready()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            });
            tokio::select! {
                biased;
                () = more => {}
                _ = engine.failure() => return false,
                () = tokio::time::sleep(PATIENCE) => panic!("nothing comes"),
            }
        }
    }

    /// Waits until all is confirmed that was done until now.
    async fn wait_for_all(&mut self) -> bool {
        let id = self.model.id(true);
        self.send(0, "", STREAM, id, None);
        let token = *self.expected.last_key_value().expect("it was just sent").0;
        self.wait(|life| life.model.is_certain(token)).await
    }

    /// Waits for a message, if there is one for somebody who has room.
    async fn wait_for_delivery(&mut self) -> bool {
        self.take();
        let delivered = self.delivered;
        !self.is_owed() || self.wait(|life| life.delivered > delivered).await
    }

    fn is_owed(&self) -> bool {
        let held =
            |queue: Name| self.clients.iter().flat_map(|client| &client.held).filter(move |held| held.queue == queue);
        let has_room = |queue: Name| {
            let held = |client: &Client| client.held.iter().filter(|held| held.queue == queue).count();
            self.clients.iter().any(|client| held(client) < PREFETCH as usize)
        };
        let waits = |queue: Name| match queue {
            STREAM => {
                let read = self.model.now.read.as_ref().map_or(0, BTreeSet::len);
                self.model.now.streams[STREAM].len() > read + held(STREAM).count()
            }
            _ => self.model.now.queues[queue]
                .iter()
                .any(|id| !self.delayed.contains(&(queue, *id)) && !held(queue).any(|held| held.id == *id)),
        };
        [QUEUES[0], QUEUES[1], STREAM].into_iter().any(|queue| waits(queue) && has_room(queue))
    }

    /// Gives back what the journal does not need, beside all else or before it.
    async fn begin_reclaiming(&mut self) {
        self.wait_for_reclaiming().await;
        let engine = self.engine.clone();
        self.reclaiming = Some(tokio::spawn(async move { engine.reclaim().await }));
        if self.random.below(2) == 0 {
            self.wait_for_reclaiming().await;
        }
    }

    async fn wait_for_reclaiming(&mut self) {
        if let Some(reclaiming) = self.reclaiming.take() {
            let ended = tokio::time::timeout(PATIENCE, reclaiming).await;
            ended.expect("reclaiming comes to an end").expect("it does not panic");
        }
    }
}
