//! Tickets: what a page shows in the URL of a WebSocket, where a browser lets it send no header. A URL gets into logs, so a ticket counts
//! once, and not for long.

use super::Identity;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a ticket counts.
pub const LIFE: Duration = Duration::from_secs(30);

/// Tickets that were given out and not used yet.
const TICKETS: usize = 10_000;

/// Those of one user: more, and its oldest does not count any more.
const OF_USER: usize = 64;

/// What is kept of a ticket: nobody who sees the memory could use it.
type Key = [u8; 32];

/// The tickets that count now.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    given: Mutex<HashMap<Key, (Arc<Identity>, Instant)>>,
}

impl Tickets {
    /// A ticket for somebody. `None`: too many are given out, and none of them has run out.
    pub(super) fn issue(&self, identity: Arc<Identity>) -> Option<String> {
        let ticket = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let now = Instant::now();
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() >= TICKETS {
            given.retain(|_, (_, until)| *until > now);
        }
        if given.len() >= TICKETS {
            return None;
        }
        let own = given.iter().filter(|(_, (other, _))| other.user == identity.user);
        let (count, oldest) = own.fold((0, None), |(count, oldest), (key, (_, until))| {
            (count + 1, oldest.into_iter().chain([(*until, *key)]).min())
        });
        if let Some((_, oldest)) = oldest.filter(|_| count >= OF_USER) {
            given.remove(&oldest);
        }
        given.insert(key(&ticket), (identity, now + LIFE));
        Some(ticket)
    }

    /// Whose it is. From now on it is nobody's.
    pub(super) fn redeem(&self, ticket: &str) -> Option<Arc<Identity>> {
        let taken = self.given.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(ticket));
        taken.filter(|(_, until)| *until > Instant::now()).map(|(identity, _)| identity)
    }
}

fn key(ticket: &str) -> Key {
    Sha256::digest(ticket).into()
}

#[cfg(test)]
mod tests {
    use super::super::Tags;
    use super::*;

    fn named(user: &str) -> Arc<Identity> {
        Arc::new(Identity { user: user.into(), tags: Tags::default(), token: None, password: None })
    }

    fn alice() -> Arc<Identity> {
        named("alice")
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_many_takes_none_from_others() {
        let tickets = Tickets::default();
        let first = tickets.issue(alice()).unwrap();
        let bobs = tickets.issue(named("bob")).unwrap();
        for _ in 0..OF_USER {
            tokio::time::advance(Duration::from_millis(1)).await;
            tickets.issue(alice()).unwrap();
        }
        assert!(tickets.redeem(&first).is_none(), "her own oldest went");
        assert!(tickets.redeem(&bobs).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_ticket_counts_once_and_not_for_long() {
        let tickets = Tickets::default();
        let (first, second) = (tickets.issue(alice()).unwrap(), tickets.issue(alice()).unwrap());
        assert_ne!(first, second);
        assert_eq!(&*tickets.redeem(&first).unwrap().user, "alice");
        assert!(tickets.redeem(&first).is_none(), "used");
        tokio::time::advance(LIFE).await;
        assert!(tickets.redeem(&second).is_none(), "too late");
        assert!(tickets.redeem("").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_only_so_many_and_those_that_ran_out_make_room() {
        let tickets = Tickets::default();
        for number in 0..TICKETS {
            tickets.issue(named(&number.to_string())).unwrap();
        }
        assert!(tickets.issue(alice()).is_none());
        tokio::time::advance(LIFE).await;
        assert!(tickets.issue(alice()).is_some());
    }
}
