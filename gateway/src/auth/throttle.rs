//! Makes guessing slow: each wrong answer takes longer than the last.

use crate::transport::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(50);

/// The longest.
const LONGEST: Duration = Duration::from_secs(2);

/// Without another failure for so long, all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// Pairs of address and user to remember. When there are more, the oldest are forgotten.
const PAIRS: usize = 10_000;

/// Octets of a name to remember.
const NAME: usize = 255;

/// Failed log-ins, by address and user. A right password is never refused or delayed for them.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    failures: Mutex<HashMap<(IpAddr, Box<str>), Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Throttle {
    /// Another log-in failed. Returns how long the answer is to wait.
    pub(super) fn handle_failure(&self, address: IpAddr, user: &str) -> Duration {
        let now = Instant::now();
        let mut failures = self.lock();
        if failures.len() >= PAIRS {
            forget_old(&mut failures, now);
        }
        let entry = failures.entry(key(address, user)).or_insert(Failures { count: 0, last: now });
        let count = if now.duration_since(entry.last) > FORGOTTEN { 0 } else { entry.count };
        *entry = Failures { count: count.saturating_add(1), last: now };
        FIRST.saturating_mul(1 << count.min(16)).min(LONGEST)
    }

    /// A log-in was right.
    pub(super) fn handle_success(&self, address: IpAddr, user: &str) {
        let mut failures = self.lock();
        if !failures.is_empty() {
            failures.remove(&key(address, user));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(IpAddr, Box<str>), Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(address: IpAddr, user: &str) -> (IpAddr, Box<str>) {
    (network(address), user.chars().take(NAME / 4).collect())
}

fn forget_old(failures: &mut HashMap<(IpAddr, Box<str>), Failures>, now: Instant) {
    failures.retain(|_, entry| now.duration_since(entry.last) <= FORGOTTEN);
    if failures.len() >= PAIRS {
        let mut moments: Vec<_> = failures.values().map(|entry| entry.last).collect();
        let (_, middle, _) = moments.select_nth_unstable(PAIRS / 2);
        let middle = *middle;
        failures.retain(|_, entry| entry.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test(start_paused = true)]
    async fn each_failure_takes_longer_up_to_a_limit_and_is_forgotten() {
        let throttle = Throttle::default();
        let delays: Vec<_> = (0..8).map(|_| throttle.handle_failure(HERE, "a").as_millis()).collect();
        assert_eq!(delays, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(throttle.handle_failure(HERE, "b"), FIRST, "another user");
        assert_eq!(throttle.handle_failure("192.0.2.1".parse().unwrap(), "a"), FIRST, "another address");
        tokio::time::advance(FORGOTTEN + Duration::from_millis(1)).await;
        assert_eq!(throttle.handle_failure(HERE, "a"), FIRST);
        throttle.handle_failure(HERE, "a");
        throttle.handle_success(HERE, "a");
        assert_eq!(throttle.handle_failure(HERE, "a"), FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..PAIRS * 2 {
            tokio::time::advance(Duration::from_micros(10)).await;
            throttle.handle_failure(HERE, &format!("user {number}"));
        }
        assert!(throttle.lock().len() <= PAIRS);
        assert_eq!(throttle.handle_failure(HERE, &format!("user {}", PAIRS * 2 - 1)), FIRST * 2, "the newest are kept");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let throttle = Throttle::default();
        throttle.handle_failure("2001:db8::1".parse().unwrap(), "a");
        assert_eq!(throttle.handle_failure("2001:db8::ffff:2".parse().unwrap(), "a"), FIRST * 2);
    }
}
