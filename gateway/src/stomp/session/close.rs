//! How a connection ends: everything before is answered, the last frame is flushed, then it is closed.

use super::{Session, State};
use crate::engine::Command;
use crate::metrics::Limit;
use crate::websocket::Part;
use std::collections::VecDeque;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wire::stomp::Code;
use wire::stomp::server::{Failure, Token};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Lets the connection end once all that was asked for before is answered.
    pub(super) fn end(&mut self, token: Token, failure: Option<Failure>, commands: &mut Vec<Command>) {
        let deadline = Instant::now() + self.door.limits.close_time();
        match &self.link {
            Some(link) => {
                // What is parked was not accepted, and an error does not wait for it.
                commands.push(link.translator.sync(token, failure.is_none()));
                self.state = State::Ending { token, failure, deadline };
            }
            None => self.close(failure.as_ref()),
        }
    }

    /// The client reads: it has its time from now on.
    pub(super) fn put_end_off(&mut self) {
        if let State::Ending { deadline, .. } | State::Closing { deadline, .. } = &mut self.state {
            *deadline = Instant::now() + self.door.limits.close_time();
        }
    }

    /// Pushes the last frame, and begins to close.
    pub(super) fn close(&mut self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            if failure.code == Code::TooLarge {
                Limit::Size.count();
            }
            tracing::debug!(peer = %self.visitor.peer.address, code = %failure.code, reason = failure.message, "connection refused");
            // Inside an unfinished message an ERROR would be part of its body.
            if self.large.is_none() {
                let mut frame = Vec::new();
                self.protocol.write_error(failure, &mut frame);
                self.socket.push(Part::Whole, true, &[&frame]);
            }
        }
        let code = failure.map_or(1000, |failure| failure.close_code);
        let cx = &mut Context::from_waker(std::task::Waker::noop());
        self.socket.push_close(code, cx);
        self.link = None; // what is unacked goes back at once
        self.items = VecDeque::new();
        self.local = VecDeque::new();
        self.large = None;
        self.wait_for_close(self.socket.is_websocket() && !self.broken);
    }

    /// The client has closed; what tungstenite answered to that is still to be written.
    pub(super) fn handle_closed(&mut self) {
        match self.socket.backlog() {
            0 => self.state = State::Closed,
            _ => self.wait_for_close(false),
        }
    }

    /// Gives the client its time; `readable`: until it answers our close, which can be read.
    fn wait_for_close(&mut self, readable: bool) {
        let deadline = Instant::now() + self.door.limits.close_time();
        self.state = State::Closing { deadline, readable, flushed: false };
    }

    /// Waits for the last frame to be written and for the client to close.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let unwritten = self.socket.backlog();
        let flush = self.socket.poll_flush(cx);
        if self.socket.backlog() < unwritten {
            self.put_end_off();
        }
        let State::Closing { deadline, readable, flushed } = &mut self.state else {
            return Poll::Ready(());
        };
        match flush {
            Poll::Ready(Ok(())) => *flushed = true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => {}
        }
        let done = if *readable {
            self.socket.poll_close(cx).is_ready() && *flushed
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
}
