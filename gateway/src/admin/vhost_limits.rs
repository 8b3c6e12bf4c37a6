//! `/api/vhost-limits`.

use super::Admin;
use super::answer::{Refusal, read};
use super::listing::Listing;
use crate::engine::{Management, VhostLimit};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The limits of all vhosts that have any.
pub(super) async fn list_all(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    listing.answer(admin.engine.vhosts().filter_map(|vhost| row(&vhost)).collect(), "vhost")
}

/// The limits of one, in a list that is empty if it has none.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(row(&admin.engine.vhost(&vhost)?).into_iter().collect(), "vhost")
}

fn row(vhost: &Management) -> Option<Value> {
    let limits = vhost.limits();
    let set =
        VhostLimit::ALL.into_iter().filter_map(|limit| Some((limit.name().to_owned(), limits.get(limit)?.into())));
    let value: Map<String, Value> = set.collect();
    (!value.is_empty()).then(|| json!({ "vhost": vhost.name(), "value": value }))
}

/// The body of a limit.
#[derive(Debug, Deserialize)]
struct Wanted {
    /// Negative: there is to be no limit.
    value: i64,
}

/// Sets a limit, for what comes from now on.
pub(super) async fn set(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let (vhost, limit) = (admin.engine.vhost(&vhost)?, parse(&name)?);
    let Wanted { value } = read(&body)?;
    vhost.set_limit(limit, u64::try_from(value).ok()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a limit back.
pub(super) async fn clear(
    State(admin): State<Admin>,
    Path((vhost, name)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let (vhost, limit) = (admin.engine.vhost(&vhost)?, parse(&name)?);
    vhost.set_limit(limit, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(name: &str) -> Result<VhostLimit, Refusal> {
    VhostLimit::parse(name).ok_or_else(|| {
        let known = VhostLimit::ALL.map(VhostLimit::name).join(" or ");
        Refusal::bad_request(format!("there is no limit {name:?} of a vhost: it is {known}"))
    })
}
