//! A vhost: owner of its exchanges, queues, subscriptions and connections, and the one entrance to them.

mod browse;
mod carry;
mod commit;
mod contents;
mod dead_letter;
mod declare;
mod define;
mod flow;
mod keep;
mod load;
#[cfg(test)]
mod model;
mod publish;
mod report;
mod settle;
mod streams;
mod subscribe;
mod timer;
mod turns;

pub use carry::{Movable, Moving};
pub use contents::{Disposal, Seen};
pub use declare::DeleteConditions;

use crate::connection::{Connection, Parked};
use crate::deduplication::Deduplication;
use crate::hash::{Map, map};
use crate::queue::Queues;
use crate::record::Keeper;
use crate::routing::{QueueId, Routing};
use crate::stats::Counters;
use crate::subscription::Subscription;
use crate::{Command, ConnectionId, Effect, Effects, Error, Grant, Limits, Time};
use carry::Search;
use dead_letter::Dying;
use load::Waits;
use slab::Slab;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// One vhost's state. [`Vhost::handle`] and [`Vhost::handle_timeout`] are the only ways to change it, beside what
/// management asks for.
#[derive(Debug)]
pub struct Vhost {
    limits: Limits,
    /// Queues that this vhost may have, if that is less than any may.
    max_queues: Option<usize>,
    /// The moment of the input that is being handled.
    now: Time,
    routing: Routing,
    queues: Queues,
    names: Map<Arc<str>, QueueId>,
    subscriptions: Slab<Subscription>,
    connections: Vec<Option<Connection>>,
    deduplication: Deduplication,
    /// Queues that have to be looked at, and when.
    timers: BTreeSet<(Time, QueueId)>,
    /// Octets in all queues.
    held: usize,
    /// Publishers wait for memory.
    memory_alarm: bool,
    /// Publishers wait for the journal.
    storage_alarm: bool,
    /// Connections that do.
    blocked: Vec<ConnectionId>,
    /// Connections that may publish again, to be seen to before the command ends.
    released: VecDeque<ConnectionId>,
    /// Messages to be dead-lettered before the command ends.
    dying: VecDeque<Dying>,
    /// How many dead letters were caused by dead letters in this command.
    consequences: usize,
    /// A dead letter is being published.
    is_burying: bool,
    /// How many queues refuse messages when they are full.
    refusing_queues: usize,
    /// Messages that were published.
    published: u64,
    /// What happened in queues that are gone.
    past: Counters,
    /// Grows whenever a queue, exchange, binding or subscription comes or goes.
    topology: u64,
    keeper: Keeper,
    /// Who waits for what is being read, by the names of the requests.
    loads: BTreeMap<u64, Waits>,
    last_load: u64,
    /// Messages to be dead-lettered of which the first, at least, has to be read before.
    unread_dead: VecDeque<Dying>,
    /// The request for them.
    dead_load: Option<u64>,
    /// How far the search has come for what is needed of the oldest records.
    search: Search,
    /// The offset in a stream of the message that was published last, if it came to one.
    appended_at: Option<u64>,
    /// The epoch of the newest stream.
    last_epoch: u64,
    /// What the caller has defined, by kind and name.
    defined: BTreeMap<(Box<str>, Box<str>), Box<str>>,
    /// Parts of logs that are needed no more, which is still to be told: stream, its first offset, and the first offset of each.
    leftovers: Vec<(u64, u64, Vec<u64>)>,
    /// Streams whose newest messages are not durable yet.
    unseen: Vec<QueueId>,
}

impl Vhost {
    /// An empty vhost. `seed` keeps clients from guessing which names collide.
    pub fn new(limits: Limits, seed: u64) -> Self {
        Vhost {
            limits,
            max_queues: None,
            now: Time::default(),
            routing: Routing::new(seed),
            queues: Slab::new(),
            names: map(seed),
            subscriptions: Slab::new(),
            connections: Vec::new(),
            deduplication: Deduplication::new(seed),
            timers: BTreeSet::new(),
            held: 0,
            memory_alarm: false,
            storage_alarm: false,
            blocked: Vec::new(),
            released: VecDeque::new(),
            dying: VecDeque::new(),
            consequences: 0,
            is_burying: false,
            refusing_queues: 0,
            published: 0,
            past: Counters::default(),
            topology: 0,
            keeper: Keeper::default(),
            loads: BTreeMap::new(),
            last_load: 0,
            unread_dead: VecDeque::new(),
            dead_load: None,
            search: Search::default(),
            appended_at: None,
            last_epoch: 0,
            defined: BTreeMap::new(),
            leftovers: Vec::new(),
            unseen: Vec::new(),
        }
    }

    /// Carries out one command, which came at `now`; what follows from it is added to `effects`.
    pub fn handle(&mut self, command: Command, now: Time, effects: &mut Effects) {
        self.now = now;
        match command {
            Command::Publish(publish) if self.must_wait(publish.connection) => {
                self.park(publish.connection, Parked::Publish(publish), effects);
            }
            Command::Publish(publish) => _ = self.publish(&publish, effects),
            Command::Settle(settle) => self.settle(&settle, effects),
            Command::Replenish { connection, octets } => self.replenish(connection, octets, effects),
            Command::Commit(commit) if self.must_commit_wait(&commit) => {
                self.park(commit.connection, Parked::Commit(commit), effects);
            }
            Command::Commit(commit) => self.commit(commit, effects),
            Command::Subscribe(subscribe) => self.subscribe(*subscribe, effects),
            Command::Unsubscribe { connection, subscription, delete, token } => {
                self.unsubscribe(connection, subscription, delete, token, effects);
            }
            Command::DeleteQueue { connection, name, token } => {
                let unused = DeleteConditions { if_unused: true, if_empty: false };
                match self.find_for(connection, &name).and_then(|_| self.delete_queue_if(&name, unused, effects)) {
                    Ok(_) => effects.confirm(connection, token, None),
                    Err(error) => refuse(effects, connection, token, error),
                }
            }
            Command::Grant(grant) => self.grant(&grant, effects),
            Command::Loaded { serial, messages } => self.handle_loaded(serial, messages, effects),
            Command::Sync { connection, and_parked: true, token } if self.is_parked(connection) => {
                self.park(connection, Parked::Sync(token), effects);
            }
            Command::Sync { connection, token, .. } => effects.confirm(connection, Some(token), None),
            Command::Connect { connection } => self.connect(connection),
            Command::Disconnect { connection } => self.disconnect(connection, effects),
        }
        self.finish(effects);
    }

    /// Does what follows from a command and must not happen in its midst.
    fn finish(&mut self, effects: &mut Effects) {
        self.consequences = 0;
        loop {
            if let Some(dying) = self.pop_read_dead() {
                self.publish_dead(dying, effects);
            } else if let Some(dying) = self.dying.pop_front() {
                self.handle_dying(dying, effects);
            } else if let Some(connection) = self.released.pop_front() {
                self.unpark(connection, effects);
            } else {
                return self.load_dead(effects);
            }
        }
    }

    fn connect(&mut self, connection: ConnectionId) {
        let index = connection.0 as usize;
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, || None);
        }
        self.connections[index] = Some(Connection::new(self.limits.window));
    }

    fn connection(&mut self, connection: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(connection.0 as usize)?.as_mut()
    }

    fn is_parked(&mut self, connection: ConnectionId) -> bool {
        self.connection(connection).is_some_and(|state| !state.parking.requests.is_empty())
    }

    /// Opens the window of a connection, and serves the subscriptions that waited for it.
    fn replenish(&mut self, connection: ConnectionId, octets: usize, effects: &mut Effects) {
        let Some(state) = self.connection(connection) else { return };
        state.window = state.window.saturating_add_unsigned(octets);
        if state.window <= 0 {
            return;
        }
        let mut blocked = std::mem::take(&mut state.blocked).into_iter();
        while let Some(key) = blocked.next() {
            let Some(subscription) = self.subscriptions.get_mut(key) else { continue };
            subscription.waits_for_window = false;
            let queue = subscription.queue;
            if subscription.browse.is_some() {
                self.browse(key, effects);
            } else {
                self.get_in_line(key);
                self.dispatch(queue, effects);
            }
            let Some(state) = self.connection(connection) else { return };
            if state.window <= 0 {
                // Who was not served yet is served first next time.
                state.blocked.splice(..0, blocked);
                return;
            }
        }
    }

    fn grant(&mut self, grant: &Grant, effects: &mut Effects) {
        let Grant { connection, subscription: number, messages, octets, token } = *grant;
        let key = self.connection(connection).and_then(|state| state.find(number));
        let Some((key, subscription)) = key.and_then(|key| Some((key, self.subscriptions.get_mut(key)?))) else {
            return refuse(effects, connection, token, Error::UnknownSubscription(number));
        };
        if !subscription.grant(messages, octets) {
            return refuse(effects, connection, token, Error::NoCredit(number));
        }
        let queue = subscription.queue;
        effects.confirm(connection, token, None);
        self.get_in_line(key);
        self.dispatch(queue, effects);
    }

    /// Gives everything back that a connection holds.
    fn disconnect(&mut self, connection: ConnectionId, effects: &mut Effects) {
        self.publish_the_last(connection, effects);
        let slot = self.connections.get_mut(connection.0 as usize);
        let Some(state) = slot.and_then(Option::take) else { return };
        self.blocked.retain(|blocked| *blocked != connection);
        self.released.retain(|released| *released != connection);
        for queue in state.parking.held_by {
            if let Some(queue) = self.queues.get_mut(queue.into()) {
                queue.pace.forget(connection);
            }
        }
        let touched = self.remove_subscriptions(&state.subscriptions);
        for queue in state.owned {
            self.delete(queue, effects);
        }
        for queue in touched {
            if self.queues.contains(queue.into()) && !self.delete_if_unused(queue, effects) {
                self.drop_surplus(queue);
                self.dispatch(queue, effects);
                self.schedule(queue);
            }
        }
        self.check_room(effects);
    }
}

/// Answers a refused request.
fn refuse(effects: &mut Effects, connection: ConnectionId, token: Option<u64>, error: Error) {
    effects.list.push(Effect::Refused { connection, token, subscription: None, error });
}

#[cfg(test)]
mod tests;
