//! What a path of the API answers to methods that it has no handler for.

use super::Refusal;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// Answers a method that the path does not take; the router adds those that it does (`Allow`), which is all that OPTIONS asks for.
pub async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Refusal::method_not_allowed().into_response(),
    }
}
