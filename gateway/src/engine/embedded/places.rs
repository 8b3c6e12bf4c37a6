//! Which records of a vhost are where in the journal: roughly, since it only has to be known which are before some place.

use std::collections::VecDeque;
use store::Position;

/// Octets between two places that are noted.
const GRAIN: u64 = 256 << 10;

/// Places in the journal, and the last record before each.
#[derive(Debug, Default)]
pub(super) struct Places {
    noted: VecDeque<(Position, u64)>,
}

impl Places {
    /// A record ends here.
    pub(super) fn note(&mut self, end: Position, record: u64) {
        if self.noted.back().is_none_or(|(last, _)| end.0 - last.0 >= GRAIN) {
            self.noted.push_back((end, record));
        }
    }

    /// A record such that all that begin before `place` are before it. `None`: it is not written yet.
    pub(super) fn first_after(&self, place: Position) -> Option<u64> {
        let index = self.noted.partition_point(|(noted, _)| *noted < place);
        self.noted.get(index).map(|(_, record)| record + 1)
    }

    /// What precedes `place` is not asked for any more.
    pub(super) fn forget_before(&mut self, place: Position) {
        let index = self.noted.partition_point(|(noted, _)| *noted < place);
        self.noted.drain(..index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_at_or_after_the_place_is_found() {
        let mut places = Places::default();
        for record in 1..=100 {
            places.note(Position(record * GRAIN / 4), record);
        }
        let place = Position(50 * GRAIN / 4);
        let found = places.first_after(place).unwrap();
        assert!((51..=55).contains(&found), "{found}");
        places.forget_before(place);
        assert_eq!(places.first_after(Position(0)), Some(found));
        assert_eq!(places.first_after(Position(26 * GRAIN)), None);
    }
}
