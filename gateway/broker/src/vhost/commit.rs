//! Several requests at once: all of them, or none.

use super::{Vhost, refuse};
use crate::effect::Effects;
use crate::routing::QueueId;
use crate::{Action, Commit, Effect, Error, Publish};

/// What the publishes of a commit, so far, add to queues that refuse when they are full.
#[derive(Debug, Default)]
pub(super) struct Coming {
    queues: Vec<(QueueId, u64, u64)>,
    /// Octets of all messages.
    size: usize,
}

impl Coming {
    /// Messages and octets of bodies that come to a queue.
    pub(super) fn to(&self, queue: QueueId) -> (u64, u64) {
        let found = self.queues.iter().find(|(candidate, ..)| *candidate == queue);
        found.map_or((0, 0), |(_, count, octets)| (*count, *octets))
    }

    pub(super) fn add(&mut self, queue: QueueId, octets: usize) {
        match self.queues.iter_mut().find(|(candidate, ..)| *candidate == queue) {
            Some((_, count, sum)) => (*count, *sum) = (*count + 1, *sum + octets as u64),
            None => self.queues.push((queue, 1, octets as u64)),
        }
    }
}

impl Vhost {
    /// Carries out all actions, if each of them can be.
    pub(super) fn commit(&mut self, commit: Commit, effects: &mut Effects) {
        let Commit { connection, actions, reports_routed, token } = commit;
        if let Err((number, error)) = self.check_all(&actions) {
            let error = match actions.len() {
                1 => error,
                _ => Error::Action { number, error: Box::new(error) },
            };
            refuse(effects, connection, token, error);
            for token in actions.iter().filter_map(Action::token) {
                refuse(effects, connection, Some(token), Error::Aborted { number });
            }
            return;
        }
        let mut routed = 0;
        for action in actions {
            match action {
                Action::Publish(publish) => routed += self.publish(&publish, effects),
                Action::PublishAll(publishes, token) => {
                    let taken = publishes.iter().map(|publish| self.publish(publish, effects)).sum();
                    effects.confirm(connection, token, Some(taken));
                    routed += taken;
                }
                Action::Settle(settle) => self.settle_leniently(&settle, effects),
            }
        }
        if let Some(token) = token {
            let routed = reports_routed.then_some(routed);
            effects.list.push(Effect::Confirmed { connection, token, routed, duplicate: false });
        }
    }

    /// The first action that cannot be carried out, counted from 1, and why.
    fn check_all(&mut self, actions: &[Action]) -> Result<(), (usize, Error)> {
        let mut coming = Coming::default();
        for (number, action) in (1..).zip(actions) {
            match action {
                Action::Publish(publish) => self.check_publish(publish, &mut coming),
                Action::PublishAll(publishes, _) => {
                    publishes.iter().try_for_each(|publish| self.check_publish(publish, &mut coming))
                }
                Action::Settle(settle) => self.check_settle(settle),
            }
            .map_err(|error| (number, error))?;
        }
        Ok(())
    }

    fn check_publish(&mut self, publish: &Publish, coming: &mut Coming) -> Result<(), Error> {
        coming.size += publish.message.size();
        self.check_size(coming.size)?;
        let route = self.route(publish, coming)?;
        for queue in route.queues() {
            coming.add(*queue, publish.message.body.len());
        }
        Ok(())
    }
}
