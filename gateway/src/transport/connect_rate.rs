//! How often one address may connect.

use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Addresses that are remembered before those that have been quiet are forgotten.
const REMEMBERED: usize = 65_536;

/// Connections per second of one address; as many may come at once.
#[derive(Debug)]
pub(super) struct ConnectRate {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
}

impl ConnectRate {
    /// `None`: there is no limit.
    pub(super) fn new(per_second: u32) -> Option<Self> {
        let quota = Quota::per_second(NonZeroU32::new(per_second)?);
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), DefaultClock::default());
        Some(ConnectRate { limiter })
    }

    /// Whether one more may come now.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        if self.limiter.len() >= REMEMBERED {
            self.limiter.retain_recent(); // who is not remembered has all of his quota, as who was quiet
        }
        self.limiter.check_key(&address).is_ok()
    }
}
