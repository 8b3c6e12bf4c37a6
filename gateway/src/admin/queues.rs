//! `/api/queues`.

use super::answer::{Parameters, Refusal, read_or_default};
use super::authorisation::Caller;
use super::listing::Listing;
use super::{Admin, sequence};
use crate::engine::Creation;
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use broker::{Arguments, DeleteConditions, Explicit, QueueDeclaration, QueueSettings};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The queues of all vhosts.
pub(super) async fn list_all(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).flat_map(|vhost| vhost.queues().1).collect(), "name")
}

/// The queues of a vhost, and in a header from which statistics message on to continue them.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let (number, queues) = admin.engine.vhost(&vhost)?.queues();
    listing.answer_with(sequence(number), queues, "name")
}

/// One queue.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    Ok(Json(admin.engine.vhost(&vhost)?.queue(&name)?).into_response())
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
    Extension(caller): Extension<Caller>,
    Path((vhost, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let settings = settings(&read_or_default(&body)?)?;
    let queue = QueueDeclaration { name, settings, explicit: Explicit::ALL };
    vhost.check_dead_letters(caller.access()?, &queue)?;
    Ok(match vhost.declare_queue(&queue).await? {
        Creation::Created => StatusCode::CREATED,
        Creation::Existed => StatusCode::NO_CONTENT,
    })
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
    Parameters(conditions): Parameters<Conditions>,
) -> Result<StatusCode, Refusal> {
    let Conditions { if_unused, if_empty } = conditions;
    admin.engine.vhost(&vhost)?.delete_queue(&name, DeleteConditions { if_unused, if_empty }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a consumer group of a stream: its subscriptions end, and where it was is forgotten.
pub(super) async fn delete_group(
    State(admin): State<Admin>,
    Path((vhost, name, group)): Path<(String, String, String)>,
) -> Result<StatusCode, Refusal> {
    admin.engine.vhost(&vhost)?.delete_group(&name, &group).await?;
    Ok(StatusCode::NO_CONTENT)
}
