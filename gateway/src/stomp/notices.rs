//! `/control/notices`: what the server has to say to a client that asked for nothing.

use crate::engine::Notice;
use bytes::Bytes;
use serde::Serialize;
use wire::stomp::Code;
use wire::stomp::server::{Failure, MessageHead, Session as Protocol};

/// The destination that clients subscribe to.
pub(super) const NOTICES: &str = "/control/notices";

/// Subscriptions to notices on one connection.
const SUBSCRIPTIONS: usize = 16;

/// The subscriptions of one connection to notices: known here alone, since no queue is behind them.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// Number of the subscription, and of its last notice.
    subscriptions: Vec<(u32, u64)>,
}

/// The body of a notice.
#[derive(Debug, Serialize)]
struct Body<'a> {
    notice: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// When the token ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
}

/// One MESSAGE that tells of a notice.
pub(super) struct NoticeMessage {
    pub(super) head: MessageHead,
    /// Its kind, for the header `notice`.
    pub(super) kind: &'static str,
    pub(super) body: Bytes,
}

impl Notices {
    /// Begins a subscription.
    pub(super) fn subscribe(&mut self, number: u32) -> Result<(), Failure> {
        if self.subscriptions.len() >= SUBSCRIPTIONS {
            let message = format!("a connection may subscribe to notices at most {SUBSCRIPTIONS} times");
            return Err(Failure::new(Code::TooLarge, message));
        }
        self.subscriptions.push((number, 0));
        Ok(())
    }

    /// Ends a subscription. `false`: it was not to notices.
    pub(super) fn unsubscribe(&mut self, number: u32) -> bool {
        let count = self.subscriptions.len();
        self.subscriptions.retain(|(subscription, _)| *subscription != number);
        self.subscriptions.len() < count
    }

    /// A notice, for each who wants it.
    pub(super) fn tell(&mut self, notice: Notice, protocol: &Protocol) -> Vec<NoticeMessage> {
        if self.subscriptions.is_empty() {
            return Vec::new();
        }
        let empty = Body { notice: "", reason: None, subscription: None, count: None, expires: None };
        let body = match notice {
            Notice::Blocked { by_storage } => {
                Body { notice: "blocked", reason: Some(if by_storage { "disk" } else { "memory" }), ..empty }
            }
            Notice::Unblocked => Body { notice: "unblocked", ..empty },
            Notice::TokenExpiring { expires } => Body { notice: "token-expiring", expires: Some(expires), ..empty },
            Notice::Draining => Body { notice: "draining", ..empty },
            Notice::Dropped { subscription, count } => Body {
                notice: "dropped",
                subscription: protocol.subscription_id(subscription),
                count: Some(count),
                ..empty
            },
        };
        let octets = Bytes::from(serde_json::to_vec(&body).unwrap_or_default());
        let message = |(subscription, delivery): &mut (u32, u64)| {
            *delivery += 1;
            let (subscription, delivery) = (*subscription, *delivery);
            let head = MessageHead { subscription, delivery, delivery_count: 1, stream: None };
            NoticeMessage { head, kind: body.notice, body: octets.clone() }
        };
        self.subscriptions.iter_mut().map(message).collect()
    }
}
