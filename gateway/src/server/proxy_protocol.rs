//! What a proxy says before the first octet of a connection: PROXY protocol, version 2.
//!
//! ```text
//!   0           12  13  14      16
//!   | signature | v | f | length | addresses, and what else there may be: length octets |
//! ```
//!
//! Version 1 is not read: its end has to be searched for, and every proxy of today speaks version 2.

use ppp::v2::{Addresses, Command, Header};
use std::io;
use std::net::SocketAddr;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Octets up to the length.
const HEAD: usize = 16;

/// Octets behind the length: addresses take 36, the rest is what proxies add of TLS and the like.
const REST: usize = 1024;

/// Why a connection of a proxy is refused.
#[derive(Debug, Error)]
pub(super) enum Unannounced {
    /// It begins with something else.
    #[error(
        "it does not begin with a header of PROXY protocol version 2: switch that on in the proxy, or http.proxy_protocol off"
    )]
    Missing,
    /// The header is longer than any that is known.
    #[error("its header has {0} octets, of {REST} that are read")]
    TooLong(usize),
    /// What the header says makes no sense.
    #[error("its header cannot be read: {0}")]
    Unreadable(String),
    /// It breaks off.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// Reads the header, and nothing behind it. `None`: the proxy speaks for itself, as it does to see whether we live.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, Unannounced> {
    let mut octets = [0; HEAD + REST];
    let (head, rest) = octets.split_at_mut(HEAD);
    stream.read_exact(head).await?;
    if !head.starts_with(ppp::v2::PROTOCOL_PREFIX) {
        return Err(Unannounced::Missing);
    }
    let length = usize::from(u16::from_be_bytes([head[HEAD - 2], head[HEAD - 1]]));
    let rest = rest.get_mut(..length).ok_or(Unannounced::TooLong(length))?;
    stream.read_exact(rest).await?;
    let header = Header::try_from(&octets[..HEAD + length]);
    let header = header.map_err(|error| Unannounced::Unreadable(error.to_string()))?;
    match (header.command, header.addresses) {
        (Command::Local, _) => Ok(None),
        (Command::Proxy, Addresses::IPv4(it)) => Ok(Some((it.source_address, it.source_port).into())),
        (Command::Proxy, Addresses::IPv6(it)) => Ok(Some((it.source_address, it.source_port).into())),
        (Command::Proxy, _) => Err(Unannounced::Unreadable("the client has no IP address".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppp::v2::{Builder, IPv4, Protocol, Version};

    fn announced(command: Command) -> Vec<u8> {
        let addresses = IPv4::new([192, 0, 2, 1], [10, 0, 0, 1], 4711, 8080);
        Builder::with_addresses(Version::Two | command, Protocol::Stream, addresses).build().unwrap()
    }

    async fn told(octets: &[u8]) -> (Result<Option<SocketAddr>, String>, usize) {
        let mut left = octets;
        let result = read(&mut left).await.map_err(|error| error.to_string());
        (result, left.len())
    }

    #[tokio::test]
    async fn the_client_is_told_and_nothing_behind_is_taken() {
        let octets = [announced(Command::Proxy), b"GET / HTTP/1.1".to_vec()].concat();
        assert_eq!(told(&octets).await, (Ok(Some("192.0.2.1:4711".parse().unwrap())), 14));
        let octets = [announced(Command::Local), b"GET".to_vec()].concat();
        assert_eq!(told(&octets).await, (Ok(None), 3));
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let good = announced(Command::Proxy);
        let mut long = good.clone();
        long[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
        let mut short = good.clone();
        short[15] = 4;
        let mut old = good.clone();
        old[12] = 0x11;
        for (octets, what) in [
            (b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 8080\r\n".to_vec(), "version 2"),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), "version 2"),
            (long, "65535"),
            (short, "cannot be read"),
            (old, "cannot be read"),
            (good[..20].to_vec(), "eof"),
        ] {
            let error = told(&octets).await.0.unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
