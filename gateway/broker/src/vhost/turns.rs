//! Whose turn it is: the line of a queue's subscriptions, and handing them what waits.

use super::Vhost;
use crate::effect::{Effects, Target};
use crate::queue::{Entry, Role, UNWRITTEN};
use crate::routing::QueueId;
use crate::subscription::SubscriptionKey;
use crate::{AckMode, ConnectionId, Message, Reason};
use std::sync::Arc;

impl Vhost {
    /// Puts a subscription with credit at the end of its queue's line, once.
    pub(super) fn get_in_line(&mut self, key: SubscriptionKey) {
        let Some(subscription) = self.subscriptions.get_mut(key) else { return };
        let queue = &mut self.queues[subscription.queue.into()];
        let is_served = !queue.serves_one() || queue.active == Some(key);
        if subscription.in_line
            || subscription.waits_for_window
            || !is_served
            || subscription.browse.is_some()
            || !subscription.has_credit()
        {
            return;
        }
        subscription.in_line = true;
        let priority = subscription.terms.priority;
        if queue.has_ranks {
            let subscriptions = &self.subscriptions;
            let index = queue.line.partition_point(|ahead| subscriptions[*ahead].terms.priority >= priority);
            queue.line.insert(index, key);
        } else {
            queue.line.push_back(key);
        }
    }

    /// Chooses the one subscription to be served, where only one is: the oldest of the highest priority, as long as it
    /// lives. Where nobody wants to be alone any more, all get in line.
    pub(super) fn elect(&mut self, queue: QueueId) {
        let state = &mut self.queues[queue.into()];
        let among_exclusive = state.exclusive_consumers > 0;
        let subscriptions = &self.subscriptions;
        let may_be = |key: SubscriptionKey| {
            subscriptions.get(key).is_some_and(|it| {
                !it.ended && it.queue == queue && it.browse.is_none() && (it.terms.exclusive || !among_exclusive)
            })
        };
        if !state.active.is_some_and(may_be) {
            let candidates = state.subscriptions.iter().copied().filter(|key| may_be(*key));
            // Of equals the first.
            state.active = candidates.rev().max_by_key(|key| subscriptions[*key].terms.priority);
        }
        for key in std::mem::take(&mut state.line) {
            self.subscriptions[key].in_line = false;
        }
        for key in self.queues[queue.into()].subscriptions.clone() {
            self.get_in_line(key);
        }
    }

    /// Hands what waits in a queue to its subscriptions in turn, as far as their credit goes.
    pub(super) fn dispatch(&mut self, queue: QueueId, effects: &mut Effects) {
        while !self.queues[queue.into()].line.is_empty() {
            let now = self.now;
            let state = &mut self.queues[queue.into()];
            let Some(head) = state.backlog().first() else { break };
            let message = match head.message() {
                _ if head.expires <= now => None,
                Some(message) if !state.lets_in(message) => None, // not any more: its time is over too
                Some(message) => Some(Arc::clone(message)),
                None => break, // it has to be read first
            };
            let Some(entry) = state.pop() else { break };
            let Some(message) = message else {
                self.end(queue, entry, Reason::Expired);
                continue;
            };
            state.pace.handle_progress(now);
            self.held -= entry.held();
            let place = state.place(entry.number);
            let start = effects.targets.len();
            if let Some(entry) = self.hand_out(queue, entry, effects) {
                self.held += entry.held();
                self.queues[queue.into()].put_back(entry);
                break;
            }
            effects.deliver(&message, start, place);
        }
        self.read_ahead(queue, effects);
        self.check_reader(queue);
        self.check_room(effects);
    }

    /// Hands an entry to the next receiver in line, as a target; gives it back when there is none.
    pub(super) fn hand_out(&mut self, queue: QueueId, mut entry: Entry, effects: &mut Effects) -> Option<Entry> {
        let state = &mut self.queues[queue.into()];
        while let Some(&key) = state.line.front() {
            let subscription = &mut self.subscriptions[key];
            let slot = self.connections.get_mut(subscription.connection.0 as usize);
            let connection = slot.and_then(Option::as_mut);
            let Some(connection) = connection.filter(|connection| connection.window > 0) else {
                subscription.in_line = false;
                state.line.pop_front();
                let slot = self.connections.get_mut(subscription.connection.0 as usize);
                if let Some(connection) = slot.and_then(Option::as_mut) {
                    subscription.waits_for_window = true;
                    connection.blocked.push(key);
                }
                continue;
            };
            let (size, number) = (entry.size(), entry.number);
            connection.window -= size.cast_signed();
            entry.delivery_count += 1;
            let delivery_count = entry.delivery_count;
            state.counters.delivered += 1;
            state.counters.redelivered += u64::from(delivery_count > 1);
            subscription.spend(entry.body_len());
            let delivery = if subscription.ack_mode == AckMode::Auto {
                if entry.record != 0 && entry.record != UNWRITTEN {
                    let left = self.keeper.leave(state.number, &entry);
                    self.keeper.settle(left);
                }
                subscription.number_settled()
            } else {
                if entry.record == UNWRITTEN {
                    entry.record = self.keeper.place();
                    self.keeper.admit(state.number, &entry);
                }
                if entry.record != 0 && state.handle_progress(entry.number) {
                    self.keeper.progress(queue);
                }
                if self.held > self.limits.resident {
                    // Who is to settle it has it.
                    match state.role {
                        Role::Cursor(_) => entry.leave_to_stream(),
                        Role::Queue | Role::Stream(_) => entry.page_out(),
                    }
                }
                state.lend(size);
                self.held += entry.held();
                subscription.number_unacked(entry)
            };
            let is_read = match &mut state.role {
                Role::Queue => false,
                Role::Cursor(cursor) => cursor.note_delivered(number, subscription.ack_mode == AckMode::Auto),
                Role::Stream(_) => unreachable!("nobody takes from a stream"),
            };
            effects.targets.push(Target {
                connection: subscription.connection,
                subscription: subscription.number,
                delivery,
                delivery_count,
            });
            // Where only credit counts, who has it goes to the end of the line, and who is alone there stays.
            if state.has_ranks || !subscription.has_credit() {
                subscription.in_line = false;
                state.line.pop_front();
            } else if state.line.len() > 1 {
                state.line.rotate_left(1);
            }
            if state.missing > 0 || state.has_ranks || is_read {
                self.handle_special(queue, key, effects);
            }
            return None;
        }
        Some(entry)
    }

    /// What few queues need after a delivery: telling of a gap, finding the receiver's place in the line, and noting how far
    /// a group has read.
    #[cold]
    fn handle_special(&mut self, queue: QueueId, key: SubscriptionKey, effects: &mut Effects) {
        self.note_ahead(queue);
        if self.queues[queue.into()].missing > 0 {
            self.tell_missing(queue, key, effects);
        }
        self.get_in_line(key);
    }

    /// Hands a new message to a receiver of each queue, or lets it wait there: one effect for all who get it now. Returns
    /// how many queues took it.
    pub(super) fn hand_to_all(
        &mut self,
        publisher: Option<ConnectionId>,
        message: &Arc<Message>,
        queues: &[QueueId],
        effects: &mut Effects,
    ) -> u32 {
        let start = effects.targets.len();
        let (mut skipped, mut has_streams) = (0, false);
        for &queue in queues {
            let state = &mut self.queues[queue.into()];
            if state.stream().is_some() {
                has_streams = true;
                continue;
            }
            if state.is_closed_to(message, publisher) {
                skipped += 1;
                continue;
            }
            let entry = state.admit(message, queues.len(), self.now);
            // Behind others that wait it must wait too, whoever has credit by now.
            let refused = match state.backlog().is_empty() {
                true => self.hand_out(queue, entry, effects),
                false => Some(entry),
            };
            if let Some(entry) = refused {
                self.let_wait(publisher, queue, entry);
            }
        }
        effects.deliver(message, start, None);
        if has_streams {
            self.append_to_all(message, queues, effects);
        }
        self.keeper.publish(message, self.now);
        u32::try_from(queues.len() - skipped).unwrap_or(u32::MAX)
    }

    /// Puts a new message at the tail of a queue, and sees to what is too much then.
    fn let_wait(&mut self, publisher: Option<ConnectionId>, queue: QueueId, mut entry: Entry) {
        let state = &mut self.queues[queue.into()];
        if entry.record == UNWRITTEN {
            entry.record = self.keeper.place();
            self.keeper.admit(state.number, &entry);
        }
        if self.held > self.limits.resident && !state.backlog().is_empty() {
            entry.page_out();
        }
        self.held += entry.held();
        let is_next_to_expire = entry.expires < state.timer;
        state.push(entry);
        if is_next_to_expire {
            self.schedule(queue);
        }
        if let Some(publisher) = publisher {
            self.hold_for_reader(publisher, queue);
        }
        self.drop_surplus(queue);
        self.drop_oldest(queue);
    }
}
