//! Where events are published, and how.

use super::{message_id, of_event, readable};
use crate::signature::to_hex;
use broker::{Declare, Headers, Message, Publish, Time};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use wire::cloudevents::{Event, Value};
use wire::destination::Destination;

/// The exchange behind `/topic/`.
pub(crate) const TOPIC_EXCHANGE: &str = "amq.topic";

/// Where events are published.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    destination: &'a str,
    exchange: Cow<'static, str>,
    routing_key: String,
    declares: Declares,
    mandatory: bool,
}

/// What is declared where it is not there.
#[derive(Debug, Clone, Copy)]
enum Declares {
    Nothing,
    Queue,
    Stream,
}

/// How events are published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    /// They are to survive a restart.
    pub(crate) is_persistent: bool,
    /// Those that were published lately are left out.
    pub(crate) deduplicates: bool,
    /// In milliseconds since 1970.
    pub(crate) now: u64,
}

impl<'a> Target<'a> {
    /// Reads a destination. An error says what is wrong with it.
    pub(crate) fn parse(destination: &'a str, auto_create: bool) -> Result<Self, String> {
        let at = |exchange: Cow<'static, str>, routing_key: String, declares| Target {
            destination,
            exchange,
            routing_key,
            declares: if auto_create { declares } else { Declares::Nothing },
            // Nobody is to believe that it was taken, if no queue was there.
            mandatory: !auto_create && matches!(declares, Declares::Queue | Declares::Stream),
        };
        Ok(match readable(destination, "events go to queues, streams and exchanges")? {
            Destination::Queue(name) => at("".into(), name, Declares::Queue),
            Destination::Stream(name) => at("".into(), name, Declares::Stream),
            Destination::Topic(key) => at(TOPIC_EXCHANGE.into(), key, Declares::Nothing),
            Destination::Exchange(name, key) => at(name.into(), key.unwrap_or_default(), Declares::Nothing),
            // Those of a connection are not readable.
            Destination::ExistingQueue(name)
            | Destination::TemporaryQueue(name)
            | Destination::TemporaryTopic(name)
            | Destination::Control(name) => at("".into(), name, Declares::Nothing),
        })
    }

    /// The event, to be published here.
    pub(crate) fn publication(&self, event: &Event, wishes: &Wishes) -> Publish {
        let timestamp = wishes.now.to_string();
        let named = of_event(event);
        let named = named.iter().map(|(name, value)| (&**name, &**value));
        let persistent = wishes.is_persistent.then_some(("persistent", "true"));
        let last = persistent.into_iter().chain([("timestamp", &*timestamp)]);
        let kept = Headers::new([("destination", self.destination)].into_iter().chain(named).chain(last));
        let body = event.data().body();
        let message = Message::new(self.exchange.clone(), &*self.routing_key, kept, body).expiring(expiry(event));
        let message = message.identified(message_id(wishes.now));
        let message = if wishes.is_persistent { message.persistent() } else { message };
        Publish {
            declare: match self.declares {
                Declares::Nothing => Declare::No,
                Declares::Queue => Declare::Plain,
                Declares::Stream => Declare::Stream,
            },
            mandatory: self.mandatory,
            deduplication_id: wishes.deduplicates.then(|| event_identity(event.source(), event.id()).into()),
            ..Publish::detached(message)
        }
    }
}

/// What tells events apart: source and id together, as SHA-256 in hexadecimal digits, since both may be long.
pub(crate) fn event_identity(source: &str, id: &str) -> Box<str> {
    let digest = Sha256::new().chain_update(source).chain_update("\n").chain_update(id).finalize();
    to_hex(&digest).into()
}

/// The moment from which on nobody is to get an event (extension "expirytime").
fn expiry(event: &Event) -> Time {
    let instant = event.get("expirytime").and_then(Value::instant);
    instant.map_or(Time::NEVER, |instant| Time(u64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::cloudevents::{headers, json};

    const WISHES: Wishes = Wishes { is_persistent: true, deduplicates: true, now: 5 };

    fn published(destination: &str, members: &str) -> Publish {
        let document = format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t"{members}}}"#);
        let event = json::decode(&document.into()).unwrap();
        Target::parse(destination, true).unwrap().publication(&event, &WISHES)
    }

    #[test]
    fn attributes_are_headers_and_data_is_the_body() {
        let publish = published("/queue/a%2Fb", r#","time":"2018-04-26T14:48:09+02:00","n":5,"data":{"a" :1}"#);
        let headers: Vec<_> = publish.message.headers.iter().collect();
        let expected = [
            ("destination", "/queue/a%2Fb"),
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-id", "1"),
            ("ce-source", "/a"),
            ("ce-type", "t"),
            ("ce-time", "2018-04-26T14:48:09+02:00"),
            ("ce-n", "5"),
            ("x-ce-types", "n=Integer"),
            ("persistent", "true"),
            ("timestamp", "5"),
        ];
        assert_eq!(headers, expected);
        assert_eq!(&publish.message.body[..], br#"{"a" :1}"#);
        assert_eq!((&*publish.message.routing_key, publish.message.is_persistent), ("a/b", true));
        let digest = "0921129f78b78d80e40ecfae4e384cb9685e21149890e78d137f4f0a615e2a99"; // of "/a\n1"
        assert_eq!(publish.deduplication_id, Some(digest.into()));
        assert!(matches!(publish.declare, Declare::Plain));
    }

    #[test]
    fn an_empty_text_is_told_from_nothing() {
        let marker =
            |members| published("/topic/a", members).message.headers.get(headers::EMPTY_DATA).map(str::to_owned);
        assert_eq!(marker(""), None);
        assert_eq!(marker(r#","data":null"#), None);
        assert_eq!(marker(r#","datacontenttype":"text/plain","data":"""#).as_deref(), Some("empty"));
    }

    #[test]
    fn an_expiry_time_is_the_messages() {
        assert_eq!(published("/queue/a", "").message.expires, Time::NEVER);
        let expires = published("/queue/a", r#","expirytime":"1970-01-01T00:00:02.5Z""#).message.expires;
        assert_eq!(expires, Time(2_500));
        assert_eq!(published("/queue/a", r#","expirytime":"1969-01-01T00:00:00Z""#).message.expires, Time(0));
    }

    #[test]
    fn what_is_a_connections_own_is_refused() {
        for destination in ["/temp-queue/a", "/temp-topic/a", "/control/credit", "/kv/a/b", "/queue/a/b"] {
            assert!(Target::parse(destination, true).is_err(), "{destination}");
        }
        let target = Target::parse("/stream/a", false).unwrap();
        assert!(target.mandatory, "nothing is declared");
    }
}
