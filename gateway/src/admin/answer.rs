//! How the API says no: `{"error", "reason"}`.

use crate::error::http_status;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A refusal with its status.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Body,
}

#[derive(Debug, Serialize)]
struct Body {
    /// A short name for programs.
    error: &'static str,
    /// What was wrong, for people.
    reason: String,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, reason: impl Into<String>) -> Self {
        Refusal { status, body: Body { error, reason: reason.into() } }
    }

    /// 400.
    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }

    /// 401.
    pub(super) fn not_authorised(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "not_authorised", reason)
    }

    /// 404.
    pub(super) fn not_found(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::NOT_FOUND, "not_found", reason)
    }

    /// 405; the router adds `Allow`.
    pub(super) fn method_not_allowed() -> Self {
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not have this method")
    }
}

impl From<broker::Error> for Refusal {
    fn from(error: broker::Error) -> Self {
        let (status, name) = http_status(&error);
        Refusal::new(status, name, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
