//! `/api/queues`.

use super::Admin;
use super::answer::Refusal;
use crate::engine::{QueueCreation, SEQUENCE_HEADER};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use broker::{Arguments, DeleteConditions, Explicit, QueueDeclaration, QueueSettings};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The queues of all vhosts.
pub(super) async fn list_all(State(admin): State<Admin>) -> impl IntoResponse {
    Json(admin.engine.all_queues())
}

/// The queues of a vhost, and in a header from which statistics message on to continue them.
pub(super) async fn list(State(admin): State<Admin>, Path(vhost): Path<String>) -> Result<Response, Refusal> {
    let (sequence, queues) = admin.engine.queues(&vhost).ok_or_else(|| no_vhost(&vhost))?;
    Ok(([(SEQUENCE_HEADER, sequence.to_string())], Json(queues)).into_response())
}

/// One queue.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    check_vhost(&admin, &vhost)?;
    let queue = admin.engine.queue(&vhost, &name);
    queue.map(|queue| Json(queue).into_response()).ok_or_else(|| broker::Error::QueueNotFound { name }.into())
}

/// The body of a declaration. RabbitMQ's clients also send what does not matter here, such as `node`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Declaration {
    durable: bool,
    auto_delete: bool,
    exclusive: bool,
    arguments: Map<String, Value>,
}

/// Declares a queue: 201 if it is new, 204 if an equal one was there.
pub(super) async fn declare(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    check_vhost(&admin, &vhost)?;
    let declaration: Declaration = match body.is_empty() {
        true => Declaration::default(),
        false => read(&body).map_err(|error| Refusal::bad_request(format!("the body: {error}")))?,
    };
    let settings = settings(&declaration)?;
    let queue = QueueDeclaration { name, settings, explicit: Explicit::ALL };
    Ok(match admin.engine.declare_queue(&vhost, &queue)? {
        QueueCreation::Created => StatusCode::CREATED,
        QueueCreation::Existed => StatusCode::NO_CONTENT,
    })
}

/// An object only: a struct would be read from an array too.
fn read(body: &[u8]) -> serde_json::Result<Declaration> {
    serde_json::from_value(Value::Object(serde_json::from_slice(body)?))
}

/// What cannot be honoured is refused, so that nobody relies on it.
fn settings(declaration: &Declaration) -> Result<QueueSettings, Refusal> {
    if declaration.exclusive {
        return Err(Refusal::bad_request(
            "exclusive: such a queue belongs to a connection, which this request does not outlive",
        ));
    }
    let mut arguments = Arguments::default();
    for (name, value) in &declaration.arguments {
        if name == "x-queue-type" && value == "classic" {
            continue;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        if !arguments.set(name, &text)? {
            return Err(Refusal::bad_request(format!("arguments: {name} is not supported by this release")));
        }
    }
    Ok(QueueSettings {
        durable: declaration.durable,
        auto_delete: declaration.auto_delete,
        arguments: (!arguments.is_empty()).then(|| arguments.into()),
        ..QueueSettings::default()
    })
}

/// What must hold for a queue to be deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Conditions {
    if_unused: bool,
    if_empty: bool,
}

/// Deletes a queue and what it holds.
pub(super) async fn delete(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
    Query(conditions): Query<Conditions>,
) -> Result<StatusCode, Refusal> {
    check_vhost(&admin, &vhost)?;
    let Conditions { if_unused, if_empty } = conditions;
    admin.engine.delete_queue(&vhost, &name, DeleteConditions { if_unused, if_empty })?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_vhost(admin: &Admin, vhost: &str) -> Result<(), Refusal> {
    admin.engine.find_vhost(vhost).map(|_| ()).ok_or_else(|| no_vhost(vhost))
}

fn no_vhost(vhost: &str) -> Refusal {
    Refusal::not_found(format!("there is no vhost {vhost:?}"))
}
