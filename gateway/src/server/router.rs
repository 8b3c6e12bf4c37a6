//! Which path goes where, and what holds for all of them.

use crate::admin::{self, Admin};
use crate::auth::{OriginRule, basic_credentials};
use crate::dashboard;
use crate::stomp::{self, Door, Entrance};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json};
use serde_json::json;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What handlers share.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) door: Arc<Door>,
    pub(super) origins: OriginRule,
    pub(super) tasks: TaskTracker,
}

/// All paths. There is no catch-all page: an unknown path is 404.
pub(super) fn router(gateway: Gateway) -> Router {
    let origin = from_fn_with_state(gateway.clone(), check_origin);
    let admin = Admin {
        engine: gateway.door.engine.clone(),
        users: Arc::clone(&gateway.door.users),
        message_limit: gateway.door.limits.frame,
    };
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
        .nest("/api", admin::router(admin).layer(origin))
        .fallback(async || (StatusCode::NOT_FOUND, "there is nothing at this path\n"))
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
    if !is_allowed(&gateway.origins, request.headers()) {
        let reason = "pages of this origin may not connect: add it to http.allowed_origins, or the name under which this \
                      server is reached to http.public_hosts";
        return (StatusCode::FORBIDDEN, Json(json!({ "error": "forbidden", "reason": reason }))).into_response();
    }
    entrance.peer = entrance.peer.with_headers(request.headers(), &gateway.origins);
    request.extensions_mut().insert(entrance.peer);
    request.extensions_mut().insert(entrance);
    next.run(request).await
}

fn is_allowed(origins: &OriginRule, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    origins.allows(text(header::ORIGIN), text(header::HOST))
}
