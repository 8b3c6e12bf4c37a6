//! Between STOMP's requests and the broker's commands. The only place in here that knows both.

use super::destination::Destination;
use crate::error::stomp_code;
use broker::message::Encoding;
use broker::{
    AckMode, Binding, Command, ConnectionId, DeliveryTag, Error, Explicit, Headers, Message, Outcome, Publish,
    QueueDeclaration, QueueSettings, Source, Subscribe,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::stomp::encode::FrameWriter;
use wire::stomp::server::{Failure, Send, Settle, Subscribe as SubscribeRequest, Token, boolean};
use wire::stomp::{AckMode as WireAckMode, Code, Headers as WireHeaders, Version};

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
];

/// When a message was made, in milliseconds since 1970.
const TIMESTAMP: &str = "timestamp";

/// Headers that would change what is delivered, and that this release cannot honour: refused, never ignored.
const UNSUPPORTED: &[&str] = &[
    "transaction",
    "selector",
    "x-match",
    "expires",
    "expiration",
    "x-dedup-id",
    "_AMQ_DUPL_ID",
    "x-delay",
    "AMQ_SCHEDULED_DELAY",
    "AMQ_SCHEDULED_TIME",
    "AMQ_SCHEDULED_PERIOD",
    "AMQ_SCHEDULED_REPEAT",
    "AMQ_SCHEDULED_CRON",
    "JMSXGroupID",
    "consumer-window-size",
    "x-priority",
    "activemq.priority",
    "durable-subscription-name",
    "durable-subscriber-name",
    "activemq.subscriptionName",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-expires",
    "x-message-ttl",
    "x-max-length",
    "x-max-length-bytes",
    "x-overflow",
    "x-max-priority",
    "x-queue-type",
    "x-max-age",
    "x-stream-max-segment-size-bytes",
    "x-stream-filter-size-bytes",
    "x-stream-offset",
    "x-stream-filter",
    "x-stream-filter-value",
    "activemq.maximumPendingMessageLimit",
    "x-single-active-consumer",
    "x-delivery-limit",
    "x-retry-delay",
    "x-retry-multiplier",
    "x-retry-max",
];

/// Headers that ask for something only when they are true.
const UNSUPPORTED_IF_TRUE: &[&str] = &[
    "durable",
    "mandatory",
    "browser",
    "no-local",
    "activemq.noLocal",
    "activemq.exclusive",
    "activemq.retroactive",
    "x-stream-match-unfiltered",
];

/// SEND becomes a publish. `now` is for messages that do not say when they were made: milliseconds since 1970.
pub(super) fn send(send: Send, connection: ConnectionId, user: &str, now: u64) -> Result<Command, Failure> {
    let Send { destination, headers, body, token } = send;
    check_supported(&headers)?;
    check_user_id(&headers, user)?;
    if let Some(reply_to) = headers.get("reply-to").filter(|reply_to| reply_to.starts_with("/temp-queue/")) {
        return Err(Failure::unsupported(&format!("reply-to:{reply_to}")));
    }
    let (exchange, routing_key, declare): (Cow<'static, str>, String, _) = match Destination::parse(&destination)? {
        Destination::Queue(name) => ("".into(), name, Some(queue_settings(&headers, QueueSettings::default())?.0)),
        Destination::ExistingQueue(name) => ("".into(), name, None),
        Destination::Topic(key) => (TOPIC_EXCHANGE.into(), key, None),
        Destination::Exchange(name, key) => (name.into(), key.unwrap_or_default(), None),
    };
    let timestamp = now.to_string();
    let kept = headers.iter().filter(|(name, _)| !NOT_PASSED_ON.contains(name));
    let stamped = headers.get(TIMESTAMP).is_none().then_some((TIMESTAMP, timestamp.as_str()));
    let all = std::iter::once(("destination", destination.as_str())).chain(kept).chain(stamped);
    let message = Message::new(exchange, routing_key, Headers::new(all), body);
    Ok(Command::Publish(Publish { connection, message: Arc::new(message), declare, token }))
}

/// SUBSCRIBE becomes a subscription.
pub(super) fn subscribe(subscribe: SubscribeRequest, connection: ConnectionId) -> Result<Command, Failure> {
    let SubscribeRequest { number, destination, ack, headers, token } = subscribe;
    check_supported(&headers)?;
    if headers.get("persistent").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Failure::unsupported("the header persistent:true, which asks for a durable subscription"));
    }
    Ok(Command::Subscribe(Subscribe {
        connection,
        subscription: number,
        source: source(&destination, &headers)?,
        ack_mode: match ack {
            WireAckMode::Auto => AckMode::Auto,
            WireAckMode::Client => AckMode::Cumulative,
            WireAckMode::ClientIndividual => AckMode::Individual,
        },
        prefetch: prefetch(&headers)?,
        token,
    }))
}

/// UNSUBSCRIBE ends a subscription.
pub(super) fn unsubscribe(number: u32, token: Option<Token>, connection: ConnectionId) -> Command {
    Command::Unsubscribe { connection, subscription: number, token }
}

/// What everything before is answered by, in order.
pub(super) fn sync(token: Token, connection: ConnectionId) -> Command {
    Command::Sync { connection, token }
}

/// Octets of deliveries were written, so as many more may come.
pub(super) fn replenish(octets: usize, connection: ConnectionId) -> Command {
    Command::Replenish { connection, octets }
}

/// The broker's refusal, as an ERROR says it.
pub(super) fn failure(error: &Error) -> Failure {
    Failure::new(stomp_code(error), error.to_string())
}

/// ACK settles.
pub(super) fn ack(settle: &Settle, connection: ConnectionId) -> Command {
    settle_as(settle, connection, Outcome::Ack)
}

/// NACK settles too: back to the queue, or away.
pub(super) fn nack(settle: &Settle, connection: ConnectionId) -> Command {
    settle_as(settle, connection, if settle.requeue { Outcome::Requeue } else { Outcome::Reject })
}

fn settle_as(settle: &Settle, connection: ConnectionId, outcome: Outcome) -> Command {
    let Settle { delivery, token, .. } = *settle;
    let tag = DeliveryTag { subscription: delivery.subscription, delivery: delivery.delivery };
    Command::Settle(broker::Settle { connection, tag, outcome, token })
}

/// The exchange behind `/topic/`.
const TOPIC_EXCHANGE: &str = "amq.topic";

/// A queue made for a topic or exchange subscription: one reader's, and gone with it.
const TRANSIENT: QueueSettings = QueueSettings { exclusive: true, auto_delete: true, drops_oldest: true };

fn source(destination: &str, headers: &WireHeaders) -> Result<Source, Failure> {
    let (exchange, key) = match Destination::parse(destination)? {
        Destination::Queue(name) => {
            let (settings, explicit) = queue_settings(headers, QueueSettings::default())?;
            return Ok(Source::Declared(QueueDeclaration { name, settings, explicit }));
        }
        Destination::ExistingQueue(name) => return Ok(Source::Queue(name)),
        Destination::Topic(key) => (TOPIC_EXCHANGE.to_owned(), key),
        Destination::Exchange(name, key) => (name, key.unwrap_or_default()),
    };
    let name = match headers.get("x-queue-name") {
        Some(name) => name.to_owned(),
        None => format!("stomp-subscription-{:032x}", rand::random::<u128>()),
    };
    let (mut settings, explicit) = queue_settings(headers, TRANSIENT)?;
    settings.drops_oldest = settings.exclusive;
    let declaration = QueueDeclaration { name, settings, explicit };
    Ok(Source::Bound(declaration, Binding { exchange, key, arguments: BTreeMap::new() }))
}

/// What the headers say of a queue; `durable:false` makes it exclusive and auto-delete unless they say otherwise.
fn queue_settings(headers: &WireHeaders, default: QueueSettings) -> Result<(QueueSettings, Explicit), Failure> {
    let header = |name| headers.get(name).map(|text| boolean(name, text)).transpose();
    let (exclusive, auto_delete) = (header("exclusive")?, header("auto-delete")?);
    let transient = header("durable")? == Some(false);
    let settings = QueueSettings {
        exclusive: exclusive.unwrap_or(default.exclusive || transient),
        auto_delete: auto_delete.unwrap_or(default.auto_delete || transient),
        ..default
    };
    Ok((settings, Explicit { exclusive: exclusive.is_some(), auto_delete: auto_delete.is_some() }))
}

fn prefetch(headers: &WireHeaders) -> Result<u32, Failure> {
    let name = ["prefetch-count", "activemq.prefetchSize"].into_iter().find(|name| headers.get(name).is_some());
    let Some((name, text)) = name.and_then(|name| Some((name, headers.get(name)?))) else {
        return Ok(0);
    };
    text.parse().map_err(|_| Failure::new(Code::Protocol, format!("{name} must be a number of messages, not {text:?}")))
}

fn check_supported(headers: &WireHeaders) -> Result<(), Failure> {
    for (name, value) in headers.iter() {
        let says_nothing = matches!((name, value), ("x-queue-type", "classic") | ("expires", "0"));
        let always = UNSUPPORTED.contains(&name) && !says_nothing;
        let if_true = UNSUPPORTED_IF_TRUE.contains(&name) && value.eq_ignore_ascii_case("true");
        if always || if_true {
            return Err(Failure::unsupported(&format!("the header {name}:{value}")));
        }
    }
    Ok(())
}

fn check_user_id(headers: &WireHeaders, user: &str) -> Result<(), Failure> {
    match headers.get("user-id") {
        Some(claimed) if claimed != user => {
            Err(Failure::new(Code::Forbidden, format!("user-id is {claimed:?}, but this connection is {user:?}")))
        }
        _ => Ok(()),
    }
}

/// The part of a MESSAGE frame that all receivers of a version share: made once per message, not per receiver.
pub(super) fn encoding(message: &Message, version: Version) -> &Encoding {
    let slot = match version {
        Version::V1_2 => 0,
        Version::V1_1 => 1,
        Version::V1_0 => 2,
    };
    message.encoding(slot, |message| {
        let mut head = Vec::with_capacity(message.headers.size() + 32);
        let mut writer = FrameWriter::headers_only(&mut head, version);
        for (name, value) in &message.headers {
            writer.header(name, value);
        }
        writer.end_head(message.body.len());
        Encoding { head: head.into(), is_text: std::str::from_utf8(&message.body).is_ok() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const ALICE: ConnectionId = ConnectionId(1);

    fn request(destination: &str, headers: &[(&str, &str)]) -> Send {
        let headers = headers.iter().copied().collect();
        Send { destination: destination.into(), headers, body: Bytes::new(), token: None }
    }

    fn published(destination: &str, headers: &[(&str, &str)]) -> Result<Publish, Failure> {
        match send(request(destination, headers), ALICE, "guest", 5)? {
            Command::Publish(publish) => Ok(publish),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn send_keeps_user_headers_and_strips_what_the_server_owns() {
        let headers =
            [("destination", "x"), ("receipt", "1"), ("a", "b"), ("content-length", "0"), ("redelivered", "true")];
        let publish = published("/topic/t.u", &headers).unwrap();
        let kept: Vec<_> = publish.message.headers.iter().collect();
        assert_eq!(kept, [("destination", "/topic/t.u"), ("a", "b"), ("timestamp", "5")]);
        assert_eq!((&*publish.message.exchange, &*publish.message.routing_key), ("amq.topic", "t.u"));
        assert_eq!(publish.declare, None);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        let code =
            |headers: &[(&str, &str)]| published("/queue/q", headers).map(|_| ()).map_err(|failure| failure.code);
        assert_eq!(code(&[("x-message-ttl", "5")]), Err(Code::Unsupported));
        assert_eq!(code(&[("durable", "TRUE")]), Err(Code::Unsupported));
        assert_eq!(code(&[("reply-to", "/temp-queue/a")]), Err(Code::Unsupported));
        assert_eq!(code(&[("user-id", "root")]), Err(Code::Forbidden));
        assert_eq!(
            code(&[("user-id", "guest"), ("persistent", "true"), ("priority", "9"), ("reply-to", "/queue/a")]),
            Ok(())
        );
    }

    #[test]
    fn a_queue_is_what_its_headers_say() {
        let settings = |headers: &[(&str, &str)]| published("/queue/q", headers).unwrap().declare.unwrap();
        assert_eq!(settings(&[]), QueueSettings::default());
        assert!(settings(&[("auto-delete", "True")]).auto_delete);
        let transient = settings(&[("durable", "false"), ("exclusive", "false")]);
        assert!(transient.auto_delete && !transient.exclusive);
    }

    #[test]
    fn the_shared_head_is_written_in_each_version() {
        let message = Message::new("", "q", Headers::new([("a", "x:y")].into_iter()), Bytes::from_static(b"\xff"));
        assert_eq!(&*encoding(&message, Version::V1_2).head, b"a:x\\cy\ncontent-length:1\n\n");
        assert_eq!(&*encoding(&message, Version::V1_0).head, b"a:x:y\ncontent-length:1\n\n");
        assert!(!encoding(&message, Version::V1_2).is_text);
    }
}
