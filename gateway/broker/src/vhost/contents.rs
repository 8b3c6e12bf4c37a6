//! What management does with the messages in a queue: looking, taking, moving, purging. Each does a part at a time, since
//! others wait for the vhost meanwhile; and none touches what is delivered and unacked.

use super::Vhost;
use super::commit::Coming;
use crate::effect::Effects;
use crate::queue::Entry;
use crate::routing::QueueId;
use crate::{Error, Message, Reason, Time};
use std::sync::Arc;

/// What becomes of messages that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposal {
    /// They stay as they are: nobody notices.
    Leave,
    /// They leave the queue, as if acked.
    Ack,
    /// They leave the queue, as if rejected: to be dead-lettered, where the queue says so.
    Reject,
}

/// A message that was looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The message.
    pub message: Arc<Message>,
    /// Whether it had been delivered before.
    pub redelivered: bool,
    /// How many waited behind it.
    pub behind: u64,
}

impl Vhost {
    /// Looks at the messages that wait at the head of a queue: at most `count`, and no more than `octets` of bodies but
    /// for the first. Not beyond one that is away: see [`Vhost::missing`].
    pub fn get(
        &mut self,
        name: &str,
        count: usize,
        octets: usize,
        disposal: Disposal,
        now: Time,
        effects: &mut Effects,
    ) -> Result<Vec<Seen>, Error> {
        self.now = now;
        let queue = self.find_free(name)?;
        let seen = self.look(queue, count, octets);
        if disposal != Disposal::Leave {
            for _ in &seen {
                self.take_out(queue, disposal);
            }
            self.handle_room(queue, effects);
        }
        Ok(seen)
    }

    /// Takes at most so many waiting messages out of a queue, also those that stay away for a while. They are gone.
    /// Returns how many.
    pub fn purge(&mut self, name: &str, at_most: usize, now: Time, effects: &mut Effects) -> Result<usize, Error> {
        self.now = now;
        let queue = self.find_free(name)?;
        let mut purged = 0;
        while purged < at_most
            && let Some(entry) = self.queues[queue.into()].pop_any()
        {
            self.held -= entry.held();
            self.forget(queue, &entry);
            purged += 1;
        }
        self.handle_room(queue, effects);
        Ok(purged)
    }

    /// What stays away for a while is back at once.
    pub fn end_delays(&mut self, name: &str, now: Time, effects: &mut Effects) -> Result<(), Error> {
        self.now = now;
        let queue = self.find_free(name)?;
        let Vhost { queues, keeper, .. } = self;
        let state = &mut queues[queue.into()];
        state.delayed().for_each(|entry| keeper.return_to(state.number, entry, Time(0)));
        state.end_delays(Time::NEVER);
        self.dispatch(queue, effects);
        self.handle_room(queue, effects);
        Ok(())
    }

    /// Moves at most so many waiting messages to the tail of another queue, in order. Stops where that one refuses more, and
    /// before one that is away: see [`Vhost::missing`].
    /// Returns how many were moved.
    pub fn move_messages(
        &mut self,
        from: &str,
        to: &str,
        at_most: usize,
        now: Time,
        effects: &mut Effects,
    ) -> Result<usize, Error> {
        self.now = now;
        let (source, target) = (self.find_free(from)?, self.find_free(to)?);
        if source == target {
            let wanted = "another queue than the one the messages are in";
            return Err(Error::BadArgument { name: "destination".into(), value: to.to_owned(), wanted });
        }
        self.expire(source);
        let mut moved = 0;
        while moved < at_most
            && let Some(entry) = self.queues[source.into()].backlog().first_from(0)
        {
            let Some(message) = entry.message().cloned() else { break }; // it has to be read first
            if self.check_full(&message, &[target], &Coming::default()).is_err() {
                break;
            }
            let Some(entry) = self.queues[source.into()].pop() else { break };
            self.held -= entry.held();
            self.fan_out(None, &message, &[target], effects);
            self.forget(source, &entry);
            moved += 1;
        }
        self.handle_room(source, effects);
        Ok(moved)
    }

    /// A queue that is not some connection's own, and no stream.
    fn find_free(&self, name: &str) -> Result<QueueId, Error> {
        let queue = self.find(name)?;
        if self.queues[queue.into()].stream().is_some() {
            return Err(Error::IsStream { name: name.to_owned(), operation: "taking or moving messages" });
        }
        match self.queues[queue.into()].owner {
            Some(_) => Err(Error::ResourceLocked { name: name.to_owned() }),
            None => Ok(queue),
        }
    }

    fn look(&mut self, queue: QueueId, count: usize, octets: usize) -> Vec<Seen> {
        self.expire(queue);
        let now = self.now;
        let state = &self.queues[queue.into()];
        let mut behind = state.backlog().len() as u64;
        let mut room = octets;
        let mut seen = Vec::new();
        let waiting = state.backlog().iter().take(count).take_while(|entry| entry.expires > now);
        for entry in waiting {
            let Some(message) = entry.message() else { break }; // it has to be read first
            if message.body.len() > room && !seen.is_empty() {
                break;
            }
            room = room.saturating_sub(message.body.len());
            behind -= 1;
            seen.push(Seen { message: Arc::clone(message), redelivered: entry.delivery_count > 0, behind });
        }
        seen
    }

    fn take_out(&mut self, queue: QueueId, disposal: Disposal) {
        let state = &mut self.queues[queue.into()];
        let Some(entry) = state.pop() else { return };
        state.counters.delivered += 1;
        self.held -= entry.held();
        if disposal == Disposal::Ack {
            state.counters.acked += 1;
            self.forget(queue, &entry);
        } else {
            state.counters.rejected += 1;
            self.bury(queue, entry, Reason::Rejected, None);
        }
    }

    /// A message that was taken out is not to come back.
    fn forget(&mut self, queue: QueueId, entry: &Entry) {
        let left = self.keeper.leave(self.queues[queue.into()].number, entry);
        self.keeper.settle(left);
    }

    /// Lets go on who waited for room.
    fn handle_room(&mut self, queue: QueueId, effects: &mut Effects) {
        self.schedule(queue);
        self.check_reader(queue);
        self.check_room(effects);
        self.finish(effects);
    }
}
