//! SUBSCRIBE and UNSUBSCRIBE: the ids by which a client names its subscriptions.

use super::{Failure, Request, Session, Subscribe, Token, Unsubscribe, boolean, required};
use crate::limits::ID;
use crate::stomp::{AckMode, Code, Frame, Version};

/// How ids of the subscriptions begin that the server makes by itself, for replies.
const REPLIES: &str = "/temp-queue/";

/// Headers that name a durable subscription; the first of them that is there counts.
const DURABLE_NAMES: [&str; 3] = ["durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"];

impl Session {
    pub(super) fn handle_subscribe(&mut self, frame: Frame, token: Option<Token>) -> Result<Request, Failure> {
        let destination = required(&frame, "destination")?.to_owned();
        let id = match (frame.headers.get("id"), self.version) {
            (Some(id), _) => id,
            (None, Version::V1_0) => &destination,
            (None, _) => return Err(Failure::missing("SUBSCRIBE", "id")),
        };
        if id.len() > ID {
            return Err(Failure::too_long("a subscription id"));
        }
        if id.starts_with(REPLIES) && !(self.version == Version::V1_0 && id == destination) {
            let message =
                format!("a subscription id must not begin with {REPLIES}: those are the server's, for replies");
            return Err(Failure::new(Code::Protocol, message));
        }
        if frame.headers.get("transaction").is_some() {
            return Err(Failure::new(Code::Protocol, "SUBSCRIBE cannot be part of a transaction"));
        }
        let mode = frame.headers.get("ack").unwrap_or("auto");
        let ack = AckMode::parse(mode).ok_or_else(|| {
            Failure::new(Code::Protocol, format!("ack must be auto, client or client-individual, not {mode:?}"))
        })?;
        let number = self.subscriptions.add(id, ack, self.version).ok_or_else(|| {
            Failure::new(Code::Protocol, format!("the subscription id {id:?} is in use on this connection"))
        })?;
        Ok(Request::Subscribe(Subscribe { number, destination, ack, headers: frame.headers, token }))
    }

    pub(super) fn handle_unsubscribe(&mut self, frame: &Frame, token: Option<Token>) -> Result<Request, Failure> {
        let header = |name| frame.headers.get(name);
        let truth = |name| header(name).map_or(Ok(false), |text| boolean(name, text));
        let name = DURABLE_NAMES.into_iter().find_map(header).filter(|name| !name.is_empty());
        let delete = truth("durable")? | truth("persistent")? | name.is_some();
        let id = match (header("id"), self.version) {
            (None, Version::V1_0) => header("destination"),
            (id, _) => id,
        };
        let number = match (id, name) {
            (None, None) => return Err(Failure::missing("UNSUBSCRIBE", "id")),
            (None, Some(_)) => None,
            (Some(id), _) => self.subscriptions.end(id),
        };
        if number.is_none() && name.is_none() {
            let id = id.unwrap_or_default();
            return Err(Failure {
                subscription: Some(id).filter(|id| id.len() <= ID).map(Box::from),
                ..Failure::new(Code::UnknownSubscription, format!("no subscription has the id {id:?}"))
            });
        }
        Ok(Request::Unsubscribe(Unsubscribe { number, delete, name: name.map(Box::from), token }))
    }
}
