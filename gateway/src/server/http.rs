//! HTTP/1.1 on the listener that all of HTTP and WebSocket shares.

use super::accept::each_connection;
use super::base_path::BasePath;
use super::entry::{Entry, Guest};
use super::headers::Kind;
use super::router::Routers;
use crate::auth::{Entrance, Peer, Proxies};
use crate::error::Refusal;
use crate::metrics::Limit;
use crate::transport::Arrival;
use axum::http::{Request, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Octets that HTTP buffers per connection: the head of a request must fit.
const BUFFER: usize = 32 * 1024;

/// What all connections of the listener share.
#[derive(Debug)]
pub(super) struct Http {
    pub(super) routers: Routers,
    pub(super) proxies: Proxies,
    pub(super) base_path: BasePath,
    /// Time for the head of a request, also of the next one on an idle connection.
    pub(super) header_time: Duration,
}

/// What is known of one connection.
#[derive(Debug)]
struct Line {
    http: Arc<Http>,
    peer: Peer,
    listener: SocketAddr,
    arrival: Arc<Arrival>,
    /// It is TLS.
    is_secure: bool,
}

/// Serves the HTTP listener until the server stops.
pub(super) async fn listen(
    listener: TcpListener,
    entry: Entry,
    http: Arc<Http>,
    tasks: TaskTracker,
    stopping: CancellationToken,
) {
    let Ok(address) = listener.local_addr() else { return };
    let serve = move |guest| serve(guest, address, Arc::clone(&http));
    each_connection(&listener, &entry, &tasks, &stopping, refusal, serve).await;
}

/// What a client is sent that may not come in: it is too early to have read what it asks for.
fn refusal(limit: Limit) -> Vec<u8> {
    let (status, reason) = (limit.status(), limit.reason());
    let body = format!("{reason}\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\nConnection: close\r\n"
    );
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn serve(guest: Guest, listener: SocketAddr, http: Arc<Http>) {
    let Guest { stream, peer, arrival } = guest;
    let called_off = arrival.called_off();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(http.header_time).max_buf_size(BUFFER);
    let is_secure = stream.is_secure();
    let line = Arc::new(Line { http, peer, listener, arrival: Arc::clone(&arrival), is_secure });
    let service = service_fn(move |request| answer(request, Arc::clone(&line)));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    tokio::select! {
        ended = connection.as_mut() => match ended {
            // One that idles after its log-in reaches no limit; it just ends.
            Err(error) if error.is_timeout() && arrival.is_pending() => Limit::HeaderTime.count(),
            _ => {} // a broken client is no event
        },
        () = called_off => if !arrival.is_displaced() {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(request: Request<Incoming>, line: Arc<Line>) -> Result<Response, Infallible> {
    line.arrival.handle_request();
    let mut is_secure = line.is_secure;
    let mut kind = Kind::Other;
    let mut response = match line.enter(request, &mut is_secure) {
        Err(response) => *response,
        Ok((entrance, request)) => {
            kind = Kind::of(request.uri().path());
            line.http.routers.answer(entrance, request, is_secure).await
        }
    };
    line.http.base_path.leave(response.headers_mut());
    kind.protect(response.headers_mut(), is_secure);
    Ok(response)
}

impl Line {
    /// Makes of a request what the client sent, and who sent it. `Err`: what to answer to it. `is_secure` becomes whether the client used
    /// https, as far as a proxy says so.
    fn enter(
        &self,
        mut request: Request<Incoming>,
        is_secure: &mut bool,
    ) -> Result<(Entrance, Request<Incoming>), Box<Response>> {
        // A second Host, or none, is how requests are smuggled past who looked at the first (RFC 9112 section 3.2).
        if request.version() == Version::HTTP_11 && request.headers().get_all(header::HOST).iter().count() != 1 {
            return Err(Box::new(
                (StatusCode::BAD_REQUEST, "a request needs exactly one Host header\n").into_response(),
            ));
        }
        let mut peer = self.peer;
        if let Some(forwarded) = self.http.proxies.look_through(self.peer, request.headers()) {
            peer = forwarded.peer;
            *is_secure = forwarded.is_secure.unwrap_or(*is_secure);
            // From here on all see the request as the client sent it.
            if let Some(host) = forwarded.host {
                request.headers_mut().insert(header::HOST, host);
            }
            self.claim(&request, peer)?;
        }
        self.http.base_path.enter(request.uri_mut())?;
        let arrival = Arc::clone(&self.arrival);
        Ok((Entrance { peer, listener: self.listener, arrival, credentials: None, page: None }, request))
    }

    /// Counts a WebSocket for the client that a proxy names: it is that client's alone. Other connections of a proxy are shared.
    fn claim(&self, request: &Request<Incoming>, client: Peer) -> Result<(), Box<Response>> {
        if !request.headers().contains_key(header::UPGRADE) {
            return Ok(());
        }
        self.arrival.claim(client.address.ip()).map_err(|limit| {
            limit.count();
            Box::new(Refusal::from(limit).into_response())
        })
    }
}
