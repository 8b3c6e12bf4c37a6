//! `GET /api/overview`.

use super::Admin;
use super::answer::{Parameters, Refusal};
use super::authorisation::Caller;
use crate::engine::SampleWindow;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
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
    Extension(caller): Extension<Caller>,
    Parameters(samples): Parameters<Samples>,
) -> Result<Response, Refusal> {
    if !caller.identity.tags.may_monitor() {
        let vhosts: Vec<_> = admin.visible(&caller).collect();
        let connections = vhosts.iter().flat_map(|vhost| vhost.connections().1);
        let connections = connections.filter(|it| caller.sees_connection_of(&it.user)).count();
        return Ok(Json(admin.engine.overview_of(&vhosts, connections)).into_response());
    }
    let Samples { msg_rates_age, msg_rates_incr } = samples;
    let window = msg_rates_age.map(|age| SampleWindow { age, step: msg_rates_incr.unwrap_or(1) });
    Ok(Json(admin.engine.overview(window)).into_response())
}
