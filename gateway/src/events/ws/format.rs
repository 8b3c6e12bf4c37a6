//! The formats of CloudEvents over WebSocket: one event per message (WebSocket binding 1.0, section 3).

use bytes::Bytes;
use wire::cloudevents::{Event, Invalid, json, protobuf};

/// What was agreed on in the handshake, and holds for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text messages.
    Json,
    /// Binary messages.
    Protobuf,
}

impl Format {
    /// The format that a subprotocol stands for.
    pub(crate) fn of_subprotocol(name: &str) -> Option<Format> {
        [Format::Json, Format::Protobuf].into_iter().find(|format| format.subprotocol() == name)
    }

    pub(super) fn subprotocol(self) -> &'static str {
        match self {
            Format::Json => "cloudevents.json",
            Format::Protobuf => "cloudevents.proto",
        }
    }

    pub(super) fn is_text(self) -> bool {
        self == Format::Json
    }

    pub(super) fn decode(self, message: &Bytes) -> Result<Event, Invalid> {
        match self {
            Format::Json => json::decode(message),
            Format::Protobuf => protobuf::decode(message),
        }
    }

    pub(super) fn encode(self, event: &Event, out: &mut Vec<u8>) {
        match self {
            Format::Json => json::encode(event, out),
            Format::Protobuf => protobuf::encode(event, out),
        }
    }
}
