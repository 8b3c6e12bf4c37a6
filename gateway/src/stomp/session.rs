//! One STOMP connection from its first octet to its last, as one task.
//!
//! ```text
//!   socket --octets--> protocol --requests--> translate --commands--> engine
//!   socket <--frames-- protocol <------------- items ---------------- outbox
//! ```
//!
//! Reading and writing go on independently: a client that does not read is not written to, and still heard. What is
//! read in one turn is submitted at once, and what waits in the outbox is written at once.

use super::login::{Door, Visitor};
use super::socket::{Breach, Part, Received, Socket};
use super::translate;
use crate::engine::{CloseReason, Handle, Item};
use crate::error::stomp_code;
use broker::{Command, EndReason, Error, Message};
use bytes::Bytes;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use wire::stomp::Code;
use wire::stomp::heartbeat::Beat;
use wire::stomp::server::{Failure, MessageHead, Request, Session as Protocol, Token, Welcome};
use wire::time::Millis;

/// Octets to collect before they are written: system calls are what writing costs.
const WRITE_BATCH: usize = 32 * 1024;

/// Octets of a body to write as one piece; larger ones go in fragments, so that buffers stay small.
const FRAGMENT: usize = 64 * 1024;

/// Octets to read before what they ask for is submitted.
const READ_BATCH: usize = 64 * 1024;

/// Receipts owed to a client from which nothing more is read of it: it sends, but does not read our answers.
const RECEIPTS_OWED: usize = 4 * 1024;

/// The token under which the end of a connection without a receipt is queued; the protocol numbers from 1.
const LAST: Token = 0;

/// A STOMP connection; as a future it ends with it.
pub(super) struct Session<S> {
    socket: Socket<S>,
    protocol: Protocol,
    door: Arc<Door>,
    visitor: Visitor,
    /// Since log-in.
    link: Option<Handle>,
    /// Taken from the outbox, not yet written.
    items: VecDeque<Item>,
    /// A body that is being written in fragments.
    large: Option<Large>,
    /// Octets of deliveries written since the window was last opened.
    delivered: usize,
    /// No reading until then, since somebody cannot keep up with what this client publishes.
    stalled: Option<Instant>,
    state: State,
    started: Instant,
    timer: Pin<Box<Sleep>>,
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
    is_text: bool,
    position: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A session on a connection that was just accepted.
    pub(super) fn new(socket: Socket<S>, door: Arc<Door>, visitor: Visitor) -> Self {
        let started = Instant::now();
        Session {
            socket,
            protocol: Protocol::new(door.limits.frame()),
            timer: Box::pin(tokio::time::sleep_until(started + door.limits.login_time())),
            door,
            visitor,
            link: None,
            items: VecDeque::new(),
            large: None,
            delivered: 0,
            stalled: None,
            state: State::Open,
            started,
        }
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    // ---- reading ----

    /// Reads what there is, up to a batch, and submits what it asks for. `true`: something came.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let may_read = matches!(self.state, State::Open)
            && self.stalled.is_none()
            && self.protocol.receipts_owed() < RECEIPTS_OWED;
        if !may_read {
            return false;
        }
        let mut commands = Vec::new();
        let mut count = 0;
        while count < READ_BATCH && matches!(self.state, State::Open) {
            match self.socket.poll_receive(cx) {
                Poll::Pending => break,
                Poll::Ready(Received::Octets(octets)) => {
                    count += octets.len();
                    self.handle_octets(&octets, &mut commands);
                }
                Poll::Ready(Received::Alive) => count += 1,
                Poll::Ready(Received::Closed) => self.state = State::Closed,
                Poll::Ready(Received::Broken(breach)) => self.handle_breach(breach, &mut commands),
            }
        }
        if count > 0 {
            self.protocol.handle_received(self.now());
            if let Some(link) = &self.link {
                link.info().received.fetch_add(count as u64, Ordering::Relaxed);
            }
        }
        self.submit(commands);
        count > 0 || !matches!(self.state, State::Open)
    }

    fn handle_octets(&mut self, octets: &Bytes, commands: &mut Vec<Command>) {
        let mut input: &[u8] = octets;
        while matches!(self.state, State::Open) {
            let result = match self.protocol.handle_input(&mut input) {
                Ok(None) => return,
                Ok(Some(request)) => self.handle_request(request, commands),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = result {
                self.end(LAST, Some(failure), commands);
            }
        }
    }

    fn handle_request(&mut self, request: Request, commands: &mut Vec<Command>) -> Result<(), Failure> {
        let Some(link) = &self.link else {
            return match request {
                Request::Connect(connect) => {
                    let link = self.door.log_in(&connect, self.protocol.version(), &self.visitor)?;
                    self.welcome(link);
                    Ok(())
                }
                // The protocol lets nothing else through before log-in.
                _ => Err(Failure::new(Code::Protocol, "log in first")),
            };
        };
        let connection = link.connection();
        let token = request.token();
        let command = match request {
            Request::Send(send) => translate::send(send, connection, &link.info().user),
            Request::Subscribe(subscribe) => translate::subscribe(subscribe, connection),
            Request::Unsubscribe { number, token } => {
                Ok(Command::Unsubscribe { connection, subscription: number, token })
            }
            Request::Ack(settle) => Ok(translate::ack(&settle, connection)),
            Request::Nack(settle) => Ok(translate::nack(&settle, connection)),
            Request::Disconnect { token } => {
                self.end(token.unwrap_or(LAST), None, commands);
                return Ok(());
            }
            Request::Connect(_) => Err(Failure::new(Code::Protocol, "already connected")),
        };
        match command {
            Ok(command) => {
                commands.push(command);
                Ok(())
            }
            Err(failure) => Err(failure.answering(token.and_then(|token| self.protocol.take_receipt(token)))),
        }
    }

    fn welcome(&mut self, link: Handle) {
        let session = format!("{:032x}", rand::random::<u128>());
        let welcome = Welcome { session: &session, server: crate::SERVER, user: &link.info().user };
        let mut frame = Vec::new();
        let now = self.now();
        self.protocol.accept(welcome, now, &mut frame);
        self.socket.set_limit(self.door.limits.frame);
        self.socket.push(Part::Whole, true, &[&frame]);
        self.link = Some(link);
    }

    fn handle_breach(&mut self, breach: Breach, commands: &mut Vec<Command>) {
        let mut failure = match breach {
            Breach::TooLarge => Failure::new(Code::TooLarge, "a WebSocket message is larger than a frame may be"),
            Breach::NotUtf8 => Failure::new(Code::Protocol, "a WebSocket text message is not UTF-8"),
            Breach::Protocol => Failure::new(Code::Protocol, "the WebSocket protocol was violated"),
        };
        if breach == Breach::NotUtf8 {
            failure.close_code = 1007;
        }
        self.end(LAST, Some(failure), commands);
    }

    fn submit(&mut self, commands: Vec<Command>) {
        if let Some(link) = self.link.as_ref().filter(|_| !commands.is_empty()) {
            link.submit(commands);
            let subscriptions = u32::try_from(self.protocol.subscription_count()).unwrap_or(u32::MAX);
            link.info().subscriptions.store(subscriptions, Ordering::Relaxed);
        }
    }

    // ---- ending ----

    /// Lets the connection end once all that was asked for before is answered.
    fn end(&mut self, token: Token, failure: Option<Failure>, commands: &mut Vec<Command>) {
        let deadline = Instant::now() + self.door.limits.close_time();
        match &self.link {
            Some(link) => {
                commands.push(Command::Sync { connection: link.connection(), token });
                self.state = State::Ending { token, failure, deadline };
            }
            None => self.close(failure.as_ref()),
        }
    }

    /// Pushes the last frame, and begins to close.
    fn close(&mut self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            tracing::debug!(peer = %self.visitor.peer.address, code = %failure.code, reason = failure.message, "connection refused");
            let mut frame = Vec::new();
            self.protocol.write_error(failure, &mut frame);
            self.socket.push(Part::Whole, true, &[&frame]);
        }
        let code = failure.map_or(1000, |failure| failure.close_code);
        let cx = &mut Context::from_waker(std::task::Waker::noop());
        self.socket.push_close(code, cx);
        self.link = None; // what is unacked goes back at once
        self.items = VecDeque::new();
        self.large = None;
        let deadline = Instant::now() + self.door.limits.close_time();
        // Behind an error the client's octets have no meaning; without one it may answer our close.
        let readable = failure.is_none() && self.socket.has_close_handshake();
        self.state = State::Closing { deadline, readable, flushed: false };
    }

    /// Waits for the last frame to be written and for the client to close.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let State::Closing { deadline, readable, flushed } = &mut self.state else {
            return Poll::Ready(());
        };
        if !*flushed {
            match self.socket.poll_flush(cx) {
                Poll::Ready(Ok(())) => *flushed = true,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        let done = if *readable {
            matches!(self.socket.poll_receive(cx), Poll::Ready(Received::Closed | Received::Broken(_)))
        } else {
            // Dropping a socket with unread octets resets it, which may destroy the last frame on its way.
            let shut = *flushed && self.socket.poll_shutdown(cx).is_ready();
            self.socket.poll_discard(cx).is_ready() && shut
        };
        if done {
            return Poll::Ready(());
        }
        let deadline = *deadline;
        self.poll_until(deadline, cx)
    }

    // ---- writing ----

    /// Writes what waits, as far as the client takes it.
    fn write(&mut self, cx: &mut Context<'_>) {
        loop {
            self.fill(cx);
            if matches!(self.state, State::Closing { .. } | State::Closed) {
                return;
            }
            let count = self.socket.backlog();
            if count == 0 {
                self.socket.rest();
                return;
            }
            match self.socket.poll_flush(cx) {
                Poll::Ready(Ok(())) => self.count_written(count),
                Poll::Ready(Err(_)) => {
                    self.state = State::Closed;
                    return;
                }
                Poll::Pending => return,
            }
        }
    }

    /// Encodes items until there is enough for one write.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.socket.backlog() < WRITE_BATCH {
            if self.large.is_some() {
                self.push_fragment();
                continue;
            }
            let Some(link) = &self.link else { return };
            if self.items.is_empty() && link.poll_take(&mut self.items, cx).is_pending() {
                return;
            }
            match self.items.pop_front() {
                Some(item) => self.tell(item),
                None => return,
            }
        }
    }

    fn count_written(&mut self, count: usize) {
        self.protocol.handle_sent(self.now());
        let Some(link) = &self.link else { return };
        link.info().sent.fetch_add(count as u64, Ordering::Relaxed);
        if self.delivered >= self.door.limits.outbox / 2 {
            let octets = std::mem::take(&mut self.delivered);
            link.submit([Command::Replenish { connection: link.connection(), octets }]);
        }
    }

    /// Turns an item into frames.
    fn tell(&mut self, item: Item) {
        match item {
            Item::Deliver { message, subscription, delivery, delivery_count } => {
                self.deliver(message, MessageHead { subscription, delivery, delivery_count });
            }
            Item::Confirmed { token, routed } => self.confirm(token, routed),
            Item::Ended { subscription, reason: EndReason::Unsubscribed(token) } => {
                self.protocol.forget_subscription(subscription);
                if let Some(token) = token {
                    self.confirm(token, None);
                }
            }
            Item::Ended { subscription, reason: EndReason::QueueDeleted } => {
                let mut failure = Failure::new(Code::NotFound, "the queue of a subscription was deleted");
                failure.subscription = self.protocol.subscription_id(subscription).map(Box::from);
                self.close(Some(&failure));
            }
            Item::Refused { token, subscription, error } => self.refuse(token, subscription, &error),
            Item::Stall => self.stalled = Some(Instant::now() + self.door.limits.publish_stall()),
            Item::Resume => self.stalled = None,
            Item::Close(CloseReason::Draining) => {
                self.close(Some(&Failure::new(Code::Draining, "the server is going away: connect again")));
            }
        }
    }

    fn confirm(&mut self, token: Token, routed: Option<u32>) {
        let mut frame = Vec::new();
        self.protocol.write_receipt(token, routed, &mut frame);
        if !frame.is_empty() {
            self.socket.push(Part::Whole, true, &[&frame]);
        }
        if let State::Ending { token: last, failure, .. } = &mut self.state
            && *last == token
        {
            let failure = failure.take();
            self.close(failure.as_ref());
        }
    }

    fn refuse(&mut self, token: Option<Token>, subscription: Option<u32>, error: &Error) {
        let mut failure = Failure::new(stomp_code(error), error.to_string());
        failure.receipt_id = token.and_then(|token| self.protocol.take_receipt(token));
        failure.subscription = subscription.and_then(|number| self.protocol.subscription_id(number)).map(Box::from);
        self.close(Some(&failure));
    }

    fn deliver(&mut self, message: Arc<Message>, head: MessageHead) {
        self.delivered += message.size();
        let mut own = HEAD.take();
        own.clear();
        if self.protocol.write_message_head(head, &mut own) {
            let encoding = translate::encoding(&message, self.protocol.version());
            if message.body.len() <= FRAGMENT {
                self.socket.push(Part::Whole, encoding.is_text, &[&own, &encoding.head, &message.body, &[0]]);
            } else {
                let is_text = encoding.is_text;
                self.socket.push(Part::First, is_text, &[&own, &encoding.head]);
                self.large = Some(Large { message, is_text, position: 0 });
            }
        }
        HEAD.set(own);
    }

    /// Pushes the next piece of a large body.
    fn push_fragment(&mut self) {
        let Some(Large { message, is_text, position }) = &mut self.large else { return };
        let end = message.body.len().min(*position + FRAGMENT);
        let piece = message.body.get(*position..end).unwrap_or_default();
        if end < message.body.len() {
            self.socket.push(Part::Middle, *is_text, &[piece]);
            *position = end;
        } else {
            self.socket.push(Part::Last, *is_text, &[piece, &[0]]);
            self.large = None;
        }
    }

    // ---- time ----

    /// Does what is due; pending until the next deadline.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.next_deadline() else { return Poll::Pending };
        ready!(self.poll_until(deadline, cx));
        self.handle_timeout();
        Poll::Ready(())
    }

    /// Waits for a moment. The timer is moved only to an earlier one: a later one is looked at again when it fires,
    /// which is cheaper than moving it with every message.
    fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        while Instant::now() < deadline {
            if self.timer.is_elapsed() || deadline < self.timer.deadline() {
                self.timer.as_mut().reset(deadline);
            }
            ready!(self.timer.as_mut().poll(cx));
        }
        Poll::Ready(())
    }

    fn next_deadline(&self) -> Option<Instant> {
        let login = self.link.is_none().then(|| self.started + self.door.limits.login_time());
        let beat = self.protocol.poll_timeout().map(|at| self.started + Duration::from_millis(at.0));
        let ending = match self.state {
            State::Ending { deadline, .. } => Some(deadline),
            _ => None,
        };
        [login, beat, ending, self.stalled].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self) {
        let now = Instant::now();
        if self.stalled.is_some_and(|until| now >= until) {
            self.stalled = None;
        }
        if let State::Ending { failure, deadline, .. } = &mut self.state
            && now >= *deadline
        {
            let failure = failure.take();
            return self.close(failure.as_ref());
        }
        if self.link.is_none() {
            let message = format!("no CONNECT came within {} ms", self.door.limits.login_time);
            return self.close(Some(&Failure::new(Code::AuthFailed, message)));
        }
        match self.protocol.handle_timeout(self.now()) {
            // Octets on their way are life enough, and a line feed inside a body would be part of it.
            Some(Beat::Send) if self.socket.backlog() == 0 && self.large.is_none() => {
                self.socket.push(Part::Whole, true, &[b"\n"]);
            }
            // While it is not read from, a client cannot be heard: its time begins anew.
            Some(Beat::PeerGone) if self.stalled.is_some() => self.protocol.handle_received(self.now()),
            Some(Beat::PeerGone) => self.close(Some(&Failure::new(Code::Protocol, "no heart-beat came in time"))),
            _ => {}
        }
    }
}

thread_local! {
    /// Where the differing part of a MESSAGE is written before its length is known.
    static HEAD: std::cell::Cell<Vec<u8>> = const { std::cell::Cell::new(Vec::new()) };
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Session<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            this.write(cx);
            let progress = this.read(cx);
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
