//! From a request to the event that it tells of.

use super::template::{Given, Template};
use super::time::{normalised, rfc3339};
use crate::translate::{is_reserved, reserved};
use axum::http::{HeaderMap, HeaderName, header};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::cloudevents::{Data, Event, EventBuilder, Invalid, Mode, SPEC_VERSION, headers, is_name, json, protobuf};

/// Attributes that a mapping may add.
const EXTENSIONS: usize = 20;

/// Names that are no extensions.
const CORE: [&str; 8] = ["id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time"];

/// Templates of an event's attributes, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingText {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, String>,
}

/// The same, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapping {
    kind: Option<Template>,
    source: Option<Template>,
    id: Option<Template>,
    subject: Option<Template>,
    time: Option<Template>,
    extensions: Vec<(String, Template)>,
}

/// What an event has that no mapping says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults<'a> {
    pub(super) kind: &'a str,
    pub(super) source: &'a str,
    /// When the request came, in milliseconds since 1970.
    pub(super) arrival: u64,
}

impl Mapping {
    /// Reads the templates. An error says what is wrong with which.
    pub(super) fn parse(text: &MappingText) -> Result<Self, String> {
        let read = |name: &str, template: &Option<String>| {
            let template = template.as_deref().map(Template::parse).transpose();
            template.map_err(|error| format!("mapping.{name}: {error}"))
        };
        if text.extensions.len() > EXTENSIONS {
            return Err(format!("mapping.extensions: {EXTENSIONS} are enough"));
        }
        let extensions = text.extensions.iter().map(|(name, template)| read_extension(name, template));
        Ok(Mapping {
            kind: read("type", &text.kind)?,
            source: read("source", &text.source)?,
            id: read("id", &text.id)?,
            subject: read("subject", &text.subject)?,
            time: read("time", &text.time)?,
            extensions: extensions.collect::<Result<_, _>>()?,
        })
    }

    /// The event: the body is its data, as it is. What cannot be filled in has its default, or is left out.
    pub(super) fn event(&self, given: Given<'_>, body: Bytes, defaults: Defaults<'_>) -> Result<Event, Invalid> {
        let filled = |template: &Option<Template>| template.as_ref().and_then(|template| template.fill(given));
        let content_type = given.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let mut builder = EventBuilder::default();
        builder.text("specversion", SPEC_VERSION)?;
        builder.text("id", filled(&self.id).unwrap_or_else(|| given.delivery.to_owned()))?;
        builder.text("source", filled(&self.source).unwrap_or_else(|| defaults.source.to_owned()))?;
        builder.text("type", filled(&self.kind).unwrap_or_else(|| defaults.kind.to_owned()))?;
        builder.text("time", filled(&self.time).map_or_else(|| rfc3339(defaults.arrival), normalised))?;
        // What is no media type says nothing about the body.
        let content_type = content_type.filter(|text| builder.text("datacontenttype", *text).is_ok());
        if let Some(subject) = filled(&self.subject) {
            builder.text("subject", subject)?;
        }
        for (name, template) in &self.extensions {
            if let Some(text) = template.fill(given) {
                builder.text(name, text)?;
            }
        }
        builder.finish(if body.is_empty() { Data::Absent } else { Data::of(content_type, body) }).and_then(unreserved)
    }
}

fn read_extension(name: &str, template: &str) -> Result<(String, Template), String> {
    if !is_name(name) || CORE.contains(&name) {
        let reason = "a name has only lower-case letters and digits, and is none of CloudEvents' own";
        return Err(format!("mapping.extensions.{name}: {reason}"));
    }
    let template = Template::parse(template).map_err(|error| format!("mapping.extensions.{name}: {error}"))?;
    Ok((name.to_owned(), template))
}

/// Why a request that says it is an event cannot be taken for one.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// Its format, or its mode, is not known here.
    Format,
    /// It is not valid.
    Invalid(Invalid),
}

/// The event that a request is; `None`: it is none.
pub(super) fn read_event(head: &HeaderMap, body: &Bytes) -> Result<Option<Event>, Unreadable> {
    let content_type = head.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let read = match Mode::of(content_type) {
        Mode::Json => json::decode(body),
        Mode::Protobuf => protobuf::decode(body),
        Mode::JsonBatch | Mode::ProtobufBatch | Mode::Unknown => return Err(Unreadable::Format),
        Mode::Binary if !headers::is_event(head.keys().map(HeaderName::as_str)) => return Ok(None),
        Mode::Binary => {
            let attributes = head.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
            headers::decode_http(attributes, content_type, body.clone())
        }
    };
    read.and_then(unreserved).map(Some).map_err(Unreadable::Invalid)
}

/// The same event, if nobody can take it for one of the server's own.
fn unreserved(event: Event) -> Result<Event, Invalid> {
    if is_reserved(&event) { Err(reserved()) } else { Ok(event) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: Defaults<'static> =
        Defaults { kind: "wharf.hook.github", source: "/hooks/%2F/github", arrival: 1_700_000_000_000 };

    fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn map(mapping: &str, headers: &HeaderMap, body: &'static str) -> Result<Event, Invalid> {
        let mapping = Mapping::parse(&serde_json::from_str(mapping).unwrap()).unwrap();
        let given = Given { headers, body: body.as_bytes(), delivery: "d-1" };
        mapping.event(given, body.into(), DEFAULTS)
    }

    #[test]
    fn without_a_mapping_everything_has_its_default() {
        let event = map("{}", &request(&[("content-type", "application/json")]), r#"{ "a":1}"#).unwrap();
        let named = ["id", "source", "type", "time", "datacontenttype"]
            .map(|name| event.get(name).unwrap().text().into_owned());
        let expected =
            ["d-1", "/hooks/%2F/github", "wharf.hook.github", "2023-11-14T22:13:20.000Z", "application/json"];
        assert_eq!(named, expected);
        assert_eq!(event.data(), &Data::Json(r#"{ "a":1}"#.into()), "as it is");
    }

    #[test]
    fn templates_make_attributes_of_headers_and_of_the_body() {
        let mapping = r#"{"type":"com.github.{header:x-github-event}","id":"{delivery}-x","source":"https://github.com/{body:/r/n}",
            "subject":"{body:/r/n}","time":"{body:/at}","extensions":{"hookid":"{header:x-hook}","none":"{header:x-none}"}}"#;
        let headers = request(&[("x-github-event", "push"), ("x-hook", "7")]);
        let event = map(mapping, &headers, r#"{"r":{"n":"a/b"},"at":1700000001}"#).unwrap();
        let text = |name| event.get(name).map(|value| value.text().into_owned());
        assert_eq!(
            (event.event_type(), event.id(), event.source()),
            ("com.github.push", "d-1-x", "https://github.com/a/b")
        );
        assert_eq!((event.text("subject"), text("time").as_deref()), (Some("a/b"), Some("2023-11-14T22:13:21.000Z")));
        assert_eq!((event.text("hookid"), event.get("none")), (Some("7"), None));
        assert_eq!(event.content_type(), None);
    }

    #[test]
    fn what_cannot_be_filled_in_has_its_default_and_what_is_invalid_is_refused() {
        let event = map(r#"{"type":"{body:/type}","subject":"{body:/type}"}"#, &request(&[]), "x").unwrap();
        assert_eq!((event.event_type(), event.text("subject")), ("wharf.hook.github", None));
        assert!(map(r#"{"time":"{body:/at}"}"#, &request(&[]), r#"{"at":"yesterday"}"#).is_err());
        assert!(map(r#"{"subject":"{body:/at}"}"#, &request(&[]), r#"{"at":"\u0000"}"#).is_err());
    }

    #[test]
    fn nobody_makes_an_event_that_could_be_the_servers_own() {
        let forged = map(r#"{"type":"{body:/type}"}"#, &request(&[]), r#"{"type":"wharf.control.ended"}"#);
        assert_eq!(forged.unwrap_err().attribute.as_deref(), Some("type"));
        assert!(map(r#"{"type":"{body:/type}"}"#, &request(&[]), r#"{"type":"wharf.controls"}"#).is_ok());
        let binary = [("ce-id", "2"), ("ce-source", "/a"), ("ce-type", "wharf.control.x"), ("ce-specversion", "1.0")];
        assert!(matches!(read_event(&request(&binary), &Bytes::new()), Err(Unreadable::Invalid(_))));
    }

    #[test]
    fn a_mapping_is_checked_before_it_is_used() {
        let parse = |text: &str| Mapping::parse(&serde_json::from_str(text).unwrap()).map(|_| ());
        assert!(parse(r#"{"extensions":{"Bad":"x"}}"#).unwrap_err().contains("mapping.extensions.Bad"));
        assert!(parse(r#"{"extensions":{"subject":"x"}}"#).is_err());
        assert!(parse(r#"{"type":"{nothing}"}"#).unwrap_err().starts_with("mapping.type: "));
    }

    #[test]
    fn a_request_that_is_an_event_is_read_as_one() {
        let head = request(&[("content-type", "application/cloudevents+json; charset=utf-8")]);
        let body = Bytes::from_static(br#"{"specversion":"1.0","id":"1","source":"/a","type":"t","data":{}}"#);
        assert_eq!(read_event(&head, &body).unwrap().unwrap().id(), "1");
        let binary = [("ce-id", "2"), ("ce-source", "/a"), ("ce-type", "t"), ("ce-specversion", "1.0")];
        assert_eq!(read_event(&request(&binary), &body).unwrap().unwrap().id(), "2");
        assert!(read_event(&request(&[("content-type", "application/json")]), &body).unwrap().is_none());
        assert!(matches!(read_event(&head, &"{}".into()), Err(Unreadable::Invalid(_))));
        let batch = request(&[("content-type", "application/cloudevents-batch+json")]);
        assert!(matches!(read_event(&batch, &"[]".into()), Err(Unreadable::Format)));
    }
}
