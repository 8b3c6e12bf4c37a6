//! Accepting connections.

use super::entry::{Entry, Guest};
use crate::metrics::Limit;
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
pub(super) async fn stomp(
    listener: TcpListener,
    entry: Entry,
    door: Arc<Door>,
    tasks: TaskTracker,
    stopping: CancellationToken,
) {
    let Ok(address) = listener.local_addr() else { return };
    let serve = move |guest: Guest| stomp::accept(guest.stream, guest.peer, address, guest.arrival, Arc::clone(&door));
    each_connection(&listener, &entry, &tasks, &stopping, stomp::refusal, serve).await;
}

/// Hands every connection that may come in to `serve`, as a task of its own, until the server stops. What comes before the
/// protocol is a part of that task: who is slow at it holds nobody up. `refusal` is what those are told that may not.
pub(super) async fn each_connection<F: Future<Output = ()> + Send + 'static>(
    listener: &TcpListener,
    entry: &Entry,
    tasks: &TaskTracker,
    stopping: &CancellationToken,
    refusal: impl Fn(Limit) -> Vec<u8>,
    serve: impl Fn(Guest) -> F + Clone + Send + Sync + 'static,
) {
    while let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                entry.arrivals.displace_oldest(); // which is an open file
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        prepare(&stream);
        match entry.count(peer) {
            Ok(arrival) => {
                let (entry, serve) = (entry.clone(), serve.clone());
                tasks.spawn(async move {
                    if let Some(guest) = entry.open(stream, peer, arrival).await {
                        serve(guest).await;
                    }
                });
            }
            Err(limit) => refuse(&stream, peer, limit, entry.tls.is_none().then(|| refusal(limit))),
        }
    }
}

/// Tells it which limit it reached, where that costs nothing: there is room for it in a new connection, and nobody waits. Who would have
/// to be answered in TLS is closed without a word.
fn refuse(stream: &TcpStream, peer: SocketAddr, limit: Limit, answer: Option<Vec<u8>>) {
    limit.count();
    tracing::debug!(%peer, limit = limit.name(), "connection refused");
    if let Some(answer) = answer {
        let _ = stream.try_write(&answer); // it may be gone
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
