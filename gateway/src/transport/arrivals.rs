//! Connections from accepting them to their end, as far as their number is limited.
//!
//! Those that have not logged in stand in a row by age. Where too many do, the oldest go: who means to log in has done so
//! soon, so a crowd of strangers that says nothing shuts nobody out.

use super::connect_rate::ConnectRate;
use super::network::network;
use super::publish_pace::PublishPace;
use crate::config::Limits;
use crate::metrics::Limit;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The place of who has logged in: in no row.
const NOWHERE: u64 = 0;

/// All connections of the server.
#[derive(Debug, Clone)]
pub struct Arrivals {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    connections: usize,
    connections_per_address: usize,
    pending: usize,
    rate: Option<ConnectRate>,
    publish_rate: u32,
    stopping: CancellationToken,
    crowd: Mutex<Crowd>,
}

#[derive(Debug, Default)]
struct Crowd {
    connections: usize,
    /// Without those that have none; empty if nobody limits them.
    by_address: HashMap<IpAddr, usize>,
    /// Who has not logged in, oldest first.
    pending: BTreeMap<u64, CancellationToken>,
    last: u64,
}

/// One connection, for as long as it lives.
#[derive(Debug)]
pub struct Arrival {
    shared: Arc<Shared>,
    /// For whom it counts; nothing, while that is not known.
    address: OnceLock<IpAddr>,
    /// In the row of those that have not logged in.
    place: AtomicU64,
    /// Where that is limited.
    pace: Option<Mutex<PublishPace>>,
    called_off: CancellationToken,
}

impl Arrivals {
    /// Nobody has come yet. `stopping` is cancelled when the server stops.
    pub fn new(limits: &Limits, stopping: &CancellationToken) -> Self {
        let shared = Shared {
            connections: limits.connections,
            connections_per_address: limits.connections_per_address,
            pending: limits.pending,
            rate: ConnectRate::new(limits.connect_rate),
            publish_rate: limits.publish_rate,
            stopping: stopping.clone(),
            crowd: Mutex::default(),
        };
        Arrivals { shared: Arc::new(shared) }
    }

    /// Takes a connection in, or says which limit it would break. `None` for the address of one that speaks for others.
    pub fn enter(&self, address: Option<IpAddr>) -> Result<Arc<Arrival>, Limit> {
        let shared = &self.shared;
        let mut crowd = shared.lock();
        if shared.connections != 0 && crowd.connections >= shared.connections {
            return Err(Limit::Connections);
        }
        crowd.connections += 1;
        drop(crowd);
        // From here on dropping it takes back what it counts for.
        let arrival = Arc::new(Arrival {
            shared: Arc::clone(shared),
            address: OnceLock::new(),
            place: AtomicU64::new(NOWHERE),
            pace: PublishPace::new(shared.publish_rate, Instant::now()).map(Mutex::new),
            called_off: shared.stopping.child_token(),
        });
        if let Some(address) = address {
            arrival.claim(address)?;
        }
        arrival.stand_last();
        Ok(arrival)
    }

    /// Lets the oldest of those go that have not logged in, for want of something else than places.
    pub fn displace_oldest(&self) {
        let oldest = self.shared.lock().pending.pop_first();
        displace(oldest);
    }
}

impl Arrival {
    /// Counts it for an address: its own, or that of whom it turns out to speak for. Only the first time counts.
    pub fn claim(&self, address: IpAddr) -> Result<(), Limit> {
        let address = network(address);
        if self.address.get().is_some() {
            return Ok(());
        }
        if self.shared.rate.as_ref().is_some_and(|rate| !rate.allows(address)) {
            return Err(Limit::ConnectRate);
        }
        let most = self.shared.connections_per_address;
        let mut crowd = self.shared.lock();
        if most != 0 {
            let count = crowd.by_address.entry(address).or_default();
            if *count >= most {
                return Err(Limit::ConnectionsPerAddress);
            }
            *count += 1;
        }
        let _ = self.address.set(address); // it was not set above, and only its own task claims a connection
        Ok(())
    }

    /// It has logged in.
    pub fn log_in(&self) {
        // Most requests come on connections that have.
        if self.place.load(Ordering::Relaxed) != NOWHERE {
            let mut crowd = self.shared.lock();
            let place = self.place.swap(NOWHERE, Ordering::Relaxed);
            crowd.pending.remove(&place);
        }
    }

    /// It has said something that makes sense, without logging in: it goes to the end of the row.
    pub fn handle_request(&self) {
        if self.is_pending() {
            self.stand_last();
        }
    }

    /// Whether it has not logged in.
    pub fn is_pending(&self) -> bool {
        self.place.load(Ordering::Relaxed) != NOWHERE
    }

    /// It has published so many messages.
    pub fn handle_published(&self, count: usize) {
        let Some(pace) = &self.pace else { return };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if lock(pace).handle_published(count, Instant::now()) {
            Limit::PublishRate.count();
        }
    }

    /// Until when it may not publish, since it was too fast. `None`: it may.
    pub fn publishes_not_before(&self) -> Option<Instant> {
        lock(self.pace.as_ref()?).waits_until(Instant::now())
    }

    /// Waits until it has to go: since the server stops, or, before log-in, since too many wait.
    pub fn called_off(&self) -> WaitForCancellationFutureOwned {
        self.called_off.clone().cancelled_owned()
    }

    /// Whether it has to go for others, and not since the server stops.
    pub fn is_displaced(&self) -> bool {
        self.called_off.is_cancelled() && !self.shared.stopping.is_cancelled()
    }

    fn stand_last(&self) {
        let mut crowd = self.shared.lock();
        crowd.last += 1;
        let earlier = self.place.swap(crowd.last, Ordering::Relaxed);
        crowd.pending.remove(&earlier);
        let place = crowd.last;
        crowd.pending.insert(place, self.called_off.clone());
        let oldest = if crowd.pending.len() > self.shared.pending { crowd.pending.pop_first() } else { None };
        drop(crowd);
        displace(oldest);
    }
}

fn displace(oldest: Option<(u64, CancellationToken)>) {
    if let Some((_, called_off)) = oldest {
        Limit::Pending.count();
        called_off.cancel();
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut crowd = self.shared.lock();
        crowd.connections -= 1;
        crowd.pending.remove(&self.place.load(Ordering::Relaxed));
        if let Some(address) = self.address.get()
            && let Some(count) = crowd.by_address.get_mut(address)
        {
            *count -= 1;
            if *count == 0 {
                crowd.by_address.remove(address);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Crowd> {
        lock(&self.crowd)
    }
}

/// No code that can panic runs under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn arrivals(change: impl FnOnce(&mut Limits)) -> Arrivals {
        let overrides = Overrides { data_dir: Some(":memory:".into()), ..Overrides::default() };
        let mut limits = Config::load(None, &overrides).unwrap().limits;
        change(&mut limits);
        Arrivals::new(&limits, &CancellationToken::new())
    }

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_oldest_of_those_that_have_not_logged_in_go_first() {
        let arrivals = arrivals(|limits| limits.pending = 2);
        let all: Vec<_> = (0..3).map(|_| arrivals.enter(from("192.0.2.1")).unwrap()).collect();
        all[1].handle_request();
        let last = arrivals.enter(from("192.0.2.1")).unwrap();
        let displaced: Vec<_> = all.iter().chain([&last]).map(|it| it.is_displaced()).collect();
        assert_eq!(displaced, [true, false, true, false]);
    }

    #[test]
    fn who_has_logged_in_stays_and_makes_room() {
        let arrivals = arrivals(|limits| limits.pending = 1);
        let user = arrivals.enter(from("192.0.2.1")).unwrap();
        user.log_in();
        user.handle_request();
        let strangers = [arrivals.enter(None).unwrap(), arrivals.enter(None).unwrap()];
        assert!(!user.is_displaced() && strangers[0].is_displaced() && !strangers[1].is_displaced());
    }

    #[test]
    fn who_goes_makes_room() {
        let arrivals = arrivals(|limits| limits.connections = 1);
        let first = arrivals.enter(None).unwrap();
        assert_eq!(arrivals.enter(None).unwrap_err(), Limit::Connections);
        drop(first);
        arrivals.enter(None).unwrap();
        assert!(arrivals.shared.lock().pending.is_empty());
    }

    #[test]
    fn an_address_has_its_share() {
        let arrivals = arrivals(|limits| limits.connections_per_address = 1);
        let first = arrivals.enter(from("2001:db8::1")).unwrap();
        for same in ["2001:db8::1", "2001:db8::ffff:1"] {
            assert_eq!(arrivals.enter(from(same)).unwrap_err(), Limit::ConnectionsPerAddress, "{same}");
        }
        let proxy = arrivals.enter(None).unwrap();
        assert_eq!(proxy.claim("2001:db8::2".parse().unwrap()), Err(Limit::ConnectionsPerAddress));
        arrivals.enter(from("2001:db8:0:1::1")).unwrap();
        drop(first);
        assert_eq!(proxy.claim("2001:db8::2".parse().unwrap()), Ok(()));
        drop(proxy);
        assert!(arrivals.shared.lock().by_address.is_empty());
    }

    #[test]
    fn an_address_connects_only_so_often() {
        let arrivals = arrivals(|limits| limits.connect_rate = 2);
        let come = |address| arrivals.enter(from(address)).map(|_| ());
        assert_eq!([come("192.0.2.1"), come("192.0.2.1")], [Ok(()), Ok(())]);
        assert_eq!(come("192.0.2.1"), Err(Limit::ConnectRate));
        assert_eq!(come("192.0.2.2"), Ok(()));
    }
}
