//! The limits that clients can reach, by their names in `[limits]`.

use axum::http::StatusCode;

/// A limit that bites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Connections of the whole server.
    Connections,
    /// Connections of one address.
    ConnectionsPerAddress,
    /// Connections of one user.
    ConnectionsPerUser,
    /// Connections of one vhost.
    ConnectionsPerVhost,
    /// Connections per second of one address.
    ConnectRate,
    /// Connections that have not logged in.
    Pending,
    /// Time for the TLS handshake, or what a proxy says before it.
    HandshakeTime,
    /// Time for the head of a request.
    HeaderTime,
    /// Time to log in.
    LoginTime,
    /// Messages per second of one connection.
    PublishRate,
    /// A part of a frame, request or message that is too large.
    Size,
    /// Vhosts of the server.
    Vhosts,
    /// Queues of a vhost.
    Queues,
    /// Subscriptions of a connection.
    Subscriptions,
    /// What waits in queues, or on the disk.
    Memory,
}

impl Limit {
    /// All of them.
    pub(super) const ALL: [Limit; 15] = [
        Limit::Connections,
        Limit::ConnectionsPerAddress,
        Limit::ConnectionsPerUser,
        Limit::ConnectionsPerVhost,
        Limit::ConnectRate,
        Limit::Pending,
        Limit::HandshakeTime,
        Limit::HeaderTime,
        Limit::LoginTime,
        Limit::PublishRate,
        Limit::Size,
        Limit::Vhosts,
        Limit::Queues,
        Limit::Subscriptions,
        Limit::Memory,
    ];

    /// Its name in `[limits]`; of those that have many names there, what they have in common.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Connections => "connections",
            Limit::ConnectionsPerAddress => "connections_per_address",
            Limit::ConnectionsPerUser => "user_max_connections",
            Limit::ConnectionsPerVhost => "vhost_max_connections",
            Limit::ConnectRate => "connect_rate",
            Limit::Pending => "pending",
            Limit::HandshakeTime => "handshake_time",
            Limit::HeaderTime => "header_time",
            Limit::LoginTime => "login_time",
            Limit::PublishRate => "publish_rate",
            Limit::Size => "size",
            Limit::Vhosts => "vhosts",
            Limit::Queues => "queues",
            Limit::Subscriptions => "subscriptions",
            Limit::Memory => "memory",
        }
    }

    /// What a client is told that reaches it.
    pub fn reason(self) -> &'static str {
        match self {
            Limit::Connections => {
                "this server has as many connections as it may have (limits.connections): connect later"
            }
            Limit::ConnectionsPerAddress => {
                "this address has as many connections as it may have (limits.connections_per_address): close some"
            }
            Limit::ConnectionsPerUser => {
                "this user has as many connections as it may have (max-connections of /api/user-limits)"
            }
            Limit::ConnectionsPerVhost => {
                "this vhost has as many connections as it may have (max-connections of /api/vhost-limits)"
            }
            Limit::ConnectRate => "this address connects too often (limits.connect_rate): connect again in a second",
            Limit::Pending => {
                "too many connections have not logged in (limits.pending): connect again, and log in at once"
            }
            Limit::HandshakeTime => "the handshake took too long (limits.handshake_time)",
            Limit::HeaderTime => "the head of a request took too long (limits.header_time)",
            Limit::LoginTime => "nobody logged in in time (limits.login_time)",
            Limit::PublishRate => "this connection publishes too fast (limits.publish_rate): publish later",
            Limit::Size => "this is too large",
            Limit::Vhosts => "this server has as many vhosts as it may have (limits.vhosts)",
            Limit::Queues => "this vhost has as many queues as it may have (limits.queues)",
            Limit::Subscriptions => "this connection has as many subscriptions as it may have (limits.subscriptions)",
            Limit::Memory => "there is no room for more messages (limits.memory)",
        }
    }

    /// What HTTP answers: whether it is the client who has to slow down.
    pub fn status(self) -> StatusCode {
        match self {
            Limit::ConnectionsPerAddress | Limit::ConnectRate | Limit::PublishRate => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Counts that it bites, where operators see it: the one place, so that all that is counted has the same label.
    pub fn count(self) {
        ::metrics::counter!(super::LIMIT_REACHED, "limit" => self.name()).increment(1);
    }
}
