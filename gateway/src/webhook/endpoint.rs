//! A webhook at work: its definition with all parts read, and what is counted.

use super::breaker::Circuit;
use super::definition::Definition;
use super::egress::AddressRule;
use super::order::Due;
use super::pace::Pace;
use super::subscription::Parsed;
use crate::engine::milliseconds_since_1970;
use crate::signature::Secret;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A version of a webhook; a change of its definition makes another.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) id: Arc<str>,
    pub(super) definition: Definition,
    pub(super) parsed: Parsed,
    /// What it signs with, until this moment, and after it.
    secrets: Vec<Secret>,
    secrets_until: u64,
    later_secrets: Vec<Secret>,
    /// The same for all versions.
    pub(super) figures: Arc<Figures>,
    /// Whether this version is to end, and whether it has.
    pub(super) end: watch::Sender<End>,
}

/// How far the end of a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is at work.
    Not,
    /// It is to end.
    Wanted,
    /// It has.
    Done,
}

/// What is counted since the server started, and what was last seen.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) filtered: AtomicU64,
    pub(super) replayed: AtomicU64,
    pub(super) in_flight: AtomicU64,
    /// Events that wait in memory for their turn or for their next attempt, to keep their order.
    pub(super) held: AtomicU64,
    /// In milliseconds since 1970; 0: never.
    pub(super) last_success: AtomicU64,
    pub(super) last_failure: AtomicU64,
    health: Mutex<Health>,
    memory: Mutex<Option<Memory>>,
}

/// What one version leaves to the next, if both have the same sink.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) sink: String,
    pub(super) pace: Pace,
    pub(super) due: Due,
}

/// How an endpoint does.
#[derive(Debug, Clone)]
pub(super) struct Health {
    /// Why the last attempt failed, if it did.
    pub(super) last_error: Option<String>,
    pub(super) circuit: Circuit,
    /// Until when nothing is sent, in milliseconds since 1970.
    pub(super) paused_until: Option<u64>,
    /// Why nothing can be read of its source.
    pub(super) broken: Option<String>,
    /// Since when all attempts have failed.
    pub(super) failing_since: Option<u64>,
}

impl Default for Health {
    fn default() -> Self {
        let circuit = Circuit::Closed;
        Health { last_error: None, circuit, paused_until: None, broken: None, failing_since: None }
    }
}

impl Endpoint {
    /// A version of a webhook. An error says what is wrong with its definition.
    pub(super) fn new(id: Arc<str>, definition: Definition, figures: Arc<Figures>) -> Result<Self, String> {
        let parsed = definition.subscription.parse(&AddressRule::later())?;
        let now = milliseconds_since_1970();
        let secrets_until = definition.secrets_until().unwrap_or(u64::MAX);
        // What is not kept yet goes on from version to version.
        if let Some(since) = definition.state.failing_since {
            figures.health().failing_since = Some(since);
        }
        Ok(Endpoint {
            id,
            parsed,
            secrets: definition.secrets(now),
            secrets_until,
            later_secrets: definition.secrets(secrets_until),
            definition,
            figures,
            end: watch::Sender::new(End::Not),
        })
    }

    /// What is signed with at this moment, in milliseconds since 1970.
    pub(super) fn secrets(&self, now: u64) -> &[Secret] {
        if now < self.secrets_until { &self.secrets } else { &self.later_secrets }
    }

    /// Whether it delivers.
    pub(super) fn is_active(&self) -> bool {
        self.definition.is_enabled() && !self.is_unverified()
    }

    /// Whether the sink has not consented though it has to.
    pub(super) fn is_unverified(&self) -> bool {
        use super::settings::Verification;
        let verification = self.definition.subscription.config.verification;
        verification == Verification::Required && self.definition.state.consent.is_none()
    }

    /// Requests a minute: what is less of what we and the sink want.
    pub(super) fn rate(&self) -> Option<u32> {
        let ours = self.definition.subscription.config.rate.map(u32::from);
        let theirs = self.definition.state.consent.as_ref().and_then(|consent| consent.rate);
        [ours, theirs].into_iter().flatten().min()
    }

    /// Asks this version to end: it begins nothing any more.
    pub(super) fn call_off(&self) {
        self.end.send_if_modified(|end| {
            let is_news = *end == End::Not;
            if is_news {
                *end = End::Wanted;
            }
            is_news
        });
    }

    /// Whether this version is to end.
    pub(super) fn is_called_off(&self) -> bool {
        *self.end.borrow() != End::Not
    }

    /// Asks this version to end, and waits until it has.
    pub(super) async fn stop(&self) {
        self.call_off();
        let _ = self.end.subscribe().wait_for(|end| *end == End::Done).await; // the sender is ours
    }
}

impl Figures {
    /// Leaves something to the next version.
    pub(super) fn remember(&self, memory: Memory) {
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }

    /// What the last version has left.
    pub(super) fn recall(&self, sink: &str) -> Option<Memory> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner).take();
        memory.filter(|memory| memory.sink == sink)
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        // No code that can panic runs under this lock.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What failed so far says nothing of what comes: somebody has changed the webhook.
    pub(super) fn forget_failures(&self) {
        self.health().failing_since = None;
    }

    /// An event was taken.
    pub(super) fn note_success(&self, now: u64) {
        self.last_success.store(now, Ordering::Relaxed);
        let mut health = self.health();
        (health.last_error, health.failing_since) = (None, None);
    }

    /// An attempt failed.
    pub(super) fn note_failure(&self, reason: &str, now: u64) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.last_failure.store(now, Ordering::Relaxed);
        let mut health = self.health();
        health.last_error = Some(reason.to_owned());
        health.failing_since.get_or_insert(now);
    }
}
