//! Publishing and handing out: routing, enqueueing, and the queue's turn-taking.

use super::declare::check_key;
use super::{Vhost, refuse};
use crate::command::Publish;
use crate::effect::{Effects, Target};
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::{AckMode, ConnectionId, Effect, Error, Message};
use std::sync::Arc;

impl Vhost {
    pub(super) fn publish(&mut self, publish: &Publish, effects: &mut Effects) {
        let Publish { connection, ref message, token, .. } = *publish;
        if self.routing.is_read_only(&message.exchange) {
            let error = Error::ReadOnlyExchange { name: message.exchange.clone().into_owned() };
            return refuse(effects, connection, token, error);
        }
        if let Err(error) = check_key(&message.routing_key) {
            return refuse(effects, connection, token, error);
        }
        if self.held + message.size() > self.limits.memory {
            let error = Error::MemoryFull { held: self.held, limit: self.limits.memory };
            self.stall_for_memory(connection, effects);
            return refuse(effects, connection, token, error);
        }
        match self.route(publish) {
            Ok(queues) => {
                self.fan_out(connection, message, &queues, effects);
                effects.confirm(connection, token, Some(u32::try_from(queues.len()).unwrap_or(u32::MAX)));
            }
            Err(error) => refuse(effects, connection, token, error),
        }
    }

    /// Publishes what the server itself has to say, which also read-only exchanges take. Returns how many queues
    /// took it.
    pub fn announce(&mut self, message: &Arc<Message>, effects: &mut Effects) -> usize {
        let Ok(queues) = self.routing.route(message) else { return 0 };
        self.fan_out_to(message, &queues, effects, |_, _, _| ());
        queues.len()
    }

    /// The queues for a message; on the default exchange that is the queue with the routing key as its name.
    fn route(&mut self, publish: &Publish) -> Result<Arc<[QueueId]>, Error> {
        let message = &publish.message;
        if !message.exchange.is_empty() {
            return self.routing.route(message);
        }
        match (self.names.get(&*message.routing_key), publish.declare) {
            (Some(queue), _) => Ok(Arc::new([*queue])),
            (None, Some(settings)) => {
                let queue = self.create(&message.routing_key, settings, Some(publish.connection))?;
                Ok(Arc::new([queue]))
            }
            (None, None) => Ok(Arc::default()),
        }
    }

    fn fan_out(&mut self, publisher: ConnectionId, message: &Arc<Message>, queues: &[QueueId], effects: &mut Effects) {
        self.fan_out_to(message, queues, effects, |vhost, queue, effects| {
            vhost.stall_for_reader(publisher, queue, effects);
        });
        self.stall_for_memory(publisher, effects);
    }

    /// Hands the message to a receiver of each queue, or lets it wait there: one effect for all who get it now.
    fn fan_out_to(
        &mut self,
        message: &Arc<Message>,
        queues: &[QueueId],
        effects: &mut Effects,
        mut waits: impl FnMut(&mut Vhost, QueueId, &mut Effects),
    ) {
        let start = effects.targets.len();
        for &queue in queues {
            let entry = self.queues[queue.into()].admit(message);
            // Behind others that wait it must wait too, whoever has credit by now.
            let refused = match self.queues[queue.into()].is_empty() {
                true => self.hand_out(queue, entry, effects),
                false => Some(entry),
            };
            if let Some(entry) = refused {
                self.held += message.size();
                self.queues[queue.into()].push(entry);
                waits(self, queue, effects);
                self.drop_oldest(queue);
            }
        }
        effects.deliver(message, start);
    }

    /// Hands what waits in a queue to its subscriptions in turn, as far as their credit goes.
    pub(super) fn dispatch(&mut self, queue: QueueId, effects: &mut Effects) {
        while !self.queues[queue.into()].line.is_empty() {
            let Some(entry) = self.queues[queue.into()].pop() else { break };
            self.held -= entry.message.size();
            let message = Arc::clone(&entry.message);
            let start = effects.targets.len();
            if let Some(entry) = self.hand_out(queue, entry, effects) {
                self.held += message.size();
                self.queues[queue.into()].put_back(entry);
                break;
            }
            effects.deliver(&message, start);
        }
        self.resume(queue, effects);
    }

    /// Hands an entry to the next receiver in line, as a target; gives it back when there is none.
    fn hand_out(&mut self, queue: QueueId, mut entry: Entry, effects: &mut Effects) -> Option<Entry> {
        let state = &mut self.queues[queue.into()];
        while let Some(key) = state.line.pop_front() {
            let subscription = &mut self.subscriptions[key];
            let slot = self.connections.get_mut(subscription.connection.0 as usize);
            let Some(connection) = slot.and_then(Option::as_mut) else { continue };
            if connection.window <= 0 {
                subscription.in_line = false;
                connection.blocked.push(key);
                continue;
            }
            let size = entry.message.size();
            connection.window -= size.cast_signed();
            entry.delivery_count += 1;
            let delivery_count = entry.delivery_count;
            state.counters.delivered += 1;
            state.counters.redelivered += u64::from(delivery_count > 1);
            let delivery = if subscription.ack_mode == AckMode::Auto {
                subscription.number_settled()
            } else {
                state.lend(size);
                self.held += size;
                subscription.number_unacked(entry)
            };
            effects.targets.push(Target {
                connection: subscription.connection,
                subscription: subscription.number,
                delivery,
                delivery_count,
            });
            subscription.in_line = subscription.has_credit();
            if subscription.in_line {
                state.line.push_back(key);
            }
            return None;
        }
        Some(entry)
    }

    /// Keeps the backlog of a topic subscription within its limit, or at one message that is larger.
    fn drop_oldest(&mut self, queue: QueueId) {
        let state = &mut self.queues[queue.into()];
        while state.settings.drops_oldest && state.ready_octets() > self.limits.backlog && state.ready_count() > 1 {
            let Some(entry) = state.pop() else { break };
            self.held -= entry.message.size();
            state.counters.dropped += 1;
        }
    }

    fn stall_for_reader(&mut self, publisher: ConnectionId, queue: QueueId, effects: &mut Effects) {
        let state = &mut self.queues[queue.into()];
        let is_behind = state.settings.drops_oldest && state.ready_octets() > self.limits.backlog_watermark;
        if is_behind && !state.stalled.contains(&publisher) {
            state.stalled.push(publisher);
            effects.list.push(Effect::Stall { connection: publisher });
        }
    }

    fn stall_for_memory(&mut self, publisher: ConnectionId, effects: &mut Effects) {
        if self.held > self.limits.memory_watermark {
            if !self.stalled.contains(&publisher) {
                self.stalled.push(publisher);
            }
            // Again for each publish: a pause ends by itself, and the next must follow, or the limit is soon reached.
            effects.list.push(Effect::Stall { connection: publisher });
        }
    }
}
