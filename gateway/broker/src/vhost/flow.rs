//! Flow control: publishers that are too fast wait, what they settle does not, and nobody is refused for it.
//!
//! A connection that may not publish has its requests parked here, in order, up to a limit; beyond it nothing more of it
//! is read. There are two reasons to wait: the memory of the vhost, and a topic subscription that falls behind.

use super::Vhost;
use crate::connection::{Parked, Parking};
use crate::effect::Effects;
use crate::limits::REQUEST;
use crate::queue::{Entry, Pace, Queue};
use crate::routing::QueueId;
use crate::{Action, Commit, ConnectionId, Effect, Outcome, Settle};

impl Vhost {
    /// Whether all publishers wait.
    fn alarm(&self) -> bool {
        self.memory_alarm || self.storage_alarm
    }

    /// Whether what the connection wants to publish has to wait.
    pub(super) fn must_wait(&self, connection: ConnectionId) -> bool {
        let parking = self.connections.get(connection.0 as usize).and_then(Option::as_ref).map(|state| &state.parking);
        parking.is_some_and(|parking| self.alarm() || !parking.held_by.is_empty() || !parking.requests.is_empty())
    }

    /// Whether a commit has to wait. One that publishes nothing never does, and memory is no reason for one that frees as
    /// much as it takes: or nobody would make room.
    pub(super) fn must_commit_wait(&mut self, commit: &Commit) -> bool {
        let taken: usize = commit.actions.iter().map(published).sum();
        if taken == 0 || !self.must_wait(commit.connection) {
            return false;
        }
        let waits_for_memory_alone = !self.storage_alarm
            && self
                .connection(commit.connection)
                .is_some_and(|state| state.parking.held_by.is_empty() && state.parking.requests.is_empty());
        let freed: usize = commit.actions.iter().map(|action| self.freed(action)).sum();
        !waits_for_memory_alone || freed < taken
    }

    /// Octets that an action frees for certain.
    fn freed(&mut self, action: &Action) -> usize {
        let Action::Settle(Settle { connection, tag, outcome: Outcome::Ack, .. }) = action else { return 0 };
        let key = self.connection(*connection).and_then(|state| state.find(tag.subscription));
        key.and_then(|key| self.subscriptions[key].unsettled(tag.delivery)).map_or(0, Entry::held)
    }

    /// Keeps a request until the connection may publish.
    pub(super) fn park(&mut self, connection: ConnectionId, request: Parked, effects: &mut Effects) {
        let limit = self.limits.parked;
        let Some(state) = self.connection(connection) else { return };
        let parking = &mut state.parking;
        parking.octets += size(&request);
        parking.requests.push_back(request);
        if parking.octets > limit && !parking.is_paused {
            parking.is_paused = true;
            effects.list.push(Effect::Pause { connection });
        }
        self.tell_blocked(connection, effects);
    }

    /// Notes, and tells, that what is parked for a connection waits for memory, or for the journal.
    fn tell_blocked(&mut self, connection: ConnectionId, effects: &mut Effects) {
        let (alarm, by_storage) = (self.alarm(), self.storage_alarm);
        let Some(parking) = self.connection(connection).map(|state| &mut state.parking) else { return };
        if alarm && !parking.requests.is_empty() && !parking.is_blocked {
            parking.is_blocked = true;
            self.blocked.push(connection);
            effects.list.push(Effect::Blocked { connection, by_storage });
        }
    }

    /// Carries out what is parked, until the connection has to wait again.
    pub(super) fn unpark(&mut self, connection: ConnectionId, effects: &mut Effects) {
        loop {
            let alarm = self.alarm();
            let Some(state) = self.connection(connection) else { return };
            let Parking { requests, octets, held_by, .. } = &mut state.parking;
            if alarm || !held_by.is_empty() {
                break;
            }
            let Some(request) = requests.pop_front() else { break };
            *octets -= size(&request);
            self.carry_out_parked(connection, request, effects);
        }
        let limit = self.limits.parked;
        let Some(parking) = self.connection(connection).map(|state| &mut state.parking) else { return };
        if parking.is_paused && parking.octets <= limit / 2 {
            parking.is_paused = false;
            effects.list.push(Effect::Resume { connection });
        }
        self.tell_blocked(connection, effects); // after it waited for a reader
    }

    fn carry_out_parked(&mut self, connection: ConnectionId, request: Parked, effects: &mut Effects) {
        match request {
            Parked::Publish(publish) => _ = self.publish(&publish, effects),
            Parked::Commit(commit) => self.commit(commit, effects),
            Parked::Sync(token) => effects.confirm(connection, Some(token), None),
        }
    }

    /// Publishes what is parked for a connection that is gone, if it only waited for a reader: it was sent in good faith.
    /// What waits for memory is dropped, or whoever connects again and again could fill it.
    pub(super) fn publish_the_last(&mut self, connection: ConnectionId, effects: &mut Effects) {
        while !self.alarm() {
            let request = self.connection(connection).and_then(|state| state.parking.requests.pop_front());
            let Some(request) = request else { return };
            self.carry_out_parked(connection, request, effects);
        }
    }

    /// Blocks publishers when queues hold too much. What was read ahead from streams can be read again, and what waits for topic subscriptions
    /// may be dropped anyway, so they make room first: readers that do not read must not block a vhost.
    pub(super) fn check_memory(&mut self, effects: &mut Effects) {
        if self.memory_alarm || self.held <= self.limits.memory_watermark {
            return;
        }
        self.memory_alarm = true;
        self.forget_read_ahead();
        let behind = |queue: &Queue| queue.settings.drops_oldest && !queue.backlog().is_empty();
        let queues: Vec<_> = self.queues.iter().filter(|(_, queue)| behind(queue)).map(|(index, _)| index).collect();
        let share = self.limits.memory_watermark / 2 / queues.len().max(1);
        for index in queues {
            let queue = QueueId(u32::try_from(index).unwrap_or(u32::MAX));
            self.drop_oldest_beyond(queue, share, 0);
            self.check_reader(queue);
        }
        self.check_room(effects);
    }

    /// Unblocks publishers once there is room: an eighth below the mark where they were blocked, so that they do not
    /// stop and go with every message.
    pub(super) fn check_room(&mut self, effects: &mut Effects) {
        let watermark = self.limits.memory_watermark;
        if self.memory_alarm && self.held <= watermark - watermark / 8 {
            self.memory_alarm = false;
        }
        if self.blocked.is_empty() || self.alarm() {
            return;
        }
        for connection in std::mem::take(&mut self.blocked) {
            if let Some(state) = self.connection(connection) {
                state.parking.is_blocked = false;
                effects.list.push(Effect::Unblocked { connection });
                self.released.push_back(connection);
            }
        }
    }

    /// Lets the publisher wait for a reader that has fallen behind.
    pub(super) fn hold_for_reader(&mut self, publisher: ConnectionId, queue: QueueId) {
        let now = self.now;
        let state = &mut self.queues[queue.into()];
        let is_behind = state.settings.drops_oldest && state.backlog().octets() > self.limits.backlog_watermark;
        if is_behind && state.pace.hold(publisher, now) {
            if let Some(state) = self.connection(publisher) {
                state.parking.held_by.push(queue);
            }
            self.schedule(queue);
        }
    }

    /// Lets publishers go on that waited for a reader, once it has caught up with half of what made them wait.
    pub(super) fn check_reader(&mut self, queue: QueueId) {
        if let Some(state) = self.queues.get_mut(queue.into())
            && !matches!(state.pace, Pace::Free)
            && state.backlog().octets() <= self.limits.backlog_watermark / 2
        {
            let publishers = state.pace.release();
            self.release(queue, &publishers);
        }
    }

    /// These publishers no longer wait for the queue's reader.
    pub(super) fn release(&mut self, queue: QueueId, publishers: &[ConnectionId]) {
        for publisher in publishers {
            if let Some(state) = self.connection(*publisher) {
                state.parking.held_by.retain(|held_by| *held_by != queue);
                self.released.push_back(*publisher);
            }
        }
    }
}

/// Octets that a request counts while it is parked.
fn size(request: &Parked) -> usize {
    let octets = match request {
        Parked::Publish(publish) => publish.message.size(),
        Parked::Commit(commit) => commit.actions.iter().map(|action| REQUEST + published(action)).sum(),
        Parked::Sync(_) => 0,
    };
    REQUEST + octets
}

/// Octets of the messages in an action.
pub(super) fn published(action: &Action) -> usize {
    match action {
        Action::Publish(publish) => publish.message.size(),
        Action::PublishAll(publishes, _) => publishes.iter().map(|publish| publish.message.size()).sum(),
        Action::Settle(_) => 0,
    }
}
