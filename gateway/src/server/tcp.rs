//! Accepting connections.

use crate::stomp::{self, Door};
use socket2::{SockRef, TcpKeepalive};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after a failed accept: out of file descriptors, it would fail again at once, and keep a core busy.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Silence after which the system probes whether a peer is still there, the time between probes, and how many may stay
/// unanswered: a client that offers no heart-beat and is gone without a word must not keep its messages for ever.
const KEEP_ALIVE_TIME: Duration = Duration::from_secs(60);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEP_ALIVE_RETRIES: u32 = 4;

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
                prepare(&stream);
                serve(stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// What cannot be set is done without: the connection works all the same.
fn prepare(stream: &TcpStream) {
    // Batches are made before writing: holding octets back would only add delay.
    let _ = stream.set_nodelay(true);
    let probes = TcpKeepalive::new()
        .with_time(KEEP_ALIVE_TIME)
        .with_interval(KEEP_ALIVE_INTERVAL)
        .with_retries(KEEP_ALIVE_RETRIES);
    let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
}
