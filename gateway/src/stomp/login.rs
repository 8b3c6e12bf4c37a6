//! CONNECT: from a stranger's frame to a connection in a vhost.

use super::session::draining;
use crate::auth::{Attempt, Credentials, Identity, Page, Peer, Realm, Users};
use crate::config::{Limits, Stomp, WsFrame};
use crate::engine::{ConnectionInfo, DEFAULT_VHOST, Engine, Handle, NotConnected, NotEntered, Transport};
use crate::transport::Arrival;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wire::stomp::server::{Connect, Failure};
use wire::stomp::{Code, Version};

/// What sessions share.
#[derive(Debug)]
pub(crate) struct Door {
    pub engine: Engine,
    pub users: Arc<Users>,
    pub limits: Limits,
    pub stomp: Stomp,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
    /// Names of this server, which as `host` mean the default vhost.
    pub public_hosts: Vec<String>,
}

/// What is known of a client before it speaks.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) peer: Peer,
    pub(super) listener: SocketAddr,
    pub(super) transport: Transport,
    pub(super) arrival: Arc<Arrival>,
    /// The `Host` of the upgrade, without its port.
    pub(super) host: Option<String>,
    /// What the upgrade showed.
    pub(super) credentials: Option<Credentials>,
    /// The page that opened the WebSocket; `None`: none did.
    pub(super) page: Option<Arc<Page>>,
}

impl Door {
    /// Begins to find out who a client is.
    pub(super) fn authenticate(&self, connect: &Connect, visitor: &Visitor) -> Attempt {
        let shown = match (&connect.login, &connect.passcode) {
            (None, None) => visitor.credentials.clone(),
            (None, Some(token)) => Some(Credentials::Token(token.to_string())),
            (Some(_), None) => None,
            (Some(name), Some(password)) => {
                Some(Credentials::Password { name: name.to_string(), password: password.to_string() })
            }
        };
        self.prove(shown, visitor)
    }

    /// Begins to find out whose these credentials are.
    pub(super) fn prove(&self, shown: Option<Credentials>, visitor: &Visitor) -> Attempt {
        let (users, peer) = (Arc::clone(&self.users), visitor.peer);
        Box::pin(async move { users.authenticate(shown.as_ref(), peer).await })
    }

    /// Lets a client into a vhost that has proved who it is, or says why not.
    pub(super) fn enter(
        &self,
        identity: Identity,
        connect: &Connect,
        version: Version,
        visitor: &Visitor,
    ) -> Result<Handle, Failure> {
        let user = Arc::clone(&identity.user);
        let vhost = self.vhost_of(connect.host.as_deref(), visitor);
        let (vhost, access) = self.engine.enter(&self.users, &Arc::new(identity), vhost).map_err(|error| {
            let code = match &error {
                NotEntered::NoVhost(_) => Code::NotFound,
                NotEntered::Denied(_) => Code::Forbidden,
            };
            Failure::new(code, error.to_string())
        })?;
        let vhost = Arc::clone(vhost.name());
        if let Some(page) = &visitor.page {
            let let_in = page.check(Realm::Vhost(&vhost));
            let_in.map_err(|foreign| Failure::new(Code::Forbidden, foreign.to_string()))?;
        }
        let info = ConnectionInfo::new(
            visitor.peer,
            visitor.listener,
            visitor.transport,
            format!("STOMP {version}"),
            Arc::clone(&vhost),
            user,
        );
        tracing::debug!(peer = %visitor.peer.address, user = %info.user, %vhost, "logged in");
        let handle = self.engine.connect(info, access).map_err(|error| {
            let code = match &error {
                NotConnected::NoVhost(_) => Code::NotFound,
                NotConnected::Limit { .. } | NotConnected::UserLimit { .. } => Code::Forbidden,
            };
            Failure::new(code, error.to_string())
        })?;
        visitor.arrival.log_in();
        // The call to go elsewhere went out before this connection was there to hear it.
        if self.stopping.is_cancelled() {
            return Err(draining());
        }
        Ok(handle)
    }

    /// Whether what this client gets is binary, even where it is text.
    pub(super) fn is_binary(&self, connect: &Connect) -> Result<bool, Failure> {
        match connect.ws_frame.as_deref() {
            None => Ok(self.stomp.ws_frame == WsFrame::Binary),
            Some("auto" | "text") => Ok(false),
            Some("binary") => Ok(true),
            Some(other) => {
                let message = format!("x-ws-frame must be auto, text or binary, not {other:?}");
                Err(Failure::new(Code::Protocol, message))
            }
        }
    }

    /// The name of the vhost that `host` means. Many clients send the name of the server there, which means the default.
    fn vhost_of<'a>(&self, host: Option<&'a str>, visitor: &Visitor) -> &'a str {
        let is_ours = |host: &str| {
            let host = without_port(host);
            host.eq_ignore_ascii_case("localhost")
                || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
                || visitor.host.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(host))
                || self.public_hosts.iter().any(|public| public.eq_ignore_ascii_case(host))
        };
        host.filter(|host| self.engine.find_vhost(host).is_some() || !is_ours(host)).unwrap_or(DEFAULT_VHOST)
    }
}

/// `HOST` of `HOST:PORT`; an IPv6 address without a port has more colons.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if (!name.contains(':') || name.ends_with(']')) && port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}
