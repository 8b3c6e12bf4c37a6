//! What the session says to its client: events of the reserved types.

use super::Session;
use super::asked::Who;
use super::close::Fatal;
use crate::events::control;
use crate::websocket::Part;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wire::cloudevents::Event;
use wire::limits::ERROR_TEXT;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Sends an event.
    pub(super) fn send(&mut self, event: &Event) {
        let mut message = Vec::new();
        self.format.encode(event, &mut message);
        self.socket.push(Part::Whole, self.format.is_text(), &[&message]);
    }

    /// Says something.
    pub(super) fn say(&mut self, name: &str, data: &Value) {
        if let Some(event) = control::event(name, data) {
            self.send(&event);
        }
    }

    /// Says that something was carried out, to who wants to know.
    pub(super) fn confirm(&mut self, name: &str, who: Option<&Who>, data: Value) {
        if self.opening.confirm {
            self.say(name, &naming(who, data));
        }
    }

    /// Says that something is refused.
    pub(super) fn refuse(&mut self, who: Option<&Who>, error: &str, reason: &str) {
        let reason: String = reason.chars().take(ERROR_TEXT).collect();
        self.say("error", &naming(who, json!({ "error": error, "reason": reason })));
    }

    /// The same of what should not have been sent; too many of them end the connection.
    pub(super) fn reject(&mut self, who: Option<&Who>, error: &str, reason: &str) -> Result<(), Fatal> {
        self.refuse(who, error, reason);
        match self.strikes.count(Instant::now()) {
            true => Err(Fatal::policy("invalid_event", "too many invalid events in a minute")),
            false => Ok(()),
        }
    }
}

/// What is said, and to which event it is the answer.
fn naming(who: Option<&Who>, data: Value) -> Value {
    let mut members = match data {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Some(Who { source, id }) = who {
        members.insert("source".to_owned(), Value::from(&**source));
        members.insert("id".to_owned(), Value::from(&**id));
    }
    Value::Object(members)
}
