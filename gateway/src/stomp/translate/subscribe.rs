//! SUBSCRIBE becomes a subscription, UNSUBSCRIBE its end.

use super::event::wants_documents;
use super::publish::TEMPORARY_QUEUE;
use super::queue::{DURABLE, TRANSIENT, settings, stream_settings};
use super::stream::stream_terms;
use super::{Translator, check_supported, terms};
use crate::stomp::destination::{Destination, parse};
use crate::translate::TOPIC_EXCHANGE;
use broker::routing::TEMPORARY;
use broker::{AckMode, Arguments, Binding, Command, Explicit, QueueDeclaration, Source, Subscribe, Terms};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use wire::stomp::server::{Failure, Subscribe as Request, Token, Unsubscribe};
use wire::stomp::{AckMode as WireAckMode, Code, Headers};

/// Headers that name a durable subscription, in the order in which they count.
const SUBSCRIPTION_NAMES: [&str; 3] =
    ["durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"];

/// Headers that make the queue of a subscription durable.
const DURABLE_HEADERS: [&str; 2] = ["durable", "persistent"];

/// Headers that every SUBSCRIBE may have, and that are known by now.
const SAID_OF_EACH: [&str; 4] = ["id", "destination", "ack", "receipt"];

/// Octets of a digest that are shown in a queue's name: enough that no two collide.
const SHOWN: usize = 16;

impl Translator {
    /// SUBSCRIBE begins a subscription; a second command may follow from it. `id` is the client's name for it.
    pub(in crate::stomp) fn subscribe(&mut self, request: Request, id: &str) -> Result<Vec<Command>, Failure> {
        let Request { number, destination, ack, mut headers, token } = request;
        if headers.iter().all(|(name, _)| SAID_OF_EACH.contains(&name)) {
            headers = Headers::new(); // there is nothing to look for, and much that could be
        }
        check_supported(&headers)?;
        let parsed = parse(&destination)?;
        let terms = terms::terms(&headers, self.settings.default_prefetch)?;
        if wants_documents(&headers)? {
            self.documents.insert(number);
        }
        if terms.browse {
            if !matches!(parsed, Destination::Queue(_) | Destination::ExistingQueue(_) | Destination::Stream(_)) {
                let message = format!("browser:true looks at a queue or a stream, and {destination:?} is none");
                return Err(Failure::new(Code::PreconditionFailed, message));
            }
            self.browsed.insert(number, destination.as_str().into());
        }
        let name = match &parsed {
            Destination::TemporaryQueue(name) => Some(name.clone()),
            _ => None,
        };
        let named = match (&parsed, terms::first(&headers, &SUBSCRIPTION_NAMES)) {
            (Destination::Stream(_), Some((_, name))) => Some(self.named(name)),
            _ => None,
        };
        let subscribe = Subscribe {
            connection: self.connection,
            subscription: number,
            stream: stream_terms(&headers, named)?.map(Box::new),
            source: self.source(parsed, &destination, id, &headers)?,
            ack_mode: match ack {
                WireAckMode::Auto => AckMode::Auto,
                WireAckMode::Client => AckMode::Cumulative,
                WireAckMode::ClientIndividual => AckMode::Individual,
            },
            terms,
            token,
        };
        let mut commands = vec![Command::Subscribe(Box::new(subscribe))];
        // What the server had subscribed for the client would take its share.
        if let Some(ended) = name.map(|name| self.temporary.subscribe(&name, number)).transpose()?.flatten() {
            commands.push(self.end(ended, false, None));
        }
        Ok(commands)
    }

    /// The server subscribes to a temporary queue for the client, which asked for replies to it.
    pub(in crate::stomp) fn read_replies(&mut self, name: &str, number: u32) -> Result<Command, Failure> {
        let name = self.temporary.read_replies(name, number)?.to_owned();
        Ok(Command::Subscribe(Box::new(Subscribe {
            connection: self.connection,
            subscription: number,
            source: temporary(name),
            ack_mode: AckMode::Auto,
            terms: Terms::default(),
            stream: None,
            token: None,
        })))
    }

    /// A subscription was refused or has ended.
    pub(in crate::stomp) fn forget(&mut self, number: u32) {
        self.temporary.forget(number);
        self.browsed.remove(&number);
        self.documents.remove(&number);
    }

    /// The destination that a subscription browses.
    pub(in crate::stomp) fn browsed(&self, number: u32) -> Option<&str> {
        self.browsed.get(&number).map(|destination| &**destination)
    }

    /// UNSUBSCRIBE ends a subscription, and may delete what was made for it.
    pub(in crate::stomp) fn unsubscribe(&mut self, unsubscribe: Unsubscribe) -> Command {
        let Unsubscribe { number, delete, name, token } = unsubscribe;
        match number {
            Some(number) => {
                self.forget(number);
                self.end(number, delete, token)
            }
            None => {
                let name = self.named(name.as_deref().unwrap_or_default());
                Command::DeleteQueue { connection: self.connection, name, token }
            }
        }
    }

    fn end(&self, subscription: u32, delete: bool, token: Option<Token>) -> Command {
        Command::Unsubscribe { connection: self.connection, subscription, delete, token }
    }

    fn source(
        &mut self,
        parsed: Destination,
        destination: &str,
        id: &str,
        headers: &Headers,
    ) -> Result<Source, Failure> {
        let (exchange, key) = match parsed {
            Destination::Queue(name) if self.settings.auto_create => {
                let (settings, explicit) = settings(headers, &DURABLE_HEADERS, &DURABLE)?;
                return Ok(Source::Declared(QueueDeclaration { name, settings, explicit }));
            }
            Destination::Stream(name) if self.settings.auto_create => {
                let (settings, explicit) = stream_settings(headers)?;
                return Ok(Source::Declared(QueueDeclaration { name, settings, explicit }));
            }
            Destination::Queue(name) | Destination::ExistingQueue(name) | Destination::Stream(name) => {
                return Ok(Source::Queue(name));
            }
            Destination::TemporaryQueue(name) => return Ok(temporary(self.temporary.queue(&name)?.to_owned())),
            Destination::TemporaryTopic(name) => (TEMPORARY.to_owned(), self.temporary.topic(&name)?.to_owned()),
            Destination::Topic(key) => (TOPIC_EXCHANGE.to_owned(), self.pattern(key)),
            Destination::Exchange(name, key) => (name, self.pattern(key.unwrap_or_default())),
            Destination::Control(name) => {
                let message = format!("nobody can subscribe to /control/{name}: it is /control/notices that tells");
                return Err(Failure::new(Code::BadDestination, message));
            }
        };
        let binding = Binding { exchange, key, arguments: BTreeMap::new() };
        if let Some((_, name)) = terms::first(headers, &SUBSCRIPTION_NAMES) {
            let (settings, explicit) = settings(headers, &[], &DURABLE)?;
            let declaration = QueueDeclaration { name: self.named(name), settings, explicit };
            return Ok(Source::Rebound(declaration, binding));
        }
        Ok(Source::Bound(bound(destination, id, headers)?, binding))
    }

    /// ActiveMQ's `>` at the end of a pattern, where it is wanted.
    fn pattern(&self, key: String) -> String {
        match key.strip_suffix('>') {
            Some(rest) if self.settings.activemq_wildcards && (rest.is_empty() || rest.ends_with('.')) => {
                format!("{rest}#")
            }
            _ => key,
        }
    }

    /// The queue of a durable subscription with a name: one for this user, client and name.
    fn named(&self, name: &str) -> String {
        digest("stomp-durable", &[&self.user, self.client_id.as_deref().unwrap_or(&self.user), name])
    }
}

fn temporary(name: String) -> Source {
    Source::Declared(QueueDeclaration { name, settings: TEMPORARY_QUEUE, explicit: Explicit::default() })
}

/// The queue that is made for a topic or exchange subscription.
fn bound(destination: &str, id: &str, headers: &Headers) -> Result<QueueDeclaration, Failure> {
    let (mut settings, explicit) = settings(headers, &DURABLE_HEADERS, &TRANSIENT)?;
    settings.no_local = terms::flag(headers, &["no-local", "activemq.noLocal"])?;
    if settings.no_local && !settings.exclusive {
        return Err(Failure::unsupported("no-local where connections may share the subscription"));
    }
    if let Some(limit) = terms::integer(headers, &["activemq.maximumPendingMessageLimit"])?
        && let Ok(limit) = u64::try_from(limit)
        && settings.arguments().max_length.is_none()
    {
        let arguments = Arguments { max_length: Some(limit), ..settings.arguments().clone() };
        settings.arguments = Some(Arc::new(arguments));
    }
    let name = match headers.get("x-queue-name") {
        Some(name) => name.to_owned(),
        None if settings.durable => digest("stomp-subscription", &[destination, id]),
        None => format!("stomp-subscription-{:032x}", rand::random::<u128>()),
    };
    Ok(QueueDeclaration { name, settings, explicit })
}

/// A queue's name from texts that a client knows: the first 32 hexadecimal digits of SHA-256 over them, with a line feed
/// between.
fn digest(prefix: &str, texts: &[&str]) -> String {
    let mut name = format!("{prefix}-");
    for octet in Sha256::digest(texts.join("\n")).iter().take(SHOWN) {
        let _ = write!(name, "{octet:02x}"); // a String takes everything
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_durable_subscription_can_be_computed() {
        // printf '/topic/a\nid' | sha256sum
        assert_eq!(
            digest("stomp-subscription", &["/topic/a", "id"]),
            "stomp-subscription-c7e584d1ad97963dcf5201647c01a537"
        );
    }
}
