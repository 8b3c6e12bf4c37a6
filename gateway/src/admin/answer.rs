//! How the API reads requests.

pub(super) use crate::error::Refusal;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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
