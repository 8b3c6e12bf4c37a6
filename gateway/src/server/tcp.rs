//! Accepting connections.

use crate::stomp::{self, Door};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after a failed accept: out of file descriptors, it would fail again at once, and keep a core busy.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the STOMP listener until the server stops.
pub(super) async fn listen(listener: TcpListener, door: Arc<Door>, tasks: TaskTracker, stopping: CancellationToken) {
    let Ok(address) = listener.local_addr() else { return };
    each_connection(&listener, &stopping, |stream, peer| {
        tasks.spawn(stomp::accept(stream, peer, address, Arc::clone(&door)));
    })
    .await;
}

/// Hands every accepted connection to `serve`, until the server stops.
pub(super) async fn each_connection(
    listener: &TcpListener,
    stopping: &CancellationToken,
    mut serve: impl FnMut(TcpStream, SocketAddr),
) {
    while let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                // Batches are made before writing: holding octets back would only add delay.
                let _ = stream.set_nodelay(true);
                serve(stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
