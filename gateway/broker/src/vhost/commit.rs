//! Several requests at once: all of them, or none.

use super::declare::compare;
use super::{Vhost, refuse};
use crate::command::Declare;
use crate::effect::Effects;
use crate::routing::QueueId;
use crate::{AckMode, Action, Commit, DeliveryTag, Effect, Error, Message, Outcome, Publish, QueueSettings, Settle};
use std::collections::{BTreeMap, BTreeSet};

/// What the actions of a commit, so far, will have changed: the next must be possible after them.
#[derive(Debug, Default)]
pub(super) struct Coming {
    /// Messages and octets of bodies that come to queues which refuse when they are full.
    queues: BTreeMap<QueueId, (u64, u64)>,
    /// Queues that will be declared.
    declared: BTreeMap<Box<str>, Declared>,
    /// Deliveries that will be settled.
    settled: BTreeSet<DeliveryTag>,
    /// Octets of all messages.
    size: usize,
}

#[derive(Debug)]
struct Declared {
    settings: QueueSettings,
    messages: u64,
    octets: u64,
}

impl Coming {
    /// Messages and octets of bodies that come to a queue.
    pub(super) fn to(&self, queue: QueueId) -> (u64, u64) {
        self.queues.get(&queue).copied().unwrap_or_default()
    }

    /// Whether a delivery will be settled already: by itself, or by a later one of a cumulative subscription.
    fn is_settled(&self, tag: DeliveryTag, is_cumulative: bool) -> bool {
        let last = DeliveryTag { delivery: if is_cumulative { u64::MAX } else { tag.delivery }, ..tag };
        self.settled.range(tag..=last).next().is_some()
    }

    /// How many queues will be declared, but for this one.
    pub(super) fn queues_but(&self, name: &str) -> usize {
        self.declared.len() - usize::from(self.declared.contains_key(name))
    }

    /// Whether a queue that is not there yet will be as it is wanted, and take the message.
    pub(super) fn check_declaration(&self, name: &str, declare: &Declare, message: &Message) -> Result<(), Error> {
        let wanted;
        let (settings, messages, octets) = match self.declared.get(name) {
            Some(Declared { settings, messages, octets }) => (settings, *messages, *octets),
            None => {
                wanted = declare.settings();
                (&wanted, 0, 0)
            }
        };
        if let Declare::As(declared) = declare {
            compare(name, settings, &declared.0, declared.1)?;
        }
        match settings.arguments().refuses(messages + 1, octets + message.body.len() as u64) {
            true => Err(Error::QueueFull { name: name.to_owned(), ready: messages }),
            false => Ok(()),
        }
    }

    fn declare(&mut self, publish: &Publish) {
        let Message { routing_key, body, .. } = &*publish.message;
        let declared = self.declared.entry(routing_key.clone()).or_insert_with(|| Declared {
            settings: publish.declare.settings(),
            messages: 0,
            octets: 0,
        });
        declared.messages += 1;
        declared.octets += body.len() as u64;
    }

    fn add(&mut self, queue: QueueId, octets: usize) {
        let (messages, sum) = self.queues.entry(queue).or_default();
        *messages += 1;
        *sum += octets as u64;
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
            refuse(effects, connection, token, error.clone());
            for (action, own_number) in actions.iter().zip(1..) {
                let reason = if own_number == number { error.clone() } else { Error::Aborted { number } };
                action.token().into_iter().for_each(|token| refuse(effects, connection, Some(token), reason.clone()));
            }
            return;
        }
        let mut routed = 0;
        let mut duplicate = reports_routed;
        for action in actions {
            match action {
                Action::Publish(publish) => routed += self.publish(&publish, effects).0,
                Action::PublishAll(publishes, token) => {
                    let taken = self.publish_all(&publishes, effects);
                    routed += taken.0;
                    duplicate &= taken.1;
                    if let Some(token) = token {
                        let (routed, duplicate, stream_offset) = (Some(taken.0), taken.1, None);
                        effects.list.push(Effect::Confirmed { connection, token, routed, duplicate, stream_offset });
                    }
                }
                Action::Settle(settle) => self.settle(&settle, effects),
            }
        }
        if let Some(token) = token {
            let routed = reports_routed.then_some(routed);
            effects.list.push(Effect::Confirmed { connection, token, routed, duplicate, stream_offset: None });
        }
    }

    /// Returns how many queues took the messages, and whether all had been published before.
    fn publish_all(&mut self, publishes: &[Publish], effects: &mut Effects) -> (u32, bool) {
        publishes.iter().fold((0, true), |(routed, duplicate), publish| {
            let taken = self.publish(publish, effects);
            (routed + taken.0, duplicate && taken.1)
        })
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
                Action::Settle(settle) => self.check_settle_in(settle, &mut coming),
            }
            .map_err(|error| (number, error))?;
        }
        Ok(())
    }

    /// Whether a message can be published once all that is coming was.
    pub(super) fn check_publish(&mut self, publish: &Publish, coming: &mut Coming) -> Result<(), Error> {
        coming.size += publish.message.size();
        self.check_size(coming.size)?;
        let route = self.route(publish, Some(coming)).inspect_err(|error| self.handle_refusal(publish, error))?;
        if route.is_undeclared() {
            coming.declare(publish);
        }
        if self.refusing_queues > 0 {
            for &queue in route.queues().iter().filter(|queue| self.is_refusing(**queue)) {
                coming.add(queue, publish.message.body.len());
            }
        }
        Ok(())
    }

    /// A settlement that gives messages back takes room in their queue.
    fn check_settle_in(&mut self, settle: &Settle, coming: &mut Coming) -> Result<(), Error> {
        self.check_settle(settle)?;
        let Settle { connection, tag, outcome, .. } = *settle;
        let key = self.connection(connection).and_then(|state| state.find(tag.subscription));
        let is_cumulative = key.is_some_and(|key| self.subscriptions[key].ack_mode == AckMode::Cumulative);
        if coming.is_settled(tag, is_cumulative) {
            return Err(Error::UnknownDelivery(tag));
        }
        coming.settled.insert(tag);
        if self.refusing_queues == 0 || !matches!(outcome, Outcome::Requeue(_) | Outcome::Return) {
            return Ok(());
        }
        let Some(key) = key else { return Ok(()) };
        let subscription = &self.subscriptions[key];
        if self.is_refusing(subscription.queue) {
            subscription.covered(tag.delivery).for_each(|entry| coming.add(subscription.queue, entry.body_len()));
        }
        Ok(())
    }

    fn is_refusing(&self, queue: QueueId) -> bool {
        self.queues[queue.into()].settings.arguments().rejects()
    }
}
