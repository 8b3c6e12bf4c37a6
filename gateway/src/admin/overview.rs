//! `GET /api/overview`.

use super::Admin;
use super::answer::{Parameters, Refusal};
use crate::engine::SampleWindow;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Which earlier readings are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Samples {
    /// Seconds to look back; none: no readings.
    msg_rates_age: Option<u64>,
    /// Seconds between two readings.
    msg_rates_incr: Option<u64>,
}

/// Totals of the server.
pub(super) async fn show(
    State(admin): State<Admin>,
    Parameters(samples): Parameters<Samples>,
) -> Result<Response, Refusal> {
    let Samples { msg_rates_age, msg_rates_incr } = samples;
    let window = msg_rates_age.map(|age| SampleWindow { age, step: msg_rates_incr.unwrap_or(1) });
    Ok(Json(admin.engine.overview(window)).into_response())
}
