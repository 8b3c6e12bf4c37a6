//! SEND becomes a publish.

use super::queue::{DURABLE, TRANSIENT, settings};
use super::{Translator, check_supported, check_user_id, terms};
use crate::stomp::destination::{Destination, split};
use broker::routing::TEMPORARY;
use broker::{Action, Command, Commit, Declare, Explicit, Headers, Message, Publish, QueueSettings, Time};
use std::borrow::Cow;
use std::sync::Arc;
use wire::stomp::server::{Failure, Send, Token};
use wire::stomp::{Code, Headers as WireHeaders};

/// The exchange behind `/topic/`.
pub(super) const TOPIC_EXCHANGE: &str = "amq.topic";

/// When a message was made, in milliseconds since 1970.
const TIMESTAMP: &str = "timestamp";

/// Headers of SEND that are for the server, or the server's to set: not passed on. `destination` goes first instead.
const NOT_PASSED_ON: &[&str] = &[
    "destination",
    "receipt",
    "transaction",
    "subscription",
    "ack",
    "redelivered",
    "delivery-count",
    "message-id",
    "content-length",
    "mandatory",
    "reply-to",
];

/// Headers of SEND that tell what the queue is to be.
const QUEUE_HEADERS: [&str; 3] = ["durable", "exclusive", "auto-delete"];

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
    match Destination::parse(reply_to) {
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
        check_supported(&send.headers)?;
        check_user_id(&send.headers, &self.user)?;
        let mut parts = split(&send.destination)?;
        let (first, is_single) = (parts.next().unwrap_or_default(), parts.clone().next().is_none());
        if is_single {
            return Ok(Action::Publish(self.publish(first, send, send.token, now)?));
        }
        let all = std::iter::once(first).chain(parts);
        let publishes = all.map(|part| self.publish(part, send, None, now)).collect::<Result<_, _>>()?;
        Ok(Action::PublishAll(publishes, send.token))
    }

    /// What is published to one destination.
    fn publish(&mut self, destination: &str, send: &Send, token: Option<Token>, now: u64) -> Result<Publish, Failure> {
        let headers = &send.headers;
        let Place { exchange, routing_key, declare, mandatory } = self.place(destination, headers)?;
        let reply_to = headers.get("reply-to").map(|reply_to| self.reply_address(reply_to)).transpose()?;
        let timestamp = now.to_string();
        let kept = headers.iter().filter(|(name, _)| !NOT_PASSED_ON.contains(name));
        let stamped = headers.get(TIMESTAMP).is_none().then_some((TIMESTAMP, timestamp.as_str()));
        let reply_to = reply_to.as_deref().map(|address| ("reply-to", address));
        let all = std::iter::once(("destination", destination)).chain(kept).chain(reply_to).chain(stamped);
        let message = Message::new(exchange, routing_key, Headers::new(all), send.body.clone());
        let deduplication_id = terms::first(headers, &["x-dedup-id", "_AMQ_DUPL_ID"]).map(|(_, id)| id.into());
        Ok(Publish {
            connection: self.connection,
            message: Arc::new(message.expiring(expiry(headers, now)?)),
            declare,
            mandatory: mandatory || terms::flag(headers, &["mandatory"])?,
            deduplication_id,
            token,
        })
    }

    fn place(&mut self, destination: &str, headers: &WireHeaders) -> Result<Place, Failure> {
        let at = |exchange: Cow<'static, str>, routing_key: Box<str>, declare| Place {
            exchange,
            routing_key,
            declare,
            mandatory: false,
        };
        Ok(match Destination::parse(destination)? {
            Destination::Queue(name) if self.settings.auto_create => at("".into(), name.into(), declaration(headers)?),
            Destination::Queue(name) => Place { mandatory: true, ..at("".into(), name.into(), Declare::No) },
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
        match Destination::parse(reply_to)? {
            Destination::TemporaryQueue(name) => Ok(format!("/reply-queue/{}", self.temporary.queue(&name)?)),
            Destination::TemporaryTopic(name) => Ok(format!("/exchange/{TEMPORARY}/{}", self.temporary.topic(&name)?)),
            _ => Ok(reply_to.to_owned()),
        }
    }
}

/// A temporary queue: the connection's own.
pub(super) const TEMPORARY_QUEUE: QueueSettings = QueueSettings { drops_oldest: false, ..TRANSIENT };

fn declaration(headers: &WireHeaders) -> Result<Declare, Failure> {
    let says_something = |name: &str| name.starts_with("x-") || QUEUE_HEADERS.contains(&name);
    if !headers.iter().any(|(name, _)| says_something(name)) {
        return Ok(Declare::Plain);
    }
    Ok(Declare::As(Box::new(settings(headers, &["durable"], &DURABLE)?)))
}

/// The earlier of the two ways to say when a message expires.
fn expiry(headers: &WireHeaders, now: u64) -> Result<Time, Failure> {
    let at = terms::number(headers, &["expires"])?.filter(|at| *at != 0).map_or(Time::NEVER, Time);
    let after = terms::number(headers, &["expiration"])?.map_or(Time::NEVER, |after: u64| Time(now) + after);
    Ok(at.min(after))
}
