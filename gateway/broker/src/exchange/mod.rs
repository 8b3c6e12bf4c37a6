//! Exchanges: which queues a message goes to. One file per type; none of them knows what a queue is.

mod direct;
mod fanout;
mod headers;
mod topic;

use crate::command::ExchangeDeclaration;
use crate::hash::{Map, map};
use crate::limits::ROUTE_CACHE;
use crate::routing::QueueId;
use crate::stats::{ExchangeCounters, ExchangeRow};
use crate::{Binding, Error, Headers};
use std::fmt;
use std::sync::Arc;

/// How an exchange routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To queues bound with exactly the routing key.
    Direct,
    /// To all bound queues.
    Fanout,
    /// To queues whose pattern matches: words between dots, `*` for one, `#` for any number.
    Topic,
    /// To queues whose arguments match the message's headers.
    Headers,
}

impl Kind {
    /// The type's name in the management API.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Direct => "direct",
            Kind::Fanout => "fanout",
            Kind::Topic => "topic",
            Kind::Headers => "headers",
        }
    }

    /// The type of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Direct, Kind::Fanout, Kind::Topic, Kind::Headers].into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An exchange and its bindings.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) alternate: Option<String>,
    pub(crate) read_only: bool,
    pub(crate) durable: bool,
    pub(crate) counters: ExchangeCounters,
    table: Table,
    /// Queues by routing key, as long as no binding changes. Not used for headers.
    cache: Map<Box<str>, Arc<[QueueId]>>,
}

#[derive(Debug)]
enum Table {
    Direct(direct::Direct),
    Fanout(fanout::Fanout),
    Topic(topic::Topic),
    Headers(headers::HeadersTable),
}

impl Exchange {
    pub(crate) fn new(declaration: ExchangeDeclaration, seed: u64) -> Self {
        let ExchangeDeclaration { kind, durable, alternate, read_only, .. } = declaration;
        let table = match kind {
            Kind::Direct => Table::Direct(direct::Direct::new(seed)),
            Kind::Fanout => Table::Fanout(fanout::Fanout::default()),
            Kind::Topic => Table::Topic(topic::Topic::new(seed)),
            Kind::Headers => Table::Headers(headers::HeadersTable::default()),
        };
        Exchange { alternate, read_only, durable, counters: ExchangeCounters::default(), table, cache: map(seed) }
    }

    /// Whether it is what is declared.
    pub(crate) fn agrees_with(&self, declaration: &ExchangeDeclaration) -> bool {
        let ExchangeDeclaration { name: _, kind, durable, alternate, read_only } = declaration;
        (self.kind(), self.durable, &self.alternate, self.read_only) == (*kind, *durable, alternate, *read_only)
    }

    pub(crate) fn row(&self, name: &str) -> ExchangeRow {
        ExchangeRow {
            name: name.into(),
            kind: self.kind(),
            durable: self.durable,
            read_only: self.read_only,
            alternate: self.alternate.as_deref().map(Into::into),
            counters: self.counters,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.table {
            Table::Direct(_) => Kind::Direct,
            Table::Fanout(_) => Kind::Fanout,
            Table::Topic(_) => Kind::Topic,
            Table::Headers(_) => Kind::Headers,
        }
    }

    /// Adds a binding that is not there yet.
    pub(crate) fn bind(&mut self, binding: &Binding, queue: QueueId) -> Result<(), Error> {
        self.cache.clear();
        match &mut self.table {
            Table::Direct(table) => table.bind(&binding.key, queue),
            Table::Fanout(table) => table.bind(queue),
            Table::Topic(table) => table.bind(&binding.key, queue),
            Table::Headers(table) => table.bind(binding.arguments.clone(), queue)?,
        }
        Ok(())
    }

    /// Removes a binding that is there.
    pub(crate) fn unbind(&mut self, binding: &Binding, queue: QueueId) {
        self.cache.clear();
        match &mut self.table {
            Table::Direct(table) => table.unbind(&binding.key, queue),
            Table::Fanout(table) => table.unbind(queue),
            Table::Topic(table) => table.unbind(&binding.key, queue),
            Table::Headers(table) => table.unbind(&binding.arguments, queue),
        }
    }

    /// The queues for a message, each once.
    pub(crate) fn route(&mut self, key: &str, headers: &Headers) -> Arc<[QueueId]> {
        if let Some(queues) = self.cache.get(key) {
            return Arc::clone(queues);
        }
        let mut queues = Vec::new();
        match &self.table {
            Table::Direct(table) => table.route(key, &mut queues),
            Table::Fanout(table) => table.route(&mut queues),
            Table::Topic(table) => table.route(key, &mut queues),
            Table::Headers(table) => table.route(headers, &mut queues),
        }
        queues.sort_unstable();
        queues.dedup();
        let queues: Arc<[QueueId]> = queues.into();
        if !matches!(self.table, Table::Headers(_)) {
            if self.cache.len() >= ROUTE_CACHE {
                self.cache.clear();
            }
            self.cache.insert(key.into(), Arc::clone(&queues));
        }
        queues
    }
}

/// Removes one occurrence; the order of queues in a table means nothing.
fn remove(queues: &mut Vec<QueueId>, queue: QueueId) {
    if let Some(index) = queues.iter().position(|candidate| *candidate == queue) {
        queues.swap_remove(index);
    }
}
