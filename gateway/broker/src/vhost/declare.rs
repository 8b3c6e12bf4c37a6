//! Declaring, binding, purging and deleting queues.

use super::Vhost;
use crate::command::ExchangeDeclaration;
use crate::effect::{Effects, EndReason};
use crate::limits::{KEY, NAME};
use crate::queue::Queue;
use crate::routing::QueueId;
use crate::{Binding, ConnectionId, Effect, Error, QueueDeclaration, QueueSettings};
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
    pub fn declare_queue(&mut self, declaration: &QueueDeclaration) -> Result<bool, Error> {
        let count = self.queues.len();
        self.declare(declaration, None)?;
        Ok(self.queues.len() > count)
    }

    /// Declares an exchange; an equal one may exist.
    pub fn declare_exchange(&mut self, exchange: ExchangeDeclaration) -> Result<(), Error> {
        check_name(&exchange.name)?;
        self.routing.declare(exchange)
    }

    /// Binds a queue to an exchange; the same binding again changes nothing.
    pub fn bind_queue(&mut self, queue: &str, binding: Binding) -> Result<(), Error> {
        let queue = self.find(queue)?;
        self.bind(queue, binding)
    }

    /// Deletes a queue with all it holds, and ends its subscriptions. Returns how many messages were in it.
    pub fn delete_queue(
        &mut self,
        name: &str,
        conditions: DeleteConditions,
        effects: &mut Effects,
    ) -> Result<u64, Error> {
        let queue = self.find(name)?;
        let row = self.queues[queue.into()].row();
        let messages = row.ready + row.unacked;
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

    /// The queue of that name, if it agrees in what was asked for by name; or a new one.
    pub(super) fn declare(
        &mut self,
        declaration: &QueueDeclaration,
        connection: Option<ConnectionId>,
    ) -> Result<QueueId, Error> {
        match self.names.get(declaration.name.as_str()) {
            Some(queue) => self.compare(*queue, declaration).map(|()| *queue),
            None => self.create(&declaration.name, declaration.settings, connection),
        }
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        settings: QueueSettings,
        connection: Option<ConnectionId>,
    ) -> Result<QueueId, Error> {
        check_name(name)?;
        if self.queues.len() >= self.limits.queues {
            return Err(Error::TooManyQueues { limit: self.limits.queues });
        }
        let name: Arc<str> = name.into();
        let owner = connection.filter(|_| settings.exclusive);
        let index = self.queues.insert(Queue::new(Arc::clone(&name), settings, owner));
        let queue = QueueId(u32::try_from(index).unwrap_or(u32::MAX));
        self.names.insert(name, queue);
        if let Some(state) = owner.and_then(|owner| self.connection(owner)) {
            state.owned.push(queue);
        }
        Ok(queue)
    }

    /// Names the first setting in which a queue differs from what was asked for.
    fn compare(&self, queue: QueueId, declaration: &QueueDeclaration) -> Result<(), Error> {
        let QueueDeclaration { settings, explicit, .. } = declaration;
        let existing = &self.queues[queue.into()];
        let differs = |argument, existing_value: bool, requested: bool| Error::QueueDiffers {
            name: existing.name.to_string(),
            argument,
            existing: existing_value.to_string(),
            requested: requested.to_string(),
        };
        if explicit.exclusive && existing.settings.exclusive != settings.exclusive {
            return Err(differs("exclusive", existing.settings.exclusive, settings.exclusive));
        }
        if explicit.auto_delete && existing.settings.auto_delete != settings.auto_delete {
            return Err(differs("auto-delete", existing.settings.auto_delete, settings.auto_delete));
        }
        Ok(())
    }

    pub(super) fn bind(&mut self, queue: QueueId, binding: Binding) -> Result<(), Error> {
        check_key(&binding.key)?;
        let state = &mut self.queues[queue.into()];
        if !state.bindings.contains(&binding) {
            self.routing.bind(&binding, queue)?;
            state.bindings.push(binding);
        }
        Ok(())
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
        let Some(state) = self.queues.try_remove(queue.into()) else { return };
        self.names.remove(&*state.name);
        for binding in &state.bindings {
            self.routing.unbind(binding, queue);
        }
        self.held -= state.octets();
        if let Some(owner) = state.owner.and_then(|owner| self.connection(owner)) {
            owner.owned.retain(|owned| *owned != queue);
        }
        effects.list.extend(state.stalled.iter().map(|connection| Effect::Resume { connection: *connection }));
        for key in state.subscriptions {
            let subscription = &mut self.subscriptions[key];
            subscription.queue = None;
            let (connection, number) = (subscription.connection, subscription.number);
            if !subscription.ended {
                subscription.ended = true;
                effects.list.push(Effect::Ended { connection, subscription: number, reason: EndReason::QueueDeleted });
            }
            let next = subscription.next_delivery();
            self.remove_subscription(key);
            if let Some(state) = self.connection(connection) {
                state.remember(number, next);
            }
        }
    }
}

/// Keys that a client may give: what they cost grows with their words.
pub(super) fn check_key(key: &str) -> Result<(), Error> {
    match key.len() <= KEY {
        true => Ok(()),
        false => Err(Error::BadKey { length: key.len(), limit: KEY }),
    }
}

/// Names that a client may give.
fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > NAME {
        let shown = name.chars().take(40).collect();
        return Err(Error::BadName { name: shown, length: name.len(), limit: NAME });
    }
    if name.starts_with("amq.") || name.starts_with("wharf.") {
        return Err(Error::ReservedName { name: name.to_owned() });
    }
    Ok(())
}
