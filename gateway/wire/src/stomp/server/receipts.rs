//! The receipts that are owed to the client.

use super::Token;
use crate::stomp::encode::FrameWriter;
use crate::stomp::{Verb, Version};
use std::collections::VecDeque;

/// What a RECEIPT tells besides that the request was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt {
    /// How many queues a SEND reached.
    pub routed: Option<u32>,
    /// A SEND was not stored, since its deduplication id was seen before.
    pub duplicate: bool,
    /// The offset of a SEND in the stream that took it.
    pub stream_offset: Option<u64>,
}

/// Receipts owed, oldest first; tokens ascend.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    owed: VecDeque<(Token, Box<str>)>,
    last: Token,
}

impl Receipts {
    pub(super) fn len(&self) -> usize {
        self.owed.len()
    }

    /// Notes the receipt that a frame asks for.
    pub(super) fn owe(&mut self, id: Option<Box<str>>) -> Option<Token> {
        let id = id?;
        self.last += 1;
        self.owed.push_back((self.last, id));
        Some(self.last)
    }

    /// Takes back what was noted last: the frame is refused, or kept for later.
    pub(super) fn withdraw(&mut self, token: Option<Token>) -> Option<Box<str>> {
        let (last, _) = self.owed.back()?;
        if Some(*last) != token {
            return None;
        }
        self.owed.pop_back().map(|(_, id)| id)
    }

    /// The id that is owed under `token`, which from here on is owed no more.
    pub(super) fn take(&mut self, token: Token) -> Option<Box<str>> {
        // Receipts are mostly paid in the order in which they were asked for, so the search ends at the front.
        let index = self.owed.iter().position(|(owed, _)| *owed == token)?;
        self.owed.remove(index).map(|(_, id)| id)
    }
}

impl Receipt {
    pub(super) fn write(self, id: &str, version: Version, out: &mut Vec<u8>) {
        let mut writer = FrameWriter::new(out, Verb::Receipt, version);
        writer.header("receipt-id", id);
        if let Some(routed) = self.routed {
            writer.number("routed", routed.into());
        }
        if self.duplicate {
            writer.header("duplicate", "true");
        }
        if let Some(offset) = self.stream_offset {
            writer.number("x-stream-offset", offset);
        }
        writer.finish();
    }
}
