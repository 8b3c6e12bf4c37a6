//! How a client connects, and how often it tries.

use crate::stomp::heartbeat::Offer;

/// Settings of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The user.
    pub login: Option<String>,
    /// The password.
    pub passcode: Option<String>,
    /// The vhost.
    pub host: String,
    /// Heart-beats to offer, in milliseconds.
    pub heart_beat: Offer,
    /// Milliseconds from opening a socket to CONNECTED.
    pub connect_timeout: u64,
    /// Whether and how to try again; `None`: never.
    pub reconnect: Option<Reconnect>,
    /// How much may be published and not yet confirmed.
    pub outbox: Outbox,
    /// What the ids begin with by which the server tells copies apart: random, so that no two clients have the same.
    pub dedup_prefix: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            login: None,
            passcode: None,
            host: "/".to_owned(),
            heart_beat: Offer { send: 10_000, receive: 10_000 },
            connect_timeout: 10_000,
            reconnect: Some(Reconnect::default()),
            outbox: Outbox::default(),
            dedup_prefix: String::new(),
        }
    }
}

/// Bounds of what is published and not yet confirmed, whichever is reached first: it is kept, to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbox {
    /// Messages. Default 1000: enough to keep a connection busy over a long way.
    pub messages: usize,
    /// Octets of their bodies. Default 4 MiB: what a page can spare. One message alone may have more.
    pub octets: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox { messages: 1_000, octets: 4 * 1024 * 1024 }
    }
}

/// Exponential back-off with full jitter: after a server's restart its clients must not come back all at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reconnect {
    /// Longest delay before the first attempt, in milliseconds; it doubles with each failure.
    pub initial_delay: u64,
    /// Longest delay of all, in milliseconds.
    pub max_delay: u64,
    /// Attempts in a row before giving up; `None`: never.
    pub max_attempts: Option<u32>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Reconnect { initial_delay: 250, max_delay: 15_000, max_attempts: None }
    }
}

impl Reconnect {
    /// Whether to try again after so many failed attempts.
    pub(super) fn allows(self, attempts: u32) -> bool {
        self.max_attempts.is_none_or(|most| attempts < most)
    }

    /// Milliseconds to wait: anything from 0 to the bound, which doubles.
    pub(super) fn delay(self, doublings: u32, random: f64) -> u64 {
        let doubled = self.initial_delay.saturating_mul(1u64.checked_shl(doublings).unwrap_or(u64::MAX));
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a delay"
        )]
        let delay = (doubled.min(self.max_delay) as f64 * random.clamp(0.0, 1.0)) as u64;
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_are_spread_from_zero() {
        let rule = Reconnect { initial_delay: 100, max_delay: 1_000, max_attempts: Some(2) };
        assert_eq!(
            [0, 1, 2, 3, 4, 63, 64, 99].map(|n| rule.delay(n, 1.0)),
            [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]
        );
        assert_eq!(rule.delay(3, 0.0), 0);
        assert_eq!(rule.delay(3, 0.5), 400);
        assert_eq!([0, 1, 2].map(|attempts| rule.allows(attempts)), [true, true, false]);
    }
}
