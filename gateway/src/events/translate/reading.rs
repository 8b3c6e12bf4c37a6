//! What is to be read becomes a subscription.

use crate::translate::{TOPIC_EXCHANGE, readable};
use broker::{
    AckMode, Arguments, Binding, Command, ConnectionId, Credit, Explicit, QueueDeclaration, QueueSettings, QueueType,
    Source, Start, StreamTerms, Subscribe, SubscriptionNumber, Terms, Token,
};
use std::collections::BTreeMap;
use wire::destination::Destination;

/// Octets of the name of a consumer group: as many as a queue's name may have.
const GROUP_NAME: usize = 255;

/// A destination that can be read.
#[derive(Debug, Clone)]
pub(in crate::events) struct Reading {
    destination: Box<str>,
    parsed: Destination,
}

/// What a destination is to its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::events) enum Kind {
    /// Each event goes to one of them.
    Queue,
    /// Each reads all that is kept.
    Stream,
    /// Each gets what comes while it reads.
    Topic,
}

/// Where in a stream to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::events) enum Begin {
    First,
    Last,
    Next,
    Offset(u64),
    /// Where this consumer group is; one that has read nothing yet begins at the first.
    Resume(String),
}

/// On which terms it is read.
#[derive(Debug, Clone)]
pub(in crate::events) struct Wanted {
    pub(in crate::events) begin: Option<Begin>,
    /// The epoch that the reader knows; another one is refused.
    pub(in crate::events) epoch: Option<u64>,
    pub(in crate::events) ack_mode: AckMode,
    /// Most unacked events; 0: no limit.
    pub(in crate::events) prefetch: u32,
    /// How many may come until more are granted.
    pub(in crate::events) credit: Option<u64>,
}

impl Begin {
    /// Reads `first`, `last`, `next`, `offset:N` or `resume:NAME`.
    pub(in crate::events) fn parse(text: &str) -> Result<Begin, String> {
        let wrong = || format!("from is first, last, next, offset:N or resume:NAME, not {text:?}");
        match text.split_once(':') {
            None => match text {
                "first" => Ok(Begin::First),
                "last" => Ok(Begin::Last),
                "next" => Ok(Begin::Next),
                _ => Err(wrong()),
            },
            Some(("offset", digits)) if digits.bytes().all(|octet| octet.is_ascii_digit()) => {
                digits.parse().map(Begin::Offset).map_err(|_| wrong())
            }
            Some(("resume", name)) if (1..=GROUP_NAME).contains(&name.len()) => Ok(Begin::Resume(name.to_owned())),
            Some(("resume", _)) => Err(format!("the name behind from=resume: has 1 to {GROUP_NAME} octets")),
            Some(_) => Err(wrong()),
        }
    }
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted { begin: None, epoch: None, ack_mode: AckMode::Auto, prefetch: 0, credit: None }
    }
}

impl Wanted {
    /// Each event has to be acked, which acks those before it too.
    pub(in crate::events) fn acked() -> Wanted {
        Wanted { ack_mode: AckMode::Cumulative, ..Wanted::default() }
    }

    /// Each event has to be acked by itself.
    pub(in crate::events) fn acked_each() -> Wanted {
        Wanted { ack_mode: AckMode::Individual, ..Wanted::default() }
    }
}

impl Reading {
    /// Reads a destination. An error says what is wrong with it.
    pub(in crate::events) fn parse(destination: &str) -> Result<Reading, String> {
        let parsed = readable(destination, "events come from queues, streams, topics and exchanges")?;
        Ok(Reading { destination: destination.into(), parsed })
    }

    /// The destination, as it was asked for.
    pub(in crate::events) fn destination(&self) -> &str {
        &self.destination
    }

    pub(in crate::events) fn kind(&self) -> Kind {
        match self.parsed {
            Destination::Queue(_) | Destination::ExistingQueue(_) => Kind::Queue,
            Destination::Stream(_) => Kind::Stream,
            _ => Kind::Topic,
        }
    }

    /// The name of the stream, if it is one.
    pub(in crate::events) fn stream(&self) -> Option<&str> {
        match &self.parsed {
            Destination::Stream(name) => Some(name),
            _ => None,
        }
    }

    /// What can be said of the place to begin at, and of what is left out: only a stream has the one, and an event that is left out of
    /// a queue would be lost to all.
    pub(in crate::events) fn check(&self, has_begin: bool, has_filter: bool) -> Result<(), String> {
        match self.kind() {
            Kind::Queue | Kind::Topic if has_begin => {
                Err(format!("{:?} is no stream: only a stream can be read from another place", self.destination))
            }
            Kind::Queue if has_filter => {
                let reason = "an event that is left out of a queue would be lost to its other readers: filter a topic, an exchange or a \
                              stream";
                Err(reason.to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The subscription; `auto_create`: a queue or stream that is not there is declared.
    pub(in crate::events) fn subscribe(
        &self,
        (connection, subscription): (ConnectionId, SubscriptionNumber),
        wanted: Wanted,
        auto_create: bool,
        token: Token,
    ) -> Command {
        let Wanted { begin, epoch, ack_mode, prefetch, credit } = wanted;
        let credit = credit.map(|messages| Credit { messages: Some(messages), octets: None });
        Command::Subscribe(Box::new(Subscribe {
            connection,
            subscription,
            source: self.source(auto_create),
            ack_mode,
            terms: Terms { prefetch, credit, ..Terms::default() },
            stream: stream_terms(begin, epoch).map(Box::new),
            token: Some(token),
        }))
    }

    fn source(&self, auto_create: bool) -> Source {
        let bound = |exchange: &str, key: &str| {
            let binding = Binding { exchange: exchange.to_owned(), key: key.to_owned(), arguments: BTreeMap::new() };
            Source::Bound(transient(), binding)
        };
        match &self.parsed {
            Destination::Queue(name) if auto_create => declared(name, None),
            Destination::Stream(name) if auto_create => declared(name, Some(QueueType::Stream)),
            Destination::Topic(key) => bound(TOPIC_EXCHANGE, key),
            Destination::Exchange(name, key) => bound(name, key.as_deref().unwrap_or_default()),
            Destination::Queue(name)
            | Destination::Stream(name)
            | Destination::ExistingQueue(name)
            | Destination::TemporaryQueue(name)
            | Destination::TemporaryTopic(name)
            | Destination::Control(name) => Source::Queue(name.clone()),
        }
    }
}

fn stream_terms(begin: Option<Begin>, epoch: Option<u64>) -> Option<StreamTerms> {
    let (start, group) = match begin? {
        Begin::First => (Some(Start::First), None),
        Begin::Last => (Some(Start::Last), None),
        Begin::Next => (Some(Start::Next), None),
        Begin::Offset(offset) => (Some(Start::Offset(offset)), None),
        Begin::Resume(name) => (None, Some(name)),
    };
    Some(StreamTerms { start, group, filter: None, epoch })
}

fn declared(name: &str, queue_type: Option<QueueType>) -> Source {
    let arguments = queue_type.map(|it| Arguments { queue_type: Some(it), ..Arguments::default() }.into());
    let settings = QueueSettings { durable: true, arguments, ..QueueSettings::default() };
    Source::Declared(QueueDeclaration { name: name.to_owned(), settings, explicit: Explicit::default() })
}

/// The queue of one reader of a topic, gone with it.
fn transient() -> QueueDeclaration {
    let settings = QueueSettings { exclusive: true, auto_delete: true, drops_oldest: true, ..QueueSettings::default() };
    let name = format!("events-subscription-{:032x}", rand::random::<u128>());
    QueueDeclaration { name, settings, explicit: Explicit::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_a_stream_is_understood_and_others_are_refused() {
        for (text, begin) in [
            ("first", Begin::First),
            ("last", Begin::Last),
            ("next", Begin::Next),
            ("offset:17", Begin::Offset(17)),
            ("resume:a:b", Begin::Resume("a:b".into())),
        ] {
            assert_eq!(Begin::parse(text), Ok(begin), "{text}");
        }
        for text in ["", "begin", "offset:", "offset:+1", "offset:-1", "offset:99999999999999999999", "resume:", "a:b"]
        {
            assert!(Begin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn destinations_are_queues_streams_or_topics() {
        let kind = |text| Reading::parse(text).map(|reading| reading.kind());
        for text in ["/queue/a", "/amq/queue/a", "/reply-queue/a"] {
            assert_eq!(kind(text), Ok(Kind::Queue), "{text}");
        }
        assert_eq!(kind("/stream/a"), Ok(Kind::Stream));
        assert_eq!((kind("/topic/a.#"), kind("/exchange/a/b")), (Ok(Kind::Topic), Ok(Kind::Topic)));
        for text in ["/temp-queue/a", "/control/notices", "/kv/a/b", "/nowhere/a"] {
            assert!(kind(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_is_left_out_of_a_queue_and_only_a_stream_has_places() {
        let check = |text, begin, filter| Reading::parse(text).unwrap().check(begin, filter).is_ok();
        assert!(check("/stream/a", true, true) && check("/topic/a", false, true) && check("/queue/a", false, false));
        assert!(!check("/topic/a", true, false) && !check("/queue/a", true, false) && !check("/queue/a", false, true));
    }
}
