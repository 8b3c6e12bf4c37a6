//! How a connection ends.

use super::{Session, State};
use serde_json::json;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// Why a connection ends, as its close code says it (RFC 6455 section 7.4) and an error event before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fatal {
    code: u16,
    error: &'static str,
    reason: String,
}

impl Fatal {
    pub(super) fn new(code: u16, error: &'static str, reason: impl Into<String>) -> Fatal {
        Fatal { code, error, reason: reason.into() }
    }

    /// 1001: the server goes away, or an operator wants the client to.
    pub(super) fn going_away(reason: impl Into<String>) -> Fatal {
        Fatal::new(1001, "draining", reason)
    }

    /// 1008: it may not be.
    pub(super) fn policy(error: &'static str, reason: impl Into<String>) -> Fatal {
        Fatal::new(1008, error, reason)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Pushes the last event, and begins to close.
    pub(super) fn close(&mut self, fatal: &Fatal) {
        tracing::debug!(peer = %self.entrance.peer.address, code = fatal.code, reason = fatal.reason, "events: connection closed");
        match fatal.code {
            1001 => self.say("notice", &json!({ "notice": fatal.error, "reason": fatal.reason })),
            _ => self.refuse(None, fatal.error, &fatal.reason),
        }
        self.socket.push_close(fatal.code, &mut Context::from_waker(Waker::noop()));
        self.link = None; // what is unacked goes back at once
        self.items = VecDeque::new();
        self.wait_for_close(!self.broken);
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
        let deadline = Instant::now() + self.events.close_time;
        self.state = State::Closing { deadline, readable, flushed: false };
    }

    /// Waits for the last message to be written and for the client to close.
    pub(super) fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let unwritten = self.socket.backlog();
        let flush = self.socket.poll_flush(cx);
        let goes_on = self.socket.backlog() < unwritten;
        let State::Closing { deadline, readable, flushed } = &mut self.state else {
            return Poll::Ready(());
        };
        if goes_on {
            *deadline = Instant::now() + self.events.close_time; // the client reads: it has its time from now on
        }
        match flush {
            Poll::Ready(Ok(())) => *flushed = true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => {}
        }
        let done = if *readable {
            self.socket.poll_close(cx).is_ready() && *flushed
        } else {
            // Dropping a socket with unread octets resets it, which may destroy the last message on its way.
            let shut = *flushed && self.socket.poll_shutdown(cx).is_ready();
            self.socket.poll_discard(cx).is_ready() && shut
        };
        let deadline = *deadline;
        if done { Poll::Ready(()) } else { self.poll_until(deadline, cx) }
    }
}
