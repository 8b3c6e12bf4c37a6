//! Where a connection comes from.

use std::net::SocketAddr;

/// Headers by which a proxy says for whom it speaks.
const FORWARDING: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether a proxy says that it speaks for somebody else: then the address says nothing about the client.
    pub forwarded: bool,
}

impl Peer {
    /// A peer that is connected directly.
    pub fn direct(address: SocketAddr) -> Self {
        Peer { address, forwarded: false }
    }

    /// The same peer, seen through the headers of its request.
    #[must_use]
    pub fn with_headers(self, headers: &axum::http::HeaderMap) -> Self {
        Peer { forwarded: FORWARDING.iter().any(|name| headers.contains_key(*name)), ..self }
    }

    /// Whether it is this machine, for all we can know.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().to_canonical().is_loopback() && !self.forwarded
    }
}
