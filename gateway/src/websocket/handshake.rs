//! The WebSocket handshake (RFC 6455 section 4.2).

use super::Socket;
use crate::transport::Stream;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::future::Future;
use tokio_util::task::TaskTracker;
use tungstenite::handshake::derive_accept_key;

/// Octets of a WebSocket key (RFC 6455 section 4.1).
const KEY: usize = 16;

/// A request for a WebSocket that can be granted.
#[derive(Debug)]
pub(crate) struct Handshake {
    key: String,
}

impl Handshake {
    /// Checks the head of a request. `Err`: what to answer in its place.
    pub(crate) fn check(headers: &HeaderMap) -> Result<Self, Box<Response>> {
        let has = |name, token: &str| {
            let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
        };
        if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
            return Err(refusal(StatusCode::UPGRADE_REQUIRED, "this path speaks WebSocket: send an upgrade request"));
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(refusal(StatusCode::BAD_REQUEST, "Sec-WebSocket-Version must be 13"));
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()).unwrap_or_default();
        if BASE64_STANDARD.decode(key).map(|key| key.len()) != Ok(KEY) {
            return Err(refusal(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 octets in base64"));
        }
        Ok(Handshake { key: key.to_owned() })
    }

    /// Grants it; what is done with the socket goes on as a task of its own. Messages may have `limit` octets at first.
    pub(crate) fn accept<F: Future<Output = ()> + Send + 'static>(
        self,
        mut request: Request,
        subprotocol: Option<&str>,
        limit: usize,
        tasks: &TaskTracker,
        serve: impl FnOnce(Socket<Stream>) -> F + Send + 'static,
    ) -> Response {
        let upgrade = hyper::upgrade::on(&mut request);
        tasks.spawn(async move {
            if let Some(socket) = take_over(upgrade, limit).await {
                serve(socket).await;
            }
        });
        let mut response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(self.key.as_bytes()));
        if let Some(subprotocol) = subprotocol {
            response = response.header(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        response
            .body(Body::empty())
            .unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
    }
}

/// The subprotocols that a client offers, in the order in which it wants them.
pub(crate) fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Says why there is no WebSocket here, and which version of it there could be (RFC 6455 section 4.4).
pub(crate) fn refusal(status: StatusCode, reason: &str) -> Box<Response> {
    let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    Box::new((status, headers, format!("{reason}\n")).into_response())
}

/// Takes the stream out of HTTP's hands. Nothing of HTTP's buffers must live on with the connection.
async fn take_over(upgrade: OnUpgrade, limit: usize) -> Option<Socket<Stream>> {
    let upgraded = upgrade.await.ok()?;
    // The listener hands this kind of stream to HTTP, so it is taken out of its wrapping.
    let parts = upgraded.downcast::<TokioIo<Stream>>().ok()?;
    Some(Socket::websocket(parts.io.into_inner(), parts.read_buf.to_vec(), limit))
}
