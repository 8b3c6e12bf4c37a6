//! Who may publish events.

use super::Events;
use crate::auth::Peer;
use crate::error::Refusal;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

/// A request that was let in. A part of the handler and no layer around it, since a layer costs each event as much as parsing it.
#[derive(Debug)]
pub(super) struct Admitted;

impl FromRequestParts<Events> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, events: &Events) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<Peer>().copied();
        let unknown = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the listener names no peer");
        events.gate.admit(&parts.headers, peer.ok_or_else(unknown)?).map(|_| Admitted)
    }
}
