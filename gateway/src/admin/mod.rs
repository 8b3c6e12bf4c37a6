//! The management API, with RabbitMQ's resources, paths and field names. One file per noun.

mod answer;
mod authorisation;
mod bindings;
mod cesql;
mod connections;
mod consumers;
mod exchanges;
mod explain;
mod listing;
mod messages;
mod nodes;
mod overview;
mod permissions;
mod properties;
mod queues;
mod revocations;
mod tickets;
mod user_limits;
mod users;
mod vhost_limits;
mod vhosts;
mod whoami;

use crate::accounts::Accounts;
use crate::auth::OriginRule;
use crate::engine::{Engine, SEQUENCE_HEADER};
use crate::error::other_method;
use answer::Refusal;
pub(crate) use authorisation::{authorise, realm, vhost_of};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::{delete, get, post, put};
use std::sync::Arc;

/// Octets of a request body: definitions are small.
const BODY: usize = 64 * 1024;

/// What the API works on.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    /// Whose queues.
    pub engine: Engine,
    /// Who may use them.
    pub accounts: Accounts,
    /// Which pages may.
    pub origins: Arc<OriginRule>,
    /// Octets of a message that may be published.
    pub message_limit: usize,
}

/// All below `/api`, for who has logged in.
pub(crate) fn router(admin: Admin) -> Router {
    // Base64 takes a third more, and JSON escapes some octets of a text.
    let message = DefaultBodyLimit::max(BODY.saturating_add(admin.message_limit.saturating_mul(2)));
    Router::new()
        .route("/whoami", get(whoami::show))
        .route("/overview", get(overview::show))
        .route("/nodes", get(nodes::list))
        .route("/vhosts", get(vhosts::list))
        .route("/vhosts/{vhost}", get(vhosts::show).put(vhosts::declare).delete(vhosts::delete))
        .route("/vhosts/{vhost}/connections", get(connections::list))
        .route("/vhost-limits", get(vhost_limits::list_all))
        .route("/vhost-limits/{vhost}", get(vhost_limits::list))
        .route("/vhost-limits/{vhost}/{name}", put(vhost_limits::set).delete(vhost_limits::clear))
        .route("/connections", get(connections::list_all))
        .route("/connections/{name}", get(connections::show).delete(connections::close))
        .route("/consumers", get(consumers::list_all))
        .route("/consumers/{vhost}", get(consumers::list))
        .route("/queues", get(queues::list_all))
        .route("/queues/{vhost}", get(queues::list))
        .route("/queues/{vhost}/{name}", get(queues::show).put(queues::declare).delete(queues::delete))
        .route("/queues/{vhost}/{name}/bindings", get(bindings::list_of_queue))
        .route("/queues/{vhost}/{name}/contents", delete(messages::purge))
        .route("/queues/{vhost}/{name}/get", post(messages::get))
        .route("/queues/{vhost}/{name}/groups/{group}", delete(queues::delete_group))
        .route("/queues/{vhost}/{name}/actions", post(messages::act))
        .route("/exchanges", get(exchanges::list_all))
        .route("/exchanges/{vhost}", get(exchanges::list))
        .route("/exchanges/{vhost}/{name}", get(exchanges::show).put(exchanges::declare).delete(exchanges::delete))
        .route("/exchanges/{vhost}/{name}/bindings/source", get(bindings::list_of_exchange))
        .route("/exchanges/{vhost}/{name}/bindings/destination", get(bindings::list_to_exchange))
        .route("/exchanges/{vhost}/{name}/publish", post(messages::publish).layer(message))
        .route("/connections/username/{user}", delete(connections::close_of_user))
        .route("/users", get(users::list))
        .route("/users/without-permissions", get(users::list_without_permissions))
        .route("/users/bulk-delete", post(users::delete_all))
        .route("/users/{user}", get(users::show).put(users::put).delete(users::delete))
        .route("/users/{user}/permissions", get(permissions::list_of_user))
        .route("/users/{user}/topic-permissions", get(permissions::list_topic_of_user))
        .route("/vhosts/{vhost}/permissions", get(permissions::list_in_vhost))
        .route("/vhosts/{vhost}/topic-permissions", get(permissions::list_topic_in_vhost))
        .route("/permissions", get(permissions::list))
        .route("/permissions/{vhost}/{user}", get(permissions::show).put(permissions::put).delete(permissions::delete))
        .route("/topic-permissions", get(permissions::list_topic))
        .route(
            "/topic-permissions/{vhost}/{user}",
            get(permissions::show_topic).put(permissions::put_topic).delete(permissions::delete_topic),
        )
        .route("/topic-permissions/{vhost}/{user}/{exchange}", delete(permissions::delete_topic_of))
        .route("/user-limits", get(user_limits::list_all))
        .route("/user-limits/{user}", get(user_limits::list))
        .route("/user-limits/{user}/{limit}", put(user_limits::set).delete(user_limits::clear))
        .route("/explain", get(explain::of_user).post(explain::of_anybody))
        .route("/tickets", post(tickets::issue))
        .route("/revocations", get(revocations::list).post(revocations::revoke))
        .route("/revocations/{id}", delete(revocations::pardon))
        .route("/cesql/evaluate", post(cesql::evaluate))
        .route("/bindings", get(bindings::list_all))
        .route("/bindings/{vhost}", get(bindings::list))
        .route("/bindings/{vhost}/e/{exchange}/q/{queue}", get(bindings::list_between).post(bindings::bind))
        .route("/bindings/{vhost}/e/{exchange}/q/{queue}/{key}", get(bindings::show).delete(bindings::unbind))
        .method_not_allowed_fallback(other_method)
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(admin)
}

/// The header that tells with which statistics message a snapshot can be continued.
fn sequence(number: u64) -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static(SEQUENCE_HEADER), HeaderValue::from(number))])
}
