//! Where a connection comes from.

use super::OriginRule;
use std::net::SocketAddr;

/// Headers by which a proxy says for whom it speaks.
const FORWARDING: [&str; 8] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
];

/// How the names of others begin.
const FORWARDED: [&str; 2] = ["x-forwarded", "x-original-forwarded"];

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether the address says nothing about who asks: a proxy speaks for somebody else, or a browser was led here by a
    /// name that anybody could point here.
    pub indirect: bool,
}

impl Peer {
    /// A peer that is connected directly.
    pub fn direct(address: SocketAddr) -> Self {
        Peer { address, indirect: false }
    }

    /// The same peer, seen through the headers of its request.
    #[must_use]
    pub fn with_headers(self, headers: &axum::http::HeaderMap, origins: &OriginRule) -> Self {
        let is_forwarded = headers.keys().any(|name| {
            let name = name.as_str();
            FORWARDING.contains(&name) || FORWARDED.iter().any(|prefix| name.starts_with(prefix))
        });
        let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
        Peer { indirect: self.indirect || is_forwarded || !host.is_some_and(|host| origins.knows(host)), ..self }
    }

    /// Whether it is this machine, for all we can know.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().to_canonical().is_loopback() && !self.indirect
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;

    fn is_loopback(headers: &[(&'static str, &str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let peer = Peer::direct("127.0.0.1:1".parse().unwrap());
        peer.with_headers(&headers, &OriginRule::new(&[], &["mq.example.org".into()])).is_loopback()
    }

    #[test]
    fn who_comes_through_a_proxy_is_never_this_machine() {
        let address = "127.0.0.1:1".parse().unwrap();
        let headers = HeaderMap::from_iter([(axum::http::header::HOST, "localhost".parse().unwrap())]);
        let announced = Peer { address, indirect: true }.with_headers(&headers, &OriginRule::new(&[], &[]));
        assert!(!announced.is_loopback());
    }

    #[test]
    fn who_was_led_here_by_a_foreign_name_is_not_taken_for_this_machine() {
        assert!(is_loopback(&[("host", "127.0.0.1:8080")]));
        assert!(is_loopback(&[("host", "LOCALHOST")]));
        assert!(is_loopback(&[("host", "mq.example.org")]));
        assert!(!is_loopback(&[("host", "evil.example:8080")]));
        for name in ["x-forwarded-for", "x-forwarded-proto", "x-original-forwarded-for", "cf-connecting-ip", "via"] {
            assert!(!is_loopback(&[("host", "localhost"), (name, "192.0.2.1")]), "{name}");
        }
    }
}
