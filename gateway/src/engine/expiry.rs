//! Tokens end on live connections too: who has one is told in time, and sent away if no other comes. And what somebody may do changes: then its
//! subscriptions are judged again.

use super::connections::{Registered, milliseconds_since_1970};
use super::dismissal::Cause;
use super::embedded::EmbeddedVhost;
use super::handle::Engine;
use super::held::Held;
use super::outbox::{Item, Notice};
use crate::auth::Access;
use broker::{Command, ConnectionId, Effect, Error};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked at, which is also how late it may be.
const INTERVAL: Duration = Duration::from_millis(500);

/// Seconds before a token ends in which its owner is told.
const NOTICE: u64 = 60;

/// Milliseconds after it has ended until its owner is sent away.
const GRACE: u64 = 2_000;

impl Engine {
    /// Looks after the tokens of connections for as long as the future is polled.
    pub async fn run_expiry(&self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = milliseconds_since_1970();
            for connection in self.shared.connections.due() {
                look_after(&connection, now);
            }
        }
    }
}

/// Ends the subscriptions of a connection that are not allowed any more, and tells why.
pub(super) fn end_denied(vhost: &EmbeddedVhost, connection: ConnectionId, held: &Held, access: &Access) {
    for (subscription, denied) in held.take_denied(access, vhost) {
        let error = Error::Forbidden { reason: denied.to_string().into() };
        let refused = Effect::Refused { connection, token: None, subscription: Some(subscription), error };
        let end = Command::Unsubscribe { connection, subscription, delete: false, token: None };
        vhost.submit_judged(vec![Err(vec![refused]), Ok(end)]);
    }
}

fn look_after(connection: &Registered, now: u64) {
    if connection.access.has_changed() {
        end_denied(&connection.vhost, connection.connection, &connection.held, &connection.access);
    }
    let Some(expires) = connection.access.expires() else { return };
    if now >= expires.saturating_mul(1000).saturating_add(GRACE) {
        return connection.dismissal.dismiss(Cause::Expired);
    }
    let is_due = now >= expires.saturating_sub(NOTICE).saturating_mul(1000);
    // Once for each token.
    if is_due && connection.warned.swap(expires, Ordering::Relaxed) != expires {
        let waker = connection.outbox.push(Item::Notice(Notice::TokenExpiring { expires }));
        waker.into_iter().for_each(std::task::Waker::wake);
    }
}
