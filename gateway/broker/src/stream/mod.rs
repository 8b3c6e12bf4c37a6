//! A stream: messages that are numbered, kept, and read without being taken.
//!
//! ```text
//!    first              moved               next
//!      |-- log parts ----|-- recent ---------|
//!        in files of       in the journal,
//!        its own           each at its place
//! ```
//!
//! A stream keeps no message in memory but those that are not durable yet: nobody sees them before, or after a crash another message would have the
//! offset of one that was seen. Who reads it has a [`Cursor`]: a queue that is filled from the stream, a little ahead.

mod cursor;
mod filter;
mod retention;

pub(crate) use cursor::Cursor;
pub use filter::Filter;

use crate::routing::QueueId;
use crate::{Message, Time};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::sync::Arc;

/// A message's place in a stream, as its readers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    /// Its number, counted from 0.
    pub offset: u64,
    /// The identity of that numbering: a stream of the same name that is declared later has another. Never 0, so that it takes no room in a delivery
    /// to say that there is none.
    pub epoch: NonZeroU64,
}

impl StreamPlace {
    pub(crate) fn new(offset: u64, epoch: u64) -> Self {
        StreamPlace { offset, epoch: NonZeroU64::new(epoch).unwrap_or(NonZeroU64::MIN) }
    }
}

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// At the oldest message that is kept.
    First,
    /// At the newest message.
    Last,
    /// Behind the newest message.
    #[default]
    Next,
    /// At this offset.
    Offset(u64),
    /// At the first message that is not older.
    Since(Time),
}

/// What a subscription wants of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamTerms {
    /// Where to begin; a group that has read already goes on where it was.
    pub start: Option<Start>,
    /// The consumer group to share messages and a committed offset with.
    pub group: Option<String>,
    /// What to leave out.
    pub filter: Option<Filter>,
    /// The epoch that the reader knows; another one is refused.
    pub epoch: Option<u64>,
}

/// A part of a stream that was moved from the journal to a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPart {
    /// The offset of its first message.
    pub first: u64,
    /// The offset behind its last message.
    pub end: u64,
    /// Octets of the file.
    pub octets: u64,
    /// When its first message was published.
    pub first_time: Time,
    /// When its last message was published.
    pub last_time: Time,
}

/// Where a message is that has not been moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recent {
    /// Where its record begins; 0: it is lost to damage.
    pub(crate) place: u64,
    /// When it was published.
    pub(crate) at: Time,
    /// [`crate::Message::size`].
    pub(crate) size: u32,
}

/// An append-only, replayable log of messages.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) epoch: u64,
    /// The offset of the oldest message that is kept.
    first: u64,
    /// Parts that were moved, oldest first.
    parts: VecDeque<LogPart>,
    /// What was not, up to the newest message.
    recent: VecDeque<Recent>,
    /// Octets of `parts`, and of `recent`.
    parts_octets: u64,
    recent_octets: u64,
    /// The offset of the next message.
    next: u64,
    /// The newest messages, as long as they are not durable, with where their records begin.
    pending: VecDeque<(u64, Arc<Message>)>,
    /// Messages are being moved: to the last part, if it has room. So that stays.
    pub(crate) is_moving: bool,
    /// Its readers: queues that are filled from it.
    pub(crate) cursors: Vec<QueueId>,
}

impl Stream {
    pub(crate) fn new(epoch: u64) -> Self {
        Stream { epoch, ..Stream::default() }
    }

    /// A stream that is read back: parts, then where each later message is; `next` is at least that far.
    pub(crate) fn recover(&mut self, parts: Vec<LogPart>, recent: VecDeque<Recent>, next: u64) {
        self.recent_octets = recent.iter().map(|recent| u64::from(recent.size)).sum();
        self.next = next;
        self.first = parts.first().map_or(next - recent.len() as u64, |part| part.first);
        self.parts = parts.into();
        self.count_parts();
        self.recent = recent;
    }

    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The offset of the first message that was not moved.
    pub(crate) fn moved(&self) -> u64 {
        self.next - self.recent.len() as u64
    }

    /// Octets of all it keeps.
    pub(crate) fn octets(&self) -> u64 {
        self.recent_octets + self.parts_octets
    }

    fn count_parts(&mut self) {
        self.parts_octets = self.parts.iter().map(|part| part.octets).sum();
    }

    /// Octets that are written again when the oldest part of the journal is given back, since they are not worth a file.
    pub(crate) fn carried_octets(&self, small: u64) -> u64 {
        if self.parts.is_empty() && self.recent_octets <= small { self.recent_octets } else { 0 }
    }

    pub(crate) fn parts(&self) -> impl ExactSizeIterator<Item = &LogPart> {
        self.parts.iter()
    }

    /// The offset of the first message that is not to be seen yet.
    pub(crate) fn readable(&self) -> u64 {
        self.next - self.pending.len() as u64
    }

    /// Gives a message its offset. It is to be seen once [`Stream::release`] has returned it.
    pub(crate) fn append(&mut self, recent: Recent, message: &Arc<Message>) -> u64 {
        self.pending.push_back((recent.place, Arc::clone(message)));
        self.push(recent)
    }

    /// The next message that is durable, and was not seen before: all records that begin before this place are.
    pub(crate) fn release(&mut self, before: u64) -> Option<(u64, Arc<Message>)> {
        let offset = self.readable();
        let (_, message) =
            self.pending.front().is_some_and(|(place, _)| *place < before).then(|| self.pending.pop_front())??;
        Some((offset, message))
    }

    /// Whether there are messages that are not to be seen yet.
    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    fn push(&mut self, recent: Recent) -> u64 {
        let offset = self.next;
        self.next += 1;
        self.recent_octets += u64::from(recent.size);
        self.recent.push_back(recent);
        offset
    }

    /// Where a message is that was not moved.
    pub(crate) fn recent(&self, offset: u64) -> Option<&Recent> {
        self.recent.get(usize::try_from(offset.checked_sub(self.moved())?).ok()?)
    }

    /// The message was written anew, elsewhere.
    pub(crate) fn carry(&mut self, offset: u64, from: u64, to: u64) {
        let moved = self.moved();
        let index = offset.checked_sub(moved).and_then(|index| usize::try_from(index).ok());
        if let Some(recent) = index.and_then(|index| self.recent.get_mut(index)).filter(|recent| recent.place == from) {
            recent.place = to;
        }
    }

    /// The part that holds this offset, or the first one after it.
    pub(crate) fn part_of(&self, offset: u64) -> Option<&LogPart> {
        self.parts.get(self.parts.partition_point(|part| part.end <= offset))
    }

    /// What was not moved and stands before this place, with the offsets.
    pub(crate) fn recent_before(&self, before: u64) -> impl Iterator<Item = (u64, &Recent)> {
        self.recent_from(0).filter(move |(_, recent)| recent.place < before)
    }

    /// What was not moved, from this offset on.
    pub(crate) fn recent_from(&self, offset: u64) -> impl Iterator<Item = (u64, &Recent)> {
        let first = offset.max(self.moved());
        let index = usize::try_from(first - self.moved()).unwrap_or(usize::MAX).min(self.recent.len());
        (first..).zip(self.recent.range(index..))
    }

    /// The same, with what stands between them since it was written anew: a log has no gaps.
    pub(crate) fn movable(&self, before: u64) -> impl Iterator<Item = (u64, &Recent)> {
        let last = self.recent_before(before).last().map(|(offset, _)| offset);
        (self.moved()..).zip(&self.recent).take_while(move |(offset, _)| last.is_some_and(|last| *offset <= last))
    }

    /// Messages were moved: these are the parts that have changed, or are new. What was trimmed meanwhile stays away.
    /// Returns the first offsets of those that are needed no more by now.
    pub(crate) fn handle_moved(&mut self, changed: &[LogPart]) -> Vec<u64> {
        self.is_moving = false;
        let mut useless = Vec::new();
        for part in changed {
            match self.parts.iter_mut().find(|known| known.first == part.first) {
                Some(known) => *known = *part,
                None if part.end > self.first => self.parts.push_back(*part),
                None => useless.push(part.first),
            }
        }
        self.count_parts();
        self.drop_moved();
        useless
    }

    fn drop_moved(&mut self) {
        let Some(end) = self.parts.back().map(|part| part.end) else { return };
        while self.moved() < end && self.moved() < self.next {
            self.pop_recent();
        }
    }

    /// Takes the oldest message that was not moved off the list.
    fn pop_recent(&mut self) {
        if let Some(recent) = self.recent.pop_front() {
            self.recent_octets -= u64::from(recent.size);
        }
    }

    /// The offset at which a reader begins, and for [`Start::Since`] what is to be left out from there on.
    pub(crate) fn begin(&self, start: Start) -> (u64, Time) {
        match start {
            Start::First => (self.first, Time(0)),
            Start::Last => (self.readable().saturating_sub(1).max(self.first), Time(0)),
            Start::Next => (self.next, Time(0)),
            Start::Offset(offset) => (offset, Time(0)),
            Start::Since(time) => match self.parts.iter().find(|part| part.last_time >= time) {
                Some(part) => (part.first.max(self.first), time),
                None => {
                    let index = self.recent.iter().position(|recent| recent.at >= time);
                    (index.map_or(self.next, |index| self.moved() + index as u64), Time(0))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(at: u64) -> Recent {
        Recent { place: 1000 + at, at: Time(at), size: 10 }
    }

    fn part(first: u64, end: u64) -> LogPart {
        LogPart { first, end, octets: 100, first_time: Time(first * 10), last_time: Time(end * 10 - 10) }
    }

    fn ten() -> Stream {
        let mut stream = Stream::new(7);
        for offset in 0..10 {
            assert_eq!(stream.push(recent(offset * 10)), offset);
        }
        stream
    }

    #[test]
    fn messages_are_found_before_and_after_they_are_moved() {
        let mut stream = ten();
        assert_eq!(stream.movable(1040).map(|(offset, _)| offset).collect::<Vec<_>>(), [0, 1, 2, 3]);
        stream.handle_moved(&[part(0, 3), part(3, 4)]);
        assert_eq!((stream.moved(), stream.recent(3), stream.recent(4)), (4, None, Some(&recent(40))));
        assert_eq!((stream.part_of(2), stream.part_of(3)), (Some(&part(0, 3)), Some(&part(3, 4))));
        stream.handle_moved(&[part(3, 6)]);
        assert_eq!((stream.moved(), stream.parts().len()), (6, 2));
        assert_eq!(stream.octets(), 2 * 100 + 4 * 10);
    }

    #[test]
    fn readers_begin_where_they_say() {
        let mut stream = ten();
        stream.handle_moved(&[part(0, 4)]);
        assert_eq!(stream.begin(Start::First).0, 0);
        assert_eq!(stream.begin(Start::Last).0, 9);
        assert_eq!(stream.begin(Start::Next).0, 10);
        assert_eq!(stream.begin(Start::Since(Time(15))), (0, Time(15)));
        assert_eq!(stream.begin(Start::Since(Time(45))), (5, Time(0)));
        assert_eq!(stream.begin(Start::Since(Time(1_000))).0, 10);
        assert_eq!(Stream::new(1).begin(Start::Last).0, 0);
    }

    #[test]
    fn what_is_written_anew_is_found_there() {
        let mut stream = ten();
        stream.carry(2, recent(20).place, 5_000);
        stream.carry(3, 1, 6_000);
        assert_eq!(stream.recent(2).unwrap().place, 5_000);
        assert_eq!(stream.recent(3), Some(&recent(30)), "it had been written anew before");
    }
}
