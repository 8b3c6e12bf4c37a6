//! `POST /api/tickets`.

use super::Admin;
use super::answer::Refusal;
use super::authorisation::Caller;
use crate::auth::TICKET_LIFE;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;
use std::sync::Arc;

/// A ticket for who asks, to be shown once as `?ticket=` of a WebSocket.
pub(super) async fn issue(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let ticket = admin.accounts.users().issue_ticket(Arc::clone(&caller.identity)).ok_or_else(|| {
        let reason = "too many tickets are given out and not used: try again in a few seconds";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "limit_reached", reason)
    })?;
    let answer = json!({ "ticket": ticket, "expires_in": TICKET_LIFE.as_secs() });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
