//! Every limit of the protocols, with unit, default and reason. They are checked before memory is spent.

/// What a decoder lets one STOMP frame cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// Octets of the command line. Default 32: the longest command has 11.
    pub command: usize,
    /// Distinct headers of a frame; repeated ones do not count twice. Default 100.
    pub headers: usize,
    /// Octets of one header name, and of one value, as they stand on the wire. Default 64 KiB.
    pub header: usize,
    /// Octets of a body, inclusive. Default 16 MiB.
    pub body: usize,
    /// Octets of the whole frame, head and body. Default 16 MiB + 64 KiB.
    pub frame: usize,
    /// Octets of a frame before log-in. Default [`FRAME_BEFORE_LOGIN`].
    pub login: usize,
}

/// Octets of a frame before log-in: a stranger may spend no more of our memory than a CONNECT needs.
pub const FRAME_BEFORE_LOGIN: usize = 64 * 1024;

/// Octets of frames that a client may send as one WebSocket message, however small its frames have to be: what a message
/// costs a browser is many times what a frame costs it.
pub const PACK: usize = 64 * 1024;

/// Milliseconds from accepting a connection until its CONNECT must have arrived.
pub const LOGIN_TIME: u64 = 10_000;

/// What one connection may keep in transactions that are not committed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// Open transactions. Default 16: an application that needs more has forgotten to end some.
    pub open: usize,
    /// Frames in one transaction. Default 1024: a COMMIT is one step of the broker, which must not hold up the others.
    pub actions: usize,
    /// Octets of the frames in all open transactions together, each with [`ACTION`] more. Default 16 MiB: until COMMIT
    /// they are held for a client that may never send it.
    pub octets: usize,
}

/// Octets that a frame kept in a transaction counts beside its text: about what its place in memory costs.
pub const ACTION: usize = 256;

/// Octets of what names a thing as long as it is in use: a receipt, a subscription, a transaction, a client.
pub const ID: usize = 1024;

/// Octets of the `reason` that a NACK gives, which stays with the dead letter. Default 255: what AMQP calls a short
/// string.
pub const REASON: usize = 255;

/// Octets of the text of an ERROR: it may quote what the client sent, and must not send it all back.
pub const ERROR_TEXT: usize = 1024;

/// Octets of a partial line that a decoder keeps allocated between reads; more is given back.
pub const RETAINED_LINE: usize = 1024;

/// Octets of a body that must have come before a decoder reserves all that was announced.
pub const TRUSTED_BODY: usize = 64 * 1024;

/// Attributes of one event, extensions included. Default 80: with what else a message has, they have to fit the 100 headers
/// of a STOMP frame.
pub const EVENT_ATTRIBUTES: usize = 80;

/// Octets of one attribute's value. Default 32,000: as a STOMP header, where escapes may double it, it has to fit
/// [`FrameLimits::header`].
pub const EVENT_ATTRIBUTE: usize = 32_000;

/// Arrays and objects in one another in JSON data. Default 512: receivers read it by recursion.
pub const EVENT_DEPTH: usize = 512;

/// Octets of a CESQL text. Its time and memory grow with it, and every event pays the time again.
pub const CESQL_TEXT: usize = 4 * 1024;

/// Levels that parentheses, functions and operators of a CESQL expression may nest. Operators of one precedence in a row
/// are one level, however many. It bounds the stack of the parser, of the evaluation and of the drop.
pub const CESQL_DEPTH: usize = 64;

/// Octets of a string that `CONCAT` or `CONCAT_WS` may build: a text of 4 KiB can name the same long attribute a thousand
/// times.
pub const CESQL_CONCAT: usize = 64 * 1024;

/// Characters between two `%` of a LIKE pattern that has `_` among them. They are searched as the bits of one word, which
/// keeps the search linear whatever the pattern; without a `_` there is no limit.
pub const LIKE_SEARCH: usize = 64;

/// Octets of a filter document: what [`FILTER_NODES`] filters of [`FILTER_STRING`] take.
pub const FILTER_TEXT: usize = 1024 * 1024;

/// Levels that `all`, `any` and `not` may nest, an entry of `filters` being the first. It bounds the stack, as
/// [`CESQL_DEPTH`] does.
pub const FILTER_DEPTH: usize = 16;

/// Filters in one document, nested ones included; `exact`, `prefix` and `suffix` count once for every attribute they
/// name. Every event may have to pass all of them.
pub const FILTER_NODES: usize = 256;

/// Octets of one string of a filter: a name, what it is compared with, or (as [`CESQL_TEXT`]) an expression.
pub const FILTER_STRING: usize = 4 * 1024;

/// Shortest heart-beat interval that is agreed to, in milliseconds: shorter ones are all cost.
pub const HEART_BEAT_MIN: u64 = 1_000;

/// Longest heart-beat interval that is agreed to, in milliseconds: proxies cut connections that idle longer.
pub const HEART_BEAT_MAX: u64 = 300_000;

/// Shortest heart-beat interval of a WebSocket client, in milliseconds, for which pongs count as life: below it the
/// client wants its own code to be watched, not the browser's.
pub const PONG_COUNTS_FROM: u64 = 5_000;

/// Milliseconds between pings to a WebSocket client that offers no heart-beat.
pub const PING_INTERVAL: u64 = 30_000;

/// Pings in a row that such a client may leave unanswered.
pub const MISSED_PONGS: u64 = 2;

impl Default for FrameLimits {
    fn default() -> Self {
        FrameLimits {
            command: 32,
            headers: 100,
            header: 64 * 1024,
            body: 16 * 1024 * 1024,
            frame: 16 * 1024 * 1024 + 64 * 1024,
            login: FRAME_BEFORE_LOGIN,
        }
    }
}

impl Default for TransactionLimits {
    fn default() -> Self {
        TransactionLimits { open: 16, actions: 1024, octets: 16 * 1024 * 1024 }
    }
}

impl FrameLimits {
    /// The same limits with what holds before log-in.
    pub fn before_login(self) -> Self {
        FrameLimits { body: self.body.min(self.login), frame: self.frame.min(self.login), ..self }
    }
}
