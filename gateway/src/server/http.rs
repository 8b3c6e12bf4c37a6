//! HTTP/1.1 on the listener that all of HTTP and WebSocket shares.

use super::router::Routers;
use super::tcp::each_connection;
use crate::auth::{Entrance, Peer};
use axum::body::Body;
use axum::http::{Request, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Time for the head of a request to arrive, also of the next one on an idle connection.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// Octets that HTTP buffers per connection: the head of a request must fit.
const BUFFER: usize = 32 * 1024;

/// Serves the HTTP listener until the server stops.
pub(super) async fn listen(listener: TcpListener, routers: Routers, tasks: TaskTracker, stopping: CancellationToken) {
    let Ok(address) = listener.local_addr() else { return };
    each_connection(&listener, &stopping, |stream, peer| {
        tasks.spawn(serve(stream, peer, address, routers.clone(), stopping.clone()));
    })
    .await;
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    listener: SocketAddr,
    routers: Routers,
    stopping: CancellationToken,
) {
    let service = service_fn(move |request| answer(request, peer, listener, routers.clone()));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    tokio::select! {
        _ = connection.as_mut() => {} // a broken client is no event
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    listener: SocketAddr,
    routers: Routers,
) -> Result<Response, Infallible> {
    // A second Host, or none, is how requests are smuggled past who looked at the first (RFC 9112 section 3.2).
    if request.version() == Version::HTTP_11 && request.headers().get_all(header::HOST).iter().count() != 1 {
        return Ok((StatusCode::BAD_REQUEST, "a request needs exactly one Host header\n").into_response());
    }
    request.extensions_mut().insert(Entrance { peer: Peer::direct(peer), listener, credentials: None });
    let Routers { plain, pages } = routers;
    let router = if request.headers().contains_key(header::ORIGIN) { pages } else { plain };
    router.oneshot(request.map(Body::new)).await
}
