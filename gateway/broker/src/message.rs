//! A message as the broker accepted it: immutable, and shared by all who wait for it.

use crate::death::Deaths;
use crate::{Headers, Time};
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::OnceLock;

/// How many protocol encodings a message can carry.
pub const SLOTS: usize = 3;

/// Octets that a queue accounts for a message beside headers and body: its structure and its place in the queue.
const OVERHEAD: usize = 128;

/// Headers and body, and where they were published to.
#[derive(Debug)]
pub struct Message {
    /// The exchange it was published to; empty for the default exchange.
    pub exchange: Cow<'static, str>,
    /// The routing key it was published with.
    pub routing_key: Box<str>,
    /// Properties and user headers, opaque to the broker except for the headers exchange.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// From then on nobody is to get it.
    pub expires: Time,
    /// Whether it is to survive a restart, in queues that do.
    pub is_persistent: bool,
    /// Its identity, which it keeps wherever it goes: the caller's to give. 0: it has none.
    pub id: u128,
    /// Its deaths, if it was dead-lettered.
    pub deaths: Option<Box<Deaths>>,
    /// See [`Message::size`]: asked for with every delivery.
    size: usize,
    slots: [OnceLock<Encoding>; SLOTS],
}

/// What a protocol's encoder keeps on a message, since it is the same for all receivers. Opaque to the broker.
#[derive(Debug)]
pub struct Encoding {
    /// The part of the head that all receivers share.
    pub head: Box<[u8]>,
    /// Whether head and body together are UTF-8.
    pub is_text: bool,
}

impl Message {
    /// A message to be published.
    pub fn new(
        exchange: impl Into<Cow<'static, str>>,
        routing_key: impl Into<Box<str>>,
        headers: Headers,
        body: Bytes,
    ) -> Self {
        Message {
            size: Message::size_of(headers.size(), body.len()),
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            headers,
            body,
            expires: Time::NEVER,
            is_persistent: false,
            id: 0,
            deaths: None,
            slots: Default::default(),
        }
    }

    /// The same message, which nobody is to get from `expires` on.
    #[must_use]
    pub fn expiring(mut self, expires: Time) -> Self {
        self.expires = expires;
        self
    }

    /// The same message, which is to survive a restart.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.is_persistent = true;
        self
    }

    /// The same message under this identity.
    #[must_use]
    pub fn identified(mut self, id: u128) -> Self {
        self.id = id;
        self
    }

    /// The same message with these deaths.
    #[must_use]
    pub(crate) fn with_deaths(mut self, deaths: Option<Deaths>) -> Self {
        self.size += deaths.as_ref().map_or(0, Deaths::size);
        self.deaths = deaths.map(Box::new);
        self
    }

    /// The message as it is dead-lettered to another exchange. It does not expire a second time.
    pub(crate) fn dead(&self, exchange: &str, routing_key: &str, deaths: Deaths) -> Self {
        let message = Message::new(exchange.to_owned(), routing_key, self.headers.clone(), self.body.clone());
        let message = if self.is_persistent { message.persistent() } else { message };
        message.identified(self.id).with_deaths(Some(deaths))
    }

    /// What [`Message::size`] is with so many octets of headers and body, and no deaths.
    pub(crate) fn size_of(headers: usize, body: usize) -> usize {
        headers + body + OVERHEAD
    }

    /// Octets by which queues, windows and limits account for it.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The encoding in `slot`, made by the first who needs it.
    ///
    /// # Panics
    /// If `slot` is not below [`SLOTS`]: slots are constants of the encoders.
    pub fn encoding(&self, slot: usize, encode: impl FnOnce(&Message) -> Encoding) -> &Encoding {
        self.slots[slot].get_or_init(|| encode(self))
    }
}
