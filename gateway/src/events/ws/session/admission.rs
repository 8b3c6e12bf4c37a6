//! Finding out who a client is, which may take a while: nothing more is read of it meanwhile.

use super::asked::Who;
use super::timing::draining;
use super::{Fatal, Session};
use crate::auth::{Attempt, Credentials, Identity, Realm, Refusal};
use crate::engine::{ConnectionInfo, DEFAULT_VHOST, NotConnected, NotEntered, Transport};
use serde_json::json;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// A proof that is being looked at, for a client that asked with this event.
pub(super) struct Admission {
    attempt: Attempt,
    who: Who,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A stranger wants to be let in, or who is in wants to stay.
    pub(super) fn authenticate(&mut self, shown: Credentials, who: Who) {
        let (users, peer) = (Arc::clone(self.events.gate.users()), self.entrance.peer);
        let attempt = Box::pin(async move { users.authenticate(Some(&shown), peer).await });
        self.admission = Some(Admission { attempt, who });
    }

    /// Looks whether it is known now. `true`: it is.
    pub(super) fn poll_admission(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(admission) = &mut self.admission else { return false };
        let Poll::Ready(result) = admission.attempt.as_mut().poll(cx) else { return false };
        if let Some(Admission { who, .. }) = self.admission.take()
            && let Err(fatal) = self.admit(result, &who)
        {
            self.close(&fatal);
        }
        true
    }

    fn admit(&mut self, result: Result<Identity, Refusal>, who: &Who) -> Result<(), Fatal> {
        match (result, &self.link) {
            (Err(refusal), None) => Err(Fatal::policy("not_authorised", refusal.to_string())),
            (Err(refusal), Some(_)) => self.reject(Some(who), "not_authorised", &refusal.to_string()),
            (Ok(identity), Some(link)) if identity.user != link.info().user => {
                self.reject(Some(who), "access_refused", "another user needs another connection")
            }
            (Ok(identity), link) => {
                let user = Arc::clone(&identity.user);
                match link {
                    Some(link) => link.renew(Arc::new(identity)),
                    None => self.connect(identity)?,
                }
                self.confirm("confirmed", Some(who), json!({ "user": &*user }));
                Ok(())
            }
        }
    }

    /// Connects who has proved who it is to its vhost, and begins what its URL asked for.
    pub(super) fn connect(&mut self, identity: Identity) -> Result<(), Fatal> {
        let vhost = self.opening.vhost.as_deref().unwrap_or(DEFAULT_VHOST);
        let protocol = format!("CloudEvents {}", self.format.subprotocol());
        let (peer, listener) = (self.entrance.peer, self.entrance.listener);
        let user = Arc::clone(&identity.user);
        let entered = self.events.engine.enter(self.events.gate.users(), &Arc::new(identity), vhost);
        let (vhost, access) = entered.map_err(|error| match &error {
            NotEntered::NoVhost(_) => Fatal::policy("not_found", error.to_string()),
            NotEntered::Denied(_) => Fatal::policy("access_refused", error.to_string()),
        })?;
        let vhost = Arc::clone(vhost.name());
        let let_in = self.entrance.check_page(Realm::Vhost(&vhost));
        let_in.map_err(|foreign| Fatal::policy("access_refused", foreign.to_string()))?;
        let info = ConnectionInfo::new(peer, listener, Transport::WebSocket, protocol, vhost, user);
        let handle = self.events.engine.connect(info, access).map_err(|error| match error {
            NotConnected::NoVhost(_) => Fatal::policy("not_found", error.to_string()),
            NotConnected::Limit { .. } | NotConnected::UserLimit { .. } => {
                Fatal::new(1013, "limit_reached", error.to_string())
            }
        })?;
        self.entrance.arrival.log_in();
        // The call to go elsewhere went out before this connection was there to hear it.
        if self.events.stopping.is_cancelled() {
            return Err(draining());
        }
        self.called_off.set(handle.dismissal().called());
        self.socket.set_limit(self.events.event_limit);
        let connection = handle.connection();
        self.link = Some(handle);
        let mut commands = Vec::new();
        for to in std::mem::take(&mut self.opening.subscriptions) {
            // It was read before, when the URL was.
            if let Ok(readable) = to.read() {
                commands.push(self.begin(connection, readable, None));
            }
        }
        self.submit(commands);
        Ok(())
    }
}
