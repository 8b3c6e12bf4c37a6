//! `GET /api/nodes`.

use super::Admin;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

/// The one node there is.
pub(super) async fn list(State(admin): State<Admin>) -> impl IntoResponse {
    Json([admin.engine.node()])
}
