//! Inbound webhooks: requests of other services that are verified, de-duplicated, and published as events.
//!
//! ```text
//!   size -> receiver -> signature -> time -> event -> published once, durably -> 202
//! ```
//! Nothing of a request is parsed before it is verified, over the octets as they came.

mod answer;
mod api;
mod body;
mod definition;
mod handshake;
mod hidden;
mod mapping;
mod origins;
mod pointer;
mod rate;
mod receive;
mod registry;
mod requests;
mod template;
mod time;
mod translate;
mod verification;

use crate::engine::Engine;
use crate::error::{Refusal, other_method};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::routing::{get, post};
use body::Room;
use registry::Registry;

/// What may be asked of a receiver. GET is for challenges.
const METHODS: &str = "POST, OPTIONS, GET";

/// Octets of a definition: the engine keeps no larger ones.
const DEFINITION: usize = 60 * 1024;

/// What receivers work on.
#[derive(Debug, Clone)]
pub(crate) struct Hooks {
    engine: Engine,
    registry: Registry,
    room: Room,
    /// Octets of a request's body.
    body_limit: usize,
    /// Whether a queue or stream that is not there is declared.
    auto_create: bool,
}

impl Hooks {
    /// The receivers that the engine keeps.
    pub(crate) fn new(engine: Engine, body_limit: usize, auto_create: bool) -> Self {
        let registry = Registry::load(&engine);
        Hooks { engine, registry, room: Room::default(), body_limit, auto_create }
    }
}

/// All below `/hooks`, for everybody.
pub(crate) fn router(hooks: Hooks) -> Router {
    let receiver = post(receive::receive).options(handshake::consent).get(handshake::challenge);
    Router::new()
        .route("/{vhost}/{name}", receiver)
        .method_not_allowed_fallback(async || ([(header::ALLOW, METHODS)], Refusal::method_not_allowed()))
        .fallback(async || receive::unknown())
        .with_state(hooks)
}

/// All below `/api/hooks`, for who has logged in.
pub(crate) fn api_router(hooks: Hooks) -> Router {
    Router::new()
        .route("/", get(api::list_all))
        .route("/{vhost}", get(api::list))
        .route("/{vhost}/{name}", get(api::show).put(api::define).delete(api::delete))
        .route("/{vhost}/{name}/requests", get(api::requests))
        .method_not_allowed_fallback(other_method)
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .layer(DefaultBodyLimit::max(DEFINITION))
        .with_state(hooks)
}
