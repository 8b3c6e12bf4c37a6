//! ACK and NACK: which delivery is settled, and what becomes of its message.

use super::transactions::cost;
use super::{Action, DeliveryId, Failure, Request, Session, Settle, Token, boolean};
use crate::limits::REASON;
use crate::stomp::{Code, Frame, Verb, Version};

/// What the headers say. Found in one pass: this is done for every message.
#[derive(Default)]
struct Words<'a> {
    id: &'a str,
    transaction: Option<&'a str>,
    requeue: Option<&'a str>,
    delay: Option<&'a str>,
    reason: Option<&'a str>,
}

impl Session {
    pub(super) fn handle_settle(&mut self, frame: &Frame, token: Option<Token>) -> Result<Option<Request>, Failure> {
        // Before 1.2 the subscription is to be named too, but the message id alone decides.
        let id = if self.version == Version::V1_2 { "id" } else { "message-id" };
        let words = Words::of(frame, id);
        let place = words.transaction.map(|id| self.transactions.find(id)).transpose()?;
        if words.id.is_empty() {
            return Err(Failure::missing(frame.verb.as_str(), id));
        }
        let settle = words.read(token);
        let nack = frame.verb == Verb::Nack;
        match place {
            None if nack => settle.map(|settle| Some(Request::Nack(settle))),
            None => settle.map(|settle| Some(Request::Ack(settle))),
            Some(place) => {
                let settle = settle.map_err(|failure| self.transactions.fail(place, frame.verb, failure))?;
                let action = if nack { Action::Nack(settle) } else { Action::Ack(settle) };
                self.keep(place, cost(frame), action)
            }
        }
    }
}

impl<'a> Words<'a> {
    fn of(frame: &'a Frame, id: &str) -> Self {
        let mut words = Words::default();
        for (name, value) in frame.headers.iter() {
            match name {
                "transaction" => words.transaction = Some(value),
                "requeue" => words.requeue = Some(value),
                "delay" => words.delay = Some(value),
                "reason" => words.reason = Some(value),
                _ if name == id => words.id = value,
                _ => {}
            }
        }
        words
    }

    fn read(&self, token: Option<Token>) -> Result<Settle, Failure> {
        let requeue = self.requeue.map(|text| boolean("requeue", text)).transpose()?;
        let delay = self.delay.map(milliseconds).transpose()?;
        if delay.is_some() && requeue == Some(false) {
            return Err(Failure::new(Code::Protocol, "delay is for what is requeued: leave it out, or requeue:false"));
        }
        let reason = self.reason.map(shortened);
        let delivery = DeliveryId::parse(self.id).ok_or_else(|| {
            Failure::new(Code::UnknownMessage, format!("{:?} is not the id of a message on this connection", self.id))
        })?;
        Ok(Settle { delivery, requeue, delay, reason, token })
    }
}

/// Reads `delay`. What overflows is a number all the same, and longer than any delay.
fn milliseconds(text: &str) -> Result<u64, Failure> {
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Failure::new(Code::Protocol, format!("delay must be milliseconds, not {text:?}")));
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// The start of a reason, cut between two characters.
fn shortened(reason: &str) -> Box<str> {
    reason.get(..reason.floor_char_boundary(REASON)).unwrap_or_default().into()
}
