//! Between STOMP's requests and the broker's commands. Only the files in here know both.

mod encoding;
mod event;
mod publish;
mod queue;
mod stream;
mod subscribe;
mod terms;
mod wishes;

pub(super) use encoding::{encoding, notice, place};
pub(super) use publish::reply_queue;

use super::temporary::Temporary;
use crate::config::Stomp;
use crate::engine::ConnectionInfo;
use crate::error::{count_limit, stomp_code};
use broker::{Action, Command, Commit, ConnectionId, DeliveryTag, Error, Grant, Message, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::stomp::server::{self as request, Failure, Send, Token};
use wire::stomp::{Code, Headers};

/// The translator of one connection, with what translation depends on.
#[derive(Debug)]
pub(super) struct Translator {
    connection: ConnectionId,
    user: Box<str>,
    client_id: Option<Box<str>>,
    settings: Stomp,
    temporary: Temporary,
    /// Destinations of the subscriptions that browse: their end has to name it.
    browsed: BTreeMap<u32, Box<str>>,
    vhost: Arc<str>,
    /// The subscriptions that want events as bodies.
    documents: BTreeSet<u32>,
}

impl Translator {
    /// For a connection that has logged in.
    pub(super) fn new(
        info: &ConnectionInfo,
        connection: ConnectionId,
        client_id: Option<Box<str>>,
        settings: &Stomp,
    ) -> Self {
        let settings = settings.clone();
        Translator {
            connection,
            user: (&*info.user).into(),
            client_id,
            settings,
            temporary: Temporary::default(),
            browsed: BTreeMap::new(),
            vhost: Arc::clone(&info.vhost),
            documents: BTreeSet::new(),
        }
    }

    /// ACK settles.
    pub(super) fn ack(&self, settle: request::Settle) -> Command {
        Command::Settle(self.settle(settle, Outcome::Ack))
    }

    /// NACK settles too: back to the queue, or away.
    pub(super) fn nack(&self, settle: request::Settle) -> Command {
        let outcome = self.nack_outcome(&settle);
        Command::Settle(self.settle(settle, outcome))
    }

    /// Who names a delay wants the message back.
    fn nack_outcome(&self, settle: &request::Settle) -> Outcome {
        match settle.requeue.unwrap_or(settle.delay.is_some() || self.settings.default_nack_requeue) {
            true => Outcome::Requeue(settle.delay),
            false => Outcome::Reject,
        }
    }

    fn settle(&self, settle: request::Settle, outcome: Outcome) -> broker::Settle {
        let request::Settle { delivery, reason, token, .. } = settle;
        let tag = DeliveryTag { subscription: delivery.subscription, delivery: delivery.delivery };
        broker::Settle { connection: self.connection, tag, outcome, text: reason, token }
    }

    /// COMMIT carries a transaction out. `now` is for messages that do not say when they were made. A frame that cannot
    /// be translated is named.
    pub(super) fn commit(
        &mut self,
        actions: Vec<request::Action>,
        token: Option<Token>,
        now: u64,
    ) -> Result<Command, Failure> {
        let actions = (1..).zip(actions).map(|(number, action)| match action {
            request::Action::Send(send) => self.action(&send, now).map_err(|mut failure| {
                failure.message = format!("frame {number} of the transaction, SEND: {}", failure.message);
                failure
            }),
            request::Action::Ack(settle) => Ok(Action::Settle(self.settle(settle, Outcome::Ack))),
            request::Action::Nack(settle) => {
                let outcome = self.nack_outcome(&settle);
                Ok(Action::Settle(self.settle(settle, outcome)))
            }
        });
        let actions = actions.collect::<Result<_, _>>()?;
        Ok(Command::Commit(Commit { connection: self.connection, actions, reports_routed: false, token }))
    }

    /// SEND to `/control/credit` gives the subscription with this number more.
    pub(super) fn grant(&self, number: u32, send: &Send) -> Result<Command, Failure> {
        let messages = terms::number(&send.headers, &["count"])?.unwrap_or(0);
        let octets = terms::number(&send.headers, &["bytes"])?.unwrap_or(0);
        let Send { token, .. } = *send;
        Ok(Command::Grant(Grant { connection: self.connection, subscription: number, messages, octets, token }))
    }

    /// What everything before is answered by, in order; `and_parked`: also what waits to be published.
    pub(super) fn sync(&self, token: Token, and_parked: bool) -> Command {
        Command::Sync { connection: self.connection, and_parked, token }
    }

    /// A message as this subscription wants it.
    pub(super) fn presented(&self, subscription: u32, message: Arc<Message>) -> Arc<Message> {
        match self.documents.contains(&subscription) {
            true => event::packed(&message, &self.vhost),
            false => message,
        }
    }

    /// Octets of deliveries were written, so as many more may come.
    pub(super) fn replenish(&self, octets: usize) -> Command {
        Command::Replenish { connection: self.connection, octets }
    }
}

/// The broker's refusal, as an ERROR says it.
pub(super) fn failure(error: &Error) -> Failure {
    let message = match error {
        Error::Action { number, error } => {
            format!("frame {number} of the transaction: {error}; nothing of it was done")
        }
        Error::Aborted { number } => format!("not done, since frame {number} of the transaction failed"),
        error => error.to_string(),
    };
    count_limit(error);
    Failure::new(stomp_code(error), message)
}

/// Reads a header that is a truth value. Where it is none only the frame is refused, not the connection.
fn boolean(name: &str, text: &str) -> Result<bool, Failure> {
    request::boolean(name, text).map_err(|failure| Failure::new(Code::PreconditionFailed, failure.message))
}

/// Headers that would change what is delivered, and that this release cannot honour: refused, never ignored.
fn check_supported(headers: &Headers) -> Result<(), Failure> {
    match headers.iter().find(|(name, value)| is_unsupported(name, value)) {
        Some((name, value)) => Err(unsupported(name, value)),
        None => Ok(()),
    }
}

fn unsupported(name: &str, value: &str) -> Failure {
    Failure::unsupported(&format!("the header {name}:{value}"))
}

fn is_unsupported(name: &str, value: &str) -> bool {
    match name {
        "selector"
        | "x-match"
        | "x-delay"
        | "AMQ_SCHEDULED_DELAY"
        | "AMQ_SCHEDULED_TIME"
        | "AMQ_SCHEDULED_PERIOD"
        | "AMQ_SCHEDULED_REPEAT"
        | "AMQ_SCHEDULED_CRON"
        | "JMSXGroupID"
        | "x-max-priority" => true,
        "x-queue-type" => !matches!(value, "classic" | "stream"),
        "activemq.retroactive" => value.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
