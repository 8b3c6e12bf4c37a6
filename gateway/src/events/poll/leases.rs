//! What was polled from queues and is not acked yet.

use super::super::translate::{Reader, Tag};
use crate::error::Refusal;
use axum::http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Leases at one time: each is a connection to the broker, without a socket that would limit them.
const LEASES: usize = 1024;

/// Leases by their tokens, which nobody can guess.
#[derive(Debug)]
pub(crate) struct Leases {
    granted: Mutex<HashMap<String, Lease>>,
    places: Arc<Semaphore>,
}

/// Unacked events, which go back when this is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    reader: Reader,
    last: Tag,
    owner: Owner,
    _permit: OwnedSemaphorePermit,
}

/// Who polled what: a token is good for nothing else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Owner {
    vhost: Box<str>,
    destination: Box<str>,
    user: Box<str>,
}

impl Owner {
    pub(super) fn new(vhost: &str, destination: &str, user: &str) -> Self {
        Owner { vhost: vhost.into(), destination: destination.into(), user: user.into() }
    }
}

impl Lease {
    pub(super) fn new(reader: Reader, last: Tag, owner: Owner, permit: OwnedSemaphorePermit) -> Self {
        Lease { reader, last, owner, _permit: permit }
    }
}

impl Default for Leases {
    fn default() -> Self {
        Leases { granted: Mutex::default(), places: Arc::new(Semaphore::new(LEASES)) }
    }
}

impl Leases {
    /// A place for a lease, which is kept before anything is taken from a queue.
    pub(super) fn reserve(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            let reason = format!("{LEASES} polls wait or are not acked: ack what was polled");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "limit_reached", reason)
        })
    }

    /// Notes a lease, and ends it in time. Returns its token.
    pub(super) fn grant(self: &Arc<Self>, lease: Lease, time: Duration, stopping: &CancellationToken) -> String {
        let token = format!("{:032x}", rand::random::<u128>());
        let called_off = lease.reader.handle().dismissal().called();
        self.lock().insert(token.clone(), lease);
        let (leases, ended) = (Arc::clone(self), token.clone());
        tokio::spawn(stopping.clone().run_until_cancelled_owned(async move {
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = called_off => {} // an operator takes them back
            }
            let lease = leases.lock().remove(&ended);
            drop(lease); // outside of the lock
        }));
        token
    }

    /// Acks what was leased under this token, and waits until that is kept.
    pub(super) async fn acknowledge(&self, token: &str, owner: &Owner) -> Result<(), Refusal> {
        let mut lease = self.take(token, owner).ok_or_else(|| {
            Refusal::not_found("there is no such lease here: it was acked before, or its time is over and its events are back in the queue")
        })?;
        let last = lease.last;
        lease.reader.ack_durably(last).await.map_err(Refusal::from)
    }

    fn take(&self, token: &str, owner: &Owner) -> Option<Lease> {
        let mut granted = self.lock();
        granted.get(token).filter(|lease| lease.owner == *owner)?;
        granted.remove(token)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lease>> {
        // No code that can panic runs under this lock.
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_are_bounded_and_their_places_come_back() {
        let leases = Leases::default();
        let mut places: Vec<_> = (0..LEASES).map(|_| leases.reserve().unwrap()).collect();
        assert!(leases.reserve().is_err());
        places.pop();
        assert!(leases.reserve().is_ok());
    }
}
