//! Moments, as the caller's clock tells them.

use serde::{Deserialize, Serialize};
use std::ops::Add;

/// Milliseconds since 1970. The broker has no clock: every input brings the moment at which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// After every other moment.
    pub const NEVER: Time = Time(u64::MAX);
}

impl Add<u64> for Time {
    type Output = Time;

    /// So many milliseconds later.
    fn add(self, milliseconds: u64) -> Time {
        Time(self.0.saturating_add(milliseconds))
    }
}
