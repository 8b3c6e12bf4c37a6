//! Time as the protocols see it: a number that the caller reads from its own clock.

use std::ops::{Add, Sub};

/// A moment in milliseconds since an origin that the caller chooses (the start of the process, the page's time
/// origin). Only differences between moments of one origin have a meaning. `std::time::Instant` cannot be made in a
/// browser, hence a type of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

impl Add<u64> for Millis {
    type Output = Millis;

    /// The moment `milliseconds` later; it saturates, so a far deadline never wraps into the past.
    fn add(self, milliseconds: u64) -> Millis {
        Millis(self.0.saturating_add(milliseconds))
    }
}

impl Sub for Millis {
    type Output = u64;

    /// Milliseconds from `earlier` to `self`; 0 when `earlier` is not earlier (clocks may step).
    fn sub(self, earlier: Millis) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
