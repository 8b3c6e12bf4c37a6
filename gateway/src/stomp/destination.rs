//! The destination strings of STOMP clients, read as RabbitMQ reads them.

use percent_encoding::percent_decode_str;
use wire::stomp::Code;
use wire::stomp::server::Failure;

/// Where a SEND goes or a SUBSCRIBE reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
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

/// Destinations in one SEND.
const PARTS: usize = 16;

/// The parts of a SEND's destination: several with commas between, each beginning with a slash, or just one.
pub(super) fn split(text: &str) -> Result<impl Iterator<Item = &str> + Clone, Failure> {
    let count = text.matches(",/").count() + 1;
    if count > PARTS {
        let message = format!("a SEND may have at most {PARTS} destinations, not {count}");
        return Err(Failure::new(Code::BadDestination, message));
    }
    let mut rest = Some(text);
    Ok(std::iter::from_fn(move || {
        let text = rest?;
        match text.find(",/") {
            Some(comma) => {
                rest = text.get(comma + 1..);
                text.get(..comma)
            }
            None => rest.take(),
        }
    }))
}

impl Destination {
    /// Reads a destination; names are percent-decoded, so that a name may hold a slash.
    pub(super) fn parse(text: &str) -> Result<Destination, Failure> {
        let unknown = || {
            Failure::new(
                Code::BadDestination,
                format!(
                    "unknown destination {text:?}: write /queue/NAME, /stream/NAME, /topic/KEY or /exchange/NAME/KEY, with %2F for a slash in a name"
                ),
            )
        };
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
            ["kv", ..] => Err(Failure::unsupported("destinations of the form /kv")),
            _ => Err(unknown()),
        }
    }
}

fn decode(name: &str) -> Result<String, Failure> {
    let decoded = percent_decode_str(name).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| {
        Failure::new(Code::BadDestination, format!("the name {name:?} is not UTF-8 when its % codes are read"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Destination, Code> {
        Destination::parse(text).map_err(|failure| failure.code)
    }

    #[test]
    fn the_known_forms_are_read() {
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
            "/queue/%ff",
            "/temp-queue/",
            "/temp-queue/a/b",
            "/control/",
        ] {
            assert_eq!(parse(bad), Err(Code::BadDestination), "{bad}");
        }
        assert_eq!(parse("/kv/bucket/key"), Err(Code::Unsupported));
    }

    #[test]
    fn a_composite_has_its_parts_and_a_comma_in_a_name_is_none() {
        let parts = |text| split(text).map(|parts| parts.map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(parts("/queue/a,/topic/b,/queue/c").unwrap(), ["/queue/a", "/topic/b", "/queue/c"]);
        assert_eq!(parts("/queue/a,b").unwrap(), ["/queue/a,b"]);
        assert_eq!(parts("a").unwrap(), ["a"]);
        assert_eq!(parts("/queue/a,/").unwrap(), ["/queue/a", "/"]);
        let many = vec!["/queue/a"; PARTS + 1].join(",");
        assert_eq!(parts(&many).map_err(|failure| failure.code), Err(Code::BadDestination));
    }
}
