//! How HTTP says no: `{"error", "reason"}`.

use super::{count_limit, http_status};
use crate::auth::{BadOrigins, Denied, Foreign};
use crate::metrics::Limit;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// Seconds after which to try again what is refused for want of room, or for being too often.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// How to log in (RFC 7617).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"wharf\"");

/// A refusal with its status.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    /// Whether it says how to log in.
    challenges: bool,
    /// When to try again, if that is known better than by the status.
    retry_after: Option<u64>,
    body: Body,
}

#[derive(Debug, Serialize)]
struct Body {
    /// A short name for programs.
    error: &'static str,
    /// What was wrong, for people.
    reason: String,
    /// Which part of the request, counted from 0, if it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

impl Refusal {
    /// A refusal with this status and short name.
    pub fn new(status: StatusCode, error: &'static str, reason: impl Into<String>) -> Self {
        Refusal {
            status,
            challenges: false,
            retry_after: None,
            body: Body { error, reason: reason.into(), index: None },
        }
    }

    /// The same, with the way to log in.
    #[must_use]
    pub fn challenging(mut self) -> Self {
        self.challenges = true;
        self
    }

    /// The same, to be tried again after this time.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time.as_secs() + u64::from(time.subsec_nanos() > 0));
        self
    }

    /// The same, of one part of the request.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.body.index = Some(index);
        self
    }

    /// 400.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }

    /// 401.
    pub fn not_authorised(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "not_authorised", reason)
    }

    /// 403.
    pub fn access_refused(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, "access_refused", reason)
    }

    /// 404.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::NOT_FOUND, "not_found", reason)
    }

    /// 405; the router adds `Allow`.
    pub fn method_not_allowed() -> Self {
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not have this method")
    }

    /// 413, which counts as a limit that has bitten.
    pub fn too_large(reason: impl Into<String>) -> Self {
        Limit::Size.count();
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", reason)
    }

    /// 415.
    pub fn unsupported_media_type(reason: impl Into<String>) -> Self {
        Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", reason)
    }
}

impl From<Limit> for Refusal {
    fn from(limit: Limit) -> Self {
        Refusal::new(limit.status(), "rate_limited", limit.reason())
    }
}

impl From<broker::Error> for Refusal {
    fn from(error: broker::Error) -> Self {
        count_limit(&error);
        let (status, name) = http_status(&error);
        Refusal::new(status, name, error.to_string())
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Refusal::access_refused(denied.to_string())
    }
}

impl From<Foreign> for Refusal {
    fn from(foreign: Foreign) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, "forbidden", foreign.to_string())
    }
}

impl From<BadOrigins> for Refusal {
    fn from(bad: BadOrigins) -> Self {
        Refusal::bad_request(bad.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            let seconds = self.retry_after.map_or(RETRY_AFTER, HeaderValue::from);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if self.challenges {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        response
    }
}
