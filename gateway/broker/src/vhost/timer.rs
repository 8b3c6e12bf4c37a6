//! What happens in a vhost because time passes.

use super::Vhost;
use crate::Time;
use crate::effect::Effects;
use crate::limits::{READ_PAUSE, UNREAD_DEAD};
use crate::routing::QueueId;

impl Vhost {
    /// When [`Vhost::handle_timeout`] wants to be called; [`Time::NEVER`], if nothing waits for time to pass.
    pub fn poll_timeout(&self) -> Time {
        self.timers.first().map_or(Time::NEVER, |(deadline, _)| *deadline)
    }

    /// Does what is due: lets messages expire or return, lets publishers go on, deletes queues that nobody uses. Where there
    /// is much to do it does a part: it wants to be called again at once then.
    pub fn handle_timeout(&mut self, now: Time, effects: &mut Effects) {
        self.now = now;
        let due: Vec<_> = self.timers.iter().take_while(|(deadline, _)| *deadline <= now).copied().collect();
        for (deadline, queue) in due {
            // One may have gone with another, or been looked at for it.
            if self.timers.remove(&(deadline, queue)) {
                self.queues[queue.into()].timer = Time::NEVER;
                self.handle_due(queue, effects);
            }
        }
        self.finish(effects);
        self.tell_leftovers(effects);
        self.write_progress();
    }

    fn handle_due(&mut self, queue: QueueId, effects: &mut Effects) {
        let (now, stall) = (self.now, self.limits.stall);
        let state = &mut self.queues[queue.into()];
        let unused = state.settings.arguments().expires.map(|after| state.unused_since + after);
        if state.consumers == 0 && unused.is_some_and(|deadline| deadline <= now) {
            return self.delete(queue, effects);
        }
        if state.stream().is_some() {
            self.retain(queue, effects);
            return self.schedule(queue);
        }
        state.end_delays(now);
        if state.pace.deadline(stall) <= now {
            let publishers = state.pace.overrun();
            self.release(queue, &publishers);
        }
        self.expire(queue);
        self.drop_surplus(queue);
        self.dispatch(queue, effects);
        self.schedule(queue);
    }

    /// Notes when the queue has to be looked at. A timer that is too early does no harm: it is set anew then.
    pub(super) fn schedule(&mut self, queue: QueueId) {
        let state = &mut self.queues[queue.into()];
        let mut deadline = state.deadline(self.limits.stall);
        if self.unread_dead.len() > UNREAD_DEAD {
            deadline = deadline.max(self.now + READ_PAUSE); // nothing expires before those are read
        }
        if deadline < state.timer {
            self.timers.remove(&(state.timer, queue));
            self.timers.insert((deadline, queue));
            state.timer = deadline;
        }
    }
}
