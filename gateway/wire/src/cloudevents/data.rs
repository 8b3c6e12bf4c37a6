//! The data of an event, as octets.

use super::content::{is_json, is_text};
use super::json::is_json_text;
use bytes::Bytes;

/// What an event is about. Nothing, an empty text and JSON's `null` are three different things.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Data {
    /// There is none.
    #[default]
    Absent,
    /// Octets of any kind.
    Bytes(Bytes),
    /// Text: UTF-8.
    Text(Bytes),
    /// JSON, as the text that came in.
    Json(Bytes),
}

/// The media type of JSON whose event names none (JSON format, "Handling of data").
const JSON: &str = "application/json";

impl Data {
    /// What a body is, of which a media type says what it should be: JSON content is JSON if it can be read, text content
    /// is text if it is UTF-8, and all else is octets.
    pub fn of(content_type: Option<&str>, body: Bytes) -> Data {
        match content_type {
            Some(content_type) if is_json(content_type) && is_json_text(&body) => Data::Json(body),
            Some(content_type) if is_text(content_type) && std::str::from_utf8(&body).is_ok() => Data::Text(body),
            _ => Data::Bytes(body),
        }
    }

    /// The octets, as a body carries them.
    pub fn body(&self) -> Bytes {
        match self {
            Data::Absent => Bytes::new(),
            Data::Bytes(body) | Data::Text(body) | Data::Json(body) => body.clone(),
        }
    }

    /// The media type to say where a binding does not tell kinds of data apart, if the event names none.
    pub fn implied_content_type(&self) -> Option<&'static str> {
        match self {
            Data::Absent | Data::Bytes(_) => None,
            Data::Text(_) => Some("text/plain;charset=utf-8"),
            Data::Json(_) => Some(JSON),
        }
    }
}
