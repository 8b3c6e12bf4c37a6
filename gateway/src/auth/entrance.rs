//! Where a request came in.

use super::{Credentials, Foreign, Page, Peer, Realm};
use crate::error::Refusal;
use crate::metrics::Limit;
use crate::transport::Arrival;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Both ends of the connection that a request came in by, and what it says of who sent it.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// The other end, with what a proxy says of it.
    pub peer: Peer,
    /// Our end.
    pub listener: SocketAddr,
    /// The connection, to be told when somebody has logged in on it.
    pub arrival: Arc<Arrival>,
    /// What the request shows, where it goes on as a connection that logs in.
    pub credentials: Option<Credentials>,
    /// The page that sends the request; `None`: it is of no page.
    pub page: Option<Arc<Page>>,
}

impl Entrance {
    /// Whether a page that sends the request may ask for this.
    pub fn check_page(&self, realm: Realm<'_>) -> Result<(), Foreign> {
        self.page.as_ref().map_or(Ok(()), |page| page.check(realm))
    }

    /// Refuses what would be published on a connection that was too fast, and says when to come again.
    pub fn check_pace(&self) -> Result<(), Refusal> {
        match self.arrival.publishes_not_before() {
            Some(time) => Err(Refusal::from(Limit::PublishRate).after(time.duration_since(Instant::now()))),
            None => Ok(()),
        }
    }
}
