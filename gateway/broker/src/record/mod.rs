//! What a vhost wants to be kept: the changes of one command make one record, so that after a crash all of them are there
//! or none.
//!
//! ```text
//!   record: | change | change | ...
//!   change: | kind, fields: postcard | headers ... | body ... |   headers and body: of a publish alone
//! ```
//!
//! Numbers are varints, texts have their length before them: the wire format of `postcard`. Definitions are JSON in a text, so
//! that a later release may know more of them. Kinds are numbered as they stand in [`Change`]: new ones go to the end.

mod definition;
mod keeper;
mod recollection;
mod recovery;
mod stored;
mod waiting;

pub(crate) use definition::{BindingDefinition, ExchangeDefinition, QueueDefinition, write};
pub(crate) use keeper::Keeper;
pub(crate) use recollection::Recollection;
pub use recovery::Recovery;
pub(crate) use recovery::{Recovered, of_kind};
pub use stored::{Stored, stored};

use crate::{Deaths, LogPart, Time};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The number of a queue in records, which no other queue gets. 0: it is not kept.
pub(crate) type QueueNumber = u64;

/// One change of a vhost.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Change<'a> {
    /// A message came to queues.
    #[serde(borrow)]
    Published(Published<'a>),
    /// A message left a queue.
    Settled { queue: QueueNumber, number: u64 },
    /// A message came back to its queue, to be delivered again from `until` on.
    Returned { queue: QueueNumber, number: u64, delivery_count: u32, until: Time },
    /// How far a queue has come: the last number it gave, and the last that was delivered.
    Progressed { queue: QueueNumber, last: u64, delivered: u64 },
    /// A queue was declared: [`QueueDefinition`].
    QueueDeclared { queue: QueueNumber, definition: Cow<'a, str> },
    /// A queue was deleted, with all it held and its bindings.
    QueueDeleted { queue: QueueNumber },
    /// An exchange was declared: [`ExchangeDefinition`].
    ExchangeDeclared { definition: Cow<'a, str> },
    /// An exchange was deleted, with its bindings.
    ExchangeDeleted { name: Cow<'a, str> },
    /// A queue was bound: [`BindingDefinition`].
    Bound { queue: QueueNumber, definition: Cow<'a, str> },
    /// A binding was taken back.
    Unbound { queue: QueueNumber, definition: Cow<'a, str> },
    /// A deduplication id was published.
    Remembered { exchange: Cow<'a, str>, routing_key: Cow<'a, str>, id: Cow<'a, str>, since: Time },
    /// Queues up to this number have been declared.
    Numbered { last: QueueNumber },
    /// How far a consumer group of a stream has come: what is below `offset` is done, and up to `delivered` it was seen.
    Committed { stream: QueueNumber, group: Cow<'a, str>, offset: u64, delivered: u64 },
    /// A consumer group was deleted.
    GroupDeleted { stream: QueueNumber, group: Cow<'a, str> },
    /// The parts of a stream that were moved to its log.
    Moved { stream: QueueNumber, parts: Cow<'a, [LogPart]> },
    /// What a stream's log holds before this offset was dropped.
    Trimmed { stream: QueueNumber, first: u64 },
    /// A message with this identity came to queues. Read as [`Change::Published`].
    Identified {
        id: u128,
        #[serde(borrow)]
        published: Published<'a>,
    },
    /// Something was defined that the broker keeps for its caller.
    Defined { kind: Cow<'a, str>, name: Cow<'a, str>, definition: Cow<'a, str> },
    /// It is defined no more.
    Undefined { kind: Cow<'a, str>, name: Cow<'a, str> },
    /// A deduplication id was published in a scope.
    RememberedIn { scope: Cow<'a, str>, id: Cow<'a, str>, until: Time },
}

/// A message that came to queues. Its headers, packed as [`crate::Headers`] are, and its body follow.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Published<'a> {
    /// [`crate::Message::id`]: it stands before the rest, if there is one.
    #[serde(skip)]
    pub(crate) id: u128,
    pub(crate) to: Cow<'a, [To]>,
    pub(crate) exchange: &'a str,
    pub(crate) routing_key: &'a str,
    pub(crate) expires: Time,
    pub(crate) deaths: Option<Cow<'a, Deaths>>,
    pub(crate) deduplication_id: Option<&'a str>,
    /// When it was published.
    pub(crate) at: Time,
    /// Octets of the headers.
    pub(crate) headers: u32,
    /// Octets of the body.
    pub(crate) body: u32,
}

/// A message's place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct To {
    pub(crate) queue: QueueNumber,
    pub(crate) number: u64,
    pub(crate) expires: Time,
}

/// A record that this release does not understand, though it is what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record was written by another release of Wharf ({0}): start the release that wrote it")]
pub struct UnknownRecord(String);

impl UnknownRecord {
    fn new(reason: &dyn std::fmt::Display) -> Self {
        UnknownRecord(reason.to_string())
    }
}

impl Change<'_> {
    /// That a message came to queues.
    pub(crate) fn published(published: Published<'_>) -> Change<'_> {
        match published.id {
            0 => Change::Published(published),
            id => Change::Identified { id, published },
        }
    }

    /// Adds the change to a record.
    pub(crate) fn write(&self, record: &mut Vec<u8>) {
        let written = postcard::to_extend(self, std::mem::take(record));
        *record = written.expect("a vector takes whatever can be serialized");
    }
}

/// A change that was read, and of a publish the headers and the body.
pub(crate) struct Read<'a> {
    pub(crate) change: Change<'a>,
    pub(crate) headers: &'a [u8],
    pub(crate) body: &'a [u8],
    /// All of it.
    pub(crate) octets: &'a [u8],
}

/// The changes of a record.
pub(crate) struct Changes<'a> {
    rest: &'a [u8],
}

impl<'a> Changes<'a> {
    pub(crate) fn of(record: &'a [u8]) -> Self {
        Changes { rest: record }
    }

    fn read(&mut self) -> Result<Read<'a>, UnknownRecord> {
        let before = self.rest;
        let (change, rest) =
            postcard::take_from_bytes::<Change<'a>>(self.rest).map_err(|error| UnknownRecord::new(&error))?;
        let change = match change {
            Change::Identified { id, published } => Change::Published(Published { id, ..published }),
            change => change,
        };
        let (headers, body) = match &change {
            Change::Published(published) => (published.headers as usize, published.body as usize),
            _ => (0, 0),
        };
        let split =
            |octets: &'a [u8], at| octets.split_at_checked(at).ok_or_else(|| UnknownRecord::new(&"it is cut off"));
        let (headers, rest) = split(rest, headers)?;
        let (body, rest) = split(rest, body)?;
        self.rest = rest;
        Ok(Read { change, headers, body, octets: &before[..before.len() - rest.len()] })
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = Result<Read<'a>, UnknownRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let to = [To { queue: 1, number: 300, expires: Time::NEVER }];
        let published = Published {
            id: 0,
            to: Cow::Borrowed(&to),
            exchange: "amq.topic",
            routing_key: "a.b",
            expires: Time(7),
            deaths: None,
            deduplication_id: Some("id"),
            at: Time(5),
            headers: 3,
            body: 4,
        };
        let changes = [
            Change::Published(published),
            Change::Settled { queue: 1, number: 300 },
            Change::Returned { queue: 1, number: 2, delivery_count: 3, until: Time(4) },
        ];
        let mut record = Vec::new();
        changes[0].write(&mut record);
        record.extend_from_slice(b"abc1234");
        changes[1..].iter().for_each(|change| change.write(&mut record));
        let read: Vec<_> = Changes::of(&record).map(Result::unwrap).collect();
        assert_eq!((read[0].headers, read[0].body), (&b"abc"[..], &b"1234"[..]));
        assert!(read.iter().map(|read| &read.change).eq(&changes));
    }

    #[test]
    fn a_record_is_written_as_it_always_was() {
        let mut record = Vec::new();
        Change::Settled { queue: 2, number: 300 }.write(&mut record);
        Change::QueueDeclared { queue: 2, definition: "{}".into() }.write(&mut record);
        assert_eq!(record, [1, 2, 0xac, 2, 4, 2, 2, b'{', b'}']);
        record.clear();
        Change::Committed { stream: 3, group: "g".into(), offset: 300, delivered: 301 }.write(&mut record);
        Change::GroupDeleted { stream: 3, group: "g".into() }.write(&mut record);
        Change::Trimmed { stream: 3, first: 5 }.write(&mut record);
        assert_eq!(record, [12, 3, 1, b'g', 0xac, 2, 0xad, 2, 13, 3, 1, b'g', 15, 3, 5]);
        record.clear();
        let part = LogPart { first: 1, end: 2, octets: 3, first_time: Time(4), last_time: Time(5) };
        Change::Moved { stream: 3, parts: vec![part].into() }.write(&mut record);
        assert_eq!(record, [14, 3, 1, 1, 2, 3, 4, 5]);
        record.clear();
        Change::RememberedIn { scope: "s".into(), id: "i".into(), until: Time(300) }.write(&mut record);
        assert_eq!(record, [19, 1, b's', 1, b'i', 0xac, 2]);
    }

    #[test]
    fn a_message_is_read_with_its_identity() {
        let published = |id| Published {
            id,
            to: Cow::Owned(vec![To { queue: 1, number: 2, expires: Time::NEVER }]),
            exchange: "",
            routing_key: "q",
            expires: Time::NEVER,
            deaths: None,
            deduplication_id: None,
            at: Time(5),
            headers: 0,
            body: 0,
        };
        for id in [0, 1, u128::MAX] {
            let mut record = Vec::new();
            Change::published(published(id)).write(&mut record);
            let read: Vec<_> = Changes::of(&record).map(|read| read.unwrap().change).collect();
            assert_eq!(read, [Change::Published(published(id))]);
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for record in [&[200][..], &[1, 2], &[4, 2, 9, b'{']] {
            assert!(Changes::of(record).any(|read| read.is_err()), "{record:?}");
        }
    }
}
