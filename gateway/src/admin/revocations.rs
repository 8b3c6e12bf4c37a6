//! `/api/revocations`: tokens that are taken back before they end.

use super::Admin;
use super::answer::{Refusal, read};
use super::listing::Listing;
use crate::auth::Revocation;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    #[serde(flatten)]
    revocation: &'a Revocation,
}

/// Those that count.
pub(super) async fn list(State(admin): State<Admin>, listing: Listing) -> Result<Response, Refusal> {
    let all = admin.accounts.revocations();
    listing.answer(all.iter().map(|(id, revocation)| Row { id, revocation }).collect(), "id")
}

/// Revokes a token (`{"token": JTI}`) or all tokens of a user (`{"user": NAME}`), for ever or `until` a moment in seconds since 1970.
pub(super) async fn revoke(State(admin): State<Admin>, body: Bytes) -> Result<Response, Refusal> {
    let revocation: Revocation = read(&body)?;
    let id = admin.accounts.revoke(&revocation).await?;
    Ok((StatusCode::CREATED, Json(Row { id: &id, revocation: &revocation })).into_response())
}

/// Takes a revocation back.
pub(super) async fn pardon(State(admin): State<Admin>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    match admin.accounts.pardon(&id).await {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::not_found(format!("there is no revocation {id:?}"))),
    }
}
