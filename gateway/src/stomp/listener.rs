//! STOMP over plain TCP.

use super::login::{Door, Visitor};
use super::session::Session;
use crate::auth::Peer;
use crate::engine::Transport;
use crate::websocket::Socket;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Serves a client that connected to the STOMP listener, until it is gone.
pub(crate) async fn accept(stream: TcpStream, address: SocketAddr, listener: SocketAddr, door: Arc<Door>) {
    let visitor =
        Visitor { peer: Peer::direct(address), listener, transport: Transport::Tcp, host: None, credentials: None };
    Session::new(Socket::plain(stream), door, visitor).await;
}
