//! `/api/hooks`: the receivers, and what they received.

use super::Hooks;
use super::definition::Definition;
use super::registry::Receiver;
use super::requests::Record;
use crate::engine::Creation;
use crate::error::{Refusal, read_object};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// The receivers of all vhosts.
pub(super) async fn list_all(State(hooks): State<Hooks>) -> Json<Vec<Definition>> {
    Json(hooks.registry.list(None).iter().map(|receiver| receiver.shown()).collect())
}

/// The receivers of a vhost.
pub(super) async fn list(
    State(hooks): State<Hooks>,
    Path(vhost): Path<String>,
) -> Result<Json<Vec<Definition>>, Refusal> {
    hooks.engine.vhost(&vhost)?;
    Ok(Json(hooks.registry.list(Some(&vhost)).iter().map(|receiver| receiver.shown()).collect()))
}

/// One receiver.
pub(super) async fn show(
    State(hooks): State<Hooks>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<Json<Definition>, Refusal> {
    Ok(Json(find(&hooks, &vhost, &name)?.shown()))
}

/// Its last requests.
pub(super) async fn requests(
    State(hooks): State<Hooks>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<Json<Vec<Record>>, Refusal> {
    Ok(Json(find(&hooks, &vhost, &name)?.requests()))
}

/// Defines a receiver: 201 if it is new, 204 if one was there.
pub(super) async fn define(
    State(hooks): State<Hooks>,
    Path((vhost, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let definition: Definition = read_object(&body)?;
    let differs = |given: &Option<String>, path: &str| given.as_deref().is_some_and(|given| given != path);
    if differs(&definition.vhost, &vhost) || differs(&definition.name, &name) {
        return Err(Refusal::bad_request("vhost and name are in the path: leave them out, or write the same"));
    }
    Ok(match hooks.registry.define(&vhost, &name, definition).await? {
        Creation::Created => StatusCode::CREATED,
        Creation::Existed => StatusCode::NO_CONTENT,
    })
}

/// Takes a receiver back.
pub(super) async fn delete(
    State(hooks): State<Hooks>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    match hooks.registry.remove(&vhost, &name).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(no_hook(&name)),
    }
}

fn find(hooks: &Hooks, vhost: &str, name: &str) -> Result<Arc<Receiver>, Refusal> {
    hooks.engine.vhost(vhost)?;
    hooks.registry.find(vhost, name).ok_or_else(|| no_hook(name))
}

fn no_hook(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no hook {name:?}"))
}
