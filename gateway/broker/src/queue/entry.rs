//! A message's place in a queue.

use crate::limits::AWAY;
use crate::{Message, Time};
use std::sync::Arc;

/// The record of an entry that is to be kept, if nobody takes it at once.
pub(crate) const UNWRITTEN: u64 = u64::MAX;

/// A message's place in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) content: Content,
    /// Its number in the queue: the order to keep when it comes back.
    pub(crate) number: u64,
    /// From then on nobody is to get it.
    pub(crate) expires: Time,
    /// Where the record begins that keeps it; 0: none does. [`UNWRITTEN`]: one is to.
    pub(crate) record: u64,
    /// How often it has been delivered.
    pub(crate) delivery_count: u32,
    /// How many queues the message came to with this record.
    pub(crate) copies: u32,
}

/// The message of an entry.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// It is in memory.
    Here(Arc<Message>),
    /// It is in its record alone, from where it has to be read before anybody gets it.
    Away {
        /// [`Message::size`].
        size: u32,
        /// Octets of its body.
        body: u32,
    },
}

impl Entry {
    /// The message, if it is in memory.
    pub(crate) fn message(&self) -> Option<&Arc<Message>> {
        match &self.content {
            Content::Here(message) => Some(message),
            Content::Away { .. } => None,
        }
    }

    pub(crate) fn is_away(&self) -> bool {
        matches!(self.content, Content::Away { .. })
    }

    /// [`Message::size`], wherever the message is.
    pub(crate) fn size(&self) -> usize {
        match &self.content {
            Content::Here(message) => message.size(),
            Content::Away { size, .. } => *size as usize,
        }
    }

    /// Octets of the body, wherever the message is.
    pub(crate) fn body_len(&self) -> usize {
        match &self.content {
            Content::Here(message) => message.body.len(),
            Content::Away { body, .. } => *body as usize,
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn held(&self) -> usize {
        match &self.content {
            Content::Here(message) => message.size(),
            Content::Away { .. } => AWAY,
        }
    }

    /// Lets the message go out of memory, if it can be read again.
    pub(crate) fn page_out(&mut self) {
        if let Content::Here(message) = &self.content
            && self.record != 0
            && self.record != UNWRITTEN
        {
            self.content = Content::away(message);
        }
    }

    /// Lets a message of a stream go out of memory: that has it.
    pub(crate) fn leave_to_stream(&mut self) {
        if let Content::Here(message) = &self.content {
            self.content = Content::away(message);
        }
    }
}

impl Content {
    /// What is left of a message that leaves memory. No message has 4 GiB.
    pub(crate) fn away(message: &Message) -> Self {
        let octets = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Content::Away { size: octets(message.size()), body: octets(message.body.len()) }
    }
}
