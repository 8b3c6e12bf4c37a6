//! What is kept of a vhost, and how it comes back.

use super::Vhost;
use crate::effect::Effects;
use crate::queue::{Entry, Queue};
use crate::record::{
    BindingDefinition, Change, ExchangeDefinition, QueueDefinition, Recovered, Recovery, UnknownRecord, write,
};
use crate::routing::QueueId;
use crate::{Limits, Time};
use std::cmp::Reverse;
use std::sync::Arc;

impl Vhost {
    /// The vhost that records tell of, which writes records from now on: see [`Vhost::record`].
    pub fn recover(
        limits: Limits,
        seed: u64,
        recovery: Recovery,
        now: Time,
        effects: &mut Effects,
    ) -> Result<Self, UnknownRecord> {
        let mut vhost = Vhost::new(limits, seed);
        vhost.now = now;
        let Recovery { queues, exchanges, mut remembered, last_queue, records } = recovery;
        remembered.sort_by_key(|(.., since)| *since);
        for exchange in exchanges.into_values() {
            // One of the server's own, or one there is already, is left as it is.
            let _ = vhost.routing.declare(exchange.declaration()?);
        }
        let mut queues: Vec<_> = queues.into_iter().collect();
        queues.sort_unstable_by_key(|(number, _)| Reverse(*number));
        for (number, recovered) in queues {
            vhost.recover_queue(number, recovered)?;
        }
        for (exchange, routing_key, id, since) in remembered {
            vhost.deduplication.remember(&exchange, &routing_key, &id, since);
        }
        vhost.keeper.begin(records, last_queue);
        vhost.check_memory(effects);
        Ok(vhost)
    }

    fn recover_queue(&mut self, number: u64, recovered: Recovered) -> Result<(), UnknownRecord> {
        let Recovered { definition: Some(definition), bindings, messages, delayed, last, delivered } = recovered else {
            return Ok(());
        };
        if self.names.contains_key(definition.name.as_str()) {
            return Ok(()); // it was deleted and declared again, and damage has taken away the record of that
        }
        let settings = definition.settings()?;
        self.refusing_queues += usize::from(settings.arguments().rejects());
        let name: Arc<str> = definition.name.as_str().into();
        let mut queue = Queue::new(Arc::clone(&name), settings, None, self.now);
        queue.recover(number, last, delivered);
        for (number, mut entry) in messages {
            if number <= delivered && entry.delivery_count == 0 {
                entry.delivery_count = 1; // somebody may have seen it
            }
            self.held += entry.message.size();
            self.keeper.recover(&entry);
            match delayed.get(&number) {
                Some(until) => queue.delay(entry, *until),
                None => queue.push(entry),
            }
        }
        let id = QueueId(u32::try_from(self.queues.insert(queue)).unwrap_or(u32::MAX));
        self.names.insert(name, id);
        for binding in bindings {
            if self.routing.bind(&binding, id).is_ok() {
                self.queues[id.into()].bindings.push(binding);
            }
        }
        self.schedule(id);
        Ok(())
    }

    /// What is to be kept of what was done since [`Vhost::handle_recorded`]: the caller appends it to its journal. Empty, if it is
    /// nothing. Nobody is to be told of what was done before this is durable.
    pub fn record(&self) -> &[u8] {
        self.keeper.record()
    }

    /// The number of the record that is being written.
    pub fn record_number(&self) -> u64 {
        self.keeper.number()
    }

    /// The record was appended.
    pub fn handle_recorded(&mut self) {
        self.keeper.handle_taken();
    }

    /// Octets of messages in records that are still needed.
    pub fn live(&self) -> u64 {
        self.keeper.live()
    }

    /// Writes again, into the record, what is needed of records before this one: a part of about so many octets. `false`:
    /// there is more.
    pub fn carry(&mut self, before: u64, octets: usize, now: Time) -> bool {
        self.now = now;
        let Vhost { queues, subscriptions, keeper, .. } = self;
        for (_, queue) in queues.iter_mut().filter(|(_, queue)| queue.number != 0) {
            let number = queue.number;
            let mut carry = |entry: &mut Entry, until| {
                if entry.record != 0 && entry.record < before && keeper.record().len() < octets {
                    keeper.carry(number, entry, until, now);
                }
            };
            for key in &queue.subscriptions {
                if let Some(subscription) = subscriptions.get_mut(*key) {
                    subscription.unacked_mut().for_each(|entry| carry(entry, Time(0)));
                }
            }
            queue.entries_mut().for_each(|(until, entry)| carry(entry, until));
            if keeper.record().len() >= octets {
                return false;
            }
        }
        true
    }

    /// All that is declared, for [`Recovery::replay_definitions`].
    pub fn definitions(&self) -> Vec<u8> {
        let mut definitions = Vec::new();
        for row in self.routing.exchanges().filter(|row| row.durable && !is_built_in(&row.name)) {
            let definition = ExchangeDefinition::new(&row);
            Change::ExchangeDeclared { definition: write(&definition).into() }.write(&mut definitions);
        }
        for (_, queue) in self.queues.iter().filter(|(_, queue)| queue.number != 0) {
            self.define(queue, &mut definitions);
        }
        for (name, since) in self.deduplication.iter() {
            let (exchange, routing_key, id) = name;
            let (exchange, routing_key, id) = (exchange.into(), routing_key.into(), id.into());
            Change::Remembered { exchange, routing_key, id, since }.write(&mut definitions);
        }
        Change::Numbered { last: self.keeper.last_queue() }.write(&mut definitions);
        definitions
    }

    fn define(&self, queue: &Queue, definitions: &mut Vec<u8>) {
        let number = queue.number;
        let definition = QueueDefinition::new(&queue.name, &queue.settings);
        let definition = write(&definition).into();
        Change::QueueDeclared { queue: number, definition }.write(definitions);
        for binding in queue.bindings.iter().filter(|binding| self.routing.is_durable(&binding.exchange)) {
            let definition = write(&BindingDefinition::from(binding)).into();
            Change::Bound { queue: number, definition }.write(definitions);
        }
        let (last, delivered) = queue.progress();
        Change::Progressed { queue: number, last, delivered }.write(definitions);
    }

    /// Writes how far queues have come.
    pub(super) fn write_progress(&mut self) {
        for queue in self.keeper.take_progressed() {
            if let Some(state) = self.queues.get_mut(queue.into()) {
                let (last, delivered) = state.note_progress();
                self.keeper.write_progress(state.number, last, delivered);
            }
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
