//! The strings that name destinations, in STOMP, in URLs of events, in the client and in the dashboard alike: RabbitMQ's
//! six STOMP forms, and `/stream/N`.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use thiserror::Error;

/// Where messages go, or come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// `/queue/N`, or a bare word: declared on first use.
    Queue(String),
    /// `/amq/queue/N` and `/reply-queue/N`: never declared.
    ExistingQueue(String),
    /// `/stream/N`: a stream, declared on first use.
    Stream(String),
    /// `/topic/KEY`.
    Topic(String),
    /// `/exchange/N` or `/exchange/N/KEY`.
    Exchange(String, Option<String>),
    /// `/temp-queue/N`: the connection's own.
    TemporaryQueue(String),
    /// `/temp-topic/N`: the connection's own.
    TemporaryTopic(String),
    /// `/control/N`: the server itself.
    Control(String),
}

/// Why a text names no destination.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadDestination {
    /// It has none of the forms.
    #[error(
        "unknown destination {0:?}: write /queue/NAME, /stream/NAME, /topic/KEY or /exchange/NAME/KEY, with %2F for a slash in \
         a name"
    )]
    Unknown(String),
    /// A name in it is no text.
    #[error("the name {0:?} is not UTF-8 when its % codes are read")]
    NotUtf8(String),
    /// It has a form that this release does not have.
    #[error("destinations of the form /{0}")]
    Unsupported(&'static str),
}

impl Destination {
    /// Reads a destination; names are percent-decoded, so that a name may hold a slash.
    pub fn parse(text: &str) -> Result<Destination, BadDestination> {
        let unknown = || BadDestination::Unknown(text.to_owned());
        let Some(path) = text.strip_prefix('/') else {
            return match text.contains('/') {
                true => Err(unknown()),
                false => Ok(Destination::Queue(decode(text)?)),
            };
        };
        if let Some(queue) = path.strip_prefix("reply-queue/").filter(|queue| !queue.is_empty()) {
            return Ok(Destination::ExistingQueue(queue.to_owned())); // taken whole, slashes included
        }
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            ["queue", name] if !name.is_empty() => Ok(Destination::Queue(decode(name)?)),
            ["amq", "queue", name] if !name.is_empty() => Ok(Destination::ExistingQueue(decode(name)?)),
            ["stream", name] if !name.is_empty() => Ok(Destination::Stream(decode(name)?)),
            ["topic", key] if !key.is_empty() => Ok(Destination::Topic(decode(key)?)),
            ["exchange", name] if !name.is_empty() => Ok(Destination::Exchange(decode(name)?, None)),
            ["exchange", name, key] if !name.is_empty() => Ok(Destination::Exchange(decode(name)?, Some(decode(key)?))),
            ["temp-queue", name] if !name.is_empty() => Ok(Destination::TemporaryQueue(decode(name)?)),
            ["temp-topic", name] if !name.is_empty() => Ok(Destination::TemporaryTopic(decode(name)?)),
            ["control", name] if !name.is_empty() => Ok(Destination::Control(name.to_owned())),
            ["kv", ..] => Err(BadDestination::Unsupported("kv")),
            _ => Err(unknown()),
        }
    }
}

fn decode(name: &str) -> Result<String, BadDestination> {
    let decoded = percent_decode_str(name).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| BadDestination::NotUtf8(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_forms_are_read() {
        let parse = Destination::parse;
        let exchange = |name: &str, key: Option<&str>| Ok(Destination::Exchange(name.into(), key.map(str::to_owned)));
        assert_eq!(parse("/queue/a%2Fb"), Ok(Destination::Queue("a/b".into())));
        assert_eq!(parse("orders"), Ok(Destination::Queue("orders".into())));
        assert_eq!(parse("/amq/queue/a"), Ok(Destination::ExistingQueue("a".into())));
        assert_eq!(parse("/reply-queue/a/b%2F"), Ok(Destination::ExistingQueue("a/b%2F".into())));
        assert_eq!(parse("/stream/a%2Fb"), Ok(Destination::Stream("a/b".into())));
        assert_eq!(parse("/topic/a.*.#"), Ok(Destination::Topic("a.*.#".into())));
        assert_eq!(parse("/exchange/amq.topic/a.b"), exchange("amq.topic", Some("a.b")));
        assert_eq!(parse("/exchange/amq.fanout"), exchange("amq.fanout", None));
        assert_eq!(parse("/exchange/amq.fanout/"), exchange("amq.fanout", Some("")));
        assert_eq!(parse("/temp-queue/a"), Ok(Destination::TemporaryQueue("a".into())));
        assert_eq!(parse("/temp-topic/a"), Ok(Destination::TemporaryTopic("a".into())));
        assert_eq!(parse("/control/credit"), Ok(Destination::Control("credit".into())));
    }

    #[test]
    fn other_shapes_are_refused() {
        for bad in [
            "/",
            "/queue",
            "/queue/",
            "/queue/a/b",
            "/stream/",
            "/stream/a/b",
            "/topic/a/b",
            "queue/a",
            "/nowhere/a",
            "/exchange/a/b/c",
            "/temp-queue/",
            "/temp-queue/a/b",
            "/control/",
        ] {
            assert_eq!(Destination::parse(bad), Err(BadDestination::Unknown(bad.into())), "{bad}");
        }
        assert_eq!(Destination::parse("/queue/%ff"), Err(BadDestination::NotUtf8("%ff".into())));
        assert_eq!(Destination::parse("/kv/bucket/key"), Err(BadDestination::Unsupported("kv")));
    }
}
