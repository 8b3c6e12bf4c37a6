//! The body of a request, as far as it may be read.

use crate::error::Refusal;
use axum::body::{Bytes, HttpBody};
use axum::http::StatusCode;
use bytes::BytesMut;
use http_body_util::BodyExt;
use std::fmt::Display;
use std::time::Duration;

/// Time for a body to come.
const TIME: Duration = Duration::from_secs(60);

/// What a body is read from.
pub(crate) trait Octets: HttpBody<Data = Bytes, Error: Display> + Unpin {}

impl<B: HttpBody<Data = Bytes, Error: Display> + Unpin> Octets for B {}

/// All of a body of at most so many octets.
pub(super) async fn collect(body: impl Octets, limit: usize) -> Result<Bytes, Refusal> {
    let collected = tokio::time::timeout(TIME, in_one_piece(body, limit)).await;
    collected.unwrap_or_else(|_| {
        let reason = format!("the body did not come within {} seconds", TIME.as_secs());
        Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", reason))
    })
}

/// A piece for each chunk could cost many times what they hold.
async fn in_one_piece(mut body: impl Octets, limit: usize) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::too_large(format!("the body may have {limit} octets"));
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }
    let mut octets = BytesMut::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if octets.len() + data.len() > limit {
            return Err(too_large());
        }
        octets.extend_from_slice(&data);
    }
    Ok(octets.freeze())
}
