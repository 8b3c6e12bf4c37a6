//! Who may ask something of the server over HTTP.

use super::cookie;
use super::{Credentials, Identity, OriginRule, Peer, Users};
use crate::error::Refusal;
use axum::http::{HeaderMap, Method};
use std::sync::Arc;

/// Lets in our own pages and those of listed sites, for users with their passwords.
#[derive(Debug, Clone)]
pub struct Gate {
    users: Arc<Users>,
    origins: Arc<OriginRule>,
    /// The cookie that may hold a token; empty: none.
    cookie: Arc<str>,
}

impl Gate {
    /// A gate for these users, and pages of these origins.
    pub fn new(users: Arc<Users>, origins: OriginRule) -> Self {
        Gate { users, origins: Arc::new(origins), cookie: "".into() }
    }

    /// The same, where a cookie of this name may hold a token; empty: none.
    #[must_use]
    pub fn with_cookie(self, cookie: &str) -> Self {
        Gate { cookie: cookie.into(), ..self }
    }

    /// What a request shows to prove who asks.
    pub fn credentials(&self, method: &Method, headers: &HeaderMap) -> Option<Credentials> {
        let of_cookie = || match &*self.cookie {
            "" => None,
            name => cookie::token(name, method, headers).map(|token| Credentials::Token(token.to_owned())),
        };
        Credentials::of_request(headers).or_else(of_cookie)
    }

    /// The rule for pages.
    pub fn origins(&self) -> &Arc<OriginRule> {
        &self.origins
    }

    /// The users.
    pub fn users(&self) -> &Arc<Users> {
        &self.users
    }

    /// Who it is; `peer` is seen through the headers already.
    pub async fn authenticate(&self, method: &Method, headers: &HeaderMap, peer: Peer) -> Result<Identity, Refusal> {
        let credentials = self.credentials(method, headers);
        self.users.authenticate(credentials.as_ref(), peer).await.map_err(|refusal| {
            let refusal = Refusal::not_authorised(refusal.to_string());
            // A browser would ask with a window of its own; our page asks itself.
            if headers.contains_key("sec-fetch-mode") { refusal } else { refusal.challenging() }
        })
    }
}
