//! STOMP over plain TCP.

use super::login::{Door, Visitor};
use super::session::Session;
use crate::auth::Peer;
use crate::engine::Transport;
use crate::metrics::Limit;
use crate::transport::{Arrival, Stream};
use crate::websocket::Socket;
use std::net::SocketAddr;
use std::sync::Arc;
use wire::limits::{FrameLimits, TransactionLimits};
use wire::stomp::Code;
use wire::stomp::server::{Failure, Session as Protocol};

/// Serves a client that connected to the STOMP listener, until it is gone.
pub(crate) async fn accept(stream: Stream, peer: Peer, listener: SocketAddr, arrival: Arc<Arrival>, door: Arc<Door>) {
    let transport = Transport::Tcp;
    let visitor = Visitor { peer, listener, transport, arrival, host: None, credentials: None, page: None };
    Session::new(Socket::plain(stream), door, visitor).await;
}

/// What a client is sent that may not come in.
pub(crate) fn refusal(limit: Limit) -> Vec<u8> {
    let mut frame = Vec::new();
    let protocol = Protocol::new(FrameLimits::default(), TransactionLimits::default());
    protocol.write_error(&Failure::new(Code::RateLimited, limit.reason()), &mut frame);
    frame
}
