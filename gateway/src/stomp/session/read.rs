//! From the client's octets to the engine's commands.

use super::{LAST, READ_BACKLOG, READ_BATCH, RECEIPTS_OWED, Session, State};
use crate::engine::{Command, Handle, milliseconds_since_1970};
use crate::stomp::socket::{Breach, Part, Received};
use crate::stomp::translate;
use bytes::Bytes;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::stomp::Code;
use wire::stomp::server::{Failure, Request, Welcome};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Whether more of the client's octets are wanted now: not while it is paused, and not while it leaves what it asked
    /// for unread.
    pub(super) fn may_read(&self) -> bool {
        matches!(self.state, State::Open)
            && self.stalled.is_none()
            && self.socket.backlog() < READ_BACKLOG
            && self.protocol.receipts_owed() < RECEIPTS_OWED
    }

    /// Reads what there is, up to a batch, and submits what it asks for. `true`: something came.
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.may_read() {
            return false;
        }
        let mut commands = Vec::new();
        let mut count = 0;
        let mut alive = false;
        while count < READ_BATCH && self.may_read() {
            match self.socket.poll_receive(cx) {
                Poll::Pending => break,
                Poll::Ready(Received::Octets(octets)) => {
                    count += octets.len();
                    self.handle_octets(&octets, &mut commands);
                }
                Poll::Ready(Received::Alive) => alive = true,
                Poll::Ready(Received::Closed) => self.handle_closed(),
                Poll::Ready(Received::Broken(breach)) => self.handle_breach(breach, &mut commands),
            }
        }
        if count > 0 {
            self.protocol.handle_received(self.now());
            if let Some(link) = &self.link {
                link.info().received.fetch_add(count as u64, Ordering::Relaxed);
            }
        }
        if alive {
            self.protocol.handle_pong(self.now());
        }
        self.submit(commands);
        count > 0 || alive || !matches!(self.state, State::Open)
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
            Request::Send(send) => translate::send(send, connection, &link.info().user, milliseconds_since_1970()),
            Request::Subscribe(subscribe) => translate::subscribe(subscribe, connection),
            Request::Unsubscribe { number, token } => Ok(translate::unsubscribe(number, token, connection)),
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
        if self.socket.is_websocket() {
            self.protocol.use_pings();
        }
        self.socket.set_limit(self.door.limits.frame);
        self.socket.push(Part::Whole, true, &[&frame]);
        self.link = Some(link);
        self.stopping = None;
    }

    fn handle_breach(&mut self, breach: Breach, commands: &mut Vec<Command>) {
        self.broken = true;
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
}
