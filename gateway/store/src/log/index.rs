//! Where in a file some of its records are: built as the file is read, so that who begins in the middle need not read what precedes.

use super::header::HEADER;

/// Octets of a file between two places that are remembered, about: what is read in vain to find a record.
const SPACING: u64 = 64 * 1024;

/// The place of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The record that begins here has this number, or a greater one.
    pub(super) number: u64,
    /// In the file.
    pub(super) offset: u64,
}

impl Place {
    /// Behind the header.
    pub(super) fn start(first: u64) -> Self {
        Place { number: first, offset: HEADER as u64 }
    }
}

/// A place, and what precedes it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    place: Place,
    /// The latest time of all records before it, as times may go back.
    latest: u64,
}

/// What was learned about a file, from its beginning on.
#[derive(Debug)]
pub(super) struct Index {
    first: u64,
    entries: Vec<Entry>,
    /// How far it goes.
    end: Entry,
}

impl Index {
    /// One of a file that begins with this number, of which nothing is known yet.
    pub(super) fn new(first: u64) -> Self {
        Index { first, entries: Vec::new(), end: Entry { place: Place::start(first), latest: 0 } }
    }

    /// The last place that is known at or before the record of this number.
    pub(super) fn find_number(&self, number: u64) -> Place {
        self.find(|entry| entry.place.number <= number)
    }

    /// The last place that is known, before which all records are of earlier times.
    pub(super) fn find_time(&self, time: u64) -> Place {
        self.find(|entry| entry.latest < time)
    }

    fn find(&self, precedes: impl Fn(&Entry) -> bool) -> Place {
        if precedes(&self.end) {
            return self.end.place;
        }
        let after = self.entries.partition_point(precedes);
        after.checked_sub(1).and_then(|index| self.entries.get(index)).map_or(Place::start(self.first), |it| it.place)
    }

    /// Learns from what was read, if that goes on where this ends.
    pub(super) fn learn(&mut self, trace: &Trace) {
        let known = self.end;
        if trace.start > known.place.offset || trace.end.place.offset <= known.place.offset {
            return;
        }
        for entry in trace.entries.iter().filter(|entry| entry.place.offset >= known.place.offset) {
            let last = self.entries.last().map_or(HEADER as u64, |last| last.place.offset);
            if entry.place.offset >= last + SPACING {
                self.entries.push(Entry { latest: entry.latest.max(known.latest), ..*entry });
            }
        }
        self.end = Entry { latest: trace.end.latest.max(known.latest), ..trace.end };
    }
}

/// What one reading has seen of a file.
#[derive(Debug)]
pub(super) struct Trace {
    /// Where in the file it began.
    start: u64,
    /// Times are of what this reading has seen alone.
    entries: Vec<Entry>,
    end: Entry,
}

impl Trace {
    /// A reading that begins here.
    pub(super) fn new(start: Place) -> Self {
        Trace { start: start.offset, entries: Vec::new(), end: Entry { place: start, latest: 0 } }
    }

    /// The place behind the last record that was seen.
    pub(super) fn end(&self) -> Place {
        self.end.place
    }

    /// A record was seen, of so many octets in the file.
    pub(super) fn see(&mut self, number: u64, time: u64, size: usize) {
        let here = Entry { place: Place { number, ..self.end.place }, ..self.end };
        if self.entries.last().is_none_or(|last| here.place.offset >= last.place.offset + SPACING) {
            self.entries.push(here);
        }
        let place = Place { number: number.saturating_add(1), offset: here.place.offset + size as u64 };
        self.end = Entry { place, latest: here.latest.max(time) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads records of 1000 octets, with even numbers; every tenth is late.
    fn read(from: Place, records: u64) -> Trace {
        let mut trace = Trace::new(from);
        for number in (from.number..).step_by(2).take(usize::try_from(records).unwrap()) {
            trace.see(number, time(number), 1_000);
        }
        trace
    }

    fn time(number: u64) -> u64 {
        if number.is_multiple_of(10) { number / 2 } else { number }
    }

    #[test]
    fn places_are_near_and_never_too_late() {
        let mut index = Index::new(0);
        let mut end = Place::start(0);
        for records in [500, 1, 3, 40, 40, 40, 900] {
            let trace = read(Place { number: end.number.next_multiple_of(2), ..end }, records);
            index.learn(&trace);
            end = trace.end();
        }
        let offset_of = |number: u64| HEADER as u64 + number / 2 * 1_000;
        for number in (0..end.number).step_by(2) {
            let place = index.find_number(number);
            assert_eq!(place.offset, offset_of(place.number.next_multiple_of(2)));
            assert!(place.offset <= offset_of(number) && offset_of(number) - place.offset < 3 * SPACING, "{number}");
            let place = index.find_time(number);
            let earlier = (0..place.number).step_by(2);
            assert!(earlier.map(time).all(|earlier| earlier < number), "{number}");
            assert!(number < place.number + 300, "{number}");
        }
        assert_eq!(index.find_number(u64::MAX), index.find_time(u64::MAX));
    }

    #[test]
    fn what_was_not_read_is_not_known() {
        let mut index = Index::new(10);
        index.learn(&read(Place { number: 200, offset: 100_000 }, 100));
        assert_eq!(index.find_number(300), Place::start(10));
    }
}
