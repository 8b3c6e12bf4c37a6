//! The management API, with RabbitMQ's resources, paths and field names. One file per noun.

mod answer;
mod authentication;
mod connections;
mod overview;
mod queues;

use crate::auth::Users;
use crate::engine::Engine;
use answer::Refusal;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::sync::Arc;

/// Octets of a request body: definitions of queues are small.
const BODY: usize = 64 * 1024;

/// What the API works on.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    /// Whose queues.
    pub engine: Engine,
    /// Who may.
    pub users: Arc<Users>,
}

/// All below `/api`.
pub(crate) fn router(admin: Admin) -> Router {
    Router::new()
        .route("/overview", get(overview::show))
        .route("/connections", get(connections::list))
        .route("/queues", get(queues::list_all))
        .route("/queues/{vhost}", get(queues::list))
        .route("/queues/{vhost}/{name}", get(queues::show).put(queues::declare).delete(queues::delete))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(admin.clone(), authentication::require))
        .with_state(admin)
}
