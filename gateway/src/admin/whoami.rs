//! `GET /api/whoami`.

use crate::auth::Identity;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde_json::json;

/// Who asks, and what they may do.
pub(super) async fn show(Extension(identity): Extension<Identity>) -> impl IntoResponse {
    // Whoever has an account may do everything: this release has no permissions.
    Json(json!({ "name": identity.user, "tags": ["administrator"] }))
}
