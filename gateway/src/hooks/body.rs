//! Bodies of requests that nobody believes yet: what they may cost, all together.

use crate::error::Refusal;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use bytes::BytesMut;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Octets of all bodies together that are being received: anybody may send some.
const TOGETHER: usize = 64 << 20;

/// Time for a body to arrive: senders give up before that.
const TIME: Duration = Duration::from_secs(30);

/// What all bodies share.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// A body, and its share of the room for as long as it is here.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) octets: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Default for Room {
    fn default() -> Self {
        Room(Arc::new(Semaphore::new(TOGETHER)))
    }
}

impl Room {
    /// All of a body, in one piece.
    pub(super) async fn receive(&self, body: Body, limit: usize) -> Result<Received, Refusal> {
        let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body did not come in time");
        timeout(TIME, self.collect(body, limit)).await.map_err(late)?
    }

    async fn collect(&self, mut body: Body, limit: usize) -> Result<Received, Refusal> {
        let too_large = || Refusal::too_large(format!("the body may have {limit} octets"));
        if is_too_large(&body, limit) {
            return Err(too_large());
        }
        let (mut octets, mut room) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
            let Ok(data) = frame.into_data() else { continue };
            if octets.len() + data.len() > limit {
                return Err(too_large());
            }
            let more = self.take(data.len())?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            octets.extend_from_slice(&data);
        }
        Ok(Received { octets: octets.freeze(), _room: room })
    }

    fn take(&self, octets: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        let full = |_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "limit_reached", "too much is received at once");
        Arc::clone(&self.0).try_acquire_many_owned(octets).map_err(full)
    }
}

/// Whether a body announces more than it may have.
pub(super) fn is_too_large(body: &Body, limit: usize) -> bool {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > limit
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body that does not come.
    struct Never;

    impl HttpBody for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for_longer_than_senders_do() {
        let received = Room::default().receive(Body::new(Never), 8).await;
        assert_eq!(received.unwrap_err().into_response().status(), StatusCode::REQUEST_TIMEOUT);
    }

    async fn status(room: &Room, body: &[u8], limit: usize) -> Result<Received, StatusCode> {
        let received = room.receive(Body::from(body.to_vec()), limit).await;
        received.map_err(|refusal| refusal.into_response().status())
    }

    #[tokio::test]
    async fn bodies_share_what_there_is_and_give_it_back() {
        let room = Room(Arc::new(Semaphore::new(10)));
        let first = status(&room, b"12345678", 8).await.unwrap();
        assert_eq!(&first.octets[..], b"12345678");
        assert_eq!(status(&room, b"123", 8).await.unwrap_err(), StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert!(status(&room, b"123", 8).await.is_ok());
        assert_eq!(status(&room, b"123456789", 8).await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(status(&room, b"", 8).await.is_ok());
    }
}
