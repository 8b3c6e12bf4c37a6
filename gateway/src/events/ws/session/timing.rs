//! What a connection does when nothing happens.

use super::{Fatal, Session};
use crate::engine::Cause;
use crate::metrics::Limit;
use std::future::Future;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wire::limits::{MISSED_PONGS, PING_INTERVAL};

/// Silence after which a client is asked for a sign of life.
const PING: Duration = Duration::from_millis(PING_INTERVAL);

/// Silence after which it is gone.
const GONE: Duration = Duration::from_millis(PING_INTERVAL * (MISSED_PONGS + 1));

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Does what is due; pending until the next deadline.
    pub(super) fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.called_off.as_mut().poll(cx).is_ready() {
            let fatal = self.call_off();
            self.close(&fatal);
            return Poll::Ready(());
        }
        let deadline = match &self.link {
            None => self.started + self.events.login_time,
            Some(_) => self.heard.max(self.pinged) + PING,
        };
        if let Some(pace) = self.entrance.arrival.publishes_not_before().map(Instant::from_std)
            && pace < deadline
        {
            return self.poll_until(pace, cx); // then it is read again
        }
        ready!(self.poll_until(deadline, cx));
        self.handle_timeout();
        Poll::Ready(())
    }

    /// Waits for a moment. The timer is moved only to an earlier one: a later one is looked at again when it fires, which is cheaper than
    /// moving it with every message.
    pub(super) fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        while Instant::now() < deadline {
            if self.timer.is_elapsed() || deadline < self.timer.deadline() {
                self.timer.as_mut().reset(deadline);
            }
            ready!(self.timer.as_mut().poll(cx));
        }
        Poll::Ready(())
    }

    fn handle_timeout(&mut self) {
        let now = Instant::now();
        if self.link.is_none() {
            Limit::LoginTime.count();
            let reason = format!("nobody logged in within {} ms", self.events.login_time.as_millis());
            return self.close(&Fatal::policy("not_authorised", reason));
        }
        if !self.may_read() {
            self.heard = now; // it cannot be heard: its time begins anew
        }
        if now.duration_since(self.heard) >= GONE {
            return self.close(&Fatal::going_away("no sign of life came in time"));
        }
        self.socket.push_ping();
        self.pinged = now;
    }

    /// Why it has to go.
    fn call_off(&self) -> Fatal {
        match self.link.as_ref().and_then(|link| link.dismissal().cause()) {
            None if self.entrance.arrival.is_displaced() => Fatal::new(1013, "rate_limited", Limit::Pending.reason()),
            None => draining(),
            Some(Cause::VhostDeleted) => vhost_deleted(),
            Some(cause @ Cause::Operator(_)) => Fatal::going_away(cause.to_string()),
            Some(cause @ Cause::Expired) => Fatal::policy("auth_expired", cause.to_string()),
            Some(cause @ Cause::Revoked) => Fatal::policy("not_authorised", cause.to_string()),
        }
    }
}

/// What clients are told when their vhost is gone.
pub(super) fn vhost_deleted() -> Fatal {
    Fatal::policy("not_found", Cause::VhostDeleted.to_string())
}

/// What clients are told when the server stops.
pub(super) fn draining() -> Fatal {
    Fatal::going_away("the server is going away: connect again")
}
