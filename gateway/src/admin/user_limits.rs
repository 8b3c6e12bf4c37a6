//! `/api/user-limits`.

use super::Admin;
use super::answer::{Refusal, read};
use super::listing::Listing;
use super::users::unknown;
use crate::auth::User;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// The one limit of a user that there is.
const MAX_CONNECTIONS: &str = "max-connections";

/// The limits of all users that have any.
pub(super) async fn list_all(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    let users = admin.accounts.directory();
    listing.answer(users.iter().filter_map(|(name, user)| row(name, user)).collect::<Vec<_>>(), "user")
}

/// Those of one, in a list that is empty if it has none.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let users = admin.accounts.directory();
    let user = users.get(&*name).ok_or_else(|| unknown(&name))?;
    listing.answer(row(&name, user).into_iter().collect::<Vec<_>>(), "user")
}

fn row(name: &str, user: &User) -> Option<Value> {
    Some(json!({ "user": name, "value": { MAX_CONNECTIONS: user.max_connections? } }))
}

/// The body of a limit.
#[derive(Debug, Deserialize)]
struct Wanted {
    /// Negative: there is to be no limit.
    value: i64,
}

/// Sets a limit, for connections to come.
pub(super) async fn set(
    State(admin): State<Admin>,
    Path((user, limit)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    check(&limit)?;
    let Wanted { value } = read(&body)?;
    admin.accounts.limit_connections(&user, u64::try_from(value).ok()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a limit back.
pub(super) async fn clear(
    State(admin): State<Admin>,
    Path((user, limit)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    check(&limit)?;
    admin.accounts.limit_connections(&user, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check(limit: &str) -> Result<(), Refusal> {
    let reason = || format!("there is no limit {limit:?} of a user: it is {MAX_CONNECTIONS}");
    (limit == MAX_CONNECTIONS).then_some(()).ok_or_else(|| Refusal::bad_request(reason()))
}
