//! What a stream may drop: by age, by octets, by count.
//!
//! What is in the journal goes one by one; what was moved goes a part at a time, once all of the part may.

use super::Stream;
use crate::{Arguments, Time};

/// What was dropped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// Messages.
    pub(crate) messages: u64,
    /// The first offsets of the parts that are gone.
    pub(crate) parts: Vec<u64>,
    /// Octets of what was not moved.
    pub(crate) recent_octets: u64,
}

impl Stream {
    /// Drops what the stream is not to keep any more.
    pub(crate) fn retain(&mut self, arguments: &Arguments, now: Time) -> Dropped {
        let (first, recent_octets) = (self.first, self.recent_octets);
        let mut parts = Vec::new();
        if let Some(limit) = arguments.max_length {
            self.first = self.first.max(self.next.saturating_sub(limit));
        }
        while let Some(part) = self.parts.front()
            && !(self.is_moving && self.parts.len() == 1)
            && (part.end <= self.first || self.may_go(arguments, part.octets, part.last_time, now))
        {
            self.first = self.first.max(part.end);
            parts.push(part.first);
            self.parts_octets -= part.octets;
            self.parts.pop_front();
        }
        if self.parts.is_empty() && !self.is_moving {
            while let Some(oldest) = self.recent.front()
                && (self.moved() < self.first || self.may_go(arguments, oldest.size.into(), oldest.at, now))
            {
                self.pop_recent();
            }
            self.first = self.first.max(self.moved());
        }
        let recent_octets = recent_octets - self.recent_octets;
        Dropped { messages: self.first - first, parts, recent_octets }
    }

    /// Whether the oldest, with so many octets, is too much or too old. As long as there is more than it: something is always kept of a limit
    /// in octets, or a message larger than that would never be seen.
    fn may_go(&self, arguments: &Arguments, octets: u64, last: Time, now: Time) -> bool {
        let is_too_old = arguments.max_age.is_some_and(|age| last + age <= now);
        let all = self.octets();
        is_too_old || arguments.max_octets.is_some_and(|limit| all > limit && all > octets)
    }

    /// When the oldest message becomes too old. While messages are moved, what has to stay for that has no time.
    pub(crate) fn deadline(&self, arguments: &Arguments) -> Time {
        let Some(age) = arguments.max_age.filter(|_| !self.is_moving || self.parts.len() > 1) else {
            return Time::NEVER;
        };
        let oldest = self.parts.front().map(|part| part.last_time).or_else(|| self.recent.front().map(|it| it.at));
        oldest.map_or(Time::NEVER, |oldest| oldest + age)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LogPart, Recent};
    use super::*;

    /// Ten messages of ten octets, every ten milliseconds, the first six of them in two parts.
    fn stream() -> Stream {
        let mut stream = Stream::new(1);
        for offset in 0..10 {
            stream.push(Recent { place: offset + 1, at: Time(offset * 10), size: 10 });
        }
        let part = |first: u64, end: u64| LogPart {
            first,
            end,
            octets: (end - first) * 10,
            first_time: Time(first * 10),
            last_time: Time(end * 10 - 10),
        };
        stream.handle_moved(&[part(0, 3), part(3, 6)]);
        stream
    }

    #[test]
    fn a_count_is_exact() {
        let mut stream = stream();
        let arguments = Arguments { max_length: Some(5), ..Arguments::default() };
        let dropped = stream.retain(&arguments, Time(100));
        assert_eq!((stream.first(), dropped.messages, dropped.parts), (5, 5, vec![0]));
        let arguments = Arguments { max_length: Some(2), ..Arguments::default() };
        assert_eq!(stream.retain(&arguments, Time(100)).parts, [3]);
        assert_eq!((stream.first(), stream.moved(), stream.octets()), (8, 8, 20));
        assert_eq!(stream.retain(&arguments, Time(100)), Dropped::default());
    }

    #[test]
    fn octets_drop_the_oldest_but_never_the_last() {
        let mut stream = stream();
        let limit = |octets| Arguments { max_octets: Some(octets), ..Arguments::default() };
        stream.retain(&limit(80), Time(100));
        assert_eq!((stream.first(), stream.octets()), (3, 70));
        stream.retain(&limit(25), Time(100));
        assert_eq!((stream.first(), stream.octets()), (8, 20));
        stream.retain(&limit(1), Time(100));
        assert_eq!((stream.first(), stream.next()), (9, 10));
    }

    #[test]
    fn what_is_too_old_goes_when_it_is() {
        let mut stream = stream();
        let arguments = Arguments { max_age: Some(1_000), ..Arguments::default() };
        assert_eq!(stream.deadline(&arguments), Time(1_020), "the last of the first part");
        assert_eq!(stream.retain(&arguments, Time(1_019)), Dropped::default());
        assert_eq!(stream.retain(&arguments, Time(1_020)).parts, [0]);
        stream.retain(&arguments, Time(1_075));
        assert_eq!((stream.first(), stream.deadline(&arguments)), (8, Time(1_080)));
        stream.retain(&arguments, Time(9_000));
        assert_eq!((stream.first(), stream.next(), stream.deadline(&arguments)), (10, 10, Time::NEVER));
    }

    /// A deadline in the past would be looked at again and again, for as long as the move takes.
    #[test]
    fn what_has_to_stay_for_a_move_has_no_deadline() {
        let mut stream = stream();
        let arguments = Arguments { max_age: Some(1_000), ..Arguments::default() };
        stream.is_moving = true;
        stream.retain(&arguments, Time(9_000));
        assert_eq!((stream.parts().len(), stream.deadline(&arguments)), (1, Time::NEVER));
        stream.handle_moved(&[]);
        assert_eq!(stream.deadline(&arguments), Time(1_050));
    }
}
