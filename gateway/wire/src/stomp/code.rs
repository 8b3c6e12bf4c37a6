//! The stable `x-code` tokens of ERROR frames, by which programs tell errors apart.

use std::fmt;

/// Why something was refused. The text of [`Code::as_str`] is public and does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The credentials are wrong or missing.
    AuthFailed,
    /// The token that the client logged in with has expired.
    AuthExpired,
    /// The user may not do this.
    Forbidden,
    /// A named exchange, queue or vhost does not exist.
    NotFound,
    /// What exists differs from what was asked for.
    PreconditionFailed,
    /// The queue belongs to another connection.
    ResourceLocked,
    /// The destination has none of the known forms.
    BadDestination,
    /// No such subscription on this connection.
    UnknownSubscription,
    /// No such unsettled delivery on this connection.
    UnknownMessage,
    /// The stream was deleted and created again: its offsets are others than those that the client knows.
    EpochChanged,
    /// No queue took a message that had to reach one.
    Unroutable,
    /// A limit on waiting messages was reached.
    QueueFull,
    /// Too many connections, or too much in too little time: later it may work.
    RateLimited,
    /// A frame, header or body over its limit.
    TooLarge,
    /// The server is going away.
    Draining,
    /// Understood, but not offered by this server.
    Unsupported,
    /// A violation of the protocol.
    Protocol,
    /// A fault of the server.
    Internal,
}

impl Code {
    /// The token, as it stands in `x-code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::AuthFailed => "auth-failed",
            Code::AuthExpired => "auth-expired",
            Code::Forbidden => "forbidden",
            Code::NotFound => "not-found",
            Code::PreconditionFailed => "precondition-failed",
            Code::ResourceLocked => "resource-locked",
            Code::BadDestination => "bad-destination",
            Code::UnknownSubscription => "unknown-subscription",
            Code::UnknownMessage => "unknown-message",
            Code::EpochChanged => "epoch-changed",
            Code::Unroutable => "unroutable",
            Code::QueueFull => "queue-full",
            Code::RateLimited => "rate-limited",
            Code::TooLarge => "too-large",
            Code::Draining => "draining",
            Code::Unsupported => "unsupported",
            Code::Protocol => "protocol",
            Code::Internal => "internal",
        }
    }

    /// Whether a connection that agreed on soft errors outlives this one: a request was refused, but both sides still
    /// agree on what was said.
    pub fn is_soft(self) -> bool {
        match self {
            Code::Forbidden
            | Code::NotFound
            | Code::PreconditionFailed
            | Code::ResourceLocked
            | Code::BadDestination
            | Code::UnknownSubscription
            | Code::UnknownMessage
            | Code::EpochChanged
            | Code::Unroutable
            | Code::QueueFull
            | Code::Unsupported => true,
            Code::AuthFailed
            | Code::AuthExpired
            | Code::RateLimited
            | Code::TooLarge
            | Code::Draining
            | Code::Protocol
            | Code::Internal => false,
        }
    }

    /// The WebSocket close code that follows an ERROR with this code (RFC 6455 section 7.4.1).
    pub fn close_code(self) -> u16 {
        match self {
            Code::TooLarge => 1009,
            Code::Draining => 1012,
            Code::Internal => 1011,
            Code::QueueFull | Code::RateLimited => 1013,
            Code::AuthFailed | Code::AuthExpired | Code::Forbidden => 1008,
            _ => 1002,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
