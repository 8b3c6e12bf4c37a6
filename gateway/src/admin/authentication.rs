//! Who may call the API: users with their passwords.

use super::Admin;
use super::answer::Refusal;
use crate::auth::{Peer, basic_credentials};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets only authenticated requests through.
pub(super) async fn require(
    State(admin): State<Admin>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let credentials = basic_credentials(request.headers());
    let (name, password) = credentials.as_ref().map(|(name, password)| (name.as_str(), password.as_str())).unzip();
    let refusal = match admin.users.authenticate(name, password, peer) {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            return next.run(request).await;
        }
        Err(refusal) => refusal,
    };
    let from_page = request.headers().contains_key("sec-fetch-mode");
    let mut response = Refusal::not_authorised(refusal.to_string()).into_response();
    if !from_page {
        // A browser would ask with a window of its own; our page asks itself.
        let challenge = HeaderValue::from_static("Basic realm=\"wharf\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
