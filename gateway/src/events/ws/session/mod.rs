//! One WebSocket of events from its first message to its last, as one task.
//!
//! ```text
//!   socket --messages--> format --events--> ask, or publish --commands--> engine
//!   socket <--messages-- format <--events-- stamp <----------- items ----- outbox
//! ```
//!
//! Reading and writing go on independently, as in a session of STOMP: a client that does not read is not written to, and still heard until
//! too much is owed to it. It costs no more than its window, the answers that it is owed, and what the kernel holds.

mod admission;
mod asked;
mod close;
mod invalid;
mod read;
mod say;
mod subscriptions;
mod timing;
mod write;

use super::format::Format;
use super::opening::Opening;
use crate::auth::{Entrance, Identity};
use crate::engine::{Handle, Item};
use crate::events::Events;
use crate::websocket::Socket;
use admission::Admission;
use asked::Asked;
use close::Fatal;
use invalid::Strikes;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use subscriptions::Subscriptions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// Octets to collect before they are written: system calls are what writing costs.
const WRITE_BATCH: usize = 32 * 1024;

/// Octets to read before what they ask for is submitted.
const READ_BATCH: usize = 64 * 1024;

/// Commands to submit at once: others wait for the vhost meanwhile.
const COMMANDS: usize = 256;

/// Unwritten octets from which nothing more is read: answers and pongs that a client does not read. One event may be more.
const READ_BACKLOG: usize = 256 * 1024;

/// Answers of the broker that wait to be told, from which nothing more is read of a client.
const ANSWERS: usize = 1024;

/// A WebSocket of events; as a future it ends with it.
pub(super) struct Session<S> {
    socket: Socket<S>,
    format: Format,
    events: Arc<Events>,
    opening: Opening,
    entrance: Entrance,
    /// Who the client is, or still is, is being found out.
    admission: Option<Admission>,
    /// Since log-in.
    link: Option<Handle>,
    /// Taken from the outbox, not yet written.
    items: VecDeque<Item>,
    subscriptions: Subscriptions,
    asked: Asked,
    strikes: Strikes,
    /// Octets of deliveries written since the window was last opened.
    delivered: usize,
    /// When it has to go: until log-in when the server stops, of which the outbox brings the news later, or when too many wait for theirs;
    /// since log-in when an operator sends it away.
    called_off: Pin<Box<WaitForCancellationFutureOwned>>,
    state: State,
    /// The WebSocket protocol was violated: what comes now cannot be read any more.
    broken: bool,
    started: Instant,
    /// When the client was last heard, and last asked for a sign of life.
    heard: Instant,
    pinged: Instant,
    timer: Pin<Box<Sleep>>,
}

/// How far the connection has come.
enum State {
    Open,
    /// The last message is pushed; the client may answer until the deadline.
    Closing {
        deadline: Instant,
        readable: bool,
        flushed: bool,
    },
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A session on a WebSocket that was just granted; with an identity it is logged in.
    pub(super) fn new(
        socket: Socket<S>,
        format: Format,
        events: Arc<Events>,
        opening: Opening,
        entrance: Entrance,
        identity: Option<Identity>,
    ) -> Self {
        let now = Instant::now();
        let mut session = Session {
            socket,
            format,
            timer: Box::pin(tokio::time::sleep_until(now + events.login_time)),
            called_off: Box::pin(entrance.arrival.called_off()),
            events,
            opening,
            entrance,
            admission: None,
            link: None,
            items: VecDeque::new(),
            subscriptions: Subscriptions::default(),
            asked: Asked::default(),
            strikes: Strikes::default(),
            delivered: 0,
            state: State::Open,
            broken: false,
            started: now,
            heard: now,
            pinged: now,
        };
        if let Some(Err(fatal)) = identity.map(|identity| session.connect(identity)) {
            session.close(&fatal);
        }
        session
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Session<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            this.write(cx);
            let progress = this.read(cx) | this.poll_admission(cx);
            match this.state {
                State::Closed => return Poll::Ready(()),
                State::Closing { .. } => return this.poll_closing(cx),
                State::Open if progress => {}
                State::Open => match this.poll_timer(cx) {
                    Poll::Ready(()) => {}
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }
}
