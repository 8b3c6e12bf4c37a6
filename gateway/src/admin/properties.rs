//! The properties of a message, as RabbitMQ's API writes them, and the headers that they are among ours.

use super::answer::Refusal;
use crate::engine::{is_passed_on, milliseconds_since_1970};
use broker::{Headers, Message, Time};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The properties that have the same meaning as a header. Times are in milliseconds.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<String>,
    /// 2: persistent.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_mode: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
}

/// Characters of a name that would end it, or change its meaning, in a destination.
const NAME: &AsciiSet = &CONTROLS.add(b'/').add(b'%').add(b',');

/// The highest priority there is.
const HIGHEST: u8 = 9;

impl Properties {
    /// The properties of a message.
    pub(super) fn of(message: &Message) -> Self {
        let mut properties = Properties::default();
        for (name, value) in &message.headers {
            let text = || Some(value.to_owned());
            match name {
                "destination" => {}
                "content-type" => properties.content_type = text(),
                "content-encoding" => properties.content_encoding = text(),
                "persistent" => properties.delivery_mode = Some(if value == "true" { 2 } else { 1 }),
                "priority" => properties.priority = value.parse().ok(),
                "correlation-id" => properties.correlation_id = text(),
                "reply-to" => properties.reply_to = text(),
                "expiration" => properties.expiration = text(),
                "amqp-message-id" => properties.message_id = text(),
                "timestamp" => properties.timestamp = value.parse().ok(),
                "type" => properties.kind = text(),
                "app-id" => properties.app_id = text(),
                _ => _ = properties.headers.insert(name.to_owned(), value.into()),
            }
        }
        properties
    }

    /// When a message with them expires.
    pub(super) fn expires(&self) -> Result<Time, Refusal> {
        let Some(expiration) = &self.expiration else { return Ok(Time::NEVER) };
        let after: u64 = expiration.parse().map_err(|_| {
            Refusal::bad_request(format!("properties: expiration must be milliseconds, not {expiration:?}"))
        })?;
        Ok(Time(milliseconds_since_1970()) + after)
    }

    /// Whether it is to survive a restart.
    pub(super) fn is_persistent(&self) -> bool {
        self.delivery_mode == Some(2)
    }

    /// Names and values, those that are missing left out.
    fn pairs(&self) -> Result<Vec<(&str, String)>, Refusal> {
        let text = |value: &Option<String>| value.clone();
        if self.priority.is_some_and(|priority| priority > HIGHEST) {
            return Err(Refusal::bad_request(format!("properties: priority must be 0 to {HIGHEST}")));
        }
        let known = [
            ("content-type", text(&self.content_type)),
            ("content-encoding", text(&self.content_encoding)),
            ("persistent", self.delivery_mode.map(|mode| (mode == 2).to_string())),
            ("priority", self.priority.map(|priority| priority.to_string())),
            ("correlation-id", text(&self.correlation_id)),
            ("expiration", text(&self.expiration)),
            ("amqp-message-id", text(&self.message_id)),
            ("type", text(&self.kind)),
            ("app-id", text(&self.app_id)),
            ("timestamp", Some(self.timestamp.unwrap_or_else(milliseconds_since_1970).to_string())),
        ];
        let mut pairs: Vec<_> = known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        for (name, value) in &self.headers {
            if !is_passed_on(name) || pairs.iter().any(|(known, _)| known == name) {
                return Err(Refusal::bad_request(format!("properties: headers: {name} is not a header of your own")));
            }
            let value = match value {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            pairs.push((name, value));
        }
        pairs.extend(self.reply_to.iter().map(|address| ("reply-to", address.clone())));
        Ok(pairs)
    }
}

/// The headers of a message that is published with these properties.
pub(super) fn headers(exchange: &str, routing_key: &str, properties: &Properties) -> Result<Headers, Refusal> {
    let destination = destination(exchange, routing_key);
    let pairs = properties.pairs()?;
    let all = std::iter::once(("destination", destination.as_str()));
    Ok(Headers::new(all.chain(pairs.iter().map(|(name, value)| (*name, value.as_str())))))
}

/// The destination to which a client would have sent it.
fn destination(exchange: &str, routing_key: &str) -> String {
    let quoted = |name| utf8_percent_encode(name, NAME);
    match exchange {
        "" => format!("/queue/{}", quoted(routing_key)),
        "amq.topic" => format!("/topic/{}", quoted(routing_key)),
        exchange => format!("/exchange/{}/{}", quoted(exchange), quoted(routing_key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(properties: Value) -> Properties {
        serde_json::from_value(properties).unwrap()
    }

    #[test]
    fn properties_become_headers_and_headers_properties() {
        let given = json!({
            "content_type": "text/plain", "delivery_mode": 2, "priority": 4, "correlation_id": "c", "reply_to": "/queue/r",
            "message_id": "m", "timestamp": 17, "type": "t", "app_id": "a", "expiration": "5000", "headers": { "x": "y" },
        });
        let headers = headers("amq.topic", "a/b", &read(given.clone())).unwrap();
        assert_eq!(headers.get("destination"), Some("/topic/a%2Fb"));
        assert_eq!(headers.get("persistent"), Some("true"));
        let message = Message::new("amq.topic", "a/b", headers, bytes::Bytes::new());
        assert_eq!(serde_json::to_value(Properties::of(&message)).unwrap(), given);
    }

    #[test]
    fn what_is_the_servers_to_set_is_refused() {
        for name in ["destination", "subscription", "message-id", "ack", "content-length", "content-type", "x-death"] {
            let properties = json!({ "content_type": "text/plain", "headers": { name: "forged" } });
            assert!(headers("", "q", &read(properties)).is_err(), "{name}");
        }
        assert!(headers("", "q", &read(json!({ "priority": 10 }))).is_err());
        assert!(read(json!({ "expiration": "soon" })).expires().is_err());
    }
}
