//! The arguments of a queue: what it does with messages that are too old, too many, or refused too often.

use crate::Error;
use crate::limits::{DELAY, DELIVERIES, SEGMENT};
use std::fmt;

/// What a queue was declared with, beside its properties. `None`: not asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arguments {
    /// Milliseconds after which a message in the queue expires.
    pub message_ttl: Option<u64>,
    /// Milliseconds without a subscription after which the queue is deleted.
    pub expires: Option<u64>,
    /// Most messages that may wait.
    pub max_length: Option<u64>,
    /// Most octets of bodies that may wait.
    pub max_octets: Option<u64>,
    /// What gives way in a full queue.
    pub overflow: Option<Overflow>,
    /// Takes what expires, is rejected, or has no room. Empty for the default exchange.
    pub dead_letter_exchange: Option<Box<str>>,
    /// The routing key of dead letters; their own, if it is not given.
    pub dead_letter_key: Option<Box<str>>,
    /// How often a message may come back before it is dead-lettered; [`Arguments::NO_LIMIT`]: for ever.
    pub delivery_limit: Option<u32>,
    /// Milliseconds that a message stays away after coming back for the first time.
    pub retry_delay: Option<u64>,
    /// By what the delay grows with each further return.
    pub retry_multiplier: Option<f64>,
    /// The longest such delay, in milliseconds.
    pub retry_max: Option<u64>,
    /// Whether only one subscription is served at a time.
    pub single_active: Option<bool>,
    /// Whether it is a queue or a stream.
    pub queue_type: Option<QueueType>,
    /// Of a stream: milliseconds for which messages are kept.
    pub max_age: Option<u64>,
    /// Of a stream: octets of the files that it is kept in.
    pub segment_octets: Option<u64>,
    /// Of a stream: octets of RabbitMQ's approximate filter. Ours is exact, and does not need it.
    pub filter_octets: Option<u64>,
}

/// What is declared as a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueType {
    /// Each message to one subscription, gone when settled.
    #[default]
    Classic,
    /// Messages stay, and everybody reads all of them.
    Stream,
}

impl QueueType {
    /// The argument's text.
    pub fn as_str(self) -> &'static str {
        match self {
            QueueType::Classic => "classic",
            QueueType::Stream => "stream",
        }
    }
}

/// What gives way when a queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The oldest message.
    #[default]
    DropHead,
    /// The new message: its publish is refused.
    RejectPublish,
    /// The same, and the new message is dead-lettered.
    RejectPublishDeadLetter,
}

impl Overflow {
    /// The argument's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Overflow::DropHead => "drop-head",
            Overflow::RejectPublish => "reject-publish",
            Overflow::RejectPublishDeadLetter => "reject-publish-dlx",
        }
    }

    /// Reads the argument.
    pub fn parse(text: &str) -> Option<Overflow> {
        let all = [Overflow::DropHead, Overflow::RejectPublish, Overflow::RejectPublishDeadLetter];
        all.into_iter().find(|overflow| overflow.as_str() == text)
    }
}

/// The value of an argument, as management shows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A count, or milliseconds.
    Number(i64),
    /// A factor.
    Factor(f64),
    /// A name.
    Text(Box<str>),
    /// Yes or no.
    Flag(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Factor(factor) => factor.fmt(f),
            Value::Text(text) => text.fmt(f),
            Value::Flag(flag) => flag.fmt(f),
        }
    }
}

impl Arguments {
    /// A delivery limit that is never reached.
    pub const NO_LIMIT: u32 = u32::MAX;

    /// No arguments.
    pub(crate) const NONE: &'static Arguments = &Arguments {
        message_ttl: None,
        expires: None,
        max_length: None,
        max_octets: None,
        overflow: None,
        dead_letter_exchange: None,
        dead_letter_key: None,
        delivery_limit: None,
        retry_delay: None,
        retry_multiplier: None,
        retry_max: None,
        single_active: None,
        queue_type: None,
        max_age: None,
        segment_octets: None,
        filter_octets: None,
    };

    /// All arguments by name; `None`: not given.
    pub fn all(&self) -> [(&'static str, Option<Value>); 16] {
        let number = |value: Option<u64>| value.map(|value| Value::Number(i64::try_from(value).unwrap_or(i64::MAX)));
        let text = |value: &Option<Box<str>>| value.clone().map(Value::Text);
        let limit = self.delivery_limit.map(|limit| match limit {
            Arguments::NO_LIMIT => Value::Number(-1),
            limit => Value::Number(limit.into()),
        });
        [
            ("x-message-ttl", number(self.message_ttl)),
            ("x-expires", number(self.expires)),
            ("x-max-length", number(self.max_length)),
            ("x-max-length-bytes", number(self.max_octets)),
            ("x-overflow", self.overflow.map(|overflow| Value::Text(overflow.as_str().into()))),
            ("x-dead-letter-exchange", text(&self.dead_letter_exchange)),
            ("x-dead-letter-routing-key", text(&self.dead_letter_key)),
            ("x-delivery-limit", limit),
            ("x-retry-delay", number(self.retry_delay)),
            ("x-retry-multiplier", self.retry_multiplier.map(Value::Factor)),
            ("x-retry-max", number(self.retry_max)),
            ("x-single-active-consumer", self.single_active.map(Value::Flag)),
            ("x-queue-type", self.queue_type.map(|kind| Value::Text(kind.as_str().into()))),
            ("x-max-age", self.max_age.map(|age| Value::Text(age_text(age).into()))),
            ("x-stream-max-segment-size-bytes", number(self.segment_octets)),
            ("x-stream-filter-size-bytes", number(self.filter_octets)),
        ]
    }

    /// Sets the argument of that name from its text. `false`: there is none of that name.
    pub fn set(&mut self, name: &str, text: &str) -> Result<bool, Error> {
        match name {
            "x-message-ttl" => self.message_ttl = Some(number(name, text)?),
            "x-expires" if number(name, text)? == 0 => return Err(bad(name, text, "more than 0 milliseconds")),
            "x-expires" => self.expires = Some(number(name, text)?),
            "x-max-length" => self.max_length = Some(number(name, text)?),
            "x-max-length-bytes" => self.max_octets = Some(number(name, text)?),
            "x-overflow" => {
                let wanted = "drop-head, reject-publish or reject-publish-dlx";
                self.overflow = Some(Overflow::parse(text).ok_or_else(|| bad(name, text, wanted))?);
            }
            "x-dead-letter-exchange" => self.dead_letter_exchange = Some(text.into()),
            "x-dead-letter-routing-key" => self.dead_letter_key = Some(text.into()),
            "x-delivery-limit" if text == "-1" => self.delivery_limit = Some(Arguments::NO_LIMIT),
            "x-delivery-limit" => {
                let limit = u32::try_from(number(name, text)?).unwrap_or(Arguments::NO_LIMIT);
                self.delivery_limit = Some(limit);
            }
            "x-retry-delay" => self.retry_delay = Some(number(name, text)?),
            "x-retry-multiplier" => {
                let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 1.0);
                self.retry_multiplier = Some(factor.ok_or_else(|| bad(name, text, "a factor of at least 1"))?);
            }
            "x-retry-max" => self.retry_max = Some(number(name, text)?),
            "x-single-active-consumer" => {
                let flag = text.to_ascii_lowercase().parse().map_err(|_| bad(name, text, "true or false"))?;
                self.single_active = Some(flag);
            }
            "x-queue-type" => {
                let all = [QueueType::Classic, QueueType::Stream];
                let found = all.into_iter().find(|kind| kind.as_str() == text);
                self.queue_type = Some(found.ok_or_else(|| bad(name, text, "classic or stream"))?);
            }
            "x-max-age" => {
                let wanted = "a number with one of the units Y, M, D, h, m, s, such as 7D";
                self.max_age = Some(age(text).ok_or_else(|| bad(name, text, wanted))?);
            }
            "x-stream-max-segment-size-bytes" if number(name, text)? == 0 => {
                return Err(bad(name, text, "more than 0 octets"));
            }
            "x-stream-max-segment-size-bytes" => self.segment_octets = Some(number(name, text)?),
            "x-stream-filter-size-bytes" => self.filter_octets = Some(number(name, text)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether it is a queue or a stream.
    pub fn queue_type(&self) -> QueueType {
        self.queue_type.unwrap_or_default()
    }

    /// Octets of the files of a stream: of those that bound it a part, or it could not be kept to its bound.
    pub(crate) fn segment(&self) -> u64 {
        let bounded = self.max_octets.map_or(SEGMENT, |octets| (octets / 8).clamp(1 << 20, SEGMENT));
        self.segment_octets.unwrap_or(bounded)
    }

    /// Refuses what means nothing to a queue of this type.
    pub(crate) fn check(&self) -> Result<(), Error> {
        const OF_STREAMS: [&str; 3] = ["x-max-age", "x-stream-max-segment-size-bytes", "x-stream-filter-size-bytes"];
        const OF_BOTH: [&str; 3] = ["x-queue-type", "x-max-length", "x-max-length-bytes"];
        let is_stream = self.queue_type() == QueueType::Stream;
        for (name, value) in self.given().filter(|(name, _)| !OF_BOTH.contains(name)) {
            if OF_STREAMS.contains(&name) != is_stream {
                let wanted = if is_stream {
                    "left out: it is no argument of a stream"
                } else {
                    "left out: it is an argument of streams alone"
                };
                return Err(bad(name, &value.to_string(), wanted));
            }
        }
        Ok(())
    }

    /// The arguments that were given.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.all().into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self == Arguments::NONE
    }

    /// Whether a full queue refuses new messages.
    pub(crate) fn rejects(&self) -> bool {
        matches!(self.overflow, Some(Overflow::RejectPublish | Overflow::RejectPublishDeadLetter))
    }

    /// Whether a queue of which so many messages, with bodies of so many octets, would wait refuses the last of them.
    pub(crate) fn refuses(&self, messages: u64, octets: u64) -> bool {
        self.rejects()
            && (self.max_length.is_some_and(|limit| messages > limit)
                || self.max_octets.is_some_and(|limit| octets > limit))
    }

    /// How often a message may come back. Where nobody said so, there is a limit only if no message is lost by it.
    pub(crate) fn delivery_limit(&self) -> u32 {
        match (self.delivery_limit, &self.dead_letter_exchange) {
            (Some(limit), _) => limit,
            (None, Some(_)) => DELIVERIES,
            (None, None) => Arguments::NO_LIMIT,
        }
    }

    /// Milliseconds for which a message stays away that came back for the `count`th time.
    pub(crate) fn retry_after(&self, count: u32) -> u64 {
        let Some(first) = self.retry_delay else { return 0 };
        let exponent = i32::try_from(count.saturating_sub(1)).unwrap_or(i32::MAX);
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of a delay")]
        let delay = first as f64 * self.retry_multiplier.unwrap_or(1.0).powi(exponent);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
        let delay = delay as u64;
        delay.min(self.retry_max.unwrap_or(DELAY))
    }
}

fn number(name: &str, text: &str) -> Result<u64, Error> {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let number = text.parse().ok().filter(|number: &u64| digits && i64::try_from(*number).is_ok());
    number.ok_or_else(|| bad(name, text, "a number that is not negative"))
}

/// Units of ages, in milliseconds, the largest first.
const UNITS: [(char, u64); 6] = [
    ('Y', 365 * 24 * 60 * 60 * 1_000),
    ('M', 30 * 24 * 60 * 60 * 1_000),
    ('D', 24 * 60 * 60 * 1_000),
    ('h', 60 * 60 * 1_000),
    ('m', 60 * 1_000),
    ('s', 1_000),
];

/// Milliseconds of an age such as `7D`.
fn age(text: &str) -> Option<u64> {
    let (_, factor) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let digits = text.get(..text.len() - 1)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(factor)
}

/// The age in its largest whole unit.
fn age_text(age: u64) -> String {
    let (unit, factor) = UNITS.into_iter().find(|(_, factor)| age.is_multiple_of(*factor)).unwrap_or(('s', 1_000));
    format!("{}{unit}", age / factor)
}

fn bad(name: &str, text: &str, wanted: &'static str) -> Error {
    Error::BadArgument { name: name.to_owned(), value: text.to_owned(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_their_limit() {
        let arguments = Arguments {
            retry_delay: Some(100),
            retry_multiplier: Some(2.5),
            retry_max: Some(1000),
            ..Arguments::default()
        };
        assert_eq!([1, 2, 3, 4, 400].map(|count| arguments.retry_after(count)), [100, 250, 625, 1000, 1000]);
        assert_eq!(Arguments { retry_delay: Some(7), ..Arguments::default() }.retry_after(9), 7);
        assert_eq!(Arguments::default().retry_after(3), 0);
    }

    #[test]
    fn without_a_dead_letter_exchange_messages_come_back_for_ever() {
        assert_eq!(Arguments::default().delivery_limit(), Arguments::NO_LIMIT);
        let dead = Arguments { dead_letter_exchange: Some("".into()), ..Arguments::default() };
        assert_eq!(dead.delivery_limit(), DELIVERIES);
        assert_eq!(Arguments { delivery_limit: Some(2), ..dead }.delivery_limit(), 2);
    }

    #[test]
    fn what_is_given_is_listed() {
        let arguments = Arguments {
            max_length: Some(5),
            overflow: Some(Overflow::RejectPublish),
            delivery_limit: Some(Arguments::NO_LIMIT),
            ..Arguments::default()
        };
        let given: Vec<_> = arguments.given().map(|(name, value)| format!("{name}:{value}")).collect();
        assert_eq!(given, ["x-max-length:5", "x-overflow:reject-publish", "x-delivery-limit:-1"]);
        assert!(Arguments::default().is_empty() && !arguments.is_empty());
    }

    #[test]
    fn an_age_is_shown_in_its_largest_whole_unit() {
        for (given, shown) in [("7D", "7D"), ("48h", "2D"), ("90m", "90m"), ("31536000s", "1Y"), ("0s", "0Y")] {
            assert_eq!(age_text(age(given).unwrap()), shown, "{given}");
        }
    }

    #[test]
    fn a_stream_has_other_arguments_than_a_queue() {
        let read = |given: &[(&str, &str)]| {
            let mut arguments = Arguments::default();
            given.iter().for_each(|(name, text)| assert_eq!(arguments.set(name, text), Ok(true)));
            arguments.check().map_err(|error| error.to_string())
        };
        let stream = ("x-queue-type", "stream");
        assert_eq!(read(&[stream, ("x-max-age", "1h"), ("x-max-length", "5"), ("x-max-length-bytes", "5")]), Ok(()));
        assert!(read(&[stream, ("x-message-ttl", "5")]).unwrap_err().contains("x-message-ttl"));
        assert!(read(&[("x-max-age", "1h")]).unwrap_err().contains("streams alone"));
        assert_eq!(read(&[("x-queue-type", "classic"), ("x-message-ttl", "5")]), Ok(()));
    }

    #[test]
    fn arguments_are_read_from_their_texts() {
        let mut arguments = Arguments::default();
        let texts = [
            ("x-message-ttl", "60000"),
            ("x-expires", "1"),
            ("x-max-length", "0"),
            ("x-max-length-bytes", "1024"),
            ("x-overflow", "reject-publish-dlx"),
            ("x-dead-letter-exchange", ""),
            ("x-dead-letter-routing-key", "dead"),
            ("x-delivery-limit", "-1"),
            ("x-retry-delay", "100"),
            ("x-retry-multiplier", "1.5"),
            ("x-retry-max", "5000"),
            ("x-single-active-consumer", "TRUE"),
            ("x-queue-type", "stream"),
            ("x-max-age", "36h"),
            ("x-stream-max-segment-size-bytes", "1000000"),
            ("x-stream-filter-size-bytes", "16"),
        ];
        for (name, text) in texts {
            assert_eq!(arguments.set(name, text), Ok(true), "{name}");
        }
        let given: Vec<_> = arguments.given().map(|(name, value)| (name, value.to_string().to_lowercase())).collect();
        let expected: Vec<_> = texts.iter().map(|(name, text)| (*name, text.to_lowercase())).collect();
        assert_eq!(given, expected);
        assert_eq!(arguments.set("x-unknown", "1"), Ok(false));
        for (name, text) in [
            ("x-message-ttl", "-1"),
            ("x-max-length", "+1"),
            ("x-expires", ""),
            ("x-expires", "0"),
            ("x-overflow", "drop-tail"),
            ("x-retry-multiplier", "0.5"),
            ("x-retry-multiplier", "inf"),
            ("x-delivery-limit", "many"),
            ("x-single-active-consumer", "yes"),
            ("x-retry-max", "99999999999999999999"),
            ("x-queue-type", "quorum"),
            ("x-max-age", "D"),
            ("x-max-age", "7"),
            ("x-max-age", "-7D"),
            ("x-max-age", "7\u{e9}"),
            ("x-stream-max-segment-size-bytes", "0"),
        ] {
            assert!(matches!(arguments.set(name, text), Err(Error::BadArgument { .. })), "{name}:{text}");
        }
    }
}
