//! A message as an event.

use super::id_text;
use crate::signature::to_hex;
use broker::Message;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use wire::cloudevents::{Data, Event, EventBuilder, Invalid, headers};

/// The type of a message that is no event.
pub(super) const MESSAGE_TYPE: &str = "wharf.message";

/// The attribute that holds the headers of such a message, as a JSON object: with it the message can be made again.
pub(super) const MESSAGE_HEADERS: &str = "messageheaders";

/// What a URI does not hold as it is (RFC 3986 section 2).
const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same, where a `%` stands for itself.
const NOT_IN_URI_NOR_PERCENT: &AsciiSet = &NOT_IN_URI.add(b'%');

/// The event that a message is, or one that tells of it: with the message's identity as id, vhost and destination as source,
/// the type `wharf.message`, and its headers in one attribute.
pub(crate) fn event_of(message: &Message, vhost: &str) -> Event {
    let is_event = headers::is_event(message.headers.iter().map(|(name, _)| name));
    let content_type = message.headers.get("content-type");
    let read = is_event.then(|| headers::decode(message.headers.iter(), content_type, message.body.clone()).ok());
    read.flatten().unwrap_or_else(|| synthesise(message, vhost))
}

fn synthesise(message: &Message, vhost: &str) -> Event {
    let destination = message.headers.get("destination").unwrap_or(&message.routing_key);
    let source = source(vhost, destination);
    let told = told(message, &source, true).or_else(|_| told(message, &source, false));
    // A name of 64 KiB whose octets all have to be encoded is no attribute any more.
    told.or_else(|_| self::told(message, "/", false)).expect("nothing in it depends on the message but its data")
}

/// Tells of a message; headers that are too long for an attribute are left out, and with them the way back.
fn told(message: &Message, source: &str, with_headers: bool) -> Result<Event, Invalid> {
    let mut builder = EventBuilder::default();
    builder.text("specversion", "1.0")?;
    builder.text("id", identity(message))?;
    builder.text("source", source)?;
    builder.text("type", MESSAGE_TYPE)?;
    let content_type = message.headers.get("content-type").filter(|it| !it.is_empty());
    let is_text = content_type.is_none() && !message.body.is_empty() && std::str::from_utf8(&message.body).is_ok();
    let content_type = content_type.or(is_text.then_some("text/plain;charset=utf-8"));
    if let Some(content_type) = content_type {
        let _ = builder.text("datacontenttype", content_type); // what is no media type stands among the headers
    }
    if with_headers {
        builder.text(MESSAGE_HEADERS, headers_json(message))?;
    }
    builder.finish(match message.body.is_empty() {
        true => Data::Absent,
        false => Data::of(content_type, message.body.clone()),
    })
}

/// The identity of a message as text; of one from before messages had any, a digest of what it holds.
fn identity(message: &Message) -> String {
    if message.id != 0 {
        return id_text(message.id);
    }
    let digest = Sha256::new().chain_update(message.headers.packed()).chain_update(&message.body).finalize();
    to_hex(&digest[..16])
}

/// `/VHOST/queue/NAME`.
fn source(vhost: &str, destination: &str) -> String {
    let vhost = utf8_percent_encode(vhost, NON_ALPHANUMERIC);
    let slash = if destination.starts_with('/') { "" } else { "/" };
    let not_in_uri = if has_stray_percent(destination) { NOT_IN_URI_NOR_PERCENT } else { NOT_IN_URI };
    let destination = utf8_percent_encode(destination, not_in_uri);
    format!("/{vhost}{slash}{destination}")
}

/// Whether a `%` begins no code.
fn has_stray_percent(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let code = rest.as_bytes().get(..2);
        !code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    })
}

/// JSON in ASCII alone: attributes may not hold all characters that headers may.
fn headers_json(message: &Message) -> String {
    let mut headers = BTreeMap::new();
    for (name, value) in &message.headers {
        headers.entry(name).or_insert(value); // of repeated headers the first counts
    }
    let json = serde_json::to_string(&headers).unwrap_or_default();
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(ascii, "\\u{unit:04x}"); // a String takes everything
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::super::{Target, Wishes, of_event};
    use super::*;
    use broker::Headers;
    use bytes::Bytes;
    use wire::cloudevents::json;

    fn message(headers: &[(&str, &str)], body: &'static [u8]) -> Message {
        Message::new("", "a b", Headers::new(headers.iter().copied()), Bytes::from_static(body)).identified(5)
    }

    #[test]
    fn a_message_that_is_no_event_is_told_as_one_and_back() {
        let headers = [("destination", "/queue/a%20b"), ("content-type", "text/plain"), ("x", "\u{fffe} \"é\" \u{85}")];
        let event = event_of(&message(&headers, b"hello"), "/");
        assert_eq!((event.id(), event.source()), ("00000000000000000000000005", "/%2F/queue/a%20b"));
        assert_eq!((event.event_type(), event.content_type()), (MESSAGE_TYPE, Some("text/plain")));
        assert_eq!(event.data(), &Data::Text(Bytes::from_static(b"hello")));
        let mut document = Vec::new();
        json::encode(&event, &mut document);
        let event = json::decode(&document.into()).unwrap();
        let wishes = Wishes { is_persistent: false, deduplicates: false, now: 7 };
        let publish = Target::parse("/queue/b", true).unwrap().publication(&event, &wishes);
        let back: Vec<_> = publish.message.headers.iter().collect();
        let expected = [("destination", "/queue/b"), headers[1], headers[2], ("timestamp", "7")];
        assert_eq!((back, &publish.message.body[..]), (expected.to_vec(), &b"hello"[..]));
    }

    #[test]
    fn an_event_is_what_it_was() {
        let document = br#"{"specversion":"1.0","id":"1","source":"/a","type":"t","time":"2018-04-26T14:48:09+02:00","n":5,"data":{"a" :1}}"#;
        let event = json::decode(&Bytes::from_static(document)).unwrap();
        let wishes = Wishes { is_persistent: true, deduplicates: false, now: 7 };
        let publish = Target::parse("/topic/a", true).unwrap().publication(&event, &wishes);
        let read = event_of(&publish.message, "/");
        assert_eq!(of_event(&read), of_event(&event));
        assert_eq!(read.data(), event.data());
        assert_ne!(publish.message.id, 0);
    }

    #[test]
    fn what_no_attribute_can_hold_is_told_all_the_same() {
        let long = "x".repeat(70_000);
        for (headers, body) in [
            (vec![("destination", "/queue/%zz%"), ("content-type", "?")], &b"\xff"[..]),
            (vec![("long", &*long)], b""),
            (vec![("ce-id", "1"), ("ce-source", ""), ("ce-type", "t"), ("ce-specversion", "1.0")], b"x"),
        ] {
            let event = event_of(&message(&headers, body), "ä/");
            assert_eq!(event.event_type(), MESSAGE_TYPE, "{headers:?}");
            assert_eq!(&event.data().body()[..], body);
        }
    }

    #[test]
    fn text_without_a_media_type_is_text() {
        assert_eq!(event_of(&message(&[], b"hi"), "/").content_type(), Some("text/plain;charset=utf-8"));
        assert_eq!(event_of(&message(&[], b""), "/").data(), &Data::Absent);
    }
}
