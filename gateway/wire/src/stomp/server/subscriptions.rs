//! Which subscription id of the client has which number, and how its MESSAGE frames begin.

use super::{MessageHead, StreamPlace};
use crate::stomp::encode::{FrameWriter, push_hex, push_number};
use crate::stomp::{AckMode, Verb, Version};
use std::collections::BTreeMap;

/// The subscriptions of one connection.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// Live ones by the client's id.
    ids: BTreeMap<Box<str>, u32>,
    /// Sorted by number, since numbers ascend; also those whose last deliveries are still on the way.
    entries: Vec<Entry>,
    last: u32,
}

#[derive(Debug)]
struct Entry {
    number: u32,
    id: Box<str>,
    /// `MESSAGE`, the subscription and the start of the message id: the same for all its deliveries.
    head: Box<[u8]>,
    /// Whether MESSAGE has an `ack` header: in 1.2, where deliveries are settled by the client.
    ack: bool,
}

impl Subscriptions {
    /// How many the client has begun.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Gives a new id its number; `None` when the id is in use.
    pub(super) fn add(&mut self, id: &str, ack: AckMode, version: Version) -> Option<u32> {
        if self.ids.contains_key(id) {
            return None;
        }
        let number = self.enter(id, ack != AckMode::Auto, version);
        self.ids.insert(id.into(), number);
        Some(number)
    }

    /// Gives a subscription of the server's own its number. Its id stands in MESSAGE, but the client cannot name it.
    pub(super) fn add_unnamed(&mut self, id: &str, version: Version) -> u32 {
        self.enter(id, false, version)
    }

    fn enter(&mut self, id: &str, settled: bool, version: Version) -> u32 {
        self.last += 1;
        let number = self.last;
        let mut head = Vec::new();
        FrameWriter::new(&mut head, Verb::Message, version).header("subscription", id);
        head.extend_from_slice(format!("message-id:{number}-").as_bytes());
        let ack = version == Version::V1_2 && settled;
        self.entries.push(Entry { number, id: id.into(), head: head.into(), ack });
        number
    }

    /// Frees the id; messages on the way still find their entry.
    pub(super) fn end(&mut self, id: &str) -> Option<u32> {
        self.ids.remove(id)
    }

    pub(super) fn forget(&mut self, number: u32) {
        if let Ok(index) = self.find(number) {
            let entry = self.entries.remove(index);
            if self.ids.get(&entry.id) == Some(&number) {
                self.ids.remove(&entry.id);
            }
        }
    }

    pub(super) fn id(&self, number: u32) -> Option<&str> {
        self.entry(number).map(|entry| &*entry.id)
    }

    /// The number of a live one.
    pub(super) fn number(&self, id: &str) -> Option<u32> {
        self.ids.get(id).copied()
    }

    #[inline]
    pub(super) fn write_head(&self, message: MessageHead, out: &mut Vec<u8>) -> bool {
        let Some(entry) = self.entry(message.subscription) else {
            return false;
        };
        out.extend_from_slice(&entry.head);
        push_number(message.delivery, out);
        if entry.ack {
            out.extend_from_slice(b"\nack:");
            push_number(entry.number.into(), out);
            out.push(b'-');
            push_number(message.delivery, out);
        }
        if message.delivery_count <= 1 {
            out.extend_from_slice(b"\nredelivered:false\ndelivery-count:1\n");
        } else {
            out.extend_from_slice(b"\nredelivered:true\ndelivery-count:");
            push_number(message.delivery_count.into(), out);
            out.push(b'\n');
        }
        if let Some(place) = message.stream {
            place.write(out);
        }
        true
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        self.find(number).ok().and_then(|index| self.entries.get(index))
    }

    fn find(&self, number: u32) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&number, |entry| entry.number)
    }
}

impl StreamPlace {
    #[inline(never)] // out of the way of messages of queues
    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"x-stream-offset:");
        push_number(self.offset, out);
        out.extend_from_slice(b"\nx-stream-epoch:");
        push_hex(self.epoch, out);
        out.push(b'\n');
    }
}
