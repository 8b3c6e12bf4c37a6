//! Who may ask something of the server over HTTP.

use super::{Identity, OriginRule, Peer, Users, basic_credentials};
use crate::error::Refusal;
use crate::metrics;
use axum::http::{HeaderMap, StatusCode, header};
use std::sync::Arc;

/// Lets in our own pages and those of listed sites, for users with their passwords.
#[derive(Debug, Clone)]
pub struct Gate {
    users: Arc<Users>,
    origins: Arc<OriginRule>,
}

impl Gate {
    /// A gate for these users, and pages of these origins.
    pub fn new(users: Arc<Users>, origins: OriginRule) -> Self {
        Gate { users, origins: Arc::new(origins) }
    }

    /// The rule for pages.
    pub fn origins(&self) -> &Arc<OriginRule> {
        &self.origins
    }

    /// Both at once; `peer` is the connection's.
    pub fn admit(&self, headers: &HeaderMap, peer: Peer) -> Result<Identity, Refusal> {
        self.check_origin(headers)?;
        self.authenticate(headers, peer.with_headers(headers, &self.origins))
    }

    /// Refuses what a page of another site asks for.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if self.origins.allows(text(header::ORIGIN), text(header::HOST)) {
            return Ok(());
        }
        let reason = "pages of this origin may not connect: add it to http.allowed_origins, or the name under which this \
                      server is reached to http.public_hosts";
        Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", reason))
    }

    /// Who has this name and password.
    pub fn log_in(&self, name: &str, password: &str, peer: Peer) -> Result<Identity, super::Refusal> {
        let authenticated = self.users.authenticate(Some(name), Some(password), peer);
        authenticated.inspect_err(|refusal| metrics::login_refused(refusal.name()))
    }

    /// Who it is; `peer` is seen through the headers already.
    pub fn authenticate(&self, headers: &HeaderMap, peer: Peer) -> Result<Identity, Refusal> {
        let credentials = basic_credentials(headers);
        let (name, password) = credentials.as_ref().map(|(name, password)| (name.as_str(), password.as_str())).unzip();
        self.users.authenticate(name, password, peer).map_err(|refusal| {
            metrics::login_refused(refusal.name());
            let refusal = Refusal::not_authorised(refusal.to_string());
            // A browser would ask with a window of its own; our page asks itself.
            if headers.contains_key("sec-fetch-mode") { refusal } else { refusal.challenging() }
        })
    }
}
