//! What is answered to a body that is larger than a handler takes.

use super::Refusal;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Says it in the API's own form, where the limit of a route has said it in plain text.
pub async fn tell_too_large(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_plain = content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    match response.status() == StatusCode::PAYLOAD_TOO_LARGE && is_plain {
        true => Refusal::too_large("the body is larger than this path takes").into_response(),
        false => response,
    }
}
