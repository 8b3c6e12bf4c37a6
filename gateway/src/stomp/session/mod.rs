//! One STOMP connection from its first octet to its last, as one task.
//!
//! ```text
//!   socket --octets--> protocol --requests--> translate --commands--> engine
//!   socket <--frames-- protocol <------------- items ---------------- outbox
//! ```
//!
//! Reading and writing go on independently: a client that does not read is not written to, and still heard. What is
//! read in one turn is submitted at once, and what waits in the outbox is written at once.

mod admission;
mod close;
mod local;
mod read;
mod timing;
mod write;

use super::login::{Door, Visitor};
use super::notices::Notices;
use super::translate::Translator;
use crate::engine::{Cause, Handle, Item, Message};
use crate::metrics::Limit;
use crate::websocket::Socket;
use admission::Admission;
use bytes::Bytes;
use local::Local;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;
use wire::stomp::Code;
use wire::stomp::server::{Failure, Session as Protocol, Token};
use wire::time::Millis;

/// Octets to collect before they are written: system calls are what writing costs.
const WRITE_BATCH: usize = 32 * 1024;

/// Octets of a body to write as one piece; larger ones go in fragments, so that buffers stay small.
const FRAGMENT: usize = 64 * 1024;

/// Octets to read before what they ask for is submitted.
const READ_BATCH: usize = 64 * 1024;

/// Unwritten octets from which nothing more is read. Deliveries never come so far, since a batch and a fragment are
/// less: it is the answers to pings that a client does not read.
const READ_BACKLOG: usize = 2 * (WRITE_BATCH + FRAGMENT);

/// Receipts owed to a client from which nothing more is read of it: it sends, but does not read our answers. Their ids
/// are limited, so this is a megabyte at most.
const RECEIPTS_OWED: usize = 1024;

/// Commands to submit at once: others wait for the vhost meanwhile.
const COMMANDS: usize = 256;

/// Answers of the broker that wait to be told, from which nothing more is read of a client.
const ANSWERS: usize = 1024;

/// Answers that wait to be written from which nothing more is read of a client: it errs, but does not read what we say
/// to that.
const LOCAL: usize = 1024;

/// The token under which the end of a connection without a receipt is queued; the protocol numbers from 1.
const LAST: Token = 0;

/// A STOMP connection; as a future it ends with it.
pub(super) struct Session<S> {
    socket: Socket<S>,
    protocol: Protocol,
    door: Arc<Door>,
    visitor: Visitor,
    /// When it has to go: until log-in when the server stops, of which the outbox brings the news later, or when too many wait for
    /// theirs; since log-in when an operator sends it away.
    called_off: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Who the client is, or still is, is being found out.
    admission: Option<Admission>,
    /// Since log-in.
    link: Option<Link>,
    /// What the session itself has to say: it may not stand in the midst of a large body.
    local: VecDeque<Local>,
    notices: Notices,
    /// Taken from the outbox, not yet written.
    items: VecDeque<Item>,
    /// A body that is being written in fragments.
    large: Option<Large>,
    /// Octets of deliveries written since the window was last opened.
    delivered: usize,
    /// What of the client's octets is not taken yet: one read may ask for more than is done at once.
    ahead: Bytes,
    /// Whether the protocol has more to say to what was read.
    is_behind: bool,
    state: State,
    /// The WebSocket protocol was violated: what comes now cannot be read any more.
    broken: bool,
    started: Instant,
    timer: Pin<Box<Sleep>>,
}

/// A client that has logged in.
struct Link {
    handle: Handle,
    translator: Translator,
}

/// How far the connection has come.
enum State {
    Open,
    /// It ends once all that was asked for before is answered: by the receipt of a DISCONNECT, or by an ERROR.
    Ending {
        token: Token,
        failure: Option<Failure>,
        deadline: Instant,
    },
    /// The last frame is pushed; the client may answer until the deadline.
    Closing {
        deadline: Instant,
        readable: bool,
        flushed: bool,
    },
    Closed,
}

/// A message with a large body, of which `position` octets are written.
struct Large {
    message: Arc<Message>,
    /// For how many octets of the window it counts.
    octets: usize,
    is_text: bool,
    position: usize,
}

/// What clients are told when the server stops.
pub(super) fn draining() -> Failure {
    Failure::new(Code::Draining, "the server is going away: connect again")
}

/// Close code of a WebSocket whose client did nothing wrong, and may not stay (RFC 6455: a policy).
const POLICY: u16 = 1008;

/// What clients are told when their vhost is gone.
pub(super) fn vhost_deleted() -> Failure {
    let mut failure = Failure::new(Code::NotFound, Cause::VhostDeleted.to_string());
    failure.close_code = POLICY;
    failure
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A session on a connection that was just accepted.
    pub(super) fn new(socket: Socket<S>, door: Arc<Door>, visitor: Visitor) -> Self {
        let started = Instant::now();
        Session {
            socket,
            protocol: Protocol::new(door.limits.frame(), door.limits.transactions()),
            timer: Box::pin(tokio::time::sleep_until(started + door.limits.login_time())),
            called_off: Box::pin(visitor.arrival.called_off()),
            door,
            visitor,
            admission: None,
            link: None,
            items: VecDeque::new(),
            large: None,
            local: VecDeque::new(),
            notices: Notices::default(),
            delivered: 0,
            ahead: Bytes::new(),
            is_behind: false,
            state: State::Open,
            broken: false,
            started,
        }
    }

    /// Why it has to go.
    fn call_off(&self) -> Failure {
        let Some(cause) = self.link.as_ref().and_then(|link| link.handle.dismissal().cause()) else {
            return match self.visitor.arrival.is_displaced() {
                true => Failure::new(Code::RateLimited, Limit::Pending.reason()),
                false => draining(),
            };
        };
        let code = match cause {
            Cause::VhostDeleted => return vhost_deleted(),
            Cause::Operator(_) => Code::Draining,
            Cause::Expired => Code::AuthExpired,
            Cause::Revoked => Code::AuthFailed,
        };
        Failure::new(code, cause.to_string())
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
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
                State::Open | State::Ending { .. } if progress => {}
                State::Open | State::Ending { .. } => match this.poll_timer(cx) {
                    Poll::Ready(()) => {}
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }
}
