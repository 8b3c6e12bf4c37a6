//! The keys that an issuer publishes (RFC 7517), fetched over HTTP and kept.
//!
//! They are fetched when the server starts, again after a while, and when a token names a key that is not among them, which is how an issuer brings a new
//! one into use. Tokens of strangers must not make us call the issuer as often as they like, so that last way has a rate. Who waits for a fetch
//! waits for the one that is under way. While the issuer is away the last keys go on, but not for ever: one of them may have been withdrawn.

use super::invalid::Invalid;
use super::key::Key;
use super::verifier::BadIssuer;
use crate::client::{Allowance, Client, tls};
use axum::body::Bytes;
use axum::http::{Request, StatusCode, Uri, header};
use governor::{DefaultDirectRateLimiter, Quota};
use http_body_util::Full;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as Turn;
use tokio::time::{Instant, sleep};

/// One fetch: keys are small, and logins wait for it.
const FETCH: Allowance = Allowance { time: Duration::from_secs(5), body: 256 * 1024 };

/// Keys of a set that are kept.
const KEYS: usize = 64;

/// Between two fetches, after one that succeeded and after one that failed.
const REFRESH: Duration = Duration::from_secs(5 * 60);
const RETRY: Duration = Duration::from_secs(10);

/// How long keys go on without a fetch that succeeds.
const OUTAGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Fetches for keys that are not known: one in ten seconds, and a few at once, so that two rotations in a row need not wait.
const UNKNOWN_PERIOD: Duration = Duration::from_secs(10);
const UNKNOWN_BURST: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// The keys of an issuer.
#[derive(Debug)]
pub(super) struct Jwks {
    url: Uri,
    client: Client,
    allowed: Vec<Algorithm>,
    rate: DefaultDirectRateLimiter,
    state: Mutex<State>,
    /// Held by who fetches.
    turn: Turn<()>,
}

#[derive(Debug, Default)]
struct State {
    set: Arc<Set>,
    fetched: Option<Instant>,
    /// Fetches that have come to an end.
    ended: u64,
    is_failing: bool,
}

/// The keys of one fetch.
#[derive(Debug, Default)]
pub(super) struct Set(Option<Vec<Key>>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Jwks {
    pub(super) fn new(url: &str, ca_file: &Path, allowed: Vec<Algorithm>) -> Result<Self, BadIssuer> {
        let quota = Quota::with_period(UNKNOWN_PERIOD).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        Ok(Jwks {
            url: url.parse().map_err(|_| BadIssuer::Url(url.to_owned()))?,
            client: Client::new(tls("auth.jwt.ca_file", ca_file)?),
            allowed,
            rate: DefaultDirectRateLimiter::direct(quota.allow_burst(UNKNOWN_BURST)),
            state: Mutex::default(),
            turn: Turn::default(),
        })
    }

    /// Fetches now and then, for ever.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let turn = self.turn.lock().await;
            let is_good = self.fetch().await;
            drop(turn);
            sleep(if is_good { REFRESH } else { RETRY }).await;
        }
    }

    /// The keys that are known, after a fetch if what is asked for is not among them.
    pub(super) async fn holding(self: &Arc<Self>, id: Option<&str>, algorithm: Algorithm) -> Arc<Set> {
        let (set, ended) = self.known();
        let is_missing = matches!(set.find(id, algorithm), Err(Invalid::UnknownKey | Invalid::NoKeys));
        if !is_missing {
            return set;
        }
        // In a task of its own: it goes on when who asked goes away, or nobody would ever see its end.
        let this = Arc::clone(self);
        let _ = tokio::spawn(async move { this.fetch_unknown(ended).await }).await;
        self.known().0
    }

    /// Fetches, unless that was done since somebody looked, or was done too often.
    async fn fetch_unknown(&self, ended: u64) {
        let _turn = self.turn.lock().await;
        if self.known().1 == ended && self.rate.check().is_ok() {
            self.fetch().await;
        }
    }

    fn known(&self) -> (Arc<Set>, u64) {
        let state = self.lock();
        let is_old = state.fetched.is_none_or(|fetched| fetched.elapsed() > OUTAGE);
        (if is_old { Arc::default() } else { Arc::clone(&state.set) }, state.ended)
    }

    /// Whether it succeeded. It is told once when it begins to fail, and when it is good again.
    async fn fetch(&self) -> bool {
        let fetched = self.download().await;
        let mut state = self.lock();
        state.ended += 1;
        match fetched {
            Ok(set) => {
                if state.is_failing {
                    tracing::info!(url = %self.url, "the issuer's keys can be fetched again");
                }
                if set.is_empty() {
                    tracing::warn!(url = %self.url, "the issuer publishes no key that could verify a token");
                }
                state.is_failing = false;
                state.fetched = Some(Instant::now());
                state.set = Arc::new(set);
                true
            }
            Err(reason) => {
                if !state.is_failing {
                    tracing::warn!(url = %self.url, reason, "the issuer's keys cannot be fetched: the last ones go on");
                }
                state.is_failing = true;
                false
            }
        }
    }

    async fn download(&self) -> Result<Set, String> {
        let request = Request::get(self.url.clone())
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .header(header::USER_AGENT, crate::SERVER)
            .body(Full::<Bytes>::default())
            .map_err(|error| error.to_string())?;
        let answer = self.client.send(request, FETCH).await.map_err(|error| error.to_string())?;
        if answer.status != StatusCode::OK {
            return Err(format!("the answer is {}", answer.status));
        }
        Set::parse(&answer.body, &self.allowed).ok_or_else(|| "the answer is no set of keys".to_owned())
    }

    /// No code that can panic runs under this lock.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Set {
    /// Reads a set. A key that is not understood, or is for something else, is left out (RFC 7517, section 5).
    fn parse(json: &[u8], allowed: &[Algorithm]) -> Option<Self> {
        let document: Document = serde_json::from_slice(json).ok()?;
        let jwks = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let keys = jwks.filter_map(|jwk| Key::from_jwk(&jwk)).filter_map(|key| key.narrowed(allowed));
        Some(Set(Some(keys.take(KEYS).collect())))
    }

    fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(Vec::is_empty)
    }

    /// The key of this name; without one, the only key that takes the algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&Key, Invalid> {
        let keys = self.0.as_ref().ok_or(Invalid::NoKeys)?;
        let mut fitting = keys.iter().filter(|key| key.takes(algorithm) && (id.is_none() || key.id.as_deref() == id));
        let first = fitting.next();
        match (first, id) {
            (Some(_), None) if fitting.next().is_some() => Err(Invalid::NoKeyId),
            (Some(key), _) => Ok(key),
            // A key of this name that takes other algorithms is known: no fetch will change what it takes.
            (None, Some(_)) if keys.iter().any(|key| key.id.as_deref() == id) => {
                Err(Invalid::Algorithm(format!("{algorithm:?}")))
            }
            (None, _) => Err(Invalid::UnknownKey),
        }
    }
}
