//! Who may publish events, and read them.

use super::Events;
use crate::auth::{Entrance, Identity};
use crate::engine::{ConnectionInfo, Handle, NoVhost, Transport};
use crate::error::Refusal;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;

/// A request that was let in. A part of the handler and no layer around it, since a layer costs each event as much as parsing it.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) identity: Identity,
    entrance: Entrance,
}

impl FromRequestParts<Arc<Events>> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, events: &Arc<Events>) -> Result<Self, Refusal> {
        let unknown = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the listener names no peer");
        let entrance = parts.extensions.get::<Entrance>().cloned().ok_or_else(unknown)?;
        let identity = events.gate.admit(&parts.headers, entrance.peer)?;
        Ok(Admitted { identity, entrance })
    }
}

impl Admitted {
    /// Connects to a vhost, to read for as long as the request lasts. `protocol` is what management sees.
    pub(super) fn connect(&self, events: &Events, vhost: &str, protocol: &str) -> Result<Handle, Refusal> {
        let name = events.engine.find_vhost(vhost).ok_or_else(|| NoVhost(vhost.to_owned()))?;
        let Entrance { peer, listener, .. } = self.entrance;
        let user = self.identity.user.clone();
        let info = ConnectionInfo::new(peer, listener, Transport::Http, protocol.to_owned(), name, user);
        Ok(events.engine.connect(info)?)
    }
}
