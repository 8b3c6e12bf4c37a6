//! Where a request came in.

use super::{Credentials, Peer};
use crate::transport::Arrival;
use std::net::SocketAddr;
use std::sync::Arc;

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
}
