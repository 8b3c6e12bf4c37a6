//! Makes a vhost of what was kept of it.

use super::definition::read;
use super::waiting::Waiting;
use super::{
    BindingDefinition, Change, Changes, ExchangeDefinition, Published, QueueDefinition, QueueNumber, Recollection,
    Stored, UnknownRecord,
};
use crate::queue::{Content, Entry};
use crate::stream::Recent;
use crate::{Binding, LogPart, Time};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// What the records of a vhost say, so far. Give it all of them, in order, then [`crate::Vhost::recover`].
///
/// Records may say again what [`Recovery::replay_definitions`] said already: definitions are newer than the oldest records.
#[derive(Debug, Default)]
pub struct Recovery {
    pub(crate) queues: HashMap<QueueNumber, Recovered>,
    pub(crate) exchanges: BTreeMap<String, ExchangeDefinition>,
    /// Deduplication ids.
    pub(crate) remembered: Vec<Recollection>,
    /// What the caller has defined, by kind and name.
    pub(crate) defined: BTreeMap<(Box<str>, Box<str>), Box<str>>,
    pub(crate) last_queue: QueueNumber,
}

/// What is known of a queue.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// `None`: it was declared before the oldest record, and deleted after.
    pub(crate) definition: Option<QueueDefinition>,
    pub(crate) bindings: Vec<Binding>,
    messages: Waiting,
    /// When messages that stay away return.
    pub(crate) delayed: HashMap<u64, Time>,
    pub(crate) last: u64,
    pub(crate) delivered: u64,
    /// If it is a stream.
    pub(crate) stream: RecoveredStream,
}

/// What is known of a stream.
#[derive(Debug, Default)]
pub(crate) struct RecoveredStream {
    pub(crate) parts: Vec<LogPart>,
    /// What precedes this offset was dropped, though records may hold some of it still.
    first: u64,
    /// What was not moved, by offset.
    recent: BTreeMap<u64, Recent>,
    /// Committed offsets of groups, and how far each has seen.
    pub(crate) groups: BTreeMap<String, (u64, u64)>,
}

impl Recovered {
    /// Its messages by their numbers.
    pub(crate) fn take_messages(&mut self) -> VecDeque<Entry> {
        std::mem::take(&mut self.messages).into_entries()
    }

    fn is_stream(&self) -> bool {
        self.definition.as_ref().is_some_and(|definition| definition.epoch.is_some())
    }
}

impl RecoveredStream {
    fn trim(&mut self, first: u64) {
        self.first = self.first.max(first);
        self.parts.retain(|part| part.end > first);
        self.recent = self.recent.split_off(&self.first);
    }

    /// The offset behind what was moved.
    fn moved(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.end)
    }

    /// All that was not moved, without gaps; and the next offset, if that was to be `last`.
    pub(crate) fn take_recent(&mut self, last: u64) -> (VecDeque<Recent>, u64) {
        let recent = std::mem::take(&mut self.recent);
        let next =
            recent.last_key_value().map_or(0, |(offset, _)| offset + 1).max(self.moved()).max(self.first).max(last);
        let first = match self.parts.is_empty() {
            true => recent.first_key_value().map_or(next, |(offset, _)| *offset),
            false => self.moved(),
        };
        let lost = Recent { place: 0, at: Time(0), size: 0 };
        let without_gaps = (first..next).map(|offset| recent.get(&offset).copied().unwrap_or(lost)).collect();
        (without_gaps, next)
    }
}

impl Recovery {
    /// Definitions, as [`crate::Vhost::definitions`] wrote them.
    pub fn replay_definitions(&mut self, definitions: &[u8]) -> Result<(), UnknownRecord> {
        Changes::of(definitions).try_for_each(|read| self.apply(read?, 0))
    }

    /// The next record, and where it begins.
    pub fn replay(&mut self, record: &[u8], place: u64) -> Result<(), UnknownRecord> {
        Changes::of(record).try_for_each(|read| self.apply(read?, place))
    }

    /// How many queues there are, how many streams, and how many messages in all of them; one in two queues counts twice.
    pub fn count(&self) -> (u64, u64, u64) {
        let declared = self.queues.values().filter(|queue| queue.definition.is_some());
        declared.fold((0, 0, 0), |(queues, streams, messages), queue| {
            let moved: u64 = queue.stream.parts.iter().map(|part| part.end - part.first).sum();
            let here = queue.messages.len() + queue.stream.recent.len();
            let is_stream = u64::from(queue.is_stream());
            (queues + 1 - is_stream, streams + is_stream, messages + here as u64 + moved)
        })
    }

    /// What the caller has defined of a kind, by name.
    pub fn defined(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        of_kind(&self.defined, kind)
    }

    /// The parts of the logs of streams, to be looked after; those that turn out to be lost are taken out.
    pub fn logs(&mut self) -> impl Iterator<Item = (u64, &mut Vec<LogPart>)> {
        let streams = self.queues.iter_mut().filter(|(_, queue)| queue.is_stream());
        streams.map(|(number, queue)| (*number, &mut queue.stream.parts))
    }

    fn apply(&mut self, read: super::Read<'_>, place: u64) -> Result<(), UnknownRecord> {
        match read.change {
            Change::Published(published) => self.publish(&Stored::of(published, read.headers, read.body), place),
            Change::Settled { queue, number } => {
                let queue = self.queue(queue);
                queue.messages.remove(number);
                queue.delayed.remove(&number);
            }
            Change::Returned { queue, number, delivery_count, until } => {
                let queue = self.queue(queue);
                if let Some(entry) = queue.messages.get_mut(number) {
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
                let (exchange, routing_key) = (exchange.into_owned(), routing_key.into_owned());
                self.remembered.push(Recollection::At { exchange, routing_key, id: id.into_owned(), since });
            }
            Change::RememberedIn { scope, id, until } => {
                let (scope, id) = (scope.into_owned(), id.into_owned());
                self.remembered.push(Recollection::In { scope, id, until });
            }
            Change::Numbered { last } => self.last_queue = self.last_queue.max(last),
            Change::Defined { kind, name, definition } => {
                self.defined.insert((kind.into(), name.into()), definition.into());
            }
            Change::Undefined { kind, name } => _ = self.defined.remove(&(kind.into(), name.into())),
            change => self.apply_to_stream(change),
        }
        Ok(())
    }

    fn apply_to_stream(&mut self, change: Change<'_>) {
        match change {
            Change::Committed { stream, group, offset, delivered } => {
                // A group that was deleted and made anew may begin before where it was: the last word counts.
                self.queue(stream).stream.groups.insert(group.into_owned(), (offset, delivered));
            }
            Change::GroupDeleted { stream, group } => _ = self.queue(stream).stream.groups.remove(&*group),
            Change::Moved { stream, parts } => self.queue(stream).stream.parts = parts.into_owned(),
            Change::Trimmed { stream, first } => self.queue(stream).stream.trim(first),
            _ => {}
        }
    }

    fn queue(&mut self, queue: QueueNumber) -> &mut Recovered {
        self.queues.entry(queue).or_default()
    }

    fn publish(&mut self, stored: &Stored<'_>, place: u64) {
        let Published { to, exchange, routing_key, deduplication_id, at, .. } = stored.published();
        if let Some(id) = deduplication_id {
            let (exchange, routing_key, id) = ((*exchange).to_owned(), (*routing_key).to_owned(), (*id).to_owned());
            self.remembered.push(Recollection::At { exchange, routing_key, id, since: *at });
        }
        let octets = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (size, body, copies) = (octets(stored.size()), octets(stored.body_len()), octets(to.len()));
        for to in to.iter() {
            let queue = self.queue(to.queue);
            if queue.is_stream() {
                if to.number >= queue.stream.moved().max(queue.stream.first) {
                    queue.stream.recent.insert(to.number, Recent { place, at: *at, size });
                }
                continue;
            }
            queue.last = queue.last.max(to.number);
            queue.messages.insert(Entry {
                content: Content::Away { size, body },
                number: to.number,
                delivery_count: 0,
                expires: to.expires,
                record: place,
                copies,
            });
        }
    }
}

/// The definitions of a kind by name.
pub(crate) fn of_kind<'a>(
    defined: &'a BTreeMap<(Box<str>, Box<str>), Box<str>>,
    kind: &str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let first: (Box<str>, Box<str>) = (kind.into(), "".into());
    let of_kind = defined.range(first.clone()..).take_while(move |((kind, _), _)| *kind == first.0);
    of_kind.map(|((_, name), definition)| (&**name, &**definition))
}

fn read_binding(definition: &str) -> Result<Binding, UnknownRecord> {
    read::<BindingDefinition>(definition).map(Binding::from)
}
