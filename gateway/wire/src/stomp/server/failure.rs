//! Why the server refuses, and the ERROR frame that says so.

use crate::limits::{ERROR_TEXT, ID};
use crate::stomp::encode::FrameWriter;
use crate::stomp::{Code, DecodeError, Verb, Version};

/// A refusal. The ERROR frame is written, then the connection is closed (STOMP 1.2, "ERROR"), unless the client agreed
/// on soft errors and this is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The token for programs.
    pub code: Code,
    /// The text for people: what was wrong and what to do.
    pub message: String,
    /// The receipt that this error answers.
    pub receipt_id: Option<Box<str>>,
    /// The subscription that this error refuses or ends.
    pub subscription: Option<Box<str>>,
    /// The WebSocket close code that follows.
    pub close_code: u16,
    pub(super) names_versions: bool,
}

impl Failure {
    /// A refusal with a token and a text.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Failure {
            code,
            message: shortened(message.into()),
            receipt_id: None,
            subscription: None,
            close_code: code.close_code(),
            names_versions: false,
        }
    }

    /// A frame lacks a header.
    pub fn missing(verb: &str, header: &str) -> Self {
        Failure::new(Code::Protocol, format!("{verb} needs the header {header}"))
    }

    /// Something this server knows of but does not offer: never ignored, always said.
    pub fn unsupported(what: &str) -> Self {
        Failure::new(Code::Unsupported, format!("not supported by this server: {what}"))
    }

    pub(super) fn too_long(what: &str) -> Self {
        Failure::new(Code::TooLarge, format!("{what} must have at most {ID} octets"))
    }

    pub(super) fn no_common_version() -> Self {
        Failure {
            names_versions: true,
            ..Failure::new(Code::Protocol, "no common version: this server speaks 1.0, 1.1 and 1.2")
        }
    }

    /// The same refusal, answering a receipt.
    #[must_use]
    pub fn answering(mut self, receipt_id: Option<Box<str>>) -> Self {
        self.receipt_id = self.receipt_id.or(receipt_id);
        self
    }

    /// Whether a connection that agreed on soft errors outlives it.
    pub fn is_soft(&self) -> bool {
        self.code.is_soft()
    }

    /// Writes the ERROR. `fatal` is what it says of the connection, to a client that agreed on soft errors.
    pub(super) fn write(&self, version: Version, fatal: Option<bool>, out: &mut Vec<u8>) {
        let mut writer = FrameWriter::new(out, Verb::Error, version);
        writer
            .header("message", &self.message)
            .header("x-code", self.code.as_str())
            .header("content-type", "text/plain");
        if let Some(fatal) = fatal {
            writer.header("x-fatal", if fatal { "true" } else { "false" });
        }
        if self.names_versions {
            writer.header("version", "1.0,1.1,1.2");
        }
        if let Some(id) = &self.receipt_id {
            writer.header("receipt-id", id);
        }
        if let Some(id) = &self.subscription {
            writer.header("subscription", id);
        }
        writer.body(self.message.as_bytes());
    }
}

/// Cuts a text that is too long, between two characters.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > ERROR_TEXT {
        text.truncate(text.floor_char_boundary(ERROR_TEXT));
        text.push_str(" ...");
    }
    text
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Failure { close_code: error.close_code(), ..Failure::new(error.code(), error.to_string()) }
    }
}
