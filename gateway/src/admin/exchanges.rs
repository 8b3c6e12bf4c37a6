//! `/api/exchanges`.

use super::answer::{Parameters, Refusal, read};
use super::authorisation::Caller;
use super::listing::Listing;
use super::{Admin, sequence};
use crate::auth::Operation;
use crate::engine::Creation;
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use broker::{ExchangeDeclaration, Kind};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What the default exchange, whose name is empty, is called in paths.
const DEFAULT: &str = "amq.default";

/// The name of an exchange, from a path.
pub(super) fn exchange_name(path: &str) -> &str {
    if path == DEFAULT { "" } else { path }
}

/// The exchanges of all vhosts.
pub(super) async fn list_all(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).flat_map(|vhost| vhost.exchanges().1).collect(), "name")
}

/// The exchanges of a vhost, and in a header from which statistics message on to continue them.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let (number, exchanges) = admin.engine.vhost(&vhost)?.exchanges();
    listing.answer_with(sequence(number), exchanges, "name")
}

/// One exchange.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    Ok(Json(admin.engine.vhost(&vhost)?.exchange(exchange_name(&name))?).into_response())
}

/// The body of a declaration. RabbitMQ's clients also send what does not matter here.
#[derive(Debug, Deserialize)]
struct Declaration {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    durable: bool,
    #[serde(default)]
    auto_delete: bool,
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    arguments: Map<String, Value>,
}

/// Declares an exchange: 201 if it is new, 204 if an equal one was there.
pub(super) async fn declare(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path((vhost, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    if name == DEFAULT {
        return Err(broker::Error::ReservedName { name }.into());
    }
    let exchange = declaration(name, read(&body)?)?;
    if let Some(alternate) = &exchange.alternate {
        let access = caller.access()?;
        access.check(Operation::Read, &exchange.name)?;
        access.check(Operation::Write, alternate)?;
    }
    Ok(match vhost.declare_exchange(exchange).await? {
        Creation::Created => StatusCode::CREATED,
        Creation::Existed => StatusCode::NO_CONTENT,
    })
}

/// What cannot be honoured is refused, so that nobody relies on it.
fn declaration(name: String, declaration: Declaration) -> Result<ExchangeDeclaration, Refusal> {
    let Declaration { kind, durable, auto_delete, internal, arguments } = declaration;
    let kinds = [Kind::Direct, Kind::Fanout, Kind::Topic, Kind::Headers];
    let Some(kind) = kinds.into_iter().find(|candidate| candidate.as_str() == kind) else {
        let reason = format!("type must be direct, fanout, topic or headers, not {kind:?}");
        return Err(Refusal::bad_request(reason));
    };
    for (setting, is_set) in [("auto_delete", auto_delete), ("internal", internal)] {
        if is_set {
            return Err(Refusal::bad_request(format!("{setting} is not supported by this release")));
        }
    }
    let mut alternate = None;
    for (name, value) in arguments {
        match (name.as_str(), value) {
            ("alternate-exchange", Value::String(exchange)) => alternate = Some(exchange),
            ("alternate-exchange", _) => {
                return Err(Refusal::bad_request("arguments: alternate-exchange must be the name of an exchange"));
            }
            (other, _) => {
                return Err(Refusal::bad_request(format!("arguments: {other} is not supported by this release")));
            }
        }
    }
    Ok(ExchangeDeclaration { name, kind, durable, alternate, read_only: false })
}

/// What must hold for an exchange to be deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Conditions {
    if_unused: bool,
}

/// Deletes an exchange and its bindings.
pub(super) async fn delete(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
    Parameters(conditions): Parameters<Conditions>,
) -> Result<StatusCode, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    if name == DEFAULT {
        return Err(broker::Error::ReservedName { name }.into());
    }
    vhost.delete_exchange(&name, conditions.if_unused).await?;
    Ok(StatusCode::NO_CONTENT)
}
