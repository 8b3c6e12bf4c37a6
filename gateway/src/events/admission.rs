//! Who may publish events, and read them.

use super::{Events, vhost_of};
use crate::auth::{Access, Entrance, Identity, Realm};
use crate::engine::{ConnectionInfo, Handle, Management, Transport};
use crate::error::Refusal;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;

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
        entrance.check_page(Realm::Later)?;
        let peer = entrance.peer.with_headers(&head.headers, events.gate.origins());
        let identity = events.gate.authenticate(&head.method, &head.headers, peer).await?;
        entrance.arrival.log_in();
        // After the log-in: which vhosts have lists of their own is nothing for strangers.
        if entrance.page.is_some() {
            entrance.check_page(Realm::Vhost(&vhost_of(&head.uri)))?;
        }
        Ok(Admitted { identity: Arc::new(identity), entrance })
    }

    /// Refuses what a connection would publish that was too fast.
    pub(super) fn check_pace(&self) -> Result<(), Refusal> {
        self.entrance.check_pace()
    }

    /// Its connection has published so many events.
    pub(super) fn handle_published(&self, count: usize) {
        self.entrance.arrival.handle_published(count);
    }

    /// Connects to a vhost, to read for as long as the request lasts. `protocol` is what management sees.
    pub(super) fn connect(&self, events: &Events, vhost: &str, protocol: &str) -> Result<Handle, Refusal> {
        let (vhost, access) = self.enter(events, vhost)?;
        let Entrance { peer, listener, .. } = &self.entrance;
        let (vhost, user) = (Arc::clone(vhost.name()), Arc::clone(&self.identity.user));
        let info = ConnectionInfo::new(*peer, *listener, Transport::Http, protocol.to_owned(), vhost, user);
        Ok(events.engine.connect(info, access)?)
    }

    /// A vhost, and what it may do there.
    pub(super) fn enter(&self, events: &Events, vhost: &str) -> Result<(Management, Access), Refusal> {
        Ok(events.engine.enter(events.gate.users(), &self.identity, vhost)?)
    }
}
