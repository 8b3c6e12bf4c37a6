//! Makes a vhost of what was kept of it.

use super::definition::read;
use super::{
    BindingDefinition, Change, Changes, ExchangeDefinition, Published, QueueDefinition, QueueNumber, UnknownRecord,
};
use crate::queue::Entry;
use crate::{Binding, Headers, Message, Time};
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What the records of a vhost say, so far. Give it all of them, in order, then [`crate::Vhost::recover`].
///
/// Records may say again what [`Recovery::replay_definitions`] said already: definitions are newer than the oldest records.
#[derive(Debug, Default)]
pub struct Recovery {
    pub(crate) queues: HashMap<QueueNumber, Recovered>,
    pub(crate) exchanges: BTreeMap<String, ExchangeDefinition>,
    /// Exchange, routing key, id, and since when: in the order in which they were published.
    pub(crate) remembered: Vec<(String, String, String, Time)>,
    pub(crate) last_queue: QueueNumber,
    /// Records that were read.
    pub(crate) records: u64,
}

/// What is known of a queue.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// `None`: it was declared before the oldest record, and deleted after.
    pub(crate) definition: Option<QueueDefinition>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) messages: BTreeMap<u64, Entry>,
    /// When messages that stay away return.
    pub(crate) delayed: HashMap<u64, Time>,
    pub(crate) last: u64,
    pub(crate) delivered: u64,
}

impl Recovery {
    /// Definitions, as [`crate::Vhost::definitions`] wrote them.
    pub fn replay_definitions(&mut self, definitions: &[u8]) -> Result<(), UnknownRecord> {
        Changes::of(definitions).try_for_each(|read| self.apply(read?))
    }

    /// The next record. Returns its number.
    pub fn replay(&mut self, record: &[u8]) -> Result<u64, UnknownRecord> {
        self.records += 1;
        Changes::of(record).try_for_each(|read| self.apply(read?))?;
        Ok(self.records)
    }

    /// How many queues there are, and how many messages in them.
    pub fn count(&self) -> (u64, u64) {
        let declared = self.queues.values().filter(|queue| queue.definition.is_some());
        declared.fold((0, 0), |(queues, messages), queue| (queues + 1, messages + queue.messages.len() as u64))
    }

    fn apply(&mut self, read: super::Read<'_>) -> Result<(), UnknownRecord> {
        match read.change {
            Change::Published(published) => self.publish(&published, read.headers, read.body),
            Change::Settled { queue, number } => {
                let queue = self.queue(queue);
                queue.messages.remove(&number);
                queue.delayed.remove(&number);
            }
            Change::Returned { queue, number, delivery_count, until } => {
                let queue = self.queue(queue);
                if let Some(entry) = queue.messages.get_mut(&number) {
                    entry.delivery_count = delivery_count;
                    match until {
                        Time(0) => _ = queue.delayed.remove(&number),
                        until => _ = queue.delayed.insert(number, until),
                    }
                }
            }
            Change::Progressed { queue, last, delivered } => {
                let queue = self.queue(queue);
                queue.last = queue.last.max(last);
                queue.delivered = queue.delivered.max(delivered);
            }
            Change::QueueDeclared { queue, definition } => {
                self.last_queue = self.last_queue.max(queue);
                self.queue(queue).definition = Some(super::definition::read(&definition)?);
            }
            Change::QueueDeleted { queue } => _ = self.queues.remove(&queue),
            Change::ExchangeDeclared { definition } => {
                let definition: ExchangeDefinition = super::definition::read(&definition)?;
                self.exchanges.insert(definition.name.clone(), definition);
            }
            Change::ExchangeDeleted { name } => {
                self.exchanges.remove(&*name);
                self.queues.values_mut().for_each(|queue| queue.bindings.retain(|binding| binding.exchange != *name));
            }
            Change::Bound { queue, definition } => {
                let binding = read_binding(&definition)?;
                let queue = self.queue(queue);
                if !queue.bindings.contains(&binding) {
                    queue.bindings.push(binding);
                }
            }
            Change::Unbound { queue, definition } => {
                let binding = read_binding(&definition)?;
                self.queue(queue).bindings.retain(|other| *other != binding);
            }
            Change::Remembered { exchange, routing_key, id, since } => {
                self.remembered.push((exchange.into_owned(), routing_key.into_owned(), id.into_owned(), since));
            }
            Change::Numbered { last } => self.last_queue = self.last_queue.max(last),
        }
        Ok(())
    }

    fn queue(&mut self, queue: QueueNumber) -> &mut Recovered {
        self.queues.entry(queue).or_default()
    }

    fn publish(&mut self, published: &Published<'_>, headers: &[u8], body: &[u8]) {
        let Published { to, exchange, routing_key, expires, deaths, deduplication_id, at, .. } = published;
        if let Some(id) = deduplication_id {
            let remembered = ((*exchange).to_owned(), (*routing_key).to_owned(), (*id).to_owned(), *at);
            self.remembered.push(remembered);
        }
        let headers = Headers::from_packed(headers);
        let message = Message::new((*exchange).to_owned(), *routing_key, headers, Bytes::copy_from_slice(body))
            .expiring(*expires)
            .persistent()
            .with_deaths(deaths.clone().map(Cow::into_owned));
        let message = Arc::new(message);
        let copies = u32::try_from(to.len()).unwrap_or(u32::MAX);
        let record = self.records;
        for place in to.iter() {
            let queue = self.queue(place.queue);
            queue.last = queue.last.max(place.number);
            let entry = Entry {
                message: Arc::clone(&message),
                number: place.number,
                delivery_count: 0,
                expires: place.expires,
                record,
                copies,
            };
            queue.messages.insert(place.number, entry);
        }
    }
}

fn read_binding(definition: &str) -> Result<Binding, UnknownRecord> {
    read::<BindingDefinition>(definition).map(Binding::from)
}
