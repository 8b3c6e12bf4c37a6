//! What management sees of the engine, and does with it.

use super::dismissal::Cause;
use super::embedded::{
    EmbeddedVhost, Located, PART, STATISTICS_INTERVAL as INTERVAL, is_overview_wanted, publish_overview,
};
use super::handle::Engine;
use super::narrowing::is_narrowed;
use super::permission::{Surroundings, check_binding, check_dead_letters, check_publish, check_question};
use super::report::{
    BindingReport, ConnectionReport, ConsumerReport, ExchangeReport, Held, Listener, NodeReport, ObjectTotals,
    OverviewReport, QueueReport, SampleWindow, Totals, VhostReport,
};
use super::vhosts::{Hosted, VhostDefinition, VhostSettings};
use crate::auth::{Access, Denied, Identity, Operation};
use crate::error::Refusal;
use broker::stats::VhostRow;
use broker::{
    Binding, DeleteConditions, Disposal, Error, ExchangeDeclaration, Loaded, Publish, QueueDeclaration, Seen, Start,
    Taken,
};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Octets of messages that are read at once, to be moved to another queue.
const MOVED: usize = 4 << 20;

/// Whether a declaration made something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It did.
    Created,
    /// An equal one was there.
    Existed,
}

impl From<bool> for Creation {
    fn from(is_new: bool) -> Self {
        if is_new { Creation::Created } else { Creation::Existed }
    }
}

/// There is no vhost of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no vhost {0:?}")]
pub struct NoVhost(pub String);

impl From<NoVhost> for Refusal {
    fn from(error: NoVhost) -> Self {
        Refusal::not_found(error.to_string())
    }
}

/// A vhost, as management sees it.
#[derive(Debug, Clone)]
pub struct Management {
    engine: Engine,
    pub(super) hosted: Arc<Hosted>,
}

impl Engine {
    /// Samples statistics for as long as the future is polled.
    pub async fn run_statistics(&self) {
        // The first sample covers a whole interval too, or its rates would be those of an instant.
        let mut ticks = interval_at(Instant::now() + INTERVAL, INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for sequence in 1.. {
            ticks.tick().await;
            self.sample(sequence);
        }
    }

    fn sample(&self, sequence: u64) {
        let shared = &self.shared;
        let mut connections = shared.connections.external_by_vhost();
        for hosted in shared.vhosts.all() {
            let of_it = connections.remove(&hosted.name).unwrap_or_default();
            hosted.statistics.tick(&hosted.vhost, hosted.sample(&of_it));
        }
        shared.history.push(self.totals().into());
        let mut listening = shared.vhosts.all();
        listening.retain(|hosted| is_overview_wanted(&hosted.vhost));
        if listening.is_empty() {
            return;
        }
        let (overview, node) = (self.overview(None), self.node());
        for hosted in listening {
            publish_overview(&hosted.vhost, sequence, &overview, &node);
        }
    }

    /// Tells the engine where the server listens, once.
    pub fn set_listeners(&self, listeners: Vec<Listener>) {
        let _ = self.shared.listeners.set(listeners);
    }

    /// All vhosts by name.
    pub fn vhosts(&self) -> impl Iterator<Item = Management> {
        self.shared.vhosts.all().into_iter().map(|hosted| Management { engine: self.clone(), hosted })
    }

    /// One vhost.
    pub fn vhost(&self, name: &str) -> Result<Management, NoVhost> {
        let hosted = self.shared.vhosts.find(name).ok_or_else(|| NoVhost(name.to_owned()))?;
        Ok(Management { engine: self.clone(), hosted })
    }

    /// Asks the connection of that name to close, if it is meant (of such a user). `false`: there is none.
    pub fn close_connection(&self, name: &str, reason: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let mut connections = self.shared.connections.external().into_iter();
        let Some(connection) = connections.find(|it| &*it.info.name == name && is_meant(&it.info.user)) else {
            return false;
        };
        connection.dismissal.dismiss(Cause::Operator(reason.into()));
        true
    }

    /// Asks all connections of a user to close.
    pub fn close_connections_of(&self, user: &str, reason: &str) {
        for connection in self.shared.connections.external().iter().filter(|it| *it.info.user == *user) {
            connection.dismissal.dismiss(Cause::Operator(reason.into()));
        }
    }

    /// Sends away who has proved one of these identities.
    pub fn revoke(&self, is_meant: impl Fn(&Identity) -> bool) {
        for connection in self.shared.connections.external() {
            if connection.access.identity().is_some_and(|identity| is_meant(&identity)) {
                connection.dismissal.dismiss(Cause::Revoked);
            }
        }
    }

    /// The whole server, with earlier readings if they are asked for.
    pub fn overview(&self, window: Option<SampleWindow>) -> OverviewReport {
        let shared = &self.shared;
        let vhosts = shared.vhosts.all();
        let object_totals = object_totals(&vhosts.iter().map(|hosted| &**hosted), shared.connections.count());
        let listeners = shared.listeners.get().cloned().unwrap_or_default();
        OverviewReport::new(self.uptime(), object_totals, self.totals().into(), listeners, |of: fn(&Totals) -> u64| {
            shared.history.rate(of, window)
        })
    }

    /// What is of some vhosts, for who sees no more: without their past, and without listeners.
    pub fn overview_of(&self, vhosts: &[Management], connections: usize) -> OverviewReport {
        let object_totals = object_totals(&vhosts.iter().map(|vhost| &*vhost.hosted), connections);
        let totals: VhostRow = vhosts.iter().map(|vhost| vhost.hosted.vhost.row()).sum();
        OverviewReport::new(self.uptime(), object_totals, totals.into(), Vec::new(), |_| Default::default())
    }

    /// The process and its machine.
    pub fn node(&self) -> NodeReport {
        self.shared.node.report(
            self.uptime(),
            self.shared.connections.count(),
            self.totals(),
            self.shared.journal.disk(),
        )
    }

    fn uptime(&self) -> u64 {
        u64::try_from(self.shared.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// All vhosts together.
    fn totals(&self) -> VhostRow {
        self.shared.vhosts.totals()
    }
}

/// What there is in some vhosts, which have so many connections.
fn object_totals<'a>(vhosts: &(impl Iterator<Item = &'a Hosted> + Clone), connections: usize) -> ObjectTotals {
    let count = |of: fn(&Hosted) -> usize| vhosts.clone().map(of).sum::<usize>();
    ObjectTotals {
        connections,
        channels: connections,
        consumers: count(|hosted| hosted.vhost.subscriptions().len()) as u64,
        exchanges: count(|hosted| hosted.vhost.exchanges().len()),
        queues: count(|hosted| hosted.vhost.queue_count()),
    }
}

impl Management {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.hosted.name
    }

    /// What an operator says of it.
    pub fn settings(&self) -> VhostSettings {
        self.hosted.definition().settings
    }

    /// The vhost as a whole.
    pub fn report(&self) -> VhostReport {
        let VhostDefinition { settings, created, .. } = self.hosted.definition();
        let vhost = &self.hosted.vhost;
        let held =
            Held { created_at: created, queues: vhost.queue_count(), connections: self.hosted.connection_count() };
        VhostReport::new(self.name(), settings, vhost.row(), held)
    }

    /// Does something, and returns when it is durable. A refusal waits for nothing: the disk may be full.
    pub(super) async fn durably<T, E>(&self, act: impl FnOnce(&EmbeddedVhost) -> Result<T, E>) -> Result<T, E> {
        let done = act(&self.hosted.vhost)?;
        self.engine.shared.journal.wait(self.hosted.vhost.appended()).await;
        Ok(done)
    }

    /// Its queues by name, and the number of the statistics message that they are at least as new as.
    pub fn queues(&self) -> (u64, Vec<QueueReport>) {
        self.hosted.statistics.queues(|| self.hosted.vhost.queues())
    }

    /// One queue.
    pub fn queue(&self, name: &str) -> Result<QueueReport, Error> {
        let row = self.hosted.vhost.queue(name);
        let report = row.and_then(|row| self.hosted.statistics.queues(|| vec![row]).1.pop());
        report.ok_or_else(|| Error::QueueNotFound { name: name.to_owned() })
    }

    /// Declares a queue.
    pub async fn declare_queue(&self, queue: &QueueDeclaration) -> Result<Creation, Error> {
        self.durably(|vhost| vhost.declare_queue(queue)).await.map(Creation::from)
    }

    /// Deletes a queue and what it holds; returns how many messages it was.
    pub async fn delete_queue(&self, name: &str, conditions: DeleteConditions) -> Result<u64, Error> {
        self.durably(|vhost| vhost.delete_queue(name, conditions)).await
    }

    /// Deletes a consumer group of a stream, with its committed offset.
    pub async fn delete_group(&self, stream: &str, group: &str) -> Result<(), Error> {
        self.durably(|vhost| vhost.delete_group(stream, group)).await
    }

    /// Takes out of a queue what waits in it; returns how many messages it was.
    pub async fn purge(&self, queue: &str) -> Result<u64, Error> {
        self.durably(|vhost| vhost.purge(queue)).await
    }

    /// What stays away from a queue for a while is back at once.
    pub async fn end_delays(&self, queue: &str) -> Result<(), Error> {
        self.durably(|vhost| vhost.end_delays(queue)).await
    }

    /// Moves what waits in a queue to another: all, or at most `count`; returns how many messages it was.
    pub async fn move_messages(&self, from: &str, to: &str, count: Option<u64>) -> Result<u64, Error> {
        let waiting = self.hosted.vhost.waiting(from)?;
        let count = count.map_or(waiting, |count| count.min(waiting));
        let mut moved = self.hosted.vhost.move_messages(from, to, 0)? as u64; // whether both are there
        while moved < count {
            let part = usize::try_from(count - moved).unwrap_or(PART).min(PART);
            self.bring_in(from, part, MOVED).await;
            let now_moved = self.hosted.vhost.move_messages(from, to, part)?;
            moved += now_moved as u64;
            if now_moved == 0 {
                break; // the other queue refuses more
            }
        }
        self.durably(|_| Ok(moved)).await
    }

    /// Looks at the messages at the head of a queue: at most `count`, and no more than `octets` of bodies but for the
    /// first.
    pub async fn get(&self, queue: &str, count: usize, octets: usize, disposal: Disposal) -> Result<Vec<Seen>, Error> {
        let brought = self.bring_in(queue, count, octets).await;
        let seen = self.durably(|vhost| vhost.get(queue, count, octets, disposal)).await;
        self.hosted.vhost.handle_looked(queue, &brought);
        seen
    }

    /// Has the first messages of a queue in memory, so that they can be looked at. Returns what was not there before.
    async fn bring_in(&self, queue: &str, count: usize, octets: usize) -> Vec<Loaded> {
        let vhost = Arc::clone(&self.hosted.vhost);
        let missing = vhost.missing(queue, count, octets);
        if missing.is_empty() {
            return Vec::new();
        }
        let messages = self.read(Located::Records(missing)).await;
        vhost.handle_found(queue, &messages);
        messages
    }

    /// Messages of a stream from this start on, with their offsets: at most `count`, and about so many octets.
    pub async fn read_stream(
        &self,
        name: &str,
        mut start: Start,
        count: usize,
        octets: usize,
    ) -> Result<Vec<Loaded>, Error> {
        let (mut messages, mut size) = (Vec::new(), 0);
        while messages.len() < count && size < octets {
            let Some((first, located)) = self.hosted.vhost.find_in_stream(name, start, count - messages.len())? else {
                break;
            };
            let read = self.read(located).await;
            let left = count - messages.len();
            let next = read.last().map_or(first, |last| last.number) + 1;
            let part = read.into_iter().take(left).inspect(|loaded| size += loaded.message.size());
            messages.extend(part);
            start = Start::Offset(next);
        }
        Ok(messages)
    }

    /// Reads messages in a thread that may wait for a disk.
    async fn read(&self, located: Located) -> Vec<Loaded> {
        let journal = Arc::clone(&self.engine.shared.journal);
        journal.wait(self.hosted.vhost.appended()).await; // what is not durable may not be in a file yet
        let number = self.hosted.vhost.number();
        let reading = tokio::task::spawn_blocking(move || journal.load(number, &located));
        reading.await.unwrap_or_default()
    }

    /// Its exchanges by name, and the number of the statistics message that they are at least as new as.
    pub fn exchanges(&self) -> (u64, Vec<ExchangeReport>) {
        self.hosted.statistics.exchanges(|| self.hosted.vhost.exchanges())
    }

    /// One exchange.
    pub fn exchange(&self, name: &str) -> Result<ExchangeReport, Error> {
        let found = self.exchanges().1.into_iter().find(|exchange| &*exchange.name == name);
        found.ok_or_else(|| Error::ExchangeNotFound { name: name.to_owned() })
    }

    /// Declares an exchange.
    pub async fn declare_exchange(&self, exchange: ExchangeDeclaration) -> Result<Creation, Error> {
        self.durably(|vhost| vhost.declare_exchange(exchange)).await.map(Creation::from)
    }

    /// Deletes an exchange and its bindings; `if_unused`: only one without any.
    pub async fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<(), Error> {
        self.durably(|vhost| vhost.delete_exchange(name, if_unused)).await
    }

    /// Publishes messages of no connection, all of them or none, and tells once they are durable. An error tells which message is
    /// the first that cannot be published, counted from 0.
    pub async fn publish(&self, publishes: &[Publish]) -> Result<Vec<Taken>, (usize, Error)> {
        self.durably(|vhost| vhost.publish(publishes)).await
    }

    /// The same for somebody who may not be allowed to.
    pub async fn publish_for(&self, access: &Access, publishes: &mut [Publish]) -> Result<Vec<Taken>, (usize, Error)> {
        if !access.is_everything() {
            for (index, publish) in publishes.iter_mut().enumerate() {
                let checked = check_publish(publish, access, &*self.hosted.vhost);
                checked.map_err(|denied| (index, Error::Forbidden { reason: denied.to_string().into() }))?;
            }
        }
        self.publish(publishes).await
    }

    /// Whether somebody may let a queue send its dead letters on.
    pub fn check_dead_letters(&self, access: &Access, queue: &QueueDeclaration) -> Result<(), Denied> {
        check_dead_letters(&queue.name, &queue.settings, access)
    }

    /// Whether somebody may get messages of an exchange with this binding key.
    pub fn check_binding(&self, access: &Access, exchange: &str, key: &str) -> Result<(), Denied> {
        check_binding(exchange, key, access, &*self.hosted.vhost)
    }

    /// Whether somebody may do this with a queue or an exchange, and with a routing key of it: asked by what judges commands.
    pub fn check(&self, access: &Access, operation: Operation, name: &str, key: Option<&str>) -> Result<(), Denied> {
        check_question(operation, name, key, access, &*self.hosted.vhost)
    }

    /// Whether a subscription with this binding key that is not durable is narrowed to what may be read.
    pub fn is_narrowed(&self, exchange: &str, key: &str) -> bool {
        is_narrowed(exchange, key, &*self.hosted.vhost)
    }

    /// Whether routing keys of this exchange have permissions of their own.
    pub fn is_topic(&self, exchange: &str) -> bool {
        self.hosted.vhost.is_topic(exchange)
    }

    /// Keeps a definition under a kind and a name, as JSON that only the caller reads.
    pub async fn define(&self, kind: &str, name: &str, definition: &str) -> Result<Creation, Error> {
        self.durably(|vhost| vhost.define(kind, name, definition)).await.map(Creation::from)
    }

    /// Takes a definition back; `false`: there was none.
    pub async fn undefine(&self, kind: &str, name: &str) -> bool {
        let done = self.durably(|vhost| Ok::<_, Infallible>(vhost.undefine(kind, name))).await;
        done.unwrap_or_else(|never| match never {})
    }

    /// The definitions of a kind by name.
    pub fn definitions(&self, kind: &str) -> Vec<(String, String)> {
        self.hosted.vhost.defined(kind)
    }

    /// All its bindings by exchange, queue and key.
    pub fn bindings(&self) -> Vec<BindingReport> {
        self.report_bindings(self.hosted.vhost.bindings())
    }

    /// The bindings of one queue.
    pub fn bindings_of(&self, queue: &str) -> Result<Vec<BindingReport>, Error> {
        let rows = self.hosted.vhost.bindings_of(queue);
        match rows.is_empty() {
            true => Err(Error::QueueNotFound { name: queue.to_owned() }), // it would be bound to the default exchange
            false => Ok(self.report_bindings(rows)),
        }
    }

    /// Binds a queue to an exchange; the same binding again changes nothing.
    pub async fn bind(&self, queue: &str, binding: Binding) -> Result<(), Error> {
        self.durably(|vhost| vhost.bind(queue, binding)).await
    }

    /// Takes a binding back.
    pub async fn unbind(&self, queue: &str, binding: &Binding) -> Result<(), Error> {
        self.durably(|vhost| vhost.unbind(queue, binding)).await
    }

    /// Its subscriptions that take messages, by queue.
    pub fn consumers(&self) -> Vec<ConsumerReport> {
        let connections = self.engine.shared.connections.of_vhost(self.name());
        let mut rows = self.hosted.vhost.subscriptions();
        rows.sort_by(|a, b| (&a.queue, a.connection, a.number).cmp(&(&b.queue, b.connection, b.number)));
        let told = rows.into_iter().filter_map(|row| {
            let connection = connections.get(&row.connection)?; // or it has just gone
            Some(ConsumerReport::new(self.name(), row, connection))
        });
        told.collect()
    }

    /// Its connections by name, and the number of the statistics message that they are at least as new as.
    pub fn connections(&self) -> (u64, Vec<ConnectionReport>) {
        let read = || self.hosted.sample(&self.engine.shared.connections.external_of(self.name()));
        self.hosted.statistics.connections(read)
    }

    fn report_bindings(&self, mut rows: Vec<broker::stats::BindingRow>) -> Vec<BindingReport> {
        rows.sort_by(|a, b| (&a.exchange, &a.queue, &a.key).cmp(&(&b.exchange, &b.queue, &b.key)));
        rows.into_iter().map(|row| BindingReport::new(self.name(), row)).collect()
    }
}
