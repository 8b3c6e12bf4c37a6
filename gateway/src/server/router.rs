//! Which path goes where, and what holds for all of them.

use super::authentication;
use crate::admin::{self, Admin};
use crate::auth::{Gate, OriginRule, basic_credentials};
use crate::dashboard;
use crate::events::{self, Events};
use crate::hooks::{self, Hooks};
use crate::stomp::{self, Door, Entrance};
use crate::webhook::{self, Webhooks};
use axum::Extension;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may remember what pages of other sites may send.
const PREFLIGHT: Duration = Duration::from_secs(3600);

/// What handlers share.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) door: Arc<Door>,
    pub(super) gate: Gate,
    pub(super) webhooks: Webhooks,
    pub(super) tasks: TaskTracker,
}

/// All paths. There is no catch-all page: an unknown path is 404.
pub(super) fn router(gateway: Gateway) -> Router {
    let origin = from_fn_with_state(gateway.clone(), check_origin);
    let authenticated = from_fn_with_state(gateway.gate.clone(), authentication::require);
    let limits = &gateway.door.limits;
    let admin = Admin { engine: gateway.door.engine.clone(), message_limit: limits.frame };
    let events = Events {
        engine: gateway.door.engine.clone(),
        gate: gateway.gate.clone(),
        event_limit: limits.event,
        batch_limit: limits.event_batch,
        body_limit: limits.body,
        auto_create: gateway.door.stomp.auto_create,
    };
    let hooks = Hooks::new(gateway.door.engine.clone(), limits.event, gateway.door.stomp.auto_create);
    let api = admin::router(admin).nest("/hooks", hooks::api_router(hooks.clone()));
    let api = api.nest("/subscriptions", webhook::router(gateway.webhooks.clone()));
    let other_sites = other_sites(Arc::clone(gateway.gate.origins()));
    let sockets = Router::new()
        .route("/ws", get(upgrade))
        .route("/stomp", get(upgrade))
        .route_layer(origin.clone())
        .with_state(gateway);
    Router::new()
        .route("/health/live", get(async || "ok\n"))
        .route("/health/ready", get(async || "ok\n"))
        .merge(dashboard::router())
        .merge(sockets)
        .nest("/events", events::router(events).layer(other_sites))
        .nest("/hooks", hooks::router(hooks))
        .nest("/api", api.layer(authenticated).layer(origin))
        .fallback(async || (StatusCode::NOT_FOUND, "there is nothing at this path\n"))
}

/// Lets pages of listed sites read our answers. A browser asks before it sends an event: neither `ce-` headers nor the media types of events are
/// what a form could send.
fn other_sites(origins: Arc<OriginRule>) -> CorsLayer {
    let is_listed = move |origin: &HeaderValue, _: &Parts| {
        origin.to_str().is_ok_and(|origin| origins.is_listed(&origin.to_ascii_lowercase()))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_listed))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT)
}

async fn upgrade(
    State(gateway): State<Gateway>,
    Extension(mut entrance): Extension<Entrance>,
    request: Request,
) -> Response {
    entrance.credentials = basic_credentials(request.headers());
    stomp::upgrade(request, entrance, gateway.door, &gateway.tasks)
}

/// Refuses what a page of another site asks for, and tells the handlers who the peer can be taken for.
async fn check_origin(
    State(gateway): State<Gateway>,
    Extension(mut entrance): Extension<Entrance>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refusal) = gateway.gate.check_origin(request.headers()) {
        return refusal.into_response();
    }
    entrance.peer = entrance.peer.with_headers(request.headers(), gateway.gate.origins());
    request.extensions_mut().insert(entrance.peer);
    request.extensions_mut().insert(entrance);
    next.run(request).await
}
