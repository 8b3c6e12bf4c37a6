//! What a media type says of a body.

use memchr::memmem;

/// How a message carries an event (CloudEvents 1.0, "Message").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Attributes beside the data.
    Binary,
    /// The event as a document, in JSON.
    Json,
    /// The same in Protobuf.
    Protobuf,
    /// Events in a JSON array.
    JsonBatch,
    /// Events in Protobuf.
    ProtobufBatch,
    /// A document in a format that is not known here.
    Unknown,
}

/// The media type of an event in JSON.
pub const JSON: &str = "application/cloudevents+json";
/// The media type of events in a JSON array.
pub const JSON_BATCH: &str = "application/cloudevents-batch+json";
/// The media type of an event in Protobuf.
pub const PROTOBUF: &str = "application/cloudevents+protobuf";
/// The media type of events in Protobuf.
pub const PROTOBUF_BATCH: &str = "application/cloudevents-batch+protobuf";

impl Mode {
    /// The mode that a media type stands for.
    pub fn of(content_type: Option<&str>) -> Mode {
        let essence = essence(content_type.unwrap_or_default());
        let is = |other: &str| essence.eq_ignore_ascii_case(other);
        let prefix = "application/cloudevents";
        let begins = essence.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
        match () {
            () if !begins => Mode::Binary,
            () if is(JSON) => Mode::Json,
            () if is(JSON_BATCH) => Mode::JsonBatch,
            () if is(PROTOBUF) => Mode::Protobuf,
            () if is(PROTOBUF_BATCH) => Mode::ProtobufBatch,
            () => Mode::Unknown,
        }
    }
}

/// A media type without its parameters.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Whether data of this media type is JSON: a subtype `json`, or one that ends in `+json`.
pub fn is_json(content_type: &str) -> bool {
    let Some((_, subtype)) = essence(content_type).rsplit_once('/') else { return false };
    let ending = subtype.len().checked_sub("+json".len()).and_then(|start| subtype.get(start..));
    subtype.eq_ignore_ascii_case("json") || ending.is_some_and(|ending| ending.eq_ignore_ascii_case("+json"))
}

/// Whether data of this media type is text that may be read as UTF-8.
pub(super) fn is_text(content_type: &str) -> bool {
    let essence = essence(content_type);
    let begins = essence.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("text/"));
    let (_, subtype) = essence.rsplit_once('/').unwrap_or_default();
    let is_xml = subtype.eq_ignore_ascii_case("xml") || subtype.to_ascii_lowercase().ends_with("+xml");
    (begins || is_xml) && is_utf_8(content_type)
}

/// Whether a media type names no other character set than UTF-8, or a part of it.
fn is_utf_8(content_type: &str) -> bool {
    let lower = content_type.to_ascii_lowercase();
    let Some(start) = memmem::find(lower.as_bytes(), b"charset=") else { return true };
    let charset = lower.get(start + "charset=".len()..).unwrap_or_default();
    let charset = charset.split(';').next().unwrap_or_default().trim().trim_matches('"');
    matches!(charset, "utf-8" | "utf8" | "us-ascii")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_told_by_the_media_type_in_any_case() {
        assert_eq!(Mode::of(None), Mode::Binary);
        assert_eq!(Mode::of(Some("application/json")), Mode::Binary);
        assert_eq!(Mode::of(Some("Application/CloudEvents+JSON; charset=utf-8")), Mode::Json);
        assert_eq!(Mode::of(Some("application/cloudevents-batch+json")), Mode::JsonBatch);
        assert_eq!(Mode::of(Some("application/cloudevents+protobuf")), Mode::Protobuf);
        assert_eq!(Mode::of(Some("application/cloudevents-batch+protobuf")), Mode::ProtobufBatch);
        assert_eq!(Mode::of(Some("application/cloudevents+xml")), Mode::Unknown);
        assert_eq!(Mode::of(Some("application/cloudevents")), Mode::Unknown);
    }

    #[test]
    fn json_is_told_by_the_subtype() {
        for good in ["application/json", "text/JSON", "application/vnd.x+json; charset=utf-8", "a/+json"] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "json", "application/jsonp", "application/json-seq", "text/plain; a=+json"] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[test]
    fn text_of_other_character_sets_is_none() {
        for good in
            ["text/plain", "Text/html;charset=UTF-8", "application/xml", "image/svg+xml", "text/a; charset=\"utf-8\""]
        {
            assert!(is_text(good), "{good}");
        }
        for bad in ["application/octet-stream", "text/plain;charset=iso-8859-1", "text/plain; Charset=utf-16", ""] {
            assert!(!is_text(bad), "{bad}");
        }
    }
}
