//! `/api/users`.

use super::Admin;
use super::answer::{Refusal, read};
use super::listing::Listing;
use crate::accounts::NewUser;
use crate::auth::{Tags, User};
use crate::engine::Creation;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// All users.
pub(super) async fn list(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    let users = admin.accounts.directory();
    listing.answer(users.iter().map(|(name, user)| row(name, user)).collect::<Vec<_>>(), "name")
}

/// Users that may not enter any vhost.
pub(super) async fn list_without_permissions(
    State(admin): State<Admin>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let users = admin.accounts.directory();
    let without = users.iter().filter(|(_, user)| user.vhosts.values().all(|granted| granted.permission.is_none()));
    listing.answer(without.map(|(name, user)| row(name, user)).collect::<Vec<_>>(), "name")
}

/// One user.
pub(super) async fn show(State(admin): State<Admin>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    match admin.accounts.directory().get(&*name) {
        Some(user) => Ok(Json(row(&name, user))),
        None => Err(unknown(&name)),
    }
}

/// What the hash of a password is made with is told, as RabbitMQ does; the hash is not: whoever has it can try passwords.
fn row(name: &str, user: &User) -> Value {
    json!({
        "name": name,
        "tags": user.tags,
        "hashing_algorithm": "argon2id",
        "has_password": user.password.is_some(),
        "limits": user.max_connections.map_or_else(|| json!({}), |limit| json!({ "max-connections": limit })),
    })
}

/// The body of a PUT.
#[derive(Deserialize)]
struct Declaration {
    password: Option<String>,
    /// Argon2id as a PHC string; empty: no password is right.
    password_hash: Option<String>,
    tags: Option<Tags>,
}

/// Creates a user or changes one: 201 if it is new, 204 if it was there.
pub(super) async fn put(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let Declaration { password, password_hash, tags } = read(&body)?;
    if tags.is_none() && !admin.accounts.directory().contains_key(&*name) {
        return Err(Refusal::bad_request("tags is missing: give \"\" for a user with none"));
    }
    let new = NewUser { password, password_hash, tags };
    Ok(match admin.accounts.put_user(&name, new).await? {
        Creation::Created => StatusCode::CREATED,
        Creation::Existed => StatusCode::NO_CONTENT,
    })
}

/// Deletes a user and ends its connections.
pub(super) async fn delete(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    match admin.accounts.delete_user(&name).await {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(unknown(&name)),
    }
}

/// The body of a deletion of several.
#[derive(Debug, Deserialize)]
struct Names {
    users: Vec<String>,
}

/// Deletes several; those that are not there do not matter.
pub(super) async fn delete_all(State(admin): State<Admin>, body: Bytes) -> Result<StatusCode, Refusal> {
    let Names { users } = read(&body)?;
    for name in users {
        admin.accounts.delete_user(&name).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn unknown(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no user {name:?}"))
}
