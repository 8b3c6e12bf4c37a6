//! What a client tells its user went wrong.

use crate::stomp::{Code, Frame};
use std::borrow::Cow;

/// A failure with a token for programs and a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The server's `x-code`, or one of ours: `connect-failed`, `connect-timeout`, `connection-lost`, `closed`,
    /// `outbox-full`, `protocol`.
    pub code: Cow<'static, str>,
    /// What was wrong, and what to do.
    pub message: String,
    /// Whether the same may succeed later.
    pub retryable: bool,
    /// Whether trying to connect again makes no sense.
    pub(super) ends_the_loop: bool,
}

impl Error {
    fn new(code: &'static str, message: impl Into<String>, retryable: bool) -> Self {
        Error { code: code.into(), message: message.into(), retryable, ends_the_loop: false }
    }

    pub(super) fn protocol(message: String) -> Self {
        Error::new("protocol", message, false)
    }

    pub(super) fn connect_failed() -> Self {
        Error::new("connect-failed", "the server cannot be reached, or refused the WebSocket", true)
    }

    pub(super) fn connect_timeout(milliseconds: u64) -> Self {
        Error::new("connect-timeout", format!("no connection within {milliseconds} ms"), true)
    }

    pub(super) fn connection_lost() -> Self {
        Error::new("connection-lost", "the connection was lost", true)
    }

    pub(super) fn unknown_fate() -> Self {
        Error::new("connection-lost", "the connection was lost before the server confirmed: it may have arrived", true)
    }

    pub(super) fn closed() -> Self {
        Error::new("closed", "the client is closed", false)
    }

    pub(super) fn outbox_full(limit: usize) -> Self {
        Error::new("outbox-full", format!("{limit} octets wait for a connection already"), true)
    }

    /// Reads an ERROR frame.
    pub(super) fn of_frame(frame: &Frame) -> Self {
        let header = |name| frame.headers.get(name).unwrap_or_default();
        let code = match header("x-code") {
            "" => Code::Protocol.as_str(),
            code => code,
        };
        let message = match header("message") {
            "" => String::from_utf8_lossy(&frame.body).into_owned(),
            message => message.to_owned(),
        };
        let retryable = [Code::Draining, Code::QueueFull, Code::Internal].iter().any(|known| known.as_str() == code);
        Error { code: code.to_owned().into(), message, retryable, ends_the_loop: false }
    }

    /// Reads an ERROR frame that answers CONNECT: unless it says that it is for now only, it is for ever.
    pub(super) fn of_login(frame: &Frame) -> Self {
        let error = Error::of_frame(frame);
        Error { ends_the_loop: !error.retryable, ..error }
    }
}
