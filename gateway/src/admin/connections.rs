//! `GET /api/connections`.

use super::Admin;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

/// All logged-in connections, oldest first.
pub(super) async fn list(State(admin): State<Admin>) -> impl IntoResponse {
    Json(admin.engine.connections())
}
