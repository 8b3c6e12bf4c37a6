//! `/api/permissions` and `/api/topic-permissions`.

use super::Admin;
use super::answer::{Refusal, read};
use super::listing::Listing;
use super::users::unknown;
use crate::auth::{Granted, Pattern, Permission, TopicPermission};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which rows of which kind.
type Rows = fn(&str, &str, &Granted) -> Vec<Value>;

fn plain(user: &str, vhost: &str, granted: &Granted) -> Vec<Value> {
    let row = |it: &Permission| json!({ "user": user, "vhost": vhost, "configure": it.configure, "write": it.write, "read": it.read });
    granted.permission.iter().map(row).collect()
}

fn topic(user: &str, vhost: &str, granted: &Granted) -> Vec<Value> {
    let row = |(exchange, it): (&String, &TopicPermission)| json!({ "user": user, "vhost": vhost, "exchange": exchange, "write": it.write, "read": it.read });
    granted.topics.iter().map(row).collect()
}

impl Admin {
    fn rows(&self, rows: Rows, is_meant: impl Fn(&str, &str) -> bool) -> Vec<Value> {
        let users = self.accounts.directory();
        let of_user = users.iter().flat_map(|(name, user)| user.vhosts.iter().map(move |it| (name, it)));
        let meant = of_user.filter(|(name, (vhost, _))| is_meant(name, vhost));
        meant.flat_map(|(name, (vhost, granted))| rows(name, vhost, granted)).collect()
    }
}

/// The permissions of all users.
pub(super) async fn list(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    listing.answer(admin.rows(plain, |_, _| true), "user")
}

/// Those for the routing keys of topic exchanges.
pub(super) async fn list_topic(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    listing.answer(admin.rows(topic, |_, _| true), "user")
}

/// The permissions in a vhost.
pub(super) async fn list_in_vhost(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    admin.engine.vhost(&vhost)?;
    listing.answer(admin.rows(plain, |_, other| *other == *vhost), "user")
}

/// Those for routing keys.
pub(super) async fn list_topic_in_vhost(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    admin.engine.vhost(&vhost)?;
    listing.answer(admin.rows(topic, |_, other| *other == *vhost), "user")
}

/// The permissions of a user.
pub(super) async fn list_of_user(
    State(admin): State<Admin>,
    Path(user): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    check_user(&admin, &user)?;
    listing.answer(admin.rows(plain, |other, _| *other == *user), "vhost")
}

/// Those for routing keys.
pub(super) async fn list_topic_of_user(
    State(admin): State<Admin>,
    Path(user): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    check_user(&admin, &user)?;
    listing.answer(admin.rows(topic, |other, _| *other == *user), "vhost")
}

/// The permission of a user in a vhost.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    check_user(&admin, &user)?;
    let granted = admin.accounts.granted(&vhost, &user);
    let row = granted.and_then(|granted| plain(&user, &vhost, &granted).pop());
    row.map(Json).ok_or_else(|| none(&user, &vhost))
}

/// Those of a user in a vhost for routing keys.
pub(super) async fn show_topic(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    check_user(&admin, &user)?;
    let granted = admin.accounts.granted(&vhost, &user);
    let rows = granted.map(|granted| topic(&user, &vhost, &granted)).filter(|rows| !rows.is_empty());
    rows.map(|rows| Json(rows.into())).ok_or_else(|| none(&user, &vhost))
}

/// Grants it: 201 if the user had none in this vhost, 204 if it had.
pub(super) async fn put(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let permission: Permission = read(&body)?;
    Ok(created(admin.accounts.set_permission(&vhost, &user, Some(permission)).await?))
}

/// Takes it back.
pub(super) async fn delete(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let was_there = admin.accounts.set_permission(&vhost, &user, None).await?;
    was_there.then_some(StatusCode::NO_CONTENT).ok_or_else(|| none(&user, &vhost))
}

/// The body of a PUT for routing keys.
#[derive(Debug, Deserialize)]
struct OfKeys {
    exchange: String,
    write: Pattern,
    read: Pattern,
}

/// Grants what may be done with the routing keys of an exchange.
pub(super) async fn put_topic(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let OfKeys { exchange, write, read } = read(&body)?;
    let permission = TopicPermission { write, read };
    Ok(created(admin.accounts.set_topic_permission(&vhost, &user, Some(&exchange), Some(permission)).await?))
}

/// Takes back all that was said of routing keys: every key may be used again.
pub(super) async fn delete_topic(
    State(admin): State<Admin>,
    Path((vhost, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let was_there = admin.accounts.set_topic_permission(&vhost, &user, None, None).await?;
    was_there.then_some(StatusCode::NO_CONTENT).ok_or_else(|| none(&user, &vhost))
}

/// The same of one exchange.
pub(super) async fn delete_topic_of(
    State(admin): State<Admin>,
    Path((vhost, user, exchange)): Path<(String, String, String)>,
) -> Result<StatusCode, Refusal> {
    let was_there = admin.accounts.set_topic_permission(&vhost, &user, Some(&exchange), None).await?;
    was_there.then_some(StatusCode::NO_CONTENT).ok_or_else(|| none(&user, &vhost))
}

fn created(was_there: bool) -> StatusCode {
    if was_there { StatusCode::NO_CONTENT } else { StatusCode::CREATED }
}

fn check_user(admin: &Admin, user: &str) -> Result<(), Refusal> {
    admin.accounts.directory().contains_key(user).then_some(()).ok_or_else(|| unknown(user))
}

fn none(user: &str, vhost: &str) -> Refusal {
    Refusal::not_found(format!("nothing of this kind was granted to user {user:?} in vhost {vhost:?}"))
}
