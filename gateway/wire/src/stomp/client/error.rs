//! What a client tells its user went wrong.

use crate::stomp::{Code, Frame};
use std::borrow::Cow;

/// The server's codes for what may succeed later, without a change.
const RETRYABLE: [&str; 4] = ["draining", "queue-full", "rate-limited", "internal"];

/// A failure with a token for programs and a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The server's `x-code`, or one of ours: `connect-failed`, `connect-timeout`, `connection-lost`, `not-connected`,
    /// `closed`, `outbox-full`, `aborted`, `protocol`; or what a provider of tokens failed with.
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

    /// What a provider of tokens failed with. Unless the same may succeed later, there is no reason to go on.
    pub fn of_provider(code: String, message: String, retryable: bool) -> Self {
        Error { code: code.into(), message, retryable, ends_the_loop: !retryable }
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

    pub(super) fn not_connected() -> Self {
        Error::new("not-connected", "there is no connection now, and this cannot wait for one", true)
    }

    pub(super) fn outbox_full() -> Self {
        Error::new("outbox-full", "too much was published and is not confirmed yet", true)
    }

    pub(super) fn aborted() -> Self {
        Error::new("aborted", "the transaction was aborted", false)
    }

    /// Whether the server ended the connection because of what was sent: to send it again would end the next one too.
    pub(super) fn is_ours(&self) -> bool {
        [Code::TooLarge, Code::Protocol].iter().any(|code| code.as_str() == self.code)
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
        let retryable = RETRYABLE.contains(&code);
        Error { code: code.to_owned().into(), message, retryable, ends_the_loop: false }
    }

    /// Reads an ERROR frame that answers CONNECT: unless it says that it is for now only, it is for ever.
    pub(super) fn of_login(frame: &Frame) -> Self {
        let error = Error::of_frame(frame);
        Error { ends_the_loop: !error.retryable, ..error }
    }
}
