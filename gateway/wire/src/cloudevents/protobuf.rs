//! The Protobuf format (CloudEvents Protobuf Event Format 1.0), as its `.proto` file has it.

use super::content::is_json;
use super::json::check_depth;
use super::name::REQUIRED;
use super::{BatchInvalid, Data, Event, EventBuilder, Invalid, Type, Value};
use crate::limits::EVENT_ATTRIBUTES;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Buf as _, Bytes};
use prost::Message as _;
use prost::encoding::{DecodeContext, decode_key, skip_field};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Fields that are counted before they are kept.
const ATTRIBUTES: u32 = 5;
const EVENTS: u32 = 1;

#[derive(Clone, PartialEq, prost::Message)]
struct CloudEvent {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    source: String,
    #[prost(string, tag = "3")]
    spec_version: String,
    #[prost(string, tag = "4")]
    event_type: String,
    /// A map is a list of pairs on the wire.
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
    #[prost(oneof = "Content", tags = "6, 7, 8")]
    data: Option<Content>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AttributeValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AttributeValue {
    #[prost(oneof = "Attr", tags = "1, 2, 3, 4, 5, 6, 7")]
    attr: Option<Attr>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Attr {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(int32, tag = "2")]
    Integer(i32),
    #[prost(string, tag = "3")]
    String(String),
    #[prost(bytes = "bytes", tag = "4")]
    Bytes(Bytes),
    #[prost(string, tag = "5")]
    Uri(String),
    #[prost(string, tag = "6")]
    UriRef(String),
    #[prost(message, tag = "7")]
    Timestamp(Timestamp),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Timestamp {
    /// Since 1970.
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Content {
    #[prost(bytes = "bytes", tag = "6")]
    Binary(Bytes),
    #[prost(string, tag = "7")]
    Text(String),
    #[prost(message, tag = "8")]
    Proto(Any),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CloudEventBatch {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    events: Vec<Bytes>,
}

/// Reads one event.
pub fn decode(octets: &Bytes) -> Result<Event, Invalid> {
    if count(octets, ATTRIBUTES).map_err(|error| unreadable(&error))? > EVENT_ATTRIBUTES {
        return Err(Invalid::event(format!("an event may have {EVENT_ATTRIBUTES} attributes")));
    }
    let event = CloudEvent::decode(octets.clone()).map_err(|error| unreadable(&error))?;
    let mut builder = EventBuilder::default();
    let required = [event.spec_version, event.id, event.source, event.event_type];
    for (name, text) in REQUIRED.into_iter().zip(required) {
        builder.text(name, text)?;
    }
    for Attribute { name, value } in event.attributes {
        let attr = value.and_then(|value| value.attr);
        let value =
            attr.ok_or_else(|| Invalid::attribute(&name, "has no value")).and_then(|attr| from_attr(&name, attr))?;
        if REQUIRED.contains(&&*name) {
            return Err(Invalid::attribute(&name, "has a field of its own, and no place among the other attributes"));
        }
        builder.typed(&name, value)?;
    }
    let data = match event.data {
        None => Data::Absent,
        Some(Content::Binary(octets)) => Data::Bytes(Bytes::copy_from_slice(&octets)),
        Some(Content::Text(text)) => read_text(builder.content_type(), text)?,
        Some(Content::Proto(any)) => unpack(any, &mut builder)?,
    };
    builder.finish(data)
}

/// Reads a batch of at most `most` events: all of them are good, or none is taken.
pub fn decode_batch(octets: &Bytes, most: usize) -> Result<Vec<Event>, BatchInvalid> {
    let failed = |error: &prost::DecodeError| BatchInvalid::Whole(unreadable(error));
    let count = count(octets, EVENTS).map_err(|error| failed(&error))?;
    if count > most {
        return Err(BatchInvalid::TooMany { most, count });
    }
    let batch = CloudEventBatch::decode(octets.clone()).map_err(|error| failed(&error))?;
    let event = |(index, octets): (usize, &Bytes)| decode(octets).map_err(|invalid| BatchInvalid::at(index, invalid));
    batch.events.iter().enumerate().map(event).collect()
}

/// Appends an event.
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    to_message(event).encode_raw(out);
}

/// Appends events as a batch.
pub fn encode_batch<'a>(events: impl IntoIterator<Item = &'a Event>, out: &mut Vec<u8>) {
    let events = events.into_iter().map(|event| to_message(event).encode_to_vec().into()).collect();
    CloudEventBatch { events }.encode_raw(out);
}

fn to_message(event: &Event) -> CloudEvent {
    let others = event.attributes().filter(|(name, _)| !REQUIRED.contains(name));
    let attribute =
        |name: &str, attr| Attribute { name: name.into(), value: Some(AttributeValue { attr: Some(attr) }) };
    let mut attributes: Vec<_> = others.map(|(name, value)| attribute(name, to_attr(value))).collect();
    if let (None, Some(implied)) = (event.content_type(), event.data().implied_content_type()) {
        attributes.push(attribute("datacontenttype", Attr::String(implied.into())));
    }
    let text = |octets: &Bytes| match std::str::from_utf8(octets) {
        Ok(text) => Content::Text(text.to_owned()),
        Err(_) => Content::Binary(octets.clone()),
    };
    CloudEvent {
        id: event.id().into(),
        source: event.source().into(),
        spec_version: super::SPEC_VERSION.into(),
        event_type: event.event_type().into(),
        attributes,
        data: match event.data() {
            Data::Absent => None,
            Data::Bytes(octets) => Some(Content::Binary(octets.clone())),
            Data::Text(octets) | Data::Json(octets) => Some(text(octets)),
        },
    }
}

fn from_attr(name: &str, attr: Attr) -> Result<Value, Invalid> {
    Ok(match attr {
        Attr::Boolean(value) => Value::Boolean(value),
        Attr::Integer(value) => Value::Integer(value),
        Attr::String(text) => Value::String(text.into()),
        Attr::Bytes(octets) => Value::Binary(BASE64_STANDARD.encode(octets).into()),
        Attr::Uri(text) => Value::parse_as(name, text.into(), Type::Uri)?,
        Attr::UriRef(text) => Value::parse_as(name, text.into(), Type::UriReference)?,
        Attr::Timestamp(instant) => Value::Timestamp(
            from_timestamp(&instant).ok_or_else(|| Invalid::attribute(name, "is no instant of the years 1 to 9999"))?,
        ),
    })
}

fn to_attr(value: &Value) -> Attr {
    match value {
        Value::Boolean(value) => Attr::Boolean(*value),
        Value::Integer(value) => Attr::Integer(*value),
        Value::String(text) => Attr::String(text.to_string()),
        Value::Uri(text) => Attr::Uri(text.to_string()),
        Value::UriReference(text) => Attr::UriRef(text.to_string()),
        Value::Binary(text) => match BASE64_STANDARD.decode(&**text) {
            Ok(octets) => Attr::Bytes(octets.into()),
            Err(_) => Attr::String(text.to_string()),
        },
        // The offset, and digits below the nanosecond, have no place in it.
        Value::Timestamp(text) => match value.instant() {
            Some(instant) => Attr::Timestamp(to_timestamp(instant)),
            None => Attr::String(text.to_string()),
        },
    }
}

fn from_timestamp(instant: &Timestamp) -> Option<Box<str>> {
    let nanos = u32::try_from(instant.nanos).ok()?;
    let instant = OffsetDateTime::from_unix_timestamp(instant.seconds).ok()?.replace_nanosecond(nanos).ok()?;
    instant.format(&Rfc3339).ok().map(Box::from)
}

fn to_timestamp(instant: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: instant.unix_timestamp(), nanos: i32::try_from(instant.nanosecond()).unwrap_or_default() }
}

fn read_text(content_type: Option<&str>, text: String) -> Result<Data, Invalid> {
    if content_type.is_some_and(is_json) {
        check_depth(text.as_bytes())?;
    }
    Ok(match Data::of(content_type, text.into()) {
        Data::Bytes(text) => Data::Text(text),
        data => data,
    })
}

/// A packed message becomes octets, and its type the schema.
fn unpack(any: Any, builder: &mut EventBuilder) -> Result<Data, Invalid> {
    if builder.content_type().is_none() {
        builder.text("datacontenttype", "application/protobuf")?;
    }
    match builder.get("dataschema").map(Value::text) {
        None => _ = builder.text("dataschema", any.type_url)?,
        Some(schema) if schema == any.type_url => {}
        Some(schema) => {
            let reason = format!("is {schema:?}, but the data is a {:?}: only one of them can be kept", any.type_url);
            return Err(Invalid::attribute("dataschema", reason));
        }
    }
    Ok(Data::Bytes(Bytes::copy_from_slice(&any.value)))
}

/// How often a field is there. Nothing is kept while it is counted.
fn count(octets: &Bytes, field: u32) -> Result<usize, prost::DecodeError> {
    let mut rest: &[u8] = octets;
    let mut count = 0;
    while rest.has_remaining() {
        let (tag, wire_type) = decode_key(&mut rest)?;
        count += usize::from(tag == field);
        skip_field(wire_type, tag, &mut rest, DecodeContext::default())?;
    }
    Ok(count)
}

fn unreadable(error: &prost::DecodeError) -> Invalid {
    Invalid::event(format!("the Protobuf message cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudevents::json;
    use proptest::prelude::*;

    fn event(members: &str) -> Event {
        let document = format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t"{members}}}"#);
        json::decode(&document.into()).unwrap()
    }

    fn octets(event: &Event) -> Bytes {
        let mut out = Vec::new();
        encode(event, &mut out);
        out.into()
    }

    fn raw() -> CloudEvent {
        to_message(&event(""))
    }

    fn refused(message: &CloudEvent) -> String {
        decode(&message.encode_to_vec().into()).unwrap_err().to_string()
    }

    fn with(name: &str, attr: Option<Attr>) -> CloudEvent {
        let value = Some(AttributeValue { attr });
        CloudEvent { attributes: vec![Attribute { name: name.into(), value }], ..raw() }
    }

    #[test]
    fn the_octets_are_those_of_the_schema() {
        assert_eq!(&octets(&event(""))[..], b"\x0a\x011\x12\x02/a\x1a\x031.0\x22\x01t");
        let text = octets(&event(r#","datacontenttype":"text/plain","data":"hi""#));
        let tail = b"\x2a\x1f\x0a\x0fdatacontenttype\x12\x0c\x1a\x0atext/plain\x3a\x02hi";
        assert!(text.ends_with(tail), "{text:?}");
    }

    #[test]
    fn an_event_leaves_as_it_came() {
        for members in [
            "",
            r#","data_base64":"AAEC""#,
            r#","data_base64":"""#,
            r#","datacontenttype":"text/plain","data":"""#,
            r#","datacontenttype":"application/json","data":{"a":[1,2.50]}"#,
            r#","time":"2018-04-26T14:48:09.5Z","ext":true,"other":-5,"text":"€","dssematerial":"AQI=","dataref":"/x""#,
        ] {
            let event = event(members);
            assert_eq!(decode(&octets(&event)), Ok(event));
        }
    }

    #[test]
    fn each_rule_is_named_by_who_breaks_it() {
        for (message, reason) in [
            (CloudEvent { id: String::new(), ..raw() }, r#""id": must not be empty"#),
            (CloudEvent { source: String::new(), ..raw() }, r#""source": must not be empty"#),
            (CloudEvent { spec_version: "0.3".into(), ..raw() }, r#""specversion": only version"#),
            (with("id", Some(Attr::String("2".into()))), r#""id": has a field of its own"#),
            (with("data", Some(Attr::String("2".into()))), r#""data": a name has only"#),
            (with("My", Some(Attr::String("2".into()))), r#""My": a name has only"#),
            (with("ext", None), r#""ext": has no value"#),
            (with("time", Some(Attr::Integer(5))), r#""time": has to be a Timestamp, not a Integer"#),
            (with("ext", Some(Attr::Uri("/a".into()))), r#""ext": a URI has a scheme"#),
            (
                with("time", Some(Attr::Timestamp(Timestamp { seconds: i64::MAX, nanos: 0 }))),
                r#""time": is no instant"#,
            ),
            (with("time", Some(Attr::Timestamp(Timestamp { seconds: 0, nanos: -1 }))), r#""time": is no instant"#),
            (with("ext", Some(Attr::String("\u{7}".into()))), r#""ext": holds U+0007"#),
        ] {
            let refused = refused(&message);
            assert!(refused.contains(reason), "{reason}: {refused}");
        }
    }

    #[test]
    fn a_packed_message_becomes_octets_and_its_type_the_schema() {
        let any = Any { type_url: "type.googleapis.com/a.B".into(), value: Bytes::from_static(b"\x08\x01") };
        let message = CloudEvent { data: Some(Content::Proto(any)), ..raw() };
        let event = decode(&message.encode_to_vec().into());
        // A type URL is commonly written without a scheme, which a schema has to have.
        assert!(event.unwrap_err().to_string().contains("dataschema"));
        let any = Any { type_url: "https://example.com/a.B".into(), value: Bytes::from_static(b"\x08\x01") };
        let message = CloudEvent { data: Some(Content::Proto(any)), ..raw() };
        let event = decode(&message.encode_to_vec().into()).unwrap();
        assert_eq!(event.content_type(), Some("application/protobuf"));
        assert_eq!(event.text("dataschema"), Some("https://example.com/a.B"));
        assert_eq!(event.data(), &Data::Bytes(Bytes::from_static(b"\x08\x01")));
    }

    #[test]
    fn what_is_many_is_counted_before_it_is_kept() {
        let empty = Bytes::from(b"\x2a\x00".repeat(1_000_000));
        assert!(decode(&empty).unwrap_err().to_string().contains("may have 80 attributes"));
        let empty = Bytes::from(b"\x0a\x00".repeat(1_000_000));
        assert!(decode_batch(&empty, 1_000).unwrap_err().to_string().contains("may have 1000 events, not 1000000"));
        let large = Bytes::from_static(b"\x32\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
        assert!(decode(&large).unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn a_batch_is_taken_as_a_whole() {
        let events = vec![event(""), event(r#","data_base64":"AA==""#)];
        let mut written = Vec::new();
        encode_batch(&events, &mut written);
        assert_eq!(decode_batch(&written.into(), 2), Ok(events));
        let bad = CloudEventBatch { events: vec![octets(&event("")), Bytes::new()] };
        let bad = decode_batch(&bad.encode_to_vec().into(), 2).unwrap_err();
        assert_eq!(bad.to_string(), r#"event 1 of the batch: "specversion": must not be empty: leave it out"#);
        assert_eq!(decode_batch(&Bytes::new(), 2), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_event_or_refused(octets: Vec<u8>) {
            let _ = decode(&octets.clone().into());
            let _ = decode_batch(&octets.into(), 10);
        }
    }
}
