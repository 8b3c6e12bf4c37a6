//! Where a request came in.

use super::{Credentials, Peer};
use std::net::SocketAddr;

/// Both ends of the connection that a request came in by, and what it says of who sent it.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// The other end, with what a proxy says of it.
    pub peer: Peer,
    /// Our end.
    pub listener: SocketAddr,
    /// What the request shows, where it goes on as a connection that logs in.
    pub credentials: Option<Credentials>,
}
