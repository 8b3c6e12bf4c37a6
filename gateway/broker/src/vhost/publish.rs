//! Publishing: where a message goes, and whether it may.

use super::commit::Coming;
use super::declare::{check_key, check_name, compare};
use super::{Vhost, refuse};
use crate::command::{Declare, Publish};
use crate::effect::Effects;
use crate::limits::{DEDUPLICATION_ID, RECORD};
use crate::queue::Queue;
use crate::routing::QueueId;
use crate::{ConnectionId, Effect, Error, Message, Overflow, Reason, Taken, Time};
use std::sync::Arc;

/// Where a message goes.
pub(super) enum Route {
    /// To no queue.
    Nowhere,
    /// To one: nothing is allocated for it.
    One(QueueId),
    /// To all whose bindings match.
    Many(Arc<[QueueId]>),
    /// To a queue that has to be declared first.
    Undeclared,
    /// Nowhere, since it was published before.
    Duplicate,
}

impl Route {
    /// Whether it goes to a queue that is not there yet.
    pub(super) fn is_undeclared(&self) -> bool {
        matches!(self, Route::Undeclared)
    }

    pub(super) fn queues(&self) -> &[QueueId] {
        match self {
            Route::One(queue) => std::slice::from_ref(queue),
            Route::Many(queues) => queues,
            Route::Nowhere | Route::Undeclared | Route::Duplicate => &[],
        }
    }
}

impl Vhost {
    /// Publishes a message, or refuses to. Returns how many queues took it, and whether it had been published before.
    pub(super) fn publish(&mut self, publish: &Publish, effects: &mut Effects) -> (u32, bool) {
        let Publish { connection, ref message, token, .. } = *publish;
        let route = self.check_size(message.size()).and_then(|()| self.route(publish, None));
        let (routed, duplicate) =
            match route.and_then(|route| self.carry_out(publish, Some(connection), &route, effects)) {
                Ok(result) => result,
                Err(error) => {
                    self.handle_refusal(publish, &error);
                    refuse(effects, connection, token, error);
                    return (0, false);
                }
            };
        if let Some(token) = token {
            let stream_offset = self.appended_at;
            effects.list.push(Effect::Confirmed { connection, token, routed: Some(routed), duplicate, stream_offset });
        }
        (routed, duplicate)
    }

    fn carry_out(
        &mut self,
        publish: &Publish,
        publisher: Option<ConnectionId>,
        route: &Route,
        effects: &mut Effects,
    ) -> Result<(u32, bool), Error> {
        let message = &publish.message;
        let declared;
        let queues = match route {
            Route::Undeclared => {
                let name = &message.routing_key;
                declared = [self.create(name, publish.declare.settings(), publisher)?];
                &declared[..]
            }
            route => route.queues(),
        };
        if let Some(id) = publish.deduplication_id.as_ref().filter(|_| !matches!(route, Route::Duplicate)) {
            self.deduplication.remember(&message.exchange, &message.routing_key, id, self.now);
            self.keeper.remember(id, self.now);
        }
        self.appended_at = None;
        let routed = self.fan_out(publisher, message, queues, effects);
        self.keeper.handle_fanned_out();
        self.check_memory(effects);
        self.published += 1;
        Ok((routed, matches!(route, Route::Duplicate)))
    }

    /// Publishes messages of no connection, all of them or none. Nothing waits for them, so they are refused while publishers are
    /// blocked. An error tells which message is the first that cannot be published, counted from 0.
    pub fn publish_unparked(
        &mut self,
        publishes: &[Publish],
        now: Time,
        effects: &mut Effects,
    ) -> Result<Vec<Taken>, (usize, Error)> {
        self.now = now;
        let taken = self.publish_together(publishes, effects);
        self.finish(effects);
        taken
    }

    fn publish_together(&mut self, publishes: &[Publish], effects: &mut Effects) -> Result<Vec<Taken>, (usize, Error)> {
        if publishes.is_empty() {
            return Ok(Vec::new());
        }
        self.check_alarms().map_err(|error| (0, error))?;
        let mut coming = Coming::default();
        for (index, publish) in publishes.iter().enumerate() {
            self.check_publish(publish, &mut coming).map_err(|error| (index, error))?;
        }
        let mut taken = Vec::with_capacity(publishes.len());
        for (index, publish) in publishes.iter().enumerate() {
            let route = self.route(publish, None);
            let published = route.and_then(|route| self.carry_out(publish, None, &route, effects));
            let (routed, duplicate) = published.map_err(|error| (index, error))?;
            taken.push(Taken { routed, duplicate, stream_offset: self.appended_at });
        }
        Ok(taken)
    }

    fn check_alarms(&self) -> Result<(), Error> {
        match () {
            () if self.memory_alarm => Err(Error::MemoryAlarm { held: self.held, limit: self.limits.memory_watermark }),
            () if self.storage_alarm => Err(Error::StorageAlarm),
            () => Ok(()),
        }
    }

    /// Publishes what the server itself has to say, which also read-only exchanges take. Returns how many queues
    /// took it.
    pub fn announce(&mut self, message: &Arc<Message>, now: Time, effects: &mut Effects) -> usize {
        self.now = now;
        let Ok(queues) = self.routing.route(message) else { return 0 };
        self.fan_out(None, message, &queues, effects);
        self.finish(effects);
        queues.len()
    }

    /// One message or transaction that is larger than everything could never be taken, however long it waited.
    pub(super) fn check_size(&self, size: usize) -> Result<(), Error> {
        let limit = self.limits.memory.min(RECORD);
        match size <= limit {
            true => Ok(()),
            false => Err(Error::TooLarge { size, limit }),
        }
    }

    /// Where a message goes, if it may go there. With `coming` it is only asked, and nothing is changed or counted: that is what will have been
    /// published by then.
    pub(super) fn route(&mut self, publish: &Publish, coming: Option<&Coming>) -> Result<Route, Error> {
        let (nothing, counts) = (Coming::default(), coming.is_none());
        let coming = coming.unwrap_or(&nothing);
        let message = &publish.message;
        if self.routing.is_read_only(&message.exchange) {
            return Err(Error::ReadOnlyExchange { name: message.exchange.clone().into_owned() });
        }
        check_key(&message.routing_key)?;
        if let Some(id) = &publish.deduplication_id {
            if id.text.len() > DEDUPLICATION_ID {
                return Err(Error::BadDeduplicationId { length: id.text.len(), limit: DEDUPLICATION_ID });
            }
            if self.deduplication.is_known(&message.exchange, &message.routing_key, id, self.now) {
                return Ok(Route::Duplicate);
            }
        }
        let route = match message.exchange.is_empty() {
            true => self.route_by_name(publish, coming, counts)?,
            false if counts => Route::Many(self.routing.route(message)?),
            false => Route::Many(self.routing.preview(message)?),
        };
        if publish.mandatory && route.queues().is_empty() && !matches!(route, Route::Undeclared) {
            let (exchange, routing_key) = (message.exchange.to_string(), message.routing_key.to_string());
            return Err(Error::Unroutable { exchange, routing_key });
        }
        if self.refusing_queues > 0 {
            self.check_full(message, route.queues(), coming)?;
        }
        Ok(route)
    }

    /// On the default exchange a message goes to the queue with the routing key as its name.
    fn route_by_name(&mut self, publish: &Publish, coming: &Coming, counts: bool) -> Result<Route, Error> {
        let name = &*publish.message.routing_key;
        if counts {
            self.routing.count_default(self.names.contains_key(name));
        }
        match (self.names.get(name), &publish.declare) {
            (Some(&queue), Declare::As(declared)) => {
                let (wanted, explicit) = &**declared;
                compare(name, &self.queues[queue.into()].settings, wanted, *explicit)?;
                Ok(Route::One(queue))
            }
            (Some(queue), Declare::Stream) if self.queues[(*queue).into()].stream().is_none() => {
                Err(Error::IsQueue { name: name.to_owned(), header: "/stream/" })
            }
            (Some(queue), Declare::Plain | Declare::Stream | Declare::No) => Ok(Route::One(*queue)),
            (None, Declare::No) => Ok(Route::Nowhere),
            (None, declare) => {
                check_name(name)?;
                coming.check_declaration(name, declare, &publish.message)?;
                self.check_queues(coming.queues_but(name))?;
                Ok(Route::Undeclared)
            }
        }
    }

    /// The queues of a message that no connection publishes.
    pub(super) fn find_queues(&mut self, message: &Message) -> Result<Arc<[QueueId]>, Error> {
        match message.exchange.is_empty() {
            true => Ok(self.names.get(&*message.routing_key).map(|queue| Arc::new([*queue]) as _).unwrap_or_default()),
            false => self.routing.route(message),
        }
    }

    /// Refuses a message if one of its queues does: then none gets it, so that it may be published again without
    /// reaching any twice.
    pub(super) fn check_full(&self, message: &Message, queues: &[QueueId], coming: &Coming) -> Result<(), Error> {
        for &queue in queues {
            let state = &self.queues[queue.into()];
            let (count, octets) = coming.to(queue);
            let is_handed_on = state.backlog().is_empty() && count == 0 && self.has_receiver(state);
            let ready = state.backlog().len() as u64 + count;
            let octets = state.backlog().body_octets() as u64 + octets;
            if !is_handed_on && state.settings.arguments().refuses(ready + 1, octets + message.body.len() as u64) {
                return Err(Error::QueueFull { name: state.name.to_string(), ready });
            }
        }
        Ok(())
    }

    /// Whether somebody gets what comes to the queue at once.
    fn has_receiver(&self, queue: &Queue) -> bool {
        queue.line.iter().any(|key| {
            let connection = self.connections.get(self.subscriptions[*key].connection.0 as usize);
            connection.and_then(Option::as_ref).is_some_and(|connection| connection.window > 0)
        })
    }

    /// A queue may want to have dead-lettered what it refuses.
    pub(super) fn handle_refusal(&mut self, publish: &Publish, error: &Error) {
        let Error::QueueFull { name, .. } = error else { return };
        let Some(&queue) = self.names.get(name.as_str()) else { return };
        if self.queues[queue.into()].settings.arguments().overflow == Some(Overflow::RejectPublishDeadLetter) {
            self.bury_new(queue, &publish.message, Reason::Overflowed);
        }
    }

    /// Gives a message to queues. Returns how many of them took it.
    pub(super) fn fan_out(
        &mut self,
        publisher: Option<ConnectionId>,
        message: &Arc<Message>,
        queues: &[QueueId],
        effects: &mut Effects,
    ) -> u32 {
        if self.is_past(message) {
            for &queue in queues {
                self.queues[queue.into()].counters.published += 1;
                self.bury_new(queue, message, Reason::Expired);
            }
            return count(queues);
        }
        self.hand_to_all(publisher, message, queues, effects)
    }
}

fn count(queues: &[QueueId]) -> u32 {
    u32::try_from(queues.len()).unwrap_or(u32::MAX)
}
