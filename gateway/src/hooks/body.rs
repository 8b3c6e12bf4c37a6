//! Bodies of requests that nobody believes yet: what they may cost, all together and each sender's, and how slowly they may come.

use crate::error::Refusal;
use crate::transport::network;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use bytes::BytesMut;
use http_body_util::BodyExt;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Octets of all bodies together that are being received: anybody may send some.
const TOGETHER: usize = 64 << 20;

/// Of these, octets of one sender, or a single body if it may have more: who fills his share shuts out nobody else.
const SHARE: usize = TOGETHER / 8;

/// Time for a body to arrive: senders give up before that.
const TIME: Duration = Duration::from_secs(30);

/// How long a body may come more slowly than the least rate, or not at all: a packet that was lost has come again by then.
const GRACE: Duration = Duration::from_secs(5);

/// Octets a second: half of what a body of the usual limit, a MiB, needs to come in time.
const LEAST_RATE: u64 = 16 * 1024;

/// What all bodies share.
#[derive(Debug, Clone)]
pub(super) struct Room {
    taken: Arc<Mutex<Taken>>,
    together: usize,
    share: usize,
}

/// Octets that are here.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Without those that have none.
    by_sender: HashMap<IpAddr, usize>,
}

/// A body, and its part of the room for as long as it is here.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) octets: Bytes,
    _part: Part,
}

/// What one body takes of the room.
#[derive(Debug)]
struct Part {
    room: Room,
    sender: IpAddr,
    octets: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room::of(TOGETHER, SHARE)
    }
}

impl Room {
    fn of(together: usize, share: usize) -> Self {
        Room { taken: Arc::default(), together, share }
    }

    /// All of a body, in one piece.
    pub(super) async fn receive(&self, body: Body, limit: usize, sender: IpAddr) -> Result<Received, Refusal> {
        timeout(TIME, self.collect(body, limit, sender)).await.map_err(|_| late())?
    }

    async fn collect(&self, mut body: Body, limit: usize, sender: IpAddr) -> Result<Received, Refusal> {
        let too_large = || Refusal::too_large(format!("the body may have {limit} octets"));
        if is_too_large(&body, limit) {
            return Err(too_large());
        }
        let mut octets = BytesMut::new();
        let mut part = Part { room: self.clone(), sender: network(sender), octets: 0 };
        let mut due = Instant::now() + GRACE;
        while let Some(frame) = timeout_at(due, body.frame()).await.map_err(|_| late())? {
            let frame = frame.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
            let Ok(data) = frame.into_data() else { continue };
            if octets.len() + data.len() > limit {
                return Err(too_large());
            }
            part.grow(data.len(), limit)?;
            octets.extend_from_slice(&data);
            due = (due + earned(data.len())).min(Instant::now() + GRACE);
        }
        Ok(Received { octets: octets.freeze(), _part: part })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // No code that can panic runs under this lock.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// Takes more, for a body that may have `limit` octets.
    fn grow(&mut self, octets: usize, limit: usize) -> Result<(), Refusal> {
        let mut taken = self.room.lock();
        let of_sender = taken.by_sender.get(&self.sender).copied().unwrap_or(0).saturating_add(octets);
        let all = taken.all.saturating_add(octets);
        if of_sender > self.room.share.max(limit) || all > self.room.together {
            return Err(full());
        }
        taken.all = all;
        if of_sender > 0 {
            taken.by_sender.insert(self.sender, of_sender);
        }
        self.octets += octets;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        taken.all = taken.all.saturating_sub(self.octets);
        if let Entry::Occupied(mut of_sender) = taken.by_sender.entry(self.sender) {
            let left = of_sender.get().saturating_sub(self.octets);
            if left == 0 {
                of_sender.remove();
            } else {
                of_sender.insert(left);
            }
        }
    }
}

/// Time that so many octets may take.
fn earned(octets: usize) -> Duration {
    Duration::from_micros((octets as u64).saturating_mul(1_000_000) / LEAST_RATE)
}

fn late() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body did not come in time")
}

fn full() -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "limit_reached", "too much is received at once")
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
    use tokio::time::{Sleep, sleep};

    const SENDER: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    /// A body that begins with some octets, and of which as many follow each time this has passed, without an end.
    struct Slow {
        octets: usize,
        every: Duration,
        next: Pin<Box<Sleep>>,
    }

    impl Slow {
        fn body(octets: usize, every: Duration) -> Body {
            Body::new(Slow { octets, every, next: Box::pin(sleep(Duration::ZERO)) })
        }
    }

    impl HttpBody for Slow {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.next.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let again = Instant::now() + self.every;
            self.next.as_mut().reset(again);
            Poll::Ready(Some(Ok(Frame::data(vec![0; self.octets].into()))))
        }
    }

    /// How long a body is waited for that comes like this, and never as a whole.
    async fn patience(octets: usize, every: Duration) -> Duration {
        let start = Instant::now();
        let received = Room::default().receive(Slow::body(octets, every), 8 << 20, SENDER).await;
        assert_eq!(received.unwrap_err().into_response().status(), StatusCode::REQUEST_TIMEOUT);
        start.elapsed()
    }

    fn is_about(waited: Duration, expected: Duration) -> bool {
        waited >= expected && waited < expected + Duration::from_secs(1)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_soon_given_up() {
        assert!(is_about(patience(0, TIME * 2).await, GRACE));
        assert!(is_about(patience(1 << 20, TIME * 2).await, GRACE), "whatever came before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_slowly_is_given_up_and_a_faster_one_when_its_sender_would() {
        assert!(is_about(patience(1024, Duration::from_secs(1)).await, GRACE));
        assert!(is_about(patience(48 * 1024, Duration::from_secs(2)).await, TIME), "a pause is no harm");
    }

    async fn receive(room: &Room, body: &[u8], limit: usize, sender: &str) -> Result<Received, StatusCode> {
        let received = room.receive(Body::from(body.to_vec()), limit, sender.parse().unwrap()).await;
        received.map_err(|refusal| refusal.into_response().status())
    }

    #[tokio::test]
    async fn bodies_share_what_there_is_and_give_it_back() {
        let room = Room::of(10, 10);
        let first = receive(&room, b"12345678", 8, "::1").await.unwrap();
        assert_eq!(&first.octets[..], b"12345678");
        assert_eq!(receive(&room, b"123", 8, "192.0.2.1").await.unwrap_err(), StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert!(receive(&room, b"123", 8, "192.0.2.1").await.is_ok());
        assert_eq!(receive(&room, b"123456789", 8, "::1").await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(receive(&room, b"", 8, "::1").await.is_ok());
        let taken = room.lock();
        assert_eq!((taken.all, taken.by_sender.len()), (0, 0));
    }

    #[tokio::test]
    async fn who_has_filled_its_share_shuts_out_nobody_else() {
        let room = Room::of(100, 10);
        for (sender, neighbour, other) in
            [("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1")]
        {
            let held = receive(&room, b"123456", 6, sender).await.unwrap();
            let refused = receive(&room, b"12345", 6, neighbour).await;
            assert_eq!(refused.unwrap_err(), StatusCode::SERVICE_UNAVAILABLE, "{neighbour} is {sender}");
            assert!(receive(&room, b"1234", 6, neighbour).await.is_ok(), "what is left of the share");
            assert!(receive(&room, b"123456", 6, other).await.is_ok(), "{other}");
            drop(held);
            assert!(receive(&room, b"12345", 6, neighbour).await.is_ok(), "{sender} has given it back");
        }
    }

    #[tokio::test]
    async fn a_share_holds_at_least_one_body() {
        let room = Room::of(100, 10);
        assert!(receive(&room, &[0; 50], 50, "192.0.2.1").await.is_ok());
    }
}
