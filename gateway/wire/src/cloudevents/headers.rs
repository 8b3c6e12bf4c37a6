//! Binary mode: attributes as headers, data as the body (CloudEvents HTTP binding 3.1, and STOMP by analogy).

use super::content::is_json;
use super::json::check_depth;
use super::{Data, Event, EventBuilder, Invalid, Type, Value, type_of};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};
use std::borrow::Cow;

/// What stands before an attribute's name.
pub const PREFIX: &str = "ce-";

/// Says that there is data, though the body is empty: otherwise an empty body is no data. Ours, for bindings that let us
/// keep it.
pub const EMPTY_DATA: &str = "x-ce-data";

/// Tells the types of extensions whose names tell none, as `NAME=TYPE` with spaces between: `retries=Integer urgent=Boolean`. Headers
/// carry text, and without it a number would come back as one. Ours, as above.
pub const TYPES: &str = "x-ce-types";

/// What has to be percent-encoded beside control characters and all that is not ASCII (HTTP binding 3.1.3.2).
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// The attribute that a header is of, if it is of one. Header names have no case.
pub fn attribute_of(header: &str) -> Option<&str> {
    let (prefix, name) = header.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(name)
}

/// Whether headers are those of an event: all required attributes are there.
pub fn is_event<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = [false; 4];
    for name in names.filter_map(attribute_of) {
        let index =
            ["id", "source", "type", "specversion"].iter().position(|required| name.eq_ignore_ascii_case(required));
        if let Some(place) = index.and_then(|index| seen.get_mut(index)) {
            *place = true;
        }
    }
    seen == [true; 4]
}

/// Reads an event whose attributes stand in headers as plain text, as STOMP has them. Headers of no attribute are not looked
/// at.
pub fn decode<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Event, Invalid> {
    let mut builder = EventBuilder::default();
    let mut is_empty = false;
    let mut types = None;
    for (header, value) in headers {
        if let Some(name) = attribute_of(header) {
            add(&mut builder, name, value.into())?;
        }
        is_empty |= header == EMPTY_DATA;
        types = types.or((header == TYPES).then_some(value));
    }
    for told in types.unwrap_or_default().split_ascii_whitespace() {
        retype(&mut builder, told)?;
    }
    finish(builder, content_type, body, is_empty)
}

/// The same, of HTTP, where values are percent-encoded.
pub fn decode_http<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Event, Invalid> {
    let mut builder = EventBuilder::default();
    for (header, value) in headers {
        if let Some(name) = attribute_of(header) {
            add(&mut builder, name, decode_value(name, value)?)?;
        }
    }
    finish(builder, content_type, body, false)
}

fn add(builder: &mut EventBuilder, name: &str, value: Box<str>) -> Result<(), Invalid> {
    let name = name.to_ascii_lowercase();
    if name == "datacontenttype" {
        return Err(Invalid::attribute(&name, "is the header Content-Type in binary mode, and none of its own"));
    }
    builder.text(&name, value).map(|_| ())
}

/// Gives an extension the type that [`TYPES`] tells of it. What names no extension of unknown type says nothing.
fn retype(builder: &mut EventBuilder, told: &str) -> Result<(), Invalid> {
    let (name, of) = told.split_once('=').unwrap_or((told, ""));
    let of = Type::of_name(of).ok_or_else(|| Invalid::attribute(name, format!("has no type {of:?}: see {TYPES}")))?;
    if let Some(value) = builder.get_mut(name).filter(|_| type_of(name).is_none()) {
        *value = Value::parse_as(name, value.text().into(), of)?;
    }
    Ok(())
}

/// What [`TYPES`] has to tell of an event, if anything.
pub fn types(event: &Event) -> Option<String> {
    let told = |(name, value): (&str, &Value)| {
        let is_told = value.value_type() == Type::String || type_of(name).is_some();
        (!is_told).then(|| format!("{name}={:?}", value.value_type()))
    };
    let types: Vec<_> = event.attributes().filter_map(told).collect();
    (!types.is_empty()).then(|| types.join(" "))
}

fn finish(
    mut builder: EventBuilder,
    content_type: Option<&str>,
    body: Bytes,
    is_empty: bool,
) -> Result<Event, Invalid> {
    if let Some(content_type) = content_type {
        builder.text("datacontenttype", content_type)?;
        if is_json(content_type) {
            check_depth(&body)?;
        }
    }
    let data = if body.is_empty() && !is_empty { Data::Absent } else { Data::of(content_type, body) };
    builder.finish(data)
}

/// The attributes of an event with their headers' names, but for its media type, which is [`content_type`].
pub fn attributes(event: &Event) -> impl Iterator<Item = (Cow<'static, str>, Cow<'_, str>)> {
    let others = event.attributes().filter(|(name, _)| *name != "datacontenttype");
    others.map(|(name, value)| (header_of(name), value.text()))
}

/// The header of an attribute. Those that nearly every event has cost nothing.
fn header_of(attribute: &str) -> Cow<'static, str> {
    Cow::Borrowed(match attribute {
        "specversion" => "ce-specversion",
        "id" => "ce-id",
        "source" => "ce-source",
        "type" => "ce-type",
        "time" => "ce-time",
        "subject" => "ce-subject",
        other => return Cow::Owned(format!("{PREFIX}{other}")),
    })
}

/// The media type to say of an event's data.
pub fn content_type(event: &Event) -> Option<&str> {
    event.content_type().or(event.data().implied_content_type())
}

/// A value as an HTTP header has it.
pub fn encode_value(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, ENCODED).into()
}

/// A value of an HTTP header as text: out of its quotes, then percent-decoded once. A `%` without two digits stays, since
/// few write it as the binding wants.
fn decode_value(name: &str, value: &[u8]) -> Result<Box<str>, Invalid> {
    let octets = unquote(value);
    let octets = match std::str::from_utf8(&octets) {
        Ok(_) => octets,
        // What is not UTF-8 is ISO-8859-1: some SDKs send it.
        Err(_) => octets.iter().map(|octet| char::from(*octet)).collect::<String>().into_bytes().into(),
    };
    let decoded = percent_decode(&octets).decode_utf8();
    decoded.map(Box::from).map_err(|_| Invalid::attribute(name, "is not UTF-8 once its % codes are read"))
}

/// A quoted string without its quotes and backslashes.
fn unquote(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(quoted) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return Cow::Borrowed(value);
    };
    if !quoted.contains(&b'\\') {
        return Cow::Borrowed(quoted);
    }
    let mut plain = Vec::with_capacity(quoted.len());
    let mut octets = quoted.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' => plain.extend(octets.next()),
            octet => plain.push(*octet),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 4] =
        [("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "t"), ("ce-specversion", "1.0")];

    fn http(header: &str, value: &[u8]) -> Result<String, String> {
        let required = REQUIRED.into_iter().map(|(name, value)| (name, value.as_bytes()));
        let headers = required.chain([(header, value)]);
        let event = decode_http(headers, None, Bytes::new()).map_err(|invalid| invalid.to_string())?;
        let name = attribute_of(header).unwrap().to_ascii_lowercase();
        Ok(event.get(&name).unwrap().text().into_owned())
    }

    #[test]
    fn values_are_percent_encoded_as_the_binding_says() {
        for (value, header) in [
            ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
            ("100%", "100%25"),
            ("a/b?c=d&e", "a/b?c=d&e"),
            ("%41", "%2541"),
            ("\"q\"", "%22q%22"),
        ] {
            assert_eq!(encode_value(value), header);
            assert_eq!(http("ce-x", header.as_bytes()).as_deref(), Ok(value));
        }
    }

    #[test]
    fn values_are_read_as_others_write_them() {
        for (header, value) in [
            (&b"\"a b\""[..], "a b"),
            (br#""a \"q\" b""#, "a \"q\" b"),
            (b"%41%2f", "A/"),
            (b"100%", "100%"),
            (b"%zz", "%zz"),
            ("Euro €".as_bytes(), "Euro €"),
            (b"caf\xe9", "café"),
            (b"\"", "\""),
        ] {
            assert_eq!(http("ce-x", header).as_deref(), Ok(value), "{header:?}");
        }
        assert_eq!(http("CE-Subject", b"a").as_deref(), Ok("a"), "header names have no case");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for bad in ["%C0%A0", "%E2%82", "%80", "%00", "%EF%BF%BE", "a%0Ab"] {
            let refused = http("ce-x", bad.as_bytes()).unwrap_err();
            assert!(refused.starts_with("\"x\": "), "{bad}: {refused}");
        }
    }

    #[test]
    fn names_are_checked_and_may_not_come_twice() {
        assert!(http("ce-my-ext", b"a").is_err());
        assert!(http("ce-data", b"a").is_err());
        assert!(http("ce-", b"a").is_err());
        assert_eq!(http("ce-id", b"2").unwrap_err(), "\"id\": is there twice");
        assert!(http("ce-datacontenttype", b"text/plain").unwrap_err().contains("Content-Type"));
        assert!(http("ce-subject", b"").unwrap_err().contains("must not be empty"));
    }

    #[test]
    fn an_empty_body_is_no_data_unless_it_is_said_to_be() {
        let decoded = |marker: Option<(&'static str, &'static str)>| {
            decode(REQUIRED.into_iter().chain(marker), Some("text/plain"), Bytes::new()).unwrap().into_data()
        };
        assert_eq!(decoded(None), Data::Absent);
        assert_eq!(decoded(Some((EMPTY_DATA, "empty"))), Data::Text(Bytes::new()));
    }

    #[test]
    fn an_event_leaves_as_it_came() {
        let mut headers: Vec<(&str, &str)> = REQUIRED.to_vec();
        headers.extend([("ce-time", "2018-04-26T14:48:09+02:00"), ("ce-sampledrate", "7"), ("ce-note", "a b\"c")]);
        let event = decode(headers.iter().copied(), Some("text/plain"), Bytes::from_static(b"hello")).unwrap();
        assert_eq!(event.get("sampledrate"), Some(&crate::cloudevents::Value::Integer(7)));
        let written: Vec<(String, String)> =
            attributes(&event).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let expected: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(written, expected);
        assert_eq!(content_type(&event), Some("text/plain"));
    }

    #[test]
    fn types_that_a_name_does_not_tell_are_kept_beside_the_text() {
        let of = |types: &'static str| {
            let extensions = [("ce-retries", "5"), ("ce-urgent", "true"), ("ce-sampledrate", "7"), (TYPES, types)];
            decode(REQUIRED.into_iter().chain(extensions), None, Bytes::new())
        };
        let told = "retries=Integer urgent=Boolean";
        let event = of(told).unwrap();
        assert_eq!(event.get("retries"), Some(&Value::Integer(5)));
        assert_eq!(event.get("urgent"), Some(&Value::Boolean(true)));
        assert_eq!(types(&event).as_deref(), Some(told), "sampledrate tells its own");
        let event = of("").unwrap();
        assert_eq!((event.get("retries"), types(&event)), (Some(&Value::String("5".into())), None));
        assert_eq!(of("sampledrate=String missing=Integer").unwrap().get("sampledrate"), Some(&Value::Integer(7)));
        assert!(of("urgent=Integer").unwrap_err().to_string().starts_with("\"urgent\": an Integer is"));
        assert!(of("urgent=integer").is_err() && of("urgent").is_err());
    }

    #[test]
    fn headers_are_those_of_an_event_if_all_required_ones_are_there() {
        assert!(is_event(REQUIRED.into_iter().map(|(name, _)| name)));
        assert!(is_event(["CE-ID", "Ce-Source", "ce-TYPE", "ce-specversion"].into_iter()));
        assert!(!is_event(["ce-id", "ce-source", "ce-type", "specversion"].into_iter()));
    }
}
