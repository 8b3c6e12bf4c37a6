//! How the API reads requests, and how it says no: `{"error", "reason"}`.

use crate::engine::NoVhost;
use crate::error::http_status;
use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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

    /// 403.
    pub(super) fn access_refused(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, "access_refused", reason)
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

impl From<NoVhost> for Refusal {
    fn from(error: NoVhost) -> Self {
        Refusal::not_found(error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// The query of a request; one that cannot be read is refused like everything else.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(query)| Parameters(query)).map_err(|error| Refusal::bad_request(error.body_text()))
    }
}

/// Reads a body. An object only: a struct would be read from an array too.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let object: serde_json::Result<Map<String, Value>> = serde_json::from_slice(body);
    let read = object.and_then(|object| serde_json::from_value(Value::Object(object)));
    read.map_err(|error| Refusal::bad_request(format!("the body: {error}")))
}

/// The same; no body is one without anything in it.
pub(super) fn read_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Refusal> {
    if body.is_empty() { Ok(T::default()) } else { read(body) }
}
