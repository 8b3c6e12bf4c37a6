//! What a connection does when nothing happens: time-outs and heart-beats.

use super::{Session, State};
use crate::metrics::Limit;
use crate::websocket::Part;
use std::future::Future;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wire::stomp::Code;
use wire::stomp::heartbeat::Beat;
use wire::stomp::server::Failure;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Does what is due; pending until the next deadline.
    pub(super) fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.called_off.as_mut().poll(cx).is_ready() {
            let failure = self.call_off();
            self.close(Some(&failure));
            return Poll::Ready(());
        }
        let Some(deadline) = self.next_deadline() else { return Poll::Pending };
        ready!(self.poll_until(deadline, cx));
        self.handle_timeout();
        Poll::Ready(())
    }

    /// Waits for a moment. The timer is moved only to an earlier one: a later one is looked at again when it fires,
    /// which is cheaper than moving it with every message.
    pub(super) fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
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
            // As long as nothing waits to be written it is not the client that is waited for.
            State::Ending { deadline, .. } if self.socket.backlog() > 0 => Some(deadline),
            _ => None,
        };
        let pace = self.visitor.arrival.publishes_not_before().map(Instant::from_std);
        [login, beat, ending, pace].into_iter().flatten().min()
    }

    /// Reads again. While it was not read from, the client could not be heard: its time begins anew.
    pub(super) fn end_pause(&mut self) {
        self.protocol.handle_received(self.now());
    }

    fn handle_timeout(&mut self) {
        let now = Instant::now();
        let is_unread = self.socket.backlog() > 0;
        if let State::Ending { failure, deadline, .. } = &mut self.state
            && is_unread
            && now >= *deadline
        {
            let failure = failure.take();
            return self.close(failure.as_ref());
        }
        if self.link.is_none() {
            Limit::LoginTime.count();
            let message = format!("no CONNECT came within {} ms", self.door.limits.login_time);
            return self.close(Some(&Failure::new(Code::AuthFailed, message)));
        }
        match self.protocol.handle_timeout(self.now()) {
            // Octets on their way are life enough, and a line feed inside a body would be part of it.
            Some(Beat::Send) if self.socket.backlog() == 0 && self.large.is_none() => {
                self.socket.push(Part::Whole, true, &[b"\n"]);
            }
            Some(Beat::Ping) => self.socket.push_ping(),
            // While it is not read from, a client cannot be heard: its time begins anew.
            Some(Beat::PeerGone) if !self.may_read() => self.protocol.handle_received(self.now()),
            Some(Beat::PeerGone) => self.close(Some(&Failure::new(Code::Protocol, "no heart-beat came in time"))),
            _ => {}
        }
    }
}
