//! CloudEvents over HTTP (CloudEvents HTTP binding 1.0): published, and received as server-sent events or by polling.

mod admission;
mod body;
mod control;
mod poll;
mod publish;
mod receive;
mod selection;
mod sse;
#[cfg(test)]
mod testing;
mod translate;
mod ws;

use crate::auth::{Entrance, Gate};
use crate::engine::{DEFAULT_VHOST, Engine};
use crate::error::Refusal;
use axum::extract::{Request, State};
use axum::http::{Uri, header};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, any, on};
use axum::{Extension, Router};
pub(crate) use poll::Leases;
pub(crate) use publish::{is_publication, publish};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
pub(crate) use ws::{Format, upgrade};

/// What may be asked of a destination.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";

/// What events work on.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    /// Whose destinations.
    pub engine: Engine,
    /// Who may publish and read.
    pub gate: Gate,
    /// Octets of one event.
    pub event_limit: usize,
    /// Events in a batch.
    pub batch_limit: usize,
    /// Octets of a message before log-in on a WebSocket, and the time for it.
    pub login_octets: usize,
    pub login_time: Duration,
    /// Time for a peer to answer our close.
    pub close_time: Duration,
    /// Octets of a request's body.
    pub body_limit: usize,
    /// Whether a queue or stream that is not there is declared.
    pub auto_create: bool,
    /// Octets that a reader is handed before it has read them.
    pub window: usize,
    /// What was polled and is not acked yet.
    pub leases: Arc<Leases>,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

/// All below `/events`. The paths are whole ones: a nested router costs each event as much as parsing it.
pub(crate) fn router(events: Arc<Events>) -> Router {
    let missing = async || Refusal::not_found("write a destination behind /events, such as /events/queue/orders");
    let published = async |State(events): State<Arc<Events>>,
                           Extension(entrance): Extension<Entrance>,
                           request: Request| { publish(&events, entrance, request).await };
    let destination = on(MethodFilter::POST, published)
        // A HEAD would take events from a queue, and show nobody: it is no GET without a body here.
        .on(MethodFilter::HEAD, async || not_allowed())
        .get(receive::receive)
        .delete(poll::acknowledge)
        .options(async || [(header::ALLOW, METHODS)]);
    Router::new()
        .route("/events/{*destination}", destination)
        .method_not_allowed_fallback(async || not_allowed())
        .route("/events", any(missing))
        .route("/events/", any(missing))
        .with_state(events)
}

fn not_allowed() -> impl IntoResponse {
    ([(header::ALLOW, METHODS)], Refusal::method_not_allowed())
}

/// The destination of a request, as it was sent: a slash in a name is %2F.
fn destination(uri: &Uri) -> &str {
    uri.path().strip_prefix("/events").unwrap_or_default()
}

/// The vhost that a request is for.
pub(crate) fn vhost_of(uri: &Uri) -> Cow<'_, str> {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    // Handlers refuse a query that names two.
    let named = query.into_iter().find(|(name, _)| name == "vhost");
    named.map_or(Cow::Borrowed(DEFAULT_VHOST), |(_, vhost)| vhost)
}

/// Headers of answers that pages of other sites may read.
pub(crate) const EXPOSED: [&str; 5] = ["retry-after", poll::ACK, poll::NEXT, poll::EPOCH, poll::MISSED];
