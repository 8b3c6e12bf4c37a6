//! A webhook as the API shows it.

use super::attempt::moment;
use super::breaker::Circuit;
use super::endpoint::Endpoint;
use super::settings::Settings;
use super::translate::{Place, shared_queue};
use crate::engine::Management;
use crate::signature::Secret;
use serde::Serialize;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// The resource.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    #[serde(flatten)]
    subscription: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    status: Status,
}

/// What it does, and how it fares.
#[derive(Debug, Serialize)]
struct Status {
    state: State,
    reason: Option<String>,
    circuit: Circuit,
    retry_at: Option<String>,
    queue: String,
    waiting: u64,
    retrying: u64,
    in_flight: u64,
    dead: u64,
    dead_letter_queue: String,
    delivered: u64,
    failed_attempts: u64,
    dead_lettered: u64,
    filtered: u64,
    replayed: u64,
    last_success: Option<String>,
    last_failure: Option<String>,
    last_error: Option<String>,
    allowed_rate: Option<u32>,
    public_key: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// It delivers.
    Active,
    /// It was turned off.
    Disabled,
    /// The sink has not consented yet.
    Unverified,
    /// Nothing is sent for a while.
    Paused,
    /// The last attempt failed, or there is nothing to read.
    Failing,
}

impl Shown {
    /// What everybody may see of it who may see it at all.
    pub(super) fn new(endpoint: &Endpoint, vhost: &Management) -> Self {
        let subscription = serde_json::to_value(endpoint.definition.subscription.shown()).unwrap_or_default();
        let warnings = endpoint.parsed.filters.warnings().iter().map(ToString::to_string).collect();
        Shown { id: endpoint.id.to_string(), subscription, warnings, status: Status::new(endpoint, vhost) }
    }

    /// The same with its secret, for who has just made it.
    pub(super) fn with_secret(mut self, secret: Option<&Secret>) -> Self {
        if let (Some(config), Some(secret)) = (self.subscription.get_mut("config"), secret) {
            config["secret"] = secret.to_text().into();
        }
        self
    }
}

impl Status {
    fn new(endpoint: &Endpoint, vhost: &Management) -> Self {
        let (figures, place) = (&endpoint.figures, Place::of(&endpoint.id));
        let count = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        let time = |figure: &AtomicU64| Some(count(figure)).filter(|time| *time != 0).map(moment);
        let health = figures.health().clone();
        let own = vhost.queue(&place.queue).ok();
        let shared = shared_queue(&endpoint.parsed.source).and_then(|queue| vhost.queue(queue).ok());
        let sum = |of: fn(&crate::engine::QueueReport) -> u64| own.iter().chain(&shared).map(of).sum::<u64>();
        let (state, reason) = state(endpoint, &health);
        Status {
            state,
            reason,
            circuit: health.circuit,
            retry_at: health.paused_until.map(moment),
            waiting: sum(|queue| queue.messages_ready) + count(&figures.held),
            retrying: sum(|queue| queue.messages_delayed),
            in_flight: count(&figures.in_flight),
            dead: vhost.queue(&place.dead).map_or(0, |queue| queue.messages),
            queue: place.queue,
            dead_letter_queue: place.dead,
            delivered: count(&figures.delivered),
            failed_attempts: count(&figures.failed),
            dead_lettered: count(&figures.dead),
            filtered: count(&figures.filtered),
            replayed: count(&figures.replayed),
            last_success: time(&figures.last_success),
            last_failure: time(&figures.last_failure),
            last_error: health.last_error,
            allowed_rate: endpoint.definition.state.consent.as_ref().and_then(|consent| consent.rate),
            public_key: endpoint.secrets(0).first().and_then(Secret::public_key),
        }
    }
}

fn state(endpoint: &Endpoint, health: &super::endpoint::Health) -> (State, Option<String>) {
    let Settings { disabled, .. } = endpoint.definition.subscription.config;
    if let Some(reason) = &endpoint.definition.state.disabled {
        return (State::Disabled, Some(reason.clone()));
    }
    if disabled {
        return (State::Disabled, Some("it was turned off".to_owned()));
    }
    if endpoint.is_unverified() {
        let reason = "the sink has not consented: let it answer OPTIONS with WebHook-Allowed-Origin, then verify";
        return (State::Unverified, Some(reason.to_owned()));
    }
    match (&health.broken, &health.last_error, health.paused_until) {
        (Some(reason), ..) => (State::Failing, Some(reason.clone())),
        (None, error, Some(_)) => (State::Paused, error.clone()),
        (None, Some(error), None) => (State::Failing, Some(error.clone())),
        (None, None, None) => (State::Active, None),
    }
}
