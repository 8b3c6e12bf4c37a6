//! Writes the record of the command that is being handled.

use super::definition::write;
use super::{BindingDefinition, Change, ExchangeDefinition, Published, QueueDefinition, QueueNumber, Stored, To};
use crate::queue::{Entry, Queue};
use crate::routing::QueueId;
use crate::stats::ExchangeRow;
use crate::{Binding, DeduplicationId, Message, Time};
use std::borrow::Cow;

/// What is to be kept of the command that is being handled.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    /// Whether anything is.
    is_on: bool,
    /// The record so far.
    record: Vec<u8>,
    /// Where it begins in the journal, as the caller said. Only the order matters here, and that it is not 0.
    place: u64,
    /// The number of the last queue that was declared.
    last_queue: QueueNumber,
    /// Where the message goes that is being published.
    to: Vec<To>,
    /// The deduplication id of the message that is being published, if it is of its place.
    deduplication_id: Option<Box<str>>,
    /// Octets of messages that are kept and not settled. One that is in several queues counts in each with its share.
    live: u64,
    /// Queues that have delivered more than their records say.
    progressed: Vec<QueueId>,
}

/// A message that has left its queue, which its record does not say yet.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) struct Left {
    queue: QueueNumber,
    number: u64,
    record: u64,
}

impl Keeper {
    /// Goes on there, after so many queues.
    pub(crate) fn begin(&mut self, place: u64, last_queue: QueueNumber) {
        self.is_on = true;
        self.place = place;
        self.last_queue = last_queue;
    }

    /// The record of what was done since the last was taken; empty: there is nothing to keep.
    pub(crate) fn record(&self) -> &[u8] {
        &self.record
    }

    /// Where the record begins that is being written.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }

    /// The record was taken: the next begins there.
    pub(crate) fn handle_taken(&mut self, next: u64) {
        self.place = next;
        self.record.clear();
    }

    pub(crate) fn live(&self) -> u64 {
        self.live
    }

    pub(crate) fn last_queue(&self) -> QueueNumber {
        self.last_queue
    }

    /// The number of a queue that is declared now.
    pub(crate) fn declare(&mut self, queue: &Queue) -> QueueNumber {
        let settings = &queue.settings;
        if !self.is_on || !settings.durable || settings.exclusive || settings.drops_oldest {
            return 0;
        }
        self.last_queue += 1;
        let epoch = queue.stream().map(|stream| stream.epoch);
        let definition = write(&QueueDefinition::new(&queue.name, settings, epoch)).into();
        Change::QueueDeclared { queue: self.last_queue, definition }.write(&mut self.record);
        self.last_queue
    }

    /// A queue is deleted, with these messages in it.
    pub(crate) fn delete<'a>(&mut self, queue: QueueNumber, entries: impl Iterator<Item = &'a Entry>) {
        if queue != 0 {
            self.live -= entries.map(share).sum::<u64>();
            Change::QueueDeleted { queue }.write(&mut self.record);
        }
    }

    /// A durable exchange is declared.
    pub(crate) fn declare_exchange(&mut self, row: &ExchangeRow) {
        if self.is_on {
            let definition = write(&ExchangeDefinition::new(row)).into();
            Change::ExchangeDeclared { definition }.write(&mut self.record);
        }
    }

    /// A durable exchange is deleted.
    pub(crate) fn delete_exchange(&mut self, name: &str) {
        if self.is_on {
            Change::ExchangeDeleted { name: name.into() }.write(&mut self.record);
        }
    }

    /// A queue is bound to a durable exchange.
    pub(crate) fn bind(&mut self, queue: QueueNumber, binding: &Binding) {
        if queue != 0 {
            let definition = write(&BindingDefinition::from(binding)).into();
            Change::Bound { queue, definition }.write(&mut self.record);
        }
    }

    /// A binding is taken back.
    pub(crate) fn unbind(&mut self, queue: QueueNumber, binding: &Binding) {
        if queue != 0 {
            let definition = write(&BindingDefinition::from(binding)).into();
            Change::Unbound { queue, definition }.write(&mut self.record);
        }
    }

    /// A new message has a place in a queue from now on.
    pub(crate) fn admit(&mut self, queue: QueueNumber, entry: &Entry) {
        self.live += share(entry);
        self.to.push(To { queue, number: entry.number, expires: entry.expires });
    }

    /// The message that is being published has this deduplication id. That of a place is kept with the message, that of a scope even if
    /// no queue keeps the message.
    pub(crate) fn remember(&mut self, id: &DeduplicationId, now: Time) {
        match &id.scope {
            None => self.deduplication_id = Some(id.text.clone()),
            Some(scope) if self.is_on => {
                let (scope, until) = ((&*scope.name).into(), now + scope.time);
                Change::RememberedIn { scope, id: (&*id.text).into(), until }.write(&mut self.record);
            }
            Some(_) => {}
        }
    }

    /// The message that is being published has come wherever it goes.
    pub(crate) fn handle_fanned_out(&mut self) {
        self.deduplication_id = None;
    }

    /// A new message was given to all its queues.
    pub(crate) fn publish(&mut self, message: &Message, at: Time) {
        if !self.to.is_empty() {
            let deduplication_id = self.deduplication_id.take();
            let to = std::mem::take(&mut self.to);
            write_published(&mut self.record, message, &to, deduplication_id.as_deref(), at);
            self.to = to;
            self.to.clear();
        }
    }

    /// A message leaves its queue; `None`: it was not kept.
    pub(crate) fn leave(&mut self, queue: QueueNumber, entry: &Entry) -> Option<Left> {
        (entry.record != 0).then(|| {
            self.live -= share(entry);
            Left { queue, number: entry.number, record: entry.record }
        })
    }

    /// What left is not to come back.
    pub(crate) fn settle(&mut self, left: Option<Left>) {
        let Some(Left { queue, number, record }) = left else { return };
        if record == self.place
            && let Some(index) = self.to.iter().position(|to| (to.queue, to.number) == (queue, number))
        {
            self.to.swap_remove(index); // it leaves before it is known to have come
        } else {
            Change::Settled { queue, number }.write(&mut self.record);
        }
    }

    /// A message comes back to its queue.
    pub(crate) fn return_to(&mut self, queue: QueueNumber, entry: &Entry, until: Time) {
        if entry.record != 0 {
            let Entry { number, delivery_count, .. } = *entry;
            Change::Returned { queue, number, delivery_count, until }.write(&mut self.record);
        }
    }

    /// A queue has delivered what it had not delivered before. That is written sooner or later: not for every delivery.
    pub(crate) fn progress(&mut self, queue: QueueId) {
        self.progressed.push(queue);
    }

    /// Queues whose progress is to be written now.
    pub(crate) fn take_progressed(&mut self) -> Vec<QueueId> {
        std::mem::take(&mut self.progressed)
    }

    pub(crate) fn write_progress(&mut self, queue: QueueNumber, last: u64, delivered: u64) {
        if queue != 0 {
            Change::Progressed { queue, last, delivered }.write(&mut self.record);
        }
    }

    /// A message of a stream is to be kept.
    pub(crate) fn append(&mut self, stream: QueueNumber, offset: u64) {
        self.to.push(To { queue: stream, number: offset, expires: Time::NEVER });
    }

    /// A consumer group has come to this offset.
    pub(crate) fn commit(&mut self, stream: QueueNumber, group: &str, offset: u64, delivered: u64) {
        if stream != 0 {
            Change::Committed { stream, group: group.into(), offset, delivered }.write(&mut self.record);
        }
    }

    /// A consumer group is deleted.
    pub(crate) fn delete_group(&mut self, stream: QueueNumber, group: &str) {
        if stream != 0 {
            Change::GroupDeleted { stream, group: group.into() }.write(&mut self.record);
        }
    }

    /// What the log of a stream holds before this offset is dropped.
    pub(crate) fn trim(&mut self, stream: QueueNumber, first: u64) {
        if stream != 0 {
            Change::Trimmed { stream, first }.write(&mut self.record);
        }
    }

    /// Writes a message of an earlier record anew.
    pub(crate) fn carry(&mut self, queue: QueueNumber, entry: &mut Entry, until: Time, stored: &Stored<'_>) {
        self.live -= share(entry);
        (entry.record, entry.copies) = (self.place, 1);
        self.live += share(entry);
        stored.write_to(To { queue, number: entry.number, expires: entry.expires }, &mut self.record);
        if entry.delivery_count > 0 || until != Time(0) {
            self.return_to(queue, entry, until);
        }
    }

    /// Writes a message of a stream anew. Returns where.
    pub(crate) fn carry_appended(&mut self, stream: QueueNumber, offset: u64, stored: &Stored<'_>) -> u64 {
        stored.write_to(To { queue: stream, number: offset, expires: Time::NEVER }, &mut self.record);
        self.place
    }

    /// The caller has defined something.
    pub(crate) fn define(&mut self, kind: &str, name: &str, definition: &str) {
        if self.is_on {
            Change::Defined { kind: kind.into(), name: name.into(), definition: definition.into() }
                .write(&mut self.record);
        }
    }

    /// The caller has taken a definition back.
    pub(crate) fn undefine(&mut self, kind: &str, name: &str) {
        if self.is_on {
            Change::Undefined { kind: kind.into(), name: name.into() }.write(&mut self.record);
        }
    }

    /// A message that was recovered.
    pub(crate) fn recover(&mut self, entry: &Entry) {
        self.live += share(entry);
    }
}

fn write_published(record: &mut Vec<u8>, message: &Message, to: &[To], deduplication_id: Option<&str>, at: Time) {
    let headers = message.headers.packed();
    let length = |octets: &[u8]| u32::try_from(octets.len()).unwrap_or(u32::MAX);
    let published = Published {
        id: message.id,
        to: Cow::Borrowed(to),
        exchange: &message.exchange,
        routing_key: &message.routing_key,
        expires: message.expires,
        deaths: message.deaths.as_deref().map(Cow::Borrowed),
        deduplication_id,
        at,
        headers: length(headers),
        body: length(&message.body),
    };
    record.reserve(headers.len() + message.body.len() + 64);
    Change::published(published).write(record);
    record.extend_from_slice(headers);
    record.extend_from_slice(&message.body);
}

/// The octets that an entry keeps alive.
fn share(entry: &Entry) -> u64 {
    match entry.record {
        0 => 0,
        _ => entry.size() as u64 / u64::from(entry.copies.max(1)),
    }
}
