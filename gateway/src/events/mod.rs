//! CloudEvents over HTTP (CloudEvents HTTP binding 1.0).

mod admission;
mod publish;
mod translate;

use crate::auth::Gate;
use crate::engine::Engine;
use crate::error::Refusal;
use axum::Router;
use axum::http::header;
use axum::routing::post;

/// What may be asked of a destination.
const METHODS: &str = "POST, OPTIONS";

/// What events work on.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    /// Whose destinations.
    pub engine: Engine,
    /// Who may publish.
    pub gate: Gate,
    /// Octets of one event.
    pub event_limit: usize,
    /// Events in a batch.
    pub batch_limit: usize,
    /// Octets of a request's body.
    pub body_limit: usize,
    /// Whether a queue or stream that is not there is declared.
    pub auto_create: bool,
}

/// All below `/events`.
pub(crate) fn router(events: Events) -> Router {
    Router::new()
        .route("/{*destination}", post(publish::publish))
        .method_not_allowed_fallback(async || ([(header::ALLOW, METHODS)], Refusal::method_not_allowed()))
        .fallback(async || Refusal::not_found("write a destination behind /events, such as /events/queue/orders"))
        .with_state(events)
}
