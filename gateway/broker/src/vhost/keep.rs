//! What is kept of a vhost, and how it comes back.

use super::Vhost;
use crate::effect::Effects;
use crate::queue::{Queue, Role};
use crate::record::{
    BindingDefinition, Change, ExchangeDefinition, QueueDefinition, Recollection, Recovered, Recovery, UnknownRecord,
    write,
};
use crate::routing::QueueId;
use crate::stream::{Cursor, Stream};
use crate::{Limits, Time};
use std::cmp::Reverse;
use std::sync::Arc;

impl Vhost {
    /// The vhost that records tell of, which writes records from now on: see [`Vhost::record`]. The next begins at `place`, behind all of
    /// them.
    pub fn recover(
        limits: Limits,
        seed: u64,
        recovery: Recovery,
        place: u64,
        now: Time,
        effects: &mut Effects,
    ) -> Result<Self, UnknownRecord> {
        let mut vhost = Vhost::new(limits, seed);
        vhost.now = now;
        let Recovery { queues, exchanges, mut remembered, defined, last_queue } = recovery;
        vhost.defined = defined;
        remembered.sort_by_key(Recollection::time);
        for exchange in exchanges.into_values() {
            // One of the server's own, or one there is already, is left as it is.
            let _ = vhost.routing.declare(exchange.declaration()?);
        }
        let mut queues: Vec<_> = queues.into_iter().collect();
        queues.sort_unstable_by_key(|(number, _)| Reverse(*number));
        for (number, recovered) in queues {
            vhost.recover_queue(number, recovered)?;
        }
        for recollection in remembered {
            recollection.give_back(&mut vhost.deduplication, now);
        }
        vhost.keeper.begin(place, last_queue);
        vhost.check_memory(effects);
        Ok(vhost)
    }

    fn recover_queue(&mut self, number: u64, mut recovered: Recovered) -> Result<(), UnknownRecord> {
        let Some(definition) = recovered.definition.take() else { return Ok(()) };
        if self.names.contains_key(definition.name.as_str()) {
            return Ok(()); // it was deleted and declared again, and damage has taken away the record of that
        }
        let settings = definition.settings()?;
        self.refusing_queues += usize::from(settings.arguments().rejects());
        let name: Arc<str> = definition.name.as_str().into();
        let mut queue = Queue::new(Arc::clone(&name), settings, None, self.now);
        match definition.epoch {
            Some(epoch) => self.recover_stream(&mut queue, epoch, number, &mut recovered),
            None => self.recover_messages(&mut queue, number, &mut recovered),
        }
        let id = QueueId(u32::try_from(self.queues.insert(queue)).unwrap_or(u32::MAX));
        self.names.insert(name, id);
        for binding in recovered.bindings {
            if self.routing.bind(&binding, id).is_ok() {
                self.queues[id.into()].bindings.push(binding);
            }
        }
        for (group, (offset, delivered)) in recovered.stream.groups {
            let next = offset.min(self.queues[id.into()].stream().map_or(0, Stream::next));
            let epoch = definition.epoch.unwrap_or_default();
            let mut cursor = Cursor::new(id, epoch, next);
            (cursor.group, cursor.delivered) = (Some(group.into()), delivered);
            self.add_cursor(id, cursor);
        }
        self.schedule(id);
        Ok(())
    }

    fn recover_messages(&mut self, queue: &mut Queue, number: u64, recovered: &mut Recovered) {
        let Recovered { last, delivered, .. } = *recovered;
        let mut messages = recovered.take_messages();
        for entry in &mut messages {
            if entry.number <= delivered && entry.delivery_count == 0 {
                entry.delivery_count = 1; // somebody may have seen it
            }
            self.held += entry.held();
            self.keeper.recover(entry);
        }
        queue.recover(number, last, delivered, messages);
        for (number, until) in &recovered.delayed {
            if let Some(entry) = queue.remove(*number) {
                queue.delay(entry, *until);
            }
        }
    }

    fn recover_stream(&mut self, queue: &mut Queue, epoch: u64, number: u64, recovered: &mut Recovered) {
        let (recent, next) = recovered.stream.take_recent(recovered.last);
        let mut stream = Stream::new(epoch);
        stream.recover(std::mem::take(&mut recovered.stream.parts), recent, next);
        let dropped = stream.retain(queue.settings.arguments(), self.now);
        if !dropped.parts.is_empty() {
            self.leftovers.push((number, stream.first(), dropped.parts));
        }
        self.held += self.held_by(&stream);
        self.last_epoch = self.last_epoch.max(epoch);
        queue.number = number;
        queue.role = Role::Stream(Box::new(stream));
    }

    /// Octets of memory that a stream takes: none, unless memory is all there is to keep it in.
    pub(super) fn held_by(&self, stream: &Stream) -> usize {
        match self.limits.is_memory_all {
            true => usize::try_from(stream.octets()).unwrap_or(usize::MAX),
            false => 0,
        }
    }

    /// What is to be kept of what was done since [`Vhost::handle_recorded`]: the caller appends it to its journal. Empty, if it is
    /// nothing. Nobody is to be told of what was done before this is durable.
    pub fn record(&self) -> &[u8] {
        self.keeper.record()
    }

    /// Where the record begins that is being written, as the caller said last.
    pub fn record_place(&self) -> u64 {
        self.keeper.place()
    }

    /// The record was appended. The next begins at `next`.
    pub fn handle_recorded(&mut self, next: u64) {
        self.keeper.handle_taken(next);
    }

    /// Octets of messages in records that are still needed, and that cannot be moved to the log of a stream.
    pub fn live(&self) -> u64 {
        let small = self.limits.small_stream;
        let streams = self.queues.iter().filter_map(|(_, queue)| queue.stream());
        self.keeper.live() + streams.map(|stream| stream.carried_octets(small)).sum::<u64>()
    }

    /// All that is declared, for [`Recovery::replay_definitions`].
    pub fn definitions(&self) -> Vec<u8> {
        let mut definitions = Vec::new();
        for row in self.routing.exchanges().filter(|row| row.durable && !is_built_in(&row.name)) {
            let definition = ExchangeDefinition::new(&row);
            Change::ExchangeDeclared { definition: write(&definition).into() }.write(&mut definitions);
        }
        for (_, queue) in self.queues.iter().filter(|(_, queue)| queue.number != 0) {
            self.write_queue(queue, &mut definitions);
        }
        for ((kind, name), definition) in &self.defined {
            let (kind, name, definition) = ((&**kind).into(), (&**name).into(), (&**definition).into());
            Change::Defined { kind, name, definition }.write(&mut definitions);
        }
        for remembered in self.deduplication.iter() {
            Change::from(remembered).write(&mut definitions);
        }
        Change::Numbered { last: self.keeper.last_queue() }.write(&mut definitions);
        definitions
    }

    fn write_queue(&self, queue: &Queue, definitions: &mut Vec<u8>) {
        let number = queue.number;
        let epoch = queue.stream().map(|stream| stream.epoch);
        let definition = QueueDefinition::new(&queue.name, &queue.settings, epoch);
        let definition = write(&definition).into();
        Change::QueueDeclared { queue: number, definition }.write(definitions);
        for binding in queue.bindings.iter().filter(|binding| self.routing.is_durable(&binding.exchange)) {
            let definition = write(&BindingDefinition::from(binding)).into();
            Change::Bound { queue: number, definition }.write(definitions);
        }
        let (last, delivered) = queue.progress();
        let last = queue.stream().map_or(last, Stream::next);
        Change::Progressed { queue: number, last, delivered }.write(definitions);
        if let Some(stream) = queue.stream() {
            self.define_stream(number, stream, definitions);
        }
    }

    fn define_stream(&self, number: u64, stream: &Stream, definitions: &mut Vec<u8>) {
        let parts: Vec<_> = stream.parts().copied().collect();
        Change::Moved { stream: number, parts: parts.into() }.write(definitions);
        Change::Trimmed { stream: number, first: stream.first() }.write(definitions);
        for cursor in stream.cursors.iter().filter_map(|id| self.queues[(*id).into()].cursor()) {
            if let Some(group) = cursor.group.as_deref() {
                let (offset, delivered) = (cursor.committed(), cursor.delivered);
                Change::Committed { stream: number, group: group.into(), offset, delivered }.write(definitions);
            }
        }
    }

    /// Writes how far queues, and groups that read streams, have come.
    pub(super) fn write_progress(&mut self) {
        for id in self.keeper.take_progressed() {
            let Some(state) = self.queues.get_mut(id.into()) else { continue };
            if state.cursor().is_some() {
                self.write_commit(id);
                continue;
            }
            let (last, delivered) = state.note_progress();
            self.keeper.write_progress(state.number, last, delivered);
        }
    }

    /// The journal can take no more for now, or it can again.
    pub fn set_storage_alarm(&mut self, is_full: bool, now: Time, effects: &mut Effects) {
        self.now = now;
        self.storage_alarm = is_full;
        self.check_room(effects);
        self.finish(effects);
    }
}

fn is_built_in(name: &str) -> bool {
    name.is_empty() || name.starts_with("amq.") || name.starts_with("wharf.")
}
