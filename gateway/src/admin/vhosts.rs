//! `GET /api/vhosts`.

use super::Admin;
use super::answer::Refusal;
use super::authorisation::Caller;
use super::listing::Listing;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

/// All vhosts.
pub(super) async fn list(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).map(|vhost| json!({ "name": vhost.name() })).collect::<Vec<_>>(), "name")
}

/// One vhost.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
) -> Result<axum::Json<serde_json::Value>, Refusal> {
    Ok(axum::Json(json!({ "name": admin.engine.vhost(&vhost)?.name() })))
}
