//! `[limits]`: what clients may cost. Sizes are octets, times are milliseconds.

use super::ConfigError;
use serde::Deserialize;
use std::time::Duration;
use wire::limits::{FrameLimits, TransactionLimits};

/// Limits of the server. `wharf.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in wharf.toml, under the same names")]
pub struct Limits {
    pub command: usize,
    pub headers: usize,
    pub header: usize,
    pub body: usize,
    pub frame: usize,
    pub login_octets: usize,
    pub login_time: u64,
    pub handshake_time: u64,
    pub header_time: u64,
    pub pending: usize,
    pub connections: usize,
    pub connections_per_address: usize,
    pub connect_rate: u32,
    pub publish_rate: u32,
    pub outbox: usize,
    pub backlog: usize,
    pub memory: usize,
    pub resident: usize,
    pub vhosts: usize,
    pub queues: usize,
    pub subscriptions: usize,
    pub parked: usize,
    pub transactions: usize,
    pub transaction_frames: usize,
    pub transaction: usize,
    pub event: usize,
    pub event_batch: usize,
    pub publish_stall: u64,
    pub close_time: u64,
    pub drain_time: u64,
}

/// Octets of an event that has to be taken (CloudEvents 1.0, "Size Limits"), and what frames it.
const LEAST_EVENT: usize = 64 * 1024 + 4 * 1024;

/// Octets of a CONNECT with a token of the usual size.
const LEAST_LOGIN: usize = 4 * 1024;

impl Limits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.frame <= self.body {
            return Err(ConfigError::Invalid("limits.frame must be larger than limits.body: it includes it".into()));
        }
        if self.outbox == 0 || self.backlog == 0 || self.memory == 0 {
            return Err(ConfigError::Invalid("limits.outbox, limits.backlog and limits.memory must not be 0".into()));
        }
        if self.pending == 0 {
            return Err(ConfigError::Invalid(
                "limits.pending must not be 0: every connection begins without a log-in".into(),
            ));
        }
        for (key, time) in [
            ("login_time", self.login_time),
            ("handshake_time", self.handshake_time),
            ("header_time", self.header_time),
        ] {
            if time == 0 {
                return Err(ConfigError::Invalid(format!("limits.{key} must not be 0: nobody is so fast")));
            }
        }
        if self.login_octets < LEAST_LOGIN {
            return Err(ConfigError::Invalid(format!(
                "limits.login_octets must be at least {LEAST_LOGIN}: a token has to fit"
            )));
        }
        if self.event < LEAST_EVENT {
            let reason = format!("limits.event must be at least {LEAST_EVENT}: what every intermediary has to forward");
            return Err(ConfigError::Invalid(reason));
        }
        Ok(())
    }

    /// What one STOMP frame may cost.
    pub fn frame(&self) -> FrameLimits {
        FrameLimits {
            command: self.command,
            headers: self.headers,
            header: self.header,
            body: self.body,
            frame: self.frame,
            login: self.login_octets,
        }
    }

    /// What the open transactions of a connection may cost.
    pub fn transactions(&self) -> TransactionLimits {
        TransactionLimits { open: self.transactions, actions: self.transaction_frames, octets: self.transaction }
    }

    /// What one vhost may hold. The marks from which publishers are slowed down follow from the limits.
    pub fn vhost(&self) -> broker::Limits {
        broker::Limits {
            memory: self.memory,
            memory_watermark: self.memory / 4 * 3,
            resident: self.resident,
            small_stream: broker::Limits::default().small_stream,
            least_segment: broker::Limits::default().least_segment,
            is_memory_all: false,
            backlog: self.backlog,
            backlog_watermark: self.backlog / 2,
            parked: self.parked,
            stall: self.publish_stall,
            window: self.outbox,
            queues: self.queues,
            subscriptions: self.subscriptions,
        }
    }

    /// Time to log in.
    pub fn login_time(&self) -> Duration {
        Duration::from_millis(self.login_time)
    }

    /// Time for TLS, and for what a proxy says before it.
    pub fn handshake_time(&self) -> Duration {
        Duration::from_millis(self.handshake_time)
    }

    /// Time for the head of a request.
    pub fn header_time(&self) -> Duration {
        Duration::from_millis(self.header_time)
    }

    /// Time for a peer to answer our close.
    pub fn close_time(&self) -> Duration {
        Duration::from_millis(self.close_time)
    }

    /// Time for connections to end at shutdown.
    pub fn drain_time(&self) -> Duration {
        Duration::from_millis(self.drain_time)
    }
}
