//! Places in the journal.

use std::fmt;

/// A place in the journal: how many octets of records precede it, since the store was made. It never goes back, whatever
/// is reclaimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// The place so many octets later.
    #[must_use]
    pub fn after(self, octets: usize) -> Self {
        Position(self.0 + octets as u64)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
