//! `GET /api/whoami`.

use super::Admin;
use super::authorisation::Caller;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde_json::json;

/// Who asks, what they may do, and the vhosts that they may enter.
pub(super) async fn show(State(admin): State<Admin>, Extension(caller): Extension<Caller>) -> impl IntoResponse {
    let identity = &caller.identity;
    let vhosts = admin.engine.vhosts().filter(|vhost| admin.access(identity, vhost.name()).is_ok());
    let vhosts: Vec<_> = vhosts.map(|vhost| vhost.name().clone()).collect();
    let mut answer = json!({ "name": identity.user, "tags": identity.tags, "vhosts": vhosts });
    if let Some(expires) = identity.expires() {
        answer["expires"] = expires.into();
    }
    Json(answer)
}
