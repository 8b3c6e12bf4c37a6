//! Where the records of a vhost are in the journal.
//!
//! The broker has to know where a record will begin before it is appended. It is told the place that follows its own last record; where another
//! vhost was faster, what it was told and where the record came to differ, from there on, by what is noted here. A place is never 0, so it is
//! one more than a position.

use store::Position;

/// The places of a vhost's records, and their positions.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// From which place on, positions are so much higher.
    shifts: Vec<(u64, u64)>,
}

/// The place of a record that begins at this position, when it is read back.
pub(super) fn place_at(position: Position) -> u64 {
    position.0 + 1
}

impl Places {
    /// The record at this place came to this position.
    pub(super) fn note(&mut self, place: u64, position: Position) {
        let shift = place_at(position).saturating_sub(place);
        if shift != self.shifts.last().map_or(0, |(_, shift)| *shift) {
            self.shifts.push((place, shift));
        }
    }

    /// The position of a record.
    pub(super) fn position(&self, place: u64) -> Position {
        let index = self.shifts.partition_point(|(from, _)| *from <= place);
        let shift = index.checked_sub(1).and_then(|index| self.shifts.get(index)).map_or(0, |(_, shift)| *shift);
        Position((place + shift).saturating_sub(1))
    }

    /// A place such that all records before it, and no others, begin before this position.
    pub(super) fn place(&self, position: Position) -> u64 {
        let place = place_at(position);
        // Shifts grow: within one of them places are as far apart as positions.
        let index = self.shifts.partition_point(|(from, shift)| from + shift <= place);
        let shift = index.checked_sub(1).and_then(|index| self.shifts.get(index)).map_or(0, |(_, shift)| *shift);
        let next = self.shifts.get(index).map_or(u64::MAX, |(from, _)| *from);
        place.saturating_sub(shift).min(next)
    }

    /// Nothing before this place is asked for any more.
    pub(super) fn forget_before(&mut self, place: u64) {
        let index = self.shifts.partition_point(|(from, _)| *from <= place);
        self.shifts.drain(..index.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_where_they_came_to() {
        let mut places = Places::default();
        // The vhost's records have 10 octets; others had 7 between the second and the third, and 5 after that.
        for (place, position) in [(1, 0), (11, 10), (21, 27), (31, 37), (41, 52)] {
            places.note(place, Position(position));
        }
        for (place, position) in [(1, 0), (11, 10), (21, 27), (31, 37), (41, 52)] {
            assert_eq!(places.position(place), Position(position));
            assert_eq!(places.place(Position(position)), place);
        }
        assert_eq!(places.place(Position(23)), 21, "what others wrote precedes the next");
        places.forget_before(31);
        assert_eq!((places.position(31), places.position(41)), (Position(37), Position(52)));
        assert_eq!(places.shifts.len(), 2);
    }
}
