//! A reader's place in a stream. Its queue holds what is read ahead; what is delivered and unsettled is counted there too.

use super::{Filter, StreamPlace};
use crate::Time;
use crate::routing::QueueId;
use std::collections::BTreeSet;

/// One reader, or a group of them that share it.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(crate) stream: QueueId,
    pub(crate) epoch: u64,
    /// The name of a consumer group, whose committed offset is kept.
    pub(crate) group: Option<Box<str>>,
    /// The offset to be read next.
    pub(crate) next: u64,
    /// Messages that are older are left out.
    pub(crate) since: Time,
    /// What to leave out.
    pub(crate) filter: Option<Filter>,
    /// Where it ends, if it only looks at what is there.
    pub(crate) until: Option<u64>,
    /// What was read and is not settled; of a group alone.
    unsettled: BTreeSet<u64>,
    /// The offset behind the last one that was delivered: what is delivered again below it says so.
    pub(crate) delivered: u64,
    /// It has come further than records say.
    pub(crate) is_ahead: bool,
}

impl Cursor {
    pub(crate) fn new(stream: QueueId, epoch: u64, next: u64) -> Self {
        Cursor {
            stream,
            epoch,
            group: None,
            next,
            since: Time(0),
            filter: None,
            until: None,
            unsettled: BTreeSet::new(),
            delivered: next,
            is_ahead: false,
        }
    }

    /// The offset that all its members have come to: nothing below it is delivered again.
    pub(crate) fn committed(&self) -> u64 {
        self.unsettled.first().copied().unwrap_or(self.next)
    }

    /// A message comes to its queue.
    pub(crate) fn take(&mut self, offset: u64) {
        self.next = offset + 1;
        if self.group.is_some() {
            self.unsettled.insert(offset);
        }
    }

    /// A message that was read and not delivered leaves memory: it, and all after it, are to be read again.
    pub(crate) fn give_up(&mut self, offset: u64) {
        self.next = offset;
        self.unsettled.remove(&offset);
    }

    /// A message is done.
    pub(crate) fn settle(&mut self, offset: u64) {
        self.unsettled.remove(&offset);
    }

    /// A message was delivered, and is done with that if `is_settled`. `true`: that is to be noted.
    pub(crate) fn note_delivered(&mut self, offset: u64, is_settled: bool) -> bool {
        self.delivered = self.delivered.max(offset + 1);
        if self.group.is_none() {
            return false;
        }
        if is_settled {
            self.settle(offset);
        }
        true
    }

    /// The place of a message, for who gets it.
    pub(crate) fn place(&self, offset: u64) -> StreamPlace {
        StreamPlace::new(offset, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsettled_holds_the_committed_offset_back() {
        let mut cursor = Cursor { group: Some("g".into()), ..Cursor::new(QueueId(0), 1, 5) };
        assert_eq!(cursor.committed(), 5);
        (5..8).for_each(|offset| cursor.take(offset));
        assert_eq!((cursor.next, cursor.committed()), (8, 5));
        cursor.settle(6);
        assert_eq!(cursor.committed(), 5);
        cursor.settle(5);
        assert_eq!(cursor.committed(), 7);
        cursor.settle(7);
        assert_eq!(cursor.committed(), 8);
    }
}
