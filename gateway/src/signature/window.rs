//! How far the time of a signature may be from now.

use super::Unverified;

/// Seconds, both ways, by which a signature's time may differ from ours, unless it is configured otherwise: what Standard Webhooks,
/// Stripe and Slack say.
pub const TOLERANCE: u64 = 300;

/// The times that are believed now.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// In seconds since 1970.
    pub now: u64,
    /// Seconds, both ways.
    pub tolerance: u64,
}

impl Window {
    /// Whether a signature of this time is believed.
    pub fn check(self, timestamp: u64) -> Result<(), Unverified> {
        let age = self.now.saturating_sub(timestamp);
        let lead = timestamp.saturating_sub(self.now);
        if age > self.tolerance {
            return Err(Unverified::TooOld(age));
        }
        if lead > self.tolerance {
            return Err(Unverified::TooNew(lead));
        }
        Ok(())
    }
}

/// Reads seconds since 1970: digits and nothing else.
pub(super) fn seconds(text: &str, header: &str) -> Result<u64, Unverified> {
    let is_number = text.bytes().all(|octet| octet.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.ok_or_else(|| Unverified::Unreadable(header.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_differ_by_five_minutes_both_ways() {
        let window = Window { now: 1_000, tolerance: TOLERANCE };
        assert_eq!(window.check(700), Ok(()));
        assert_eq!(window.check(1_300), Ok(()));
        assert_eq!(window.check(699), Err(Unverified::TooOld(301)));
        assert_eq!(window.check(1_301), Err(Unverified::TooNew(301)));
        assert_eq!(window.check(u64::MAX), Err(Unverified::TooNew(u64::MAX - 1_000)));
    }

    #[test]
    fn a_time_is_digits() {
        assert_eq!(seconds("1649367553", "t"), Ok(1_649_367_553));
        for bad in ["", "+1", "-1", "1.5", " 1", "18446744073709551616"] {
            assert_eq!(seconds(bad, "t"), Err(Unverified::Unreadable("t".into())), "{bad:?}");
        }
    }
}
