//! `/api/connections`.

use super::answer::Refusal;
use super::authorisation::Caller;
use super::listing::Listing;
use super::{Admin, sequence};
use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// The header that says why a connection is closed.
const REASON: &str = "x-reason";

/// All logged-in connections.
pub(super) async fn list_all(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let connections = admin.visible(&caller).flat_map(|vhost| vhost.connections().1);
    listing.answer(connections.filter(|it| caller.sees_connection_of(&it.user)).collect(), "name")
}

/// Those of a vhost, and in a header from which statistics message on to continue them.
pub(super) async fn list(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let (number, mut connections) = admin.engine.vhost(&vhost)?.connections();
    connections.retain(|it| caller.sees_connection_of(&it.user));
    listing.answer_with(sequence(number), connections, "name")
}

/// One connection.
pub(super) async fn show(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let mut connections = admin.engine.vhosts().flat_map(|vhost| vhost.connections().1);
    let found = connections.find(|it| *it.name == *name && caller.sees_connection_of(&it.user));
    found.map(|connection| Json(connection).into_response()).ok_or_else(|| unknown(&name))
}

/// Sends a connection away.
pub(super) async fn close(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let reason = headers.get(REASON).map(|reason| String::from_utf8_lossy(reason.as_bytes())).unwrap_or_default();
    match admin.engine.close_connection(&name, &reason, |user| caller.may_close_connection_of(user)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(unknown(&name)),
    }
}

/// Sends all connections of a user away.
pub(super) async fn close_of_user(
    State(admin): State<Admin>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let reason = headers.get(REASON).map(|reason| String::from_utf8_lossy(reason.as_bytes())).unwrap_or_default();
    admin.engine.close_connections_of(&user, &reason);
    Ok(StatusCode::NO_CONTENT)
}

fn unknown(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no connection {name:?}: it may have ended"))
}
