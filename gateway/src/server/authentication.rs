//! Who may call the API: users with their passwords.

use crate::auth::{Entrance, Gate};
use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets only authenticated requests through.
pub(super) async fn require(
    State(gate): State<Gate>,
    Extension(entrance): Extension<Entrance>,
    mut request: Request,
    next: Next,
) -> Response {
    match gate.authenticate(request.headers(), entrance.peer) {
        Ok(identity) => {
            entrance.arrival.log_in();
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}
