//! `/api/vhosts`.

use super::Admin;
use super::answer::{Refusal, read_or_default};
use super::authorisation::Caller;
use super::listing::Listing;
use crate::auth::Tags;
use crate::engine::{AllowedOrigins, Creation, VhostError, VhostSettings};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;

/// All vhosts.
pub(super) async fn list(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).map(|vhost| vhost.report()).collect(), "name")
}

/// One vhost.
pub(super) async fn show(State(admin): State<Admin>, Path(vhost): Path<String>) -> Result<Response, Refusal> {
    Ok(Json(admin.engine.vhost(&vhost)?.report()).into_response())
}

/// The body of a declaration. RabbitMQ's clients also send what does not matter here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Declaration {
    description: Option<String>,
    tags: Option<Tags>,
    default_queue_type: Option<String>,
    tracing: bool,
    /// Ours, as all below.
    narrow_subscriptions: Option<bool>,
    allowed_origins: AllowedOrigins,
}

/// Makes a vhost: 201 if it is new; 204 if it was there, of which what is said now is changed.
pub(super) async fn declare(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path(vhost): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let settings = settings(read_or_default(&body)?)?;
    admin.origins.check_list(settings.allowed_origins.list().unwrap_or_default())?;
    // The user of a token is none that is kept: its scopes say what it may.
    let creator = caller.identity.token.is_none().then_some(&*caller.identity.user);
    Ok(match admin.accounts.create_vhost(&vhost, &settings, creator).await? {
        Creation::Created => StatusCode::CREATED,
        Creation::Existed => StatusCode::NO_CONTENT,
    })
}

/// What cannot be honoured is refused, so that nobody relies on it.
fn settings(declaration: Declaration) -> Result<VhostSettings, Refusal> {
    let Declaration { description, tags, default_queue_type, tracing, narrow_subscriptions, allowed_origins } =
        declaration;
    if tracing {
        return Err(Refusal::bad_request("tracing: this release has none: leave it out"));
    }
    match default_queue_type.as_deref() {
        None | Some("" | "classic" | "undefined") => {
            let tags = tags.map(|tags| tags.iter().map(str::to_owned).collect());
            Ok(VhostSettings { description, tags, narrow_subscriptions, allowed_origins })
        }
        Some(other) => Err(Refusal::bad_request(format!(
            "default_queue_type must be classic, not {other:?}: what is another is declared as such"
        ))),
    }
}

/// Deletes a vhost with all that is in it, and closes its connections.
pub(super) async fn delete(State(admin): State<Admin>, Path(vhost): Path<String>) -> Result<StatusCode, Refusal> {
    match admin.accounts.delete_vhost(&vhost).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(crate::engine::NoVhost(vhost).into()),
    }
}

impl From<VhostError> for Refusal {
    fn from(error: VhostError) -> Self {
        match error {
            VhostError::BadName(_) => Refusal::bad_request(error.to_string()),
            VhostError::TooMany(_) => Refusal::new(StatusCode::FORBIDDEN, "limit_reached", error.to_string()),
            VhostError::Refused(error) => error.into(),
            VhostError::Store(error) => {
                tracing::error!(%error, "a vhost cannot be made");
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::read_object;

    fn read(body: &str) -> Result<VhostSettings, Refusal> {
        settings(read_object(body.as_bytes())?)
    }

    #[test]
    fn tags_are_a_list_or_a_text() {
        let expected = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(read(r#"{"tags":"a, b,"}"#).unwrap().tags, expected);
        assert_eq!(
            read(r#"{"tags":["a"," b","a",""],"default_queue_type":"classic","tracing":false}"#).unwrap().tags,
            expected
        );
        assert_eq!(read("{}").unwrap(), VhostSettings::default());
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        let long = format!(r#"{{"tags":["{}"]}}"#, "a".repeat(2_000));
        for body in [
            r#"{"tracing":true}"#,
            r#"{"default_queue_type":"quorum"}"#,
            r#"{"tags":5}"#,
            &long,
            r#"{"allowed_origins":"*"}"#,
            "[]",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
