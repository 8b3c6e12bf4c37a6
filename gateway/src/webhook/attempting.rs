//! Making an attempt.

use super::attempt::Result;
use super::egress::Egress;
use super::endpoint::Endpoint;
use super::request::{Prepared, prepare};
use super::verdict::verdict;
use crate::engine::milliseconds_since_1970;
use axum::http::HeaderValue;
use std::time::SystemTime;
use tokio::time::Instant;
use wire::cloudevents::Event;

/// What attempts are made with.
#[derive(Debug, Clone)]
pub(super) struct Means {
    pub(super) egress: Egress,
    /// Who we are.
    pub(super) origin: HeaderValue,
}

impl Means {
    /// Sends events under one `webhook-id`, and tells what came of it.
    pub(super) async fn attempt(&self, endpoint: &Endpoint, events: &[&Event], id: &str) -> (Prepared, Result) {
        let at = milliseconds_since_1970();
        let started = Instant::now();
        let settings = &endpoint.definition.subscription.config;
        let prepared = prepare(endpoint, events, id, &self.origin, at);
        let sent = self.egress.send(prepared.request(endpoint), settings.timeout()).await;
        let result = match sent {
            Ok(answer) => {
                let verdict = verdict(&answer, settings.profile, SystemTime::now());
                Result::answered(&answer, verdict, at, started.elapsed())
            }
            Err(failure) => Result::failed(failure, at, started.elapsed()),
        };
        (prepared, result)
    }
}
