//! `GET /api/overview`.

use super::Admin;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

/// Totals of the server.
pub(super) async fn show(State(admin): State<Admin>) -> impl IntoResponse {
    Json(admin.engine.overview())
}
