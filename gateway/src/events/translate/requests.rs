//! What a connection asks the broker for, beside subscriptions.

use crate::translate::{Target, Wishes};
use broker::{Command, ConnectionId, DeliveryTag, Grant, Outcome, Publish, Settle, SubscriptionNumber, Token};
use wire::cloudevents::Event;

/// A connection, as the broker numbers it.
pub(in crate::events) type Connection = ConnectionId;

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::events) enum Verdict {
    /// It is done.
    Done,
    /// It goes back, after so many milliseconds if they are said.
    Back(Option<u64>),
    /// It is refused.
    Refused,
}

/// Publishes an event. `Err`: it has so many octets, more than `limit`.
pub(in crate::events) fn publish(
    connection: ConnectionId,
    (target, event): (&Target<'_>, &Event),
    wishes: &Wishes,
    limit: usize,
    token: Token,
) -> Result<Command, usize> {
    let publish = Publish { connection, token: Some(token), ..target.publication(event, wishes) };
    match publish.message.size() {
        size if size > limit => Err(size),
        _ => Ok(Command::Publish(publish)),
    }
}

/// Settles one delivery.
pub(in crate::events) fn settle(
    connection: ConnectionId,
    tag: DeliveryTag,
    verdict: Verdict,
    token: Option<Token>,
) -> Command {
    let outcome = match verdict {
        Verdict::Done => Outcome::Ack,
        Verdict::Back(delay) => Outcome::Requeue(delay),
        Verdict::Refused => Outcome::Reject,
    };
    Command::Settle(Settle { connection, tag, outcome, text: None, token })
}

/// Lets a subscription have more.
pub(in crate::events) fn grant(
    connection: ConnectionId,
    subscription: SubscriptionNumber,
    messages: u64,
    token: Option<Token>,
) -> Command {
    Command::Grant(Grant { connection, subscription, messages, octets: 0, token })
}

/// Ends a subscription.
pub(in crate::events) fn unsubscribe(
    connection: ConnectionId,
    subscription: SubscriptionNumber,
    token: Token,
) -> Command {
    Command::Unsubscribe { connection, subscription, delete: false, token: Some(token) }
}

/// Octets of deliveries were written, so as many more may come.
pub(in crate::events) fn replenish(connection: ConnectionId, octets: usize) -> Command {
    Command::Replenish { connection, octets }
}

/// What a delivery is called on the wire: its subscription and its number there.
pub(in crate::events) fn tag_text(tag: DeliveryTag) -> String {
    format!("{}-{}", tag.subscription, tag.delivery)
}

/// Reads it back.
pub(in crate::events) fn read_tag(text: &str) -> Option<DeliveryTag> {
    let (subscription, delivery) = text.split_once('-')?;
    let are_digits = text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'-');
    let tag = DeliveryTag { subscription: subscription.parse().ok()?, delivery: delivery.parse().ok()? };
    are_digits.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_called_by_two_numbers() {
        let tag = DeliveryTag { subscription: 3, delivery: 17 };
        assert_eq!((tag_text(tag).as_str(), read_tag("3-17")), ("3-17", Some(tag)));
        for bad in ["", "3", "3-", "-17", "3-+17", "3-17-1", "a-b"] {
            assert_eq!(read_tag(bad), None, "{bad}");
        }
    }
}
