//! The WebSocket handshake (RFC 6455 section 4.2), and the session behind it.

use super::login::{Door, Visitor};
use super::session::Session;
use super::socket::Socket;
use crate::auth::Entrance;
use crate::engine::Transport;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tungstenite::handshake::derive_accept_key;
use wire::limits::FRAME_BEFORE_LOGIN;
use wire::stomp::Version;

/// Octets of a WebSocket key (RFC 6455 section 4.1).
const KEY: usize = 16;

/// Answers an upgrade request; the session goes on as a task of its own.
pub(crate) fn upgrade(mut request: Request, entrance: Entrance, door: Arc<Door>, tasks: &TaskTracker) -> Response {
    let (key, subprotocol) = match check(request.headers()) {
        Ok(checked) => checked,
        Err(refusal) => return *refusal,
    };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let visitor = Visitor {
        peer: entrance.peer,
        listener: entrance.listener,
        transport: Transport::WebSocket,
        host: host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned()),
        credentials: entrance.credentials,
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tasks.spawn(async move {
        if let Some(socket) = take_over(upgrade).await {
            Session::new(socket, door, visitor).await;
        }
    });
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()));
    if let Some(version) = subprotocol {
        response = response.header(header::SEC_WEBSOCKET_PROTOCOL, version.subprotocol());
    }
    response
        .body(Body::empty())
        .unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
}

/// Takes the stream out of HTTP's hands. Nothing of HTTP's buffers must live on with the connection.
async fn take_over(upgrade: OnUpgrade) -> Option<Socket<TcpStream>> {
    let upgraded = upgrade.await.ok()?;
    // This server's connections are all plain TCP, so the stream is taken out of its wrapping.
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    Some(Socket::websocket(parts.io.into_inner(), parts.read_buf.to_vec(), FRAME_BEFORE_LOGIN))
}

/// The key and the subprotocol to answer with.
fn check(headers: &HeaderMap) -> Result<(String, Option<Version>), Box<Response>> {
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
    Ok((key.to_owned(), select_subprotocol(headers)?))
}

/// Says why there is no WebSocket here, and which version of it there could be (RFC 6455 section 4.4).
fn refusal(status: StatusCode, reason: &str) -> Box<Response> {
    let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    Box::new((status, headers, format!("{reason}\n")).into_response())
}

fn select_subprotocol(headers: &HeaderMap) -> Result<Option<Version>, Box<Response>> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    let mut offered = values.flat_map(|value| value.split(',')).peekable();
    if offered.peek().is_none() {
        return Ok(None);
    }
    // A browser that offered some and gets none fails without a reason that a page can read: better to say it here.
    Version::select_subprotocol(offered).map(Some).ok_or_else(|| {
        let reason = "none of the offered subprotocols is known here: offer v12.stomp, v11.stomp or v10.stomp";
        refusal(StatusCode::BAD_REQUEST, reason)
    })
}
