//! Declaring, binding, purging and deleting queues.

use super::Vhost;
use crate::command::ExchangeDeclaration;
use crate::effect::{Effects, EndReason};
use crate::limits::{BINDINGS, KEY, NAME};
use crate::queue::{Entry, Queue, Role};
use crate::routing::QueueId;
use crate::stream::Stream;
use crate::subscription::Subscription;
use crate::{Binding, ConnectionId, Effect, Error, Explicit, QueueDeclaration, QueueSettings, QueueType, Time};
use std::sync::Arc;

/// What must hold for a queue to be deleted.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeleteConditions {
    /// Nobody subscribes to it.
    pub if_unused: bool,
    /// Nothing waits or is unacked in it.
    pub if_empty: bool,
}

impl Vhost {
    /// Declares a queue for management. `true`: it was created; `false`: an equal one was there.
    pub fn declare_queue(&mut self, declaration: &QueueDeclaration, now: Time) -> Result<bool, Error> {
        self.now = now;
        let count = self.queues.len();
        self.declare(declaration, None)?;
        Ok(self.queues.len() > count)
    }

    /// Declares an exchange. `true`: it was created; `false`: an equal one was there.
    pub fn declare_exchange(&mut self, exchange: ExchangeDeclaration) -> Result<bool, Error> {
        check_name(&exchange.name)?;
        let name = exchange.name.clone();
        let is_new = self.routing.declare(exchange)?;
        self.topology += u64::from(is_new);
        let row = self.exchanges().find(|row| is_new && row.durable && *row.name == *name);
        if let Some(row) = row {
            self.keeper.declare_exchange(&row);
        }
        Ok(is_new)
    }

    /// Deletes an exchange and its bindings; if asked for, only one without any.
    pub fn delete_exchange(&mut self, name: &str, if_unused: bool) -> Result<(), Error> {
        check_name(name)?;
        let bindings = self.bindings().filter(|binding| &*binding.exchange == name).count();
        if if_unused && bindings > 0 {
            return Err(Error::ExchangeInUse { name: name.to_owned(), bindings });
        }
        if self.routing.is_durable(name) {
            self.keeper.delete_exchange(name);
        }
        self.routing.delete(name)?;
        for (_, queue) in &mut self.queues {
            queue.bindings.retain(|binding| binding.exchange != name);
        }
        self.topology += 1;
        Ok(())
    }

    /// Binds a queue to an exchange; the same binding again changes nothing.
    pub fn bind_queue(&mut self, queue: &str, binding: Binding) -> Result<(), Error> {
        let queue = self.find(queue)?;
        self.bind(queue, binding)
    }

    /// Takes a binding back.
    pub fn unbind_queue(&mut self, queue: &str, binding: &Binding) -> Result<(), Error> {
        let id = self.find(queue)?;
        let bindings = &mut self.queues[id.into()].bindings;
        let Some(index) = bindings.iter().position(|candidate| candidate == binding) else {
            return Err(Error::BindingNotFound { queue: queue.to_owned(), exchange: binding.exchange.clone() });
        };
        let binding = bindings.remove(index);
        self.take_back(id, &binding);
        Ok(())
    }

    fn take_back(&mut self, queue: QueueId, binding: &Binding) {
        self.routing.unbind(binding, queue);
        self.keeper.unbind(self.queues[queue.into()].number, binding);
        self.topology += 1;
    }

    /// Deletes a queue with all it holds, and ends its subscriptions. Returns how many messages were in it.
    pub fn delete_queue(
        &mut self,
        name: &str,
        conditions: DeleteConditions,
        now: Time,
        effects: &mut Effects,
    ) -> Result<u64, Error> {
        self.now = now;
        let messages = self.delete_queue_if(name, conditions, effects);
        self.finish(effects);
        messages
    }

    pub(super) fn delete_queue_if(
        &mut self,
        name: &str,
        conditions: DeleteConditions,
        effects: &mut Effects,
    ) -> Result<u64, Error> {
        let queue = self.find(name)?;
        let state = &self.queues[queue.into()];
        let row = self.queue_row(state);
        let messages = match row.stream {
            Some(_) => row.ready, // what is unacked is in there
            None => row.ready + row.unacked + row.delayed,
        };
        if conditions.if_unused && row.consumers > 0 {
            return Err(Error::QueueInUse { name: name.to_owned(), consumers: row.consumers });
        }
        if conditions.if_empty && messages > 0 {
            return Err(Error::QueueNotEmpty { name: name.to_owned(), messages });
        }
        self.delete(queue, effects);
        Ok(messages)
    }

    pub(super) fn find(&self, name: &str) -> Result<QueueId, Error> {
        self.names.get(name).copied().ok_or_else(|| Error::QueueNotFound { name: name.to_owned() })
    }

    /// The queue of that name, if the connection may read it.
    pub(super) fn find_for(&self, connection: ConnectionId, name: &str) -> Result<QueueId, Error> {
        let queue = self.find(name)?;
        match self.queues[queue.into()].owner {
            Some(owner) if owner != connection => Err(Error::ResourceLocked { name: name.to_owned() }),
            _ => Ok(queue),
        }
    }

    /// The queue of that name, if it agrees in what was asked for by name; or a new one.
    pub(super) fn declare(
        &mut self,
        declaration: &QueueDeclaration,
        connection: Option<ConnectionId>,
    ) -> Result<QueueId, Error> {
        match self.names.get(declaration.name.as_str()) {
            Some(&queue) => {
                let Queue { name, settings, owner, .. } = &self.queues[queue.into()];
                if owner.is_some() && *owner != connection {
                    return Err(Error::ResourceLocked { name: name.to_string() });
                }
                compare(name, settings, &declaration.settings, declaration.explicit)?;
                self.queues[queue.into()].unused_since = self.now; // declaring it again is a use
                Ok(queue)
            }
            None => self.create(&declaration.name, declaration.settings.clone(), connection),
        }
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        settings: QueueSettings,
        connection: Option<ConnectionId>,
    ) -> Result<QueueId, Error> {
        check_name(name)?;
        self.check_queues(0)?;
        let is_stream = check_settings(&settings)?;
        self.check_segment(&settings)?;
        self.refusing_queues += usize::from(settings.arguments().rejects());
        let name: Arc<str> = name.into();
        let owner = connection.filter(|_| settings.exclusive);
        let mut state = Queue::new(Arc::clone(&name), settings, owner, self.now);
        if is_stream {
            self.last_epoch = self.now.0.max(self.last_epoch + 1);
            state.role = Role::Stream(Box::new(Stream::new(self.last_epoch)));
        }
        state.number = self.keeper.declare(&state);
        state.declared = if state.number == 0 { 0 } else { self.keeper.place() };
        let index = self.queues.insert(state);
        let queue = QueueId(u32::try_from(index).unwrap_or(u32::MAX));
        self.names.insert(name, queue);
        if let Some(state) = owner.and_then(|owner| self.connection(owner)) {
            state.owned.push(queue);
        }
        self.topology += 1;
        self.schedule(queue);
        Ok(queue)
    }

    fn check_segment(&self, settings: &QueueSettings) -> Result<(), Error> {
        let least = self.limits.least_segment;
        match settings.arguments().segment_octets.filter(|octets| *octets < least) {
            Some(octets) => Err(Error::BadArgument {
                name: "x-stream-max-segment-size-bytes".to_owned(),
                value: octets.to_string(),
                wanted: "65536 at least: each segment is a file",
            }),
            None => Ok(()),
        }
    }

    /// Whether there may be another queue, beside those that are about to be declared.
    pub(super) fn check_queues(&self, coming: usize) -> Result<(), Error> {
        if self.queues.len() + coming >= self.limits.queues {
            return Err(Error::TooManyQueues { limit: self.limits.queues });
        }
        // Readers of streams are queues in no list: nobody who counts his queues knows of them.
        match self.max_queues.filter(|limit| self.names.len() + coming >= *limit) {
            Some(limit) => Err(Error::TooManyQueues { limit }),
            None => Ok(()),
        }
    }

    /// Lets this vhost have so many queues, from now on; `None`: as many as any may have. Those that are there stay.
    pub fn set_max_queues(&mut self, limit: Option<usize>) {
        self.max_queues = limit;
    }

    pub(super) fn bind(&mut self, queue: QueueId, binding: Binding) -> Result<(), Error> {
        check_key(&binding.key)?;
        let state = &mut self.queues[queue.into()];
        if !state.bindings.contains(&binding) {
            if state.bindings.len() >= BINDINGS {
                return Err(Error::TooManyBindings { name: state.name.to_string(), limit: BINDINGS });
            }
            self.routing.bind(&binding, queue)?;
            if self.routing.is_durable(&binding.exchange) {
                self.keeper.bind(state.number, &binding);
            }
            state.bindings.push(binding);
            self.topology += 1;
        }
        Ok(())
    }

    /// Whether a queue may get another binding in place of those it has: not while somebody reads by them.
    pub(super) fn check_rebinding(&self, name: &str, binding: &Binding) -> Result<(), Error> {
        let Some(queue) = self.names.get(name) else { return Ok(()) };
        let Queue { bindings, consumers, .. } = &self.queues[(*queue).into()];
        match *consumers > 0 && !bindings.contains(binding) {
            true => Err(Error::QueueInUse { name: name.to_owned(), consumers: *consumers }),
            false => Ok(()),
        }
    }

    /// Takes all bindings of a queue back but one.
    pub(super) fn unbind_others(&mut self, queue: QueueId, binding: &Binding) {
        let state = &mut self.queues[queue.into()];
        let others: Vec<_> = state.bindings.extract_if(.., |other| other != binding).collect();
        others.iter().for_each(|other| self.take_back(queue, other));
    }

    /// Deletes an auto-delete queue that has lost its last subscription.
    pub(super) fn delete_if_unused(&mut self, queue: QueueId, effects: &mut Effects) -> bool {
        let unused =
            self.queues.get(queue.into()).is_some_and(|state| state.settings.auto_delete && state.consumers == 0);
        if unused {
            self.delete(queue, effects);
        }
        unused
    }

    pub(super) fn delete(&mut self, queue: QueueId, effects: &mut Effects) {
        let cursors = self.queues.get(queue.into()).and_then(Queue::stream).map(|stream| stream.cursors.clone());
        cursors.into_iter().flatten().for_each(|cursor| self.delete(cursor, effects));
        let Some(mut state) = self.queues.try_remove(queue.into()) else { return };
        if self.names.get(&*state.name) == Some(&queue) {
            self.names.remove(&*state.name);
        }
        let unacked = state.subscriptions.iter().filter_map(|key| self.subscriptions.get(*key));
        let entries: Vec<&Entry> = state.entries().chain(unacked.flat_map(Subscription::unacked)).collect();
        self.held -= entries.iter().map(|entry| entry.held()).sum::<usize>();
        self.keeper.delete(state.number, entries.into_iter());
        self.stop_loading(&mut state);
        self.delete_role(queue, &state, effects);
        self.topology += 1;
        for binding in &state.bindings {
            self.routing.unbind(binding, queue);
        }
        self.timers.remove(&(state.timer, queue));
        self.refusing_queues -= usize::from(state.settings.arguments().rejects());
        if let Some(owner) = state.owner.and_then(|owner| self.connection(owner)) {
            owner.owned.retain(|owned| *owned != queue);
        }
        let publishers = state.pace.release();
        self.release(queue, &publishers);
        for key in state.subscriptions {
            let Some(subscription) = self.subscriptions.try_remove(key) else { continue };
            let (connection, number) = (subscription.connection, subscription.number);
            if !subscription.ended {
                effects.list.push(Effect::Ended { connection, subscription: number, reason: EndReason::QueueDeleted });
            }
            if let Some(state) = self.connection(connection) {
                state.remove(number);
                state.blocked.retain(|candidate| *candidate != key);
                if subscription.unacked_count() > 0 {
                    state.remember(number, subscription.next_delivery());
                }
            }
        }
        self.check_room(effects);
    }
}

/// What is declared as a queue, and whether it is a stream.
fn check_settings(settings: &QueueSettings) -> Result<bool, Error> {
    settings.arguments().check()?;
    if settings.arguments().queue_type() == QueueType::Classic {
        return Ok(false);
    }
    let flags = [
        ("durable", settings.durable, "true: a stream is kept"),
        ("exclusive", !settings.exclusive, "false: a stream outlives connections"),
        ("auto-delete", !settings.auto_delete, "false: a stream outlives its readers"),
    ];
    match flags.into_iter().find(|(_, is_right, _)| !is_right) {
        Some((name, _, wanted)) => {
            Err(Error::BadArgument { name: name.to_owned(), value: (name != "durable").to_string(), wanted })
        }
        None => Ok(true),
    }
}

/// Names the first setting in which a queue differs from what was asked for.
pub(super) fn compare(
    name: &str,
    existing: &QueueSettings,
    wanted: &QueueSettings,
    explicit: Explicit,
) -> Result<(), Error> {
    let flags = [
        ("durable", explicit.durable, existing.durable, wanted.durable),
        ("exclusive", explicit.exclusive, existing.exclusive, wanted.exclusive),
        ("auto-delete", explicit.auto_delete, existing.auto_delete, wanted.auto_delete),
    ];
    let differs = |argument, existing: String, requested: String| {
        Err(Error::QueueDiffers { name: name.to_owned(), argument, existing, requested })
    };
    for (argument, is_explicit, existing, requested) in flags {
        if is_explicit && existing != requested {
            return differs(argument, existing.to_string(), requested.to_string());
        }
    }
    let kinds = (existing.arguments().queue_type(), wanted.arguments().queue_type());
    if wanted.arguments().queue_type.is_some() && kinds.0 != kinds.1 {
        return differs("x-queue-type", kinds.0.as_str().to_owned(), kinds.1.as_str().to_owned());
    }
    let arguments = existing.arguments().all().into_iter().zip(wanted.arguments().all());
    let arguments = arguments.filter(|((argument, _), _)| *argument != "x-queue-type"); // which need not be said
    for ((argument, existing), (_, requested)) in arguments {
        if let Some(requested) = requested.filter(|requested| existing.as_ref() != Some(requested)) {
            let existing = existing.map_or("(none)".to_owned(), |existing| existing.to_string());
            return differs(argument, existing, requested.to_string());
        }
    }
    Ok(())
}

/// Keys that a client may give: what they cost grows with their words.
pub(super) fn check_key(key: &str) -> Result<(), Error> {
    match key.len() <= KEY {
        true => Ok(()),
        false => Err(Error::BadKey { length: key.len(), limit: KEY }),
    }
}

/// Names that a client may give.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > NAME {
        let shown = name.chars().take(40).collect();
        return Err(Error::BadName { name: shown, length: name.len(), limit: NAME });
    }
    if name.starts_with("amq.") || name.starts_with("wharf.") {
        return Err(Error::ReservedName { name: name.to_owned() });
    }
    Ok(())
}
