//! STOMP over WebSocket.

use super::login::{Door, Visitor};
use super::session::Session;
use crate::auth::Entrance;
use crate::engine::Transport;
use crate::websocket::Handshake;
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use wire::stomp::Version;

/// The subprotocol to answer with: the newest version of STOMP among those that are offered. `None`: none of them is STOMP.
pub(crate) fn select_subprotocol<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    Version::select_subprotocol(offered).map(Version::subprotocol)
}

/// Answers an upgrade request; the session goes on as a task of its own.
pub(crate) fn upgrade(
    request: Request,
    handshake: Handshake,
    subprotocol: Option<&'static str>,
    entrance: Entrance,
    door: Arc<Door>,
    tasks: &TaskTracker,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let visitor = Visitor {
        peer: entrance.peer,
        listener: entrance.listener,
        transport: Transport::WebSocket,
        arrival: entrance.arrival,
        host: host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned()),
        credentials: entrance.credentials,
        page: entrance.page,
    };
    let limit = door.limits.login_octets;
    let serve = |socket| Session::new(socket, door, visitor);
    handshake.accept(request, subprotocol, limit, tasks, serve)
}
