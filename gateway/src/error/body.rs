//! Bodies of requests in JSON.

use super::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads a body. An object only: a struct would be read from an array too.
pub fn read_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let object: serde_json::Result<Map<String, Value>> = serde_json::from_slice(body);
    let read = object.and_then(|object| serde_json::from_value(Value::Object(object)));
    read.map_err(|error| Refusal::bad_request(format!("the body: {error}")))
}
