//! SEND becomes a publish.

use super::Translator;
use super::event::unpack;
use super::queue::{DURABLE, TRANSIENT, settings, stream_settings};
use super::wishes::Wishes;
use crate::engine::is_passed_on;
use crate::stomp::destination::{Destination, parse, split};
use crate::translate::{TOPIC_EXCHANGE, message_id};
use broker::routing::TEMPORARY;
use broker::{Action, Command, Commit, Declare, DeduplicationId, Explicit, Headers, Message, Publish, QueueSettings};
use std::borrow::Cow;
use std::sync::Arc;
use wire::stomp::server::{Failure, Send, Token};
use wire::stomp::{Code, Headers as WireHeaders};

/// When a message was made, in milliseconds since 1970.
const TIMESTAMP: &str = "timestamp";

/// What receivers see of a priority above the highest.
const HIGHEST: &str = "9";

/// Where a message is published.
struct Place {
    exchange: Cow<'static, str>,
    routing_key: Box<str>,
    declare: Declare,
    /// Nobody is to believe that it was taken, if no queue was there.
    mandatory: bool,
}

/// The temporary queue to which replies are asked: as the client writes it, and its name.
pub(in crate::stomp) fn reply_queue(send: &Send) -> Option<(&str, String)> {
    let reply_to = send.headers.get("reply-to").filter(|reply_to| reply_to.starts_with("/temp-queue/"))?;
    match parse(reply_to) {
        Ok(Destination::TemporaryQueue(name)) => Some((reply_to, name)),
        _ => None, // which is said when the SEND is translated
    }
}

impl Translator {
    /// Whether the server has to read replies to this temporary queue, since the client does not.
    pub(in crate::stomp) fn needs_reader(&self, name: &str) -> bool {
        self.temporary.has_no_reader(name)
    }

    /// SEND publishes. `now` is for messages that do not say when they were made, and for those that expire:
    /// milliseconds since 1970.
    pub(in crate::stomp) fn send(&mut self, send: &Send, now: u64) -> Result<Command, Failure> {
        match self.action(send, now)? {
            Action::PublishAll(publishes, token) => {
                let actions = vec![Action::PublishAll(publishes, None)];
                Ok(Command::Commit(Commit { connection: self.connection, actions, reports_routed: true, token }))
            }
            Action::Publish(publish) => Ok(Command::Publish(publish)),
            Action::Settle(settle) => Ok(Command::Settle(settle)),
        }
    }

    pub(super) fn action(&mut self, send: &Send, now: u64) -> Result<Action, Failure> {
        let wishes = Wishes::read(&send.headers)?;
        wishes.check_user(&self.user)?;
        if wishes.is_document {
            return self.action(&unpack(send)?, now);
        }
        if !send.destination.contains(',') {
            return Ok(Action::Publish(self.publish(&send.destination, send, &wishes, send.token, now)?));
        }
        let parts = split(&send.destination)?;
        let mut publishes =
            parts.map(|part| self.publish(part, send, &wishes, None, now)).collect::<Result<Vec<_>, _>>()?;
        Ok(match publishes.len() {
            1 => Action::Publish(Publish { token: send.token, ..publishes.remove(0) }),
            _ => Action::PublishAll(publishes, send.token),
        })
    }

    /// What is published to one destination.
    fn publish(
        &mut self,
        destination: &str,
        send: &Send,
        wishes: &Wishes<'_>,
        token: Option<Token>,
        now: u64,
    ) -> Result<Publish, Failure> {
        let Place { exchange, routing_key, declare, mandatory } = self.place(destination, &send.headers, wishes)?;
        let reply_to = wishes.reply_to.map(|reply_to| self.reply_address(reply_to)).transpose()?;
        let timestamp = now.to_string();
        let clamp = |(name, value)| match name {
            "priority" if wishes.is_too_urgent => (name, HIGHEST),
            _ => (name, value),
        };
        let kept = send.headers.iter().filter(|(name, _)| is_passed_on(name)).map(clamp);
        let stamped = (!wishes.has_timestamp).then_some((TIMESTAMP, timestamp.as_str()));
        let reply_to = reply_to.as_deref().map(|address| ("reply-to", address));
        let all = std::iter::once(("destination", destination)).chain(kept).chain(reply_to).chain(stamped);
        let message = Message::new(exchange, routing_key, Headers::new(all), send.body.clone());
        let message = message.identified(message_id(now)).expiring(wishes.expiry(now)?);
        let message = if wishes.is_persistent()? { message.persistent() } else { message };
        Ok(Publish {
            connection: self.connection,
            message: Arc::new(message),
            declare,
            mandatory: mandatory || wishes.is_mandatory()?,
            deduplication_id: wishes.deduplication_id()?.map(DeduplicationId::from),
            token,
        })
    }

    fn place(&mut self, destination: &str, headers: &WireHeaders, wishes: &Wishes<'_>) -> Result<Place, Failure> {
        let at = |exchange: Cow<'static, str>, routing_key: Box<str>, declare| Place {
            exchange,
            routing_key,
            declare,
            mandatory: false,
        };
        Ok(match parse(destination)? {
            Destination::Queue(name) if self.settings.auto_create => {
                let declare = match wishes.describes_queue {
                    true => Declare::As(Box::new(settings(headers, &["durable"], &DURABLE)?)),
                    false => Declare::Plain,
                };
                at("".into(), name.into(), declare)
            }
            Destination::Stream(name) if self.settings.auto_create => {
                let declare = match wishes.describes_queue {
                    true => Declare::As(Box::new(stream_settings(headers)?)),
                    false => Declare::Stream,
                };
                at("".into(), name.into(), declare)
            }
            Destination::Queue(name) | Destination::Stream(name) => {
                Place { mandatory: true, ..at("".into(), name.into(), Declare::No) }
            }
            Destination::ExistingQueue(name) => at("".into(), name.into(), Declare::No),
            Destination::Topic(key) => at(TOPIC_EXCHANGE.into(), key.into(), Declare::No),
            Destination::Exchange(name, key) => at(name.into(), key.unwrap_or_default().into(), Declare::No),
            Destination::TemporaryQueue(name) => {
                let declare = Declare::As(Box::new((TEMPORARY_QUEUE, Explicit::default())));
                at("".into(), self.temporary.queue(&name)?.into(), declare)
            }
            Destination::TemporaryTopic(name) => at(TEMPORARY.into(), self.temporary.topic(&name)?.into(), Declare::No),
            Destination::Control(name) => {
                let message = format!("/control/{name} takes no part in transactions, nor with other destinations");
                return Err(Failure::new(Code::BadDestination, message));
            }
        })
    }

    /// A private address is replaced by one that others can use.
    fn reply_address(&mut self, reply_to: &str) -> Result<String, Failure> {
        if !reply_to.starts_with("/temp-") {
            return Ok(reply_to.to_owned());
        }
        match parse(reply_to)? {
            Destination::TemporaryQueue(name) => Ok(format!("/reply-queue/{}", self.temporary.queue(&name)?)),
            Destination::TemporaryTopic(name) => Ok(format!("/exchange/{TEMPORARY}/{}", self.temporary.topic(&name)?)),
            _ => Ok(reply_to.to_owned()),
        }
    }
}

/// A temporary queue: the connection's own.
pub(super) const TEMPORARY_QUEUE: QueueSettings = QueueSettings { drops_oldest: false, ..TRANSIENT };
