//! Who may publish events, and read them.

use super::{Events, vhost_of};
use crate::auth::{Access, Entrance, Identity, Realm};
use crate::engine::{ConnectionInfo, Handle, NoVhost, Transport};
use crate::error::Refusal;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::Instant;

/// A request that was let in. A part of the handler and no layer around it, since a layer costs each event as much as parsing it.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) identity: Arc<Identity>,
    entrance: Entrance,
}

impl FromRequestParts<Arc<Events>> for Admitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, events: &Arc<Events>) -> Result<Self, Refusal> {
        let unknown = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the listener names no peer");
        let entrance = parts.extensions.get::<Entrance>().cloned().ok_or_else(unknown)?;
        Admitted::of_request(events, entrance, parts).await
    }
}

impl Admitted {
    /// Lets a request in that came in there.
    pub(super) async fn of_request(events: &Events, entrance: Entrance, head: &Parts) -> Result<Self, Refusal> {
        if entrance.page.is_some() {
            entrance.check_page(Realm::Vhost(&vhost_of(&head.uri)))?;
        }
        let peer = entrance.peer.with_headers(&head.headers, events.gate.origins());
        let identity = events.gate.authenticate(&head.method, &head.headers, peer).await?;
        entrance.arrival.log_in();
        Ok(Admitted { identity: Arc::new(identity), entrance })
    }

    /// Until when its connection may not publish; `None`: it may.
    pub(super) fn publishes_not_before(&self) -> Option<Instant> {
        self.entrance.arrival.publishes_not_before()
    }

    /// Its connection has published so many events.
    pub(super) fn handle_published(&self, count: usize) {
        self.entrance.arrival.handle_published(count);
    }

    /// Connects to a vhost, to read for as long as the request lasts. `protocol` is what management sees.
    pub(super) fn connect(&self, events: &Events, vhost: &str, protocol: &str) -> Result<Handle, Refusal> {
        let name = events.engine.find_vhost(vhost).ok_or_else(|| NoVhost(vhost.to_owned()))?;
        let Entrance { peer, listener, .. } = &self.entrance;
        let access = self.access(events, &name)?;
        let user = Arc::clone(&self.identity.user);
        let info = ConnectionInfo::new(*peer, *listener, Transport::Http, protocol.to_owned(), name, user);
        Ok(events.engine.connect(info, access)?)
    }

    /// What it may do in a vhost.
    pub(super) fn access(&self, events: &Events, vhost: &Arc<str>) -> Result<Access, Refusal> {
        Ok(Access::of(events.gate.users(), Arc::clone(&self.identity), vhost)?)
    }
}
