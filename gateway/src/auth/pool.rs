//! Passwords to be looked at: few at once, since each costs much, and addresses take turns, since a crowd at one is not to keep others out.

use crate::transport::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Passwords to look at, at once: each takes a processor and 19 MiB.
const AT_ONCE: usize = 2;

/// Where they wait. Each is a connection, so their number is that of connections at most.
#[derive(Debug)]
pub(super) struct Pool {
    all: Arc<Semaphore>,
    /// Of each address one is among all who wait; the others wait behind it.
    addresses: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _all: Option<OwnedSemaphorePermit>,
    _address: Option<OwnedSemaphorePermit>,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { all: Arc::new(Semaphore::new(AT_ONCE)), addresses: Mutex::default() }
    }
}

impl Pool {
    /// Waits for a turn.
    pub(super) async fn enter(&self, address: IpAddr) -> Turn {
        let own = self.of_address(address).acquire_owned().await.ok(); // they are never closed
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Turn { _all: all, _address: own }
    }

    fn of_address(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        // Those at which nobody waits are forgotten: who waits, or has a turn, holds its address.
        addresses.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        Arc::clone(addresses.entry(network(address)).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowd_at_one_address_does_not_stand_before_others() {
        let pool = Arc::new(Pool::default());
        let (crowded, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = pool.enter(crowded).await;
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.enter(crowded).await })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(pool.enter(other).await); // at once, with a hundred waiting
        drop(first);
        for turn in crowd {
            drop(turn.await.unwrap());
        }
        drop(pool.enter(other).await);
        assert_eq!(pool.addresses.lock().unwrap().len(), 1, "an address is forgotten with its last");
    }
}
