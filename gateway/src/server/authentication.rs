//! Who may call the API: users with their credentials. What they change is told in the log.

use crate::auth::{Entrance, Gate};
use crate::error::Refusal;
use axum::Extension;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::sync::Arc;
use tokio::task::JoinError;

/// Lets only authenticated requests through.
pub(super) async fn require(
    State(gate): State<Gate>,
    Extension(entrance): Extension<Entrance>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = match gate.authenticate(request.method(), request.headers(), entrance.peer).await {
        Ok(identity) => Arc::new(identity),
        Err(refusal) => return refusal.into_response(),
    };
    entrance.arrival.log_in();
    request.extensions_mut().insert(Arc::clone(&identity));
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |OriginalUri(uri)| uri);
    let (method, path) = (request.method().clone(), uri.path().to_owned());
    let Ok(response) = to_its_end(next.run(request)).await else {
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the request failed").into_response();
    };
    let (user, status) = (&identity.user, response.status().as_u16());
    tracing::info!(target: "audit", peer = %entrance.peer.address, ?user, %method, path, status, "management");
    response
}

/// What is being changed is changed to its end, though who asked for it may have gone: half of it would be kept, and not known.
async fn to_its_end<T: Send + 'static>(change: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
    tokio::spawn(change).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_change_goes_on_though_who_asked_has_gone() {
        let (go_on, wait) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        {
            let mut asked = pin!(to_its_end(async move {
                let _ = wait.await;
                done.send("changed")
            }));
            let is_pending = poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx).is_pending())).await;
            assert!(is_pending);
        }
        go_on.send(()).expect("it still waits");
        assert_eq!(ended.await, Ok("changed"));
    }
}
