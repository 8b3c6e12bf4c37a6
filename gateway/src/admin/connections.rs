//! `/api/connections`.

use super::answer::Refusal;
use super::listing::Listing;
use super::{Admin, sequence};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// The header that says why a connection is closed.
const REASON: &str = "x-reason";

/// All logged-in connections.
pub(super) async fn list_all(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    listing.answer(admin.engine.vhosts().flat_map(|vhost| vhost.connections().1).collect(), "name")
}

/// Those of a vhost, and in a header from which statistics message on to continue them.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let (number, connections) = admin.engine.vhost(&vhost)?.connections();
    listing.answer_with(sequence(number), connections, "name")
}

/// One connection.
pub(super) async fn show(State(admin): State<Admin>, Path(name): Path<String>) -> Result<Response, Refusal> {
    let mut connections = admin.engine.vhosts().flat_map(|vhost| vhost.connections().1);
    let found = connections.find(|connection| *connection.name == *name);
    found.map(|connection| Json(connection).into_response()).ok_or_else(|| unknown(&name))
}

/// Sends a connection away.
pub(super) async fn close(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let reason = headers.get(REASON).map(|reason| String::from_utf8_lossy(reason.as_bytes())).unwrap_or_default();
    match admin.engine.close_connection(&name, &reason) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no connection {name:?}: it may have ended"))
}
