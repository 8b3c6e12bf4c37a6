//! The JSON format (CloudEvents JSON Event Format 1.0): one event, and batches of them.

use super::builder::EventBuilder;
use super::content::is_json;
use super::{BatchInvalid, Data, Event, Invalid, Value};
use crate::limits::{EVENT_ATTRIBUTES, EVENT_DEPTH};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Members of an event that are no attributes.
const DATA: &str = "data";
const DATA_BASE64: &str = "data_base64";

/// What is said of a text that is no JSON.
const NOT_JSON: &str = "the JSON cannot be read";

/// Reads one event: a JSON object and nothing after it.
pub fn decode(document: &Bytes) -> Result<Event, Invalid> {
    // All at once, which costs less than the text of each value by itself.
    let text = str::from_utf8(document).map_err(|error| Invalid::event(format!("{NOT_JSON}: {error}")))?;
    read(document, text)
}

/// Reads a batch of at most `most` events: all of them are good, or none is taken.
pub fn decode_batch(document: &Bytes, most: usize) -> Result<Vec<Event>, BatchInvalid> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    let batch = BatchVisitor { most }.deserialize(&mut reader).and_then(|batch| reader.end().map(|()| batch));
    let Batch { texts, count } = batch.map_err(|error| BatchInvalid::whole(not_json(&error)))?;
    if count > most {
        return Err(BatchInvalid::TooMany { most, count });
    }
    let event = |(index, text): (usize, &&RawValue)| {
        read(document, text.get()).map_err(|invalid| BatchInvalid::at(index, invalid))
    };
    texts.iter().enumerate().map(event).collect()
}

/// Appends an event as a JSON object.
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, value)) in event.attributes().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match value {
            Value::Boolean(_) | Value::Integer(_) => out.extend_from_slice(value.text().as_bytes()),
            text => write_string(&text.text(), out),
        }
    }
    write_data(event, out);
    out.push(b'}');
}

/// Appends events as a JSON array.
pub fn encode_batch<'a>(events: impl IntoIterator<Item = &'a Event>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, event) in events.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        encode(event, out);
    }
    out.push(b']');
}

/// Whether this is one JSON value, not nested too deeply.
pub(super) fn is_json_text(text: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(text).is_ok() && !is_too_deep(text)
}

fn write_data(event: &Event, out: &mut Vec<u8>) {
    let content_type = event.content_type();
    match event.data() {
        Data::Absent => {}
        Data::Json(text) if content_type.is_none_or(is_json) => {
            out.extend_from_slice(b",\"data\":");
            out.extend_from_slice(text);
        }
        Data::Text(text) if !content_type.is_some_and(is_json) && std::str::from_utf8(text).is_ok() => {
            if let (None, Some(implied)) = (content_type, event.data().implied_content_type()) {
                out.extend_from_slice(b",\"datacontenttype\":");
                write_string(implied, out);
            }
            out.extend_from_slice(b",\"data\":");
            write_string(&String::from_utf8_lossy(text), out);
        }
        Data::Bytes(octets) | Data::Text(octets) | Data::Json(octets) => {
            out.extend_from_slice(b",\"data_base64\":\"");
            let start = out.len();
            let length = base64::encoded_len(octets.len(), true).unwrap_or_default();
            out.resize(start + length, 0);
            let written = BASE64_STANDARD.encode_slice(octets, out.get_mut(start..).unwrap_or_default());
            out.truncate(start + written.unwrap_or_default());
            out.push(b'"');
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// Reads an event whose text is a part of `document`.
fn read(document: &Bytes, text: &str) -> Result<Event, Invalid> {
    let Members(members) = serde_json::from_str(text).map_err(|error| Invalid::event(not_json(&error)))?;
    let mut builder = EventBuilder::with_capacity(members.len());
    let (mut data, mut data_base64) = (None, None);
    for (index, (name, _)) in members.iter().enumerate() {
        if members.iter().take(index).any(|(other, _)| other == name) {
            return Err(Invalid::attribute(name, "is there twice"));
        }
    }
    for (name, value) in members {
        match &*name {
            DATA => data = Some(value.get()),
            DATA_BASE64 => data_base64 = Some(value.get()),
            name => add(&mut builder, name, value.get())?,
        }
    }
    let data = match (data, data_base64.filter(|text| *text != "null")) {
        (Some(_), Some(_)) => return Err(Invalid::attribute(DATA, "and \"data_base64\" exclude each other")),
        (Some(text), None) => read_data(builder.content_type(), text, document)?,
        (None, Some(text)) => Data::Bytes(read_base64(text)?),
        (None, None) => Data::Absent,
    };
    builder.finish(data)
}

fn add(builder: &mut EventBuilder, name: &str, value: &str) -> Result<(), Invalid> {
    let wrong = || Invalid::attribute(name, "has to be a string, a Boolean or a whole number of 32 bits");
    match value.as_bytes().first() {
        Some(b'n') => builder.check_name(name), // null: it is not set
        Some(b'"') => {
            let text = string(value).map_err(|error| Invalid::attribute(name, not_json(&error)))?;
            builder.text(name, text).map(|_| ())
        }
        Some(b't') => builder.typed(name, Value::Boolean(true)).map(|_| ()),
        Some(b'f') => builder.typed(name, Value::Boolean(false)).map(|_| ()),
        Some(b'-' | b'0'..=b'9') => {
            let number = value.parse().map_err(|_| wrong())?;
            builder.typed(name, Value::Integer(number)).map(|_| ())
        }
        _ => Err(wrong()),
    }
}

/// The text of a string that was found to be JSON: without escapes it is what stands between the quotes.
fn string(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let quoted = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted.filter(|text| memchr::memchr(b'\\', text.as_bytes()).is_none()) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => serde_json::from_str(json).map(Cow::Owned),
    }
}

/// `data` is a JSON value, unless the media type says that it is something else, as a string.
fn read_data(content_type: Option<&str>, text: &str, document: &Bytes) -> Result<Data, Invalid> {
    if content_type.is_none_or(is_json) {
        check_depth(text.as_bytes())?;
        return Ok(Data::Json(part(document, text.as_bytes())));
    }
    string(text).map(|text| Data::Text(text.into_owned().into())).map_err(|_| {
        let reason = "has to be a string, since datacontenttype is not JSON: or use \"data_base64\" for octets";
        Invalid::attribute(DATA, reason)
    })
}

fn read_base64(text: &str) -> Result<Bytes, Invalid> {
    let wrong = || Invalid::attribute(DATA_BASE64, "has to be a string in base64 of the standard alphabet, padded");
    let text = string(text).map_err(|_| wrong())?;
    BASE64_STANDARD.decode(&*text).map(Bytes::from).map_err(|_| wrong())
}

/// A part of a document. A small one is copied, or it would keep all of the document in memory.
fn part(document: &Bytes, text: &[u8]) -> Bytes {
    if text.len() < document.len() / 2 { Bytes::copy_from_slice(text) } else { document.slice_ref(text) }
}

/// Refuses JSON data that is nested too deeply.
pub(super) fn check_depth(text: &[u8]) -> Result<(), Invalid> {
    match is_too_deep(text) {
        true => Err(Invalid::attribute(DATA, format!("is nested more than {EVENT_DEPTH} deep"))),
        false => Ok(()),
    }
}

/// Whether a JSON text has arrays and objects in one another more than [`EVENT_DEPTH`] times: who reads it may do so by
/// recursion.
fn is_too_deep(text: &[u8]) -> bool {
    if memchr::memchr2_iter(b'[', b'{', text).nth(EVENT_DEPTH).is_none() {
        return false;
    }
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for octet in text {
        match octet {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > EVENT_DEPTH {
            return true;
        }
    }
    false
}

fn not_json(error: &serde_json::Error) -> String {
    format!("{NOT_JSON}: {error}")
}

/// The members of an object, in order, with their values as they stand there.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event, as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some(Name(name)) = map.next_key()? {
            // Beside the attributes there may be data.
            if members.len() > EVENT_ATTRIBUTES {
                return Err(A::Error::custom(format_args!("an event may have {EVENT_ATTRIBUTES} attributes")));
            }
            members.push((name, map.next_value()?));
        }
        Ok(Members(members))
    }
}

/// The name of a member, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}

/// The elements of an array, as far as they are wanted, and how many there are.
struct Batch<'a> {
    texts: Vec<&'a RawValue>,
    count: usize,
}

struct BatchVisitor {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for BatchVisitor {
    type Value = Batch<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Batch<'de>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for BatchVisitor {
    type Value = Batch<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < self.most
            && let Some(text) = sequence.next_element()?
        {
            texts.push(text);
        }
        // The rest is counted, not kept.
        let mut count = texts.len();
        while texts.len() == self.most && sequence.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Batch { texts, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::EVENT_ATTRIBUTE;
    use proptest::prelude::*;

    /// An event whose other members are these.
    fn with(members: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t"{members}}}"#)
    }

    fn decoded(document: impl Into<String>) -> Result<Event, String> {
        decode(&Bytes::from(document.into())).map_err(|invalid| invalid.to_string())
    }

    fn data(members: &str) -> Data {
        decoded(with(members)).unwrap().into_data()
    }

    fn again(event: &Event) -> String {
        let mut out = Vec::new();
        encode(event, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn data_is_kept_as_it_is_written() {
        let text = r#"{"b": 12345678901234567890123, "a":1.0e2 , "b":[null]}"#;
        assert_eq!(data(&format!(r#","data":{text}"#)), Data::Json(text.into()));
        assert_eq!(data(r#","datacontenttype":"application/vnd.x+json","data":"5""#), Data::Json(r#""5""#.into()));
        assert_eq!(data(r#","datacontenttype":"text/plain","data":"a\u00e4\n""#), Data::Text("aä\n".into()));
        assert_eq!(
            data(r#","datacontenttype":"application/json","data_base64":"AQI=""#),
            Data::Bytes(vec![1, 2].into())
        );
    }

    #[test]
    fn nothing_and_null_and_an_empty_text_are_three_things() {
        assert_eq!(data(""), Data::Absent);
        assert_eq!(data(r#","data":null"#), Data::Json("null".into()));
        assert_eq!(data(r#","data":"","datacontenttype":"text/plain""#), Data::Text(Bytes::new()));
        assert_eq!(data(r#","data_base64":"""#), Data::Bytes(Bytes::new()));
        assert_eq!(data(r#","data_base64":null"#), Data::Absent);
    }

    #[test]
    fn an_event_leaves_as_it_came() {
        for members in [
            "",
            r#","data":null"#,
            r#","data":{"a":[1,2.50]}"#,
            r#","data_base64":"AAEC""#,
            r#","data_base64":"""#,
            r#","datacontenttype":"text/plain","data":"a\"b""#,
            r#","datacontenttype":"text/plain;charset=iso-8859-1","data":"ä""#,
            r#","time":"2018-04-26t14:48:09.000+02:00","ext":true,"other":-5,"text":"€""#,
        ] {
            let document = with(members);
            assert_eq!(again(&decoded(&*document).unwrap()), document);
        }
    }

    #[test]
    fn an_attribute_that_is_null_is_not_set() {
        assert_eq!(decoded(with(r#","subject":null"#)).unwrap().get("subject"), None);
        assert!(decoded(with("").replace(r#""1""#, "null")).unwrap_err().contains("\"id\": is required"));
    }

    #[test]
    fn each_rule_is_named_by_who_breaks_it() {
        for (members, reason) in [
            (r#","subject":"""#, r#""subject": must not be empty"#),
            (r#","Subject":"a""#, r#""Subject": a name has only lower-case"#),
            (r#","my_ext":"a""#, r#""my_ext": a name has only lower-case"#),
            (r#","":"a""#, r#""": a name has only lower-case"#),
            (r#","id":"2""#, r#""id": is there twice"#),
            (r#","id":null"#, r#""id": is there twice"#),
            (r#","my_ext":null"#, r#""my_ext": a name has only lower-case"#),
            (r#","data":1,"data":2"#, r#""data": is there twice"#),
            (r#","data":1,"data_base64":"AA==""#, r#""data": and "data_base64" exclude each other"#),
            (r#","data_base64":"A""#, r#""data_base64": has to be a string in base64"#),
            (r#","data_base64":1"#, r#""data_base64": has to be a string in base64"#),
            (r#","datacontenttype":"text/plain","data":1"#, r#""data": has to be a string"#),
            (r#","datacontenttype":"text/plain","data":null"#, r#""data": has to be a string"#),
            (r#","time":"now""#, r#""time": a Timestamp is"#),
            (r#","time":5"#, r#""time": has to be a Timestamp, not a Integer"#),
            (r#","dataschema":"/relative""#, r#""dataschema": a URI has a scheme"#),
            (r#","ext":{}"#, r#""ext": has to be a string, a Boolean or a whole number"#),
            (r#","ext":[]"#, r#""ext": has to be a string, a Boolean or a whole number"#),
            (r#","ext":1.5"#, r#""ext": has to be a string, a Boolean or a whole number"#),
            (r#","ext":2147483648"#, r#""ext": has to be a string, a Boolean or a whole number"#),
            (r#","ext":"\u0000""#, r#""ext": holds U+0000"#),
            (r#","ext":"\uFFFE""#, r#""ext": holds U+FFFE"#),
            (r#","ext":"\ud800""#, r#""ext": the JSON cannot be read: unexpected end of hex escape"#),
            (r#","sampledrate":0"#, r#""sampledrate": has to be above 0"#),
            (r#","sampledrate":"x""#, r#""sampledrate": an Integer is"#),
        ] {
            let refused = decoded(with(members)).unwrap_err();
            assert!(refused.contains(reason), "{members}: {refused}");
        }
        for (document, reason) in [
            (with("").replace("1.0", "2.0"), r#""specversion": only version "1.0" is supported, not "2.0""#),
            (with("").replace("1.0", "0.3"), r#"not "0.3""#),
            (with("").replace("/a", ""), r#""source": must not be empty"#),
            (with("").replace("/a", "a b"), r#""source": a URI-reference has"#),
            (r#"{"id":"1"}"#.into(), r#""specversion": is required, and missing"#),
            (with("") + "x", "trailing characters"),
            (format!("\u{feff}{}", with("")), "expected value"),
            ("[]".into(), "expected an event, as an object"),
            ("".into(), "EOF"),
        ] {
            let refused = decoded(document).unwrap_err();
            assert!(refused.contains(reason), "{reason}: {refused}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_refused() {
        let nested = |depth: usize| with(&format!(r#","data":{}"a[{{"{}"#, "[".repeat(depth), "]".repeat(depth)));
        assert!(decoded(nested(EVENT_DEPTH)).is_ok());
        assert!(decoded(nested(EVENT_DEPTH + 1)).unwrap_err().contains("nested more than 512 deep"));
        assert!(decoded(nested(1_000_000)).is_err());
        let flat = with(&format!(r#","data":[{}0]"#, "[],".repeat(10_000)));
        assert!(decoded(flat).is_ok());
        assert_eq!(Data::of(Some("application/json"), "[".repeat(1_000).into()), Data::Bytes("[".repeat(1_000).into()));
    }

    #[test]
    fn attributes_are_counted_before_they_are_kept() {
        let many = |count: usize| with(&(0..count).map(|number| format!(r#","e{number}":"""#)).collect::<String>());
        assert!(decoded(many(EVENT_ATTRIBUTES - 4)).is_ok());
        assert!(decoded(many(EVENT_ATTRIBUTES - 3)).unwrap_err().contains("may have 80 attributes"));
        assert!(decoded(many(100_000)).unwrap_err().contains("may have 80 attributes"));
    }

    #[test]
    fn a_batch_is_taken_as_a_whole() {
        let batch = |text: String| decode_batch(&text.into(), 3);
        assert_eq!(batch("[]".into()), Ok(Vec::new()));
        let two = format!("[{},{}]", with(""), with(r#","data":1"#));
        let events = batch(two.clone()).unwrap();
        let mut written = Vec::new();
        encode_batch(&events, &mut written);
        assert_eq!(String::from_utf8(written).unwrap(), two);
        let bad = batch(format!("[{},{{}},1]", with(""))).unwrap_err();
        assert!(matches!(bad, BatchInvalid::Event { index: 1, .. }));
        assert_eq!(bad.to_string(), r#"event 1 of the batch: "specversion": is required, and missing"#);
        assert!(matches!(batch("[1,1,1,1,1]".into()), Err(BatchInvalid::TooMany { most: 3, count: 5 })));
        assert!(matches!(batch("[] []".into()), Err(BatchInvalid::Whole(_))));
        let long = with(&format!(r#","subject":"{}""#, "x".repeat(EVENT_ATTRIBUTE + 1)));
        assert!(decoded(long).unwrap_err().contains("may have 32000 octets, not 32001"));
        let four = batch(format!("[{0},{0},{0},{0}]", with("")));
        assert_eq!(four, Err(BatchInvalid::TooMany { most: 3, count: 4 }));
        assert!(matches!(batch(with("")), Err(BatchInvalid::Whole(_))));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_event_or_refused(octets: Vec<u8>) {
            if let Ok(event) = decode(&octets.into()) {
                prop_assert!(event.get("id").is_some());
            }
        }

        #[test]
        fn octets_are_kept(octets: Vec<u8>, content_type in prop::option::of("[a-z]{1,5}/(json|plain|xml)")) {
            let mut builder = Event::builder();
            for (name, value) in [("specversion", "1.0"), ("id", "1"), ("source", "a"), ("type", "t")] {
                builder.text(name, value).unwrap();
            }
            if let Some(content_type) = content_type.as_deref() {
                builder.text("datacontenttype", content_type).unwrap();
            }
            let event = builder.finish(Data::of(content_type.as_deref(), octets.clone().into())).unwrap();
            let read = decode(&again(&event).into()).unwrap();
            prop_assert_eq!(&read.data().body()[..], &octets[..]);
            prop_assert_eq!(read, event);
        }
    }
}
