//! A message as the broker accepted it: immutable, and shared by all who wait for it.

use crate::Headers;
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
        Message { exchange: exchange.into(), routing_key: routing_key.into(), headers, body, slots: Default::default() }
    }

    /// Octets by which queues, windows and limits account for it.
    pub fn size(&self) -> usize {
        self.headers.size() + self.body.len() + OVERHEAD
    }

    /// The encoding in `slot`, made by the first who needs it.
    ///
    /// # Panics
    /// If `slot` is not below [`SLOTS`]: slots are constants of the encoders.
    pub fn encoding(&self, slot: usize, encode: impl FnOnce(&Message) -> Encoding) -> &Encoding {
        self.slots[slot].get_or_init(|| encode(self))
    }
}
