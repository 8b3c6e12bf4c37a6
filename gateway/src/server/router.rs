//! Which path goes where, and what holds for all of them.

use super::authentication;
use super::cors::{narrow, other_sites};
use super::scrape::{self, Scrape};
use super::upgrade::{Rooms, upgrade};
use crate::accounts::Accounts;
use crate::admin::{self, Admin};
use crate::auth::{Entrance, Gate, OriginRule, Page, Realm};
use crate::dashboard;
use crate::error::{Refusal, tell_too_large};
use crate::events::{self, Events};
use crate::hooks::{self, Hooks};
use crate::metrics::Exporter;
use crate::stomp::Door;
use crate::webhook::{self, Webhooks};
use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::middleware::{Next, from_fn_with_state, map_request, map_response};
use axum::response::Response;
use axum::routing::get;
use hyper::body::Incoming;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tower::{ServiceBuilder, ServiceExt};

/// What handlers share.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) accounts: Accounts,
    pub(super) door: Arc<Door>,
    pub(super) gate: Gate,
    pub(super) webhooks: Webhooks,
    pub(super) exporter: Exporter,
    pub(super) is_metrics_public: bool,
    pub(super) tasks: TaskTracker,
}

/// All paths, for who asks without an `Origin` and for pages.
#[derive(Debug, Clone)]
pub(super) struct Routers {
    /// For who is no page. What pages need costs an event as much as parsing it.
    plain: Router,
    /// For pages, ours and others.
    pages: Router,
    events: Arc<Events>,
    origins: Arc<OriginRule>,
}

impl Routers {
    /// Answers a request that came in there. `is_secure`: by https, as far as that is known.
    pub(super) async fn answer(&self, mut entrance: Entrance, request: Request<Incoming>, is_secure: bool) -> Response {
        entrance.page = Page::of_request(request.headers(), &self.origins, is_secure).map(Arc::new);
        let is_of_page = entrance.page.is_some();
        // Past the routers, which cost an event as much as its log-in. Boxed: idle connections have no room for it.
        if !is_of_page && events::is_publication(&request) {
            return Box::pin(events::publish(&self.events, entrance, request)).await;
        }
        let router = if is_of_page { &self.pages } else { &self.plain };
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(entrance);
        let Ok(response) = router.clone().oneshot(request).await;
        response
    }
}

/// All paths. There is no catch-all page: an unknown path is 404.
pub(super) fn routers(gateway: Gateway) -> Routers {
    let origin = from_fn_with_state(gateway.clone(), check_origin);
    let authenticated = from_fn_with_state(gateway.gate.clone(), authentication::require);
    let limits = &gateway.door.limits;
    let admin = Admin {
        engine: gateway.door.engine.clone(),
        accounts: gateway.accounts.clone(),
        origins: Arc::clone(gateway.gate.origins()),
        message_limit: limits.frame,
    };
    let events = Arc::new(Events {
        engine: gateway.door.engine.clone(),
        gate: gateway.gate.clone(),
        event_limit: limits.event,
        batch_limit: limits.event_batch,
        body_limit: limits.body,
        auto_create: gateway.door.stomp.auto_create,
        window: limits.outbox,
        login_octets: limits.login_octets,
        login_time: limits.login_time(),
        close_time: limits.close_time(),
        leases: Arc::default(),
        stopping: gateway.door.stopping.clone(),
    });
    let hooks = Hooks::new(gateway.door.engine.clone(), limits.event, gateway.door.stomp.auto_create);
    let authorised = from_fn_with_state(admin.clone(), admin::authorise);
    let api = admin::router(admin).nest("/hooks", hooks::api_router(hooks.clone()));
    let api = api.nest("/subscriptions", webhook::router(gateway.webhooks.clone()));
    let api = api.route_layer(authorised).layer(map_response(tell_too_large));
    let scrape = Scrape {
        exporter: gateway.exporter,
        engine: gateway.door.engine.clone(),
        gate: gateway.gate.clone(),
        is_public: gateway.is_metrics_public,
    };
    let origins = Arc::clone(gateway.gate.origins());
    let rooms = Rooms { door: gateway.door, events: Arc::clone(&events), tasks: gateway.tasks };
    let sockets = Router::new()
        .route("/ws", get(upgrade))
        .route("/stomp", get(upgrade))
        .route_layer(origin.clone())
        .with_state(rooms);
    let asked = events::router(Arc::clone(&events)).nest("/api", api.layer(authenticated).layer(origin));
    let with_cors = asked.clone().layer(ServiceBuilder::new().layer(map_request(narrow)).layer(other_sites()));
    let others = Router::new()
        .route("/health/live", get(async || "ok\n"))
        .route("/health/ready", get(async || "ok\n"))
        .merge(dashboard::router())
        .merge(scrape::router(scrape))
        .merge(sockets)
        .nest("/hooks", hooks::router(hooks))
        .fallback(async || (StatusCode::NOT_FOUND, "there is nothing at this path\n"));
    Routers { plain: others.clone().merge(asked), pages: others.merge(with_cors), events, origins }
}

/// Refuses what a page asks for that nobody lists, and tells the handlers who the peer can be taken for. Who enters a vhost with it asks
/// again for that one.
async fn check_origin(
    State(gateway): State<Gateway>,
    Extension(mut entrance): Extension<Entrance>,
    mut request: Request<Body>,
    next: Next,
) -> Result<Response, Refusal> {
    entrance.check_page(Realm::Later)?;
    entrance.peer = entrance.peer.with_headers(request.headers(), gateway.gate.origins());
    request.extensions_mut().insert(entrance);
    Ok(next.run(request).await)
}
