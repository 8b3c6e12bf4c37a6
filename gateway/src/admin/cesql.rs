//! `/api/cesql`: trying an expression on an event.

use super::answer::Refusal;
use axum::Json;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use wire::cesql::{self, ErrorKind, Expression};
use wire::cloudevents::json;

#[derive(Debug, Deserialize)]
struct Trial<'a> {
    expression: String,
    /// In the JSON format, as it was written.
    #[serde(borrow)]
    event: &'a RawValue,
}

/// What an expression makes of an event.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// A Boolean, an Integer or a String; `null`, if the text is no expression.
    result: Value,
    error: Option<&'static str>,
    /// What is wrong with the text, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What may not mean what it seems to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Evaluates an expression. As long as the request is well-formed the answer is 200: the language is total.
pub(super) async fn evaluate(body: Bytes) -> Result<Json<Outcome>, Refusal> {
    let trial = serde_json::from_slice(&body);
    let Trial { expression, event } = trial.map_err(|error| Refusal::bad_request(format!("the body: {error}")))?;
    let event = json::decode(&body.slice_ref(event.get().as_bytes()))
        .map_err(|invalid| Refusal::bad_request(format!("the event: {invalid}")))?;
    let expression = match Expression::parse(&expression) {
        Ok(expression) => expression,
        Err(error) => {
            let (error, reason) = (Some(ErrorKind::Parse.as_str()), Some(error.to_string()));
            return Ok(Json(Outcome { result: Value::Null, error, reason, warnings: Vec::new() }));
        }
    };
    let evaluation = expression.evaluate(&event);
    Ok(Json(Outcome {
        result: match evaluation.value {
            cesql::Value::Boolean(value) => value.into(),
            cesql::Value::Integer(value) => value.into(),
            cesql::Value::String(value) => value.into_owned().into(),
        },
        error: evaluation.error.map(ErrorKind::as_str),
        reason: None,
        warnings: expression.warnings().iter().map(ToString::to_string).collect(),
    }))
}
