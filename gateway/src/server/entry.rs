//! What is seen to on a connection before its protocol is spoken: its number, what a proxy says of it, and TLS.

use super::proxy_protocol::{self, Unannounced};
use crate::auth::{Peer, Proxies};
use crate::metrics::Limit;
use crate::transport::{Arrival, Arrivals, Stream};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The way in at one listener.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) arrivals: Arrivals,
    pub(super) proxies: Proxies,
    /// Whether proxies announce their connections.
    pub(super) proxy_protocol: bool,
    /// `None`: it is plain TCP.
    pub(super) tls: Option<TlsAcceptor>,
    /// Time for what proxies announce, and for TLS.
    pub(super) handshake_time: Duration,
}

/// A connection that is ready for its protocol.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    pub(super) arrival: Arc<Arrival>,
}

/// Why a connection comes to nothing.
#[derive(Debug, Error)]
enum Failed {
    #[error("a proxy did not announce it: {0}")]
    Unannounced(#[from] Unannounced),
    #[error("{}", .0.reason())]
    Limit(Limit),
    #[error("TLS: {0}")]
    Tls(#[from] io::Error),
}

impl Entry {
    /// Counts a connection that was just accepted, or says which limit it would break.
    pub(super) fn count(&self, peer: SocketAddr) -> Result<Arc<Arrival>, Limit> {
        // A proxy's connections are those of many.
        let address = (!self.proxies.contains(peer.ip())).then_some(peer.ip());
        self.arrivals.enter(address)
    }

    /// Does what comes before the protocol. `None`: it came to nothing.
    pub(super) async fn open(&self, stream: TcpStream, address: SocketAddr, arrival: Arc<Arrival>) -> Option<Guest> {
        let displaced = arrival.called_off();
        let opened = tokio::select! {
            biased; // who has nothing to do here goes on to its protocol, which says why it has to go
            opened = tokio::time::timeout(self.handshake_time, self.shake_hands(stream, address, &arrival)) => opened,
            () = displaced => return None,
        };
        let failed = match opened {
            Ok(Ok((stream, peer))) => return Some(Guest { stream, peer, arrival }),
            Ok(Err(failed)) => failed,
            Err(_) => Failed::Limit(Limit::HandshakeTime),
        };
        if let Failed::Limit(limit) = failed {
            limit.count();
        }
        tracing::debug!(peer = %address, reason = %failed, "connection refused");
        None
    }

    async fn shake_hands(
        &self,
        mut stream: TcpStream,
        address: SocketAddr,
        arrival: &Arrival,
    ) -> Result<(Stream, Peer), Failed> {
        let mut peer = Peer::direct(address);
        if self.proxy_protocol && self.proxies.contains(address.ip()) {
            peer.indirect = true;
            if let Some(client) = proxy_protocol::read(&mut stream).await? {
                arrival.claim(client.ip()).map_err(Failed::Limit)?;
                peer.address = client;
            }
        }
        let stream = match &self.tls {
            None => Stream::Plain(stream),
            Some(tls) => Stream::Tls(Box::new(tls.accept(stream).await?)),
        };
        Ok((stream, peer))
    }
}
