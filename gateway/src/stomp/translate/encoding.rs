//! The part of a MESSAGE frame that all receivers of a version share: made once per message, not per receiver.

use crate::stomp::notices::{NOTICES, NoticeMessage};
use broker::message::Encoding;
use broker::{Death, Deaths, Headers, Message};
use serde::Serialize;
use std::sync::Arc;
use wire::stomp::Version;
use wire::stomp::encode::FrameWriter;
use wire::stomp::server::StreamPlace;

/// The encoding of a message for clients of a version.
pub(in crate::stomp) fn encoding(message: &Message, version: Version) -> &Encoding {
    let slot = match version {
        Version::V1_2 => 0,
        Version::V1_1 => 1,
        Version::V1_0 => 2,
    };
    message.encoding(slot, |message| {
        let mut head = Vec::with_capacity(message.headers.size() + 32);
        let mut writer = FrameWriter::headers_only(&mut head, version);
        match &message.deaths {
            None => message.headers.iter().for_each(|(name, value)| _ = writer.header(name, value)),
            Some(deaths) => write_dead(message, deaths, &mut writer),
        }
        writer.end_head(message.body.len());
        Encoding { head: head.into(), is_text: std::str::from_utf8(&message.body).is_ok() }
    })
}

/// The place of a message in a stream, for its MESSAGE.
pub(in crate::stomp) fn place(place: broker::StreamPlace) -> StreamPlace {
    StreamPlace { offset: place.offset, epoch: place.epoch.get() }
}

/// A notice, as a message that only this connection gets.
pub(in crate::stomp) fn notice(notice: NoticeMessage) -> Arc<Message> {
    let headers = [("destination", NOTICES), ("notice", notice.kind), ("content-type", "application/json")];
    Arc::new(Message::new("", NOTICES, Headers::new(headers.into_iter()), notice.body))
}

/// Headers that a dead letter has no more: its expiry is over, and stands in its history.
const TAKEN_OFF: [&str; 2] = ["expiration", "expires"];

/// One entry of `x-death`, with RabbitMQ's field names.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Entry<'a> {
    count: u64,
    exchange: &'a str,
    queue: &'a str,
    reason: &'static str,
    routing_keys: [&'a str; 1],
    /// Seconds since 1970.
    time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_expiration: Option<&'a str>,
}

fn write_dead(message: &Message, deaths: &Deaths, writer: &mut FrameWriter<'_>) {
    for (name, value) in message.headers.iter().filter(|(name, _)| !TAKEN_OFF.contains(name)) {
        writer.header(name, value);
    }
    let expiration = message.headers.get("expiration").or(message.headers.get("expires"));
    // It was taken off at the first death.
    let is_first = |death: &Death| (&death.queue, death.reason) == (&deaths.first.queue, deaths.first.reason);
    let entries = deaths.list.iter().map(|death| entry(death, expiration.filter(|_| is_first(death))));
    let entries: Vec<_> = entries.collect();
    let Death { queue, reason, exchange, .. } = &deaths.first;
    writer
        .header("x-death", &serde_json::to_string(&entries).unwrap_or_default())
        .header("x-first-death-queue", queue)
        .header("x-first-death-reason", reason.as_str())
        .header("x-first-death-exchange", exchange);
    if let Some(Death { queue, reason, exchange, text, .. }) = deaths.list.first() {
        writer
            .header("x-last-death-queue", queue)
            .header("x-last-death-reason", reason.as_str())
            .header("x-last-death-exchange", exchange);
        if let Some(text) = text {
            writer.header("x-death-text", text);
        }
    }
}

fn entry<'a>(death: &'a Death, expiration: Option<&'a str>) -> Entry<'a> {
    Entry {
        count: death.count,
        exchange: &death.exchange,
        queue: &death.queue,
        reason: death.reason.as_str(),
        routing_keys: [&death.routing_key],
        time: death.time.0 / 1000,
        original_expiration: expiration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use broker::{Reason, Time};
    use bytes::Bytes;

    #[test]
    fn the_shared_head_is_written_in_each_version() {
        let message = Message::new("", "q", Headers::new([("a", "x:y")].into_iter()), Bytes::from_static(b"\xff"));
        assert_eq!(&*encoding(&message, Version::V1_2).head, b"a:x\\cy\ncontent-length:1\n\n");
        assert_eq!(&*encoding(&message, Version::V1_0).head, b"a:x:y\ncontent-length:1\n\n");
        assert!(!encoding(&message, Version::V1_2).is_text);
    }

    #[test]
    fn a_dead_letter_tells_its_history() {
        let headers = Headers::new([("a", "b"), ("expiration", "100")].into_iter());
        let mut message = Message::new("", "dead", headers, Bytes::new());
        let death = Death {
            queue: "q".into(),
            reason: Reason::Expired,
            count: 2,
            exchange: "".into(),
            routing_key: "q".into(),
            time: Time(7_900),
            text: None,
        };
        message.deaths = Some(Box::new(Deaths { first: death.clone(), list: vec![death] }));
        let head = String::from_utf8(encoding(&message, Version::V1_0).head.to_vec()).unwrap();
        let x_death = r#"[{"count":2,"exchange":"","queue":"q","reason":"expired","routing-keys":["q"],"time":7,"original-expiration":"100"}]"#;
        let expected = format!(
            "a:b\nx-death:{x_death}\nx-first-death-queue:q\nx-first-death-reason:expired\nx-first-death-exchange:\n\
             x-last-death-queue:q\nx-last-death-reason:expired\nx-last-death-exchange:\ncontent-length:0\n\n"
        );
        assert_eq!(head, expected);
    }
}
