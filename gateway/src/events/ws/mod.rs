//! CloudEvents over WebSocket (WebSocket binding 1.0), and what is ours in it: `docs/cloudevents-websocket.md`.

mod ask;
mod format;
mod opening;
mod session;

pub(crate) use format::Format;

use super::Events;
use crate::auth::Entrance;
use crate::error::Refusal;
use crate::websocket::Handshake;
use axum::extract::Request;
use axum::response::Response;
use opening::Opening;
use session::Session;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Answers an upgrade request; the session goes on as a task of its own. What is wrong with the URL or the credentials is said before.
pub(crate) async fn upgrade(
    request: Request,
    handshake: Handshake,
    format: Format,
    entrance: Entrance,
    events: Arc<Events>,
    tasks: &TaskTracker,
) -> Result<Response, Refusal> {
    let opening = Opening::parse(request.uri()).map_err(Refusal::bad_request)?;
    let identity = match &entrance.credentials {
        Some(credentials) => {
            let identity = events.gate.users().authenticate(Some(credentials), entrance.peer).await;
            Some(identity.map_err(|refusal| Refusal::not_authorised(refusal.to_string()).challenging())?)
        }
        None => None,
    };
    let limit = events.login_octets;
    let serve = move |socket| Session::new(socket, format, events, opening, entrance, identity);
    Ok(handshake.accept(request, Some(format.subprotocol()), limit, tasks, serve))
}
