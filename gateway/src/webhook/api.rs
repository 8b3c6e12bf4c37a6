//! `/api/subscriptions`: webhooks as resources.

use super::attempt::{Attempt, Outcome, milliseconds};
use super::definition::{Definition, KeptSecret, State};
use super::endpoint::Endpoint;
use super::handshake;
use super::registry::Webhooks;
use super::replay::{self, moment};
use super::settings::{SignatureKind, Verification};
use super::shown::Shown;
use super::subscription::Subscription;
use super::translate::{Place, latest_attempts};
use super::trial;
use crate::engine::{Management, milliseconds_since_1970};
use crate::error::{Refusal, other_method};
use crate::signature::Secret;
use crate::translate::{id_text, message_id};
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Octets of a request's body.
const BODY: usize = 64 * 1024;

/// Attempts that one request tells, and looks at.
const ATTEMPTS: usize = 1_000;
const LOOKED_AT: usize = 20_000;

type Answer = Result<Response, Refusal>;

/// All below `/api/subscriptions`, for who has logged in.
pub(crate) fn router(webhooks: Webhooks) -> Router {
    Router::new()
        .route("/", get(list).post(create))
        .route("/{id}", get(show).put(replace).delete(delete))
        .route("/{id}/attempts", get(attempts))
        .route("/{id}/replay", post(deliver_again))
        .route("/{id}/test", post(test))
        .route("/{id}/verify", post(verify))
        .route("/{id}/enable", post(enable))
        .route("/{id}/disable", post(disable))
        .route("/{id}/rotate-secret", post(rotate))
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(webhooks)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    vhost: Option<String>,
}

async fn list(Shared(webhooks): Shared<Webhooks>, listing: Result<Query<Listing>, QueryRejection>) -> Answer {
    let Query(listing) = listing.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let of_vhost = |endpoint: &Arc<Endpoint>| {
        listing.vhost.as_deref().is_none_or(|vhost| vhost == endpoint.definition.subscription.vhost)
    };
    let shown = webhooks.all().into_iter().filter(of_vhost).map(|endpoint| shown(&webhooks, &endpoint));
    Ok(Json(shown.collect::<Result<Vec<_>, _>>()?).into_response())
}

async fn show(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    Ok(Json(shown(&webhooks, &*webhooks.find(&id)?)?).into_response())
}

async fn create(Shared(webhooks): Shared<Webhooks>, body: Bytes) -> Answer {
    let (subscription, secret) = read(&body)?;
    let secret = secret.or_else(|| generate(subscription.config.signature));
    check_kind(&subscription, secret.as_ref())?;
    let id: Arc<str> = format!("sub_{}", id_text(message_id(milliseconds_since_1970()))).into();
    let secrets = secret.iter().map(KeptSecret::new).collect();
    let is_required = subscription.config.verification == Verification::Required;
    let definition = Definition { subscription, secrets, state: State::default() };
    let (creating, name) = (webhooks.clone(), Arc::clone(&id));
    let mut endpoint = webhooks.through(async move { creating.create(name, definition).await }).await?;
    if is_required && let Ok(consenting) = ask(&webhooks, &endpoint).await {
        endpoint = consenting; // what does not consent yet may do so later: the state tells
    }
    let location = [(header::LOCATION, format!("/api/subscriptions/{id}"))];
    let shown = shown(&webhooks, &endpoint)?.with_secret(secret.as_ref());
    Ok((StatusCode::CREATED, location, Json(shown)).into_response())
}

async fn replace(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>, body: Bytes) -> Answer {
    let (subscription, secret) = read(&body)?;
    webhooks.find(&id)?.figures.forget_failures();
    let endpoint = change(&webhooks, &id, true, move |definition| {
        let subscription = subscription.with_secrets_of(&definition.subscription).map_err(Refusal::bad_request)?;
        let has_other_sink = definition.subscription.sink != subscription.sink;
        let has_other_kind = definition.subscription.config.signature != subscription.config.signature;
        definition.subscription = subscription;
        if let Some(secret) = &secret {
            definition.secrets = vec![KeptSecret::new(secret)];
        } else if has_other_kind {
            definition.secrets =
                generate(definition.subscription.config.signature).iter().map(KeptSecret::new).collect();
        }
        let first = definition.secrets(0).into_iter().next();
        check_kind(&definition.subscription, first.as_ref())?;
        definition.state = definition.state.anew();
        if has_other_sink {
            definition.state.consent = None; // that was another's
        }
        Ok(())
    });
    Ok(Json(shown(&webhooks, &*endpoint.await?)?).into_response())
}

async fn delete(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let deleting = webhooks.clone();
    webhooks.through(async move { deleting.delete(&id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    turn(&webhooks, &id, true).await
}

async fn disable(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    turn(&webhooks, &id, false).await
}

async fn turn(webhooks: &Webhooks, id: &str, is_on: bool) -> Answer {
    webhooks.find(id)?.figures.forget_failures();
    let endpoint = change(webhooks, id, false, move |definition| {
        definition.subscription.config.disabled = !is_on;
        definition.state = definition.state.anew();
        Ok(())
    });
    Ok(Json(shown(webhooks, &*endpoint.await?)?).into_response())
}

async fn verify(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    let endpoint = ask(&webhooks, &*webhooks.find(&id)?).await?;
    Ok(Json(shown(&webhooks, &endpoint)?).into_response())
}

/// Asks a sink for its consent, and keeps it.
async fn ask(webhooks: &Webhooks, endpoint: &Endpoint) -> Result<Arc<Endpoint>, Refusal> {
    let consent = handshake::ask(webhooks.means(), endpoint).await.map_err(Refusal::bad_request)?;
    let asked = endpoint.definition.subscription.sink.clone();
    let keep = move |definition: &mut Definition| {
        if definition.subscription.sink != asked {
            return Err(Refusal::bad_request("the webhook has another sink by now: ask that"));
        }
        definition.state.consent = Some(consent);
        Ok(())
    };
    change(webhooks, &endpoint.id, false, keep).await
}

/// Changes a definition, also if who asked for it has gone.
async fn change(
    webhooks: &Webhooks,
    id: &str,
    is_rewritten: bool,
    change: impl FnOnce(&mut Definition) -> Result<(), Refusal> + Send + 'static,
) -> Result<Arc<Endpoint>, Refusal> {
    let (changing, id) = (webhooks.clone(), id.to_owned());
    webhooks.through(async move { changing.change(&id, is_rewritten, change).await }).await
}

async fn rotate(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    let kind = webhooks.find(&id)?.definition.subscription.config.signature;
    let secret = generate(kind).ok_or_else(|| Refusal::bad_request("config.signature is none: there is no secret"))?;
    let next = secret.clone();
    let endpoint = change(&webhooks, &id, false, move |definition| {
        definition.rotate(&next, milliseconds_since_1970());
        Ok(())
    });
    let until = endpoint.await?.definition.secrets_until().map(super::attempt::moment);
    Ok(Json(json!({ "secret": secret.to_text(), "public_key": secret.public_key(), "previous_valid_until": until }))
        .into_response())
}

async fn test(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>) -> Answer {
    let endpoint = webhooks.find(&id)?;
    if endpoint.is_unverified() {
        return Err(Refusal::bad_request("the sink has not consented yet: verify first"));
    }
    let vhost = vhost(&webhooks, &endpoint)?;
    Ok(Json(trial::run(webhooks.means(), &endpoint, &vhost).await?).into_response())
}

async fn deliver_again(Shared(webhooks): Shared<Webhooks>, Path(id): Path<String>, body: Bytes) -> Answer {
    let endpoint = webhooks.find(&id)?;
    let request = match body.is_empty() {
        true => replay::Request::default(),
        false => serde_json::from_slice(&body).map_err(|error| Refusal::bad_request(format!("the body: {error}")))?,
    };
    let replayed = replay::run(&endpoint, &vhost(&webhooks, &endpoint)?, &request).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "replayed": replayed }))).into_response())
}

/// Which attempts are wanted: those that fit all that is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    outcome: Option<Outcome>,
    status: Option<u16>,
    event: Option<String>,
    message: Option<String>,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
}

async fn attempts(
    Shared(webhooks): Shared<Webhooks>,
    Path(id): Path<String>,
    search: Result<Query<Search>, QueryRejection>,
) -> Answer {
    let Query(search) = search.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let endpoint = webhooks.find(&id)?;
    let vhost = vhost(&webhooks, &endpoint)?;
    let since = moment("since", search.since.as_deref())?.unwrap_or(0);
    let until = moment("until", search.until.as_deref())?.unwrap_or(u64::MAX);
    let within = |attempt: &Attempt| (since..=until).contains(&milliseconds(&attempt.at).unwrap_or(0));
    let limits = (search.limit.unwrap_or(100).clamp(1, ATTEMPTS), LOOKED_AT);
    let wants = |attempt: &Attempt| search.fits(attempt) && within(attempt);
    let found = latest_attempts(&vhost, &Place::of(&endpoint.id), limits, wants).await?;
    let (attempts, scanned, complete) = found;
    Ok(Json(json!({ "attempts": attempts, "scanned": scanned, "complete": complete })).into_response())
}

impl Search {
    fn fits(&self, attempt: &Attempt) -> bool {
        self.outcome.is_none_or(|outcome| outcome == attempt.outcome)
            && self.status.is_none_or(|status| Some(status) == attempt.status)
            && self.message.as_deref().is_none_or(|message| message == attempt.message)
            && self.event.as_deref().is_none_or(|text| attempt.event.has(text) || attempt.message.contains(text))
    }
}

/// A subscription, and the secret that stands in its `config`. What we add to it ourselves is no harm in what comes back.
fn read(body: &[u8]) -> Result<(Subscription, Option<Secret>), Refusal> {
    let wrong = |error: serde_json::Error| Refusal::bad_request(format!("the body: {error}"));
    let mut document: serde_json::Map<String, Value> = serde_json::from_slice(body).map_err(wrong)?;
    for ours in ["id", "status", "warnings"] {
        document.remove(ours);
    }
    let secret =
        match document.get_mut("config").and_then(Value::as_object_mut).and_then(|config| config.remove("secret")) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let secret =
                    Secret::parse(&text).map_err(|error| Refusal::bad_request(format!("config.secret: {error}")))?;
                Some(secret)
            }
            Some(_) => return Err(Refusal::bad_request("config.secret: has to be a text such as whsec_...")),
        };
    Ok((serde_json::from_value(Value::Object(document)).map_err(wrong)?, secret))
}

fn generate(kind: SignatureKind) -> Option<Secret> {
    match kind {
        SignatureKind::V1 => Some(Secret::generate()),
        SignatureKind::V1a => Some(Secret::generate_ed25519()),
        SignatureKind::None => None,
    }
}

/// A secret has to be of the kind that is signed with.
fn check_kind(subscription: &Subscription, secret: Option<&Secret>) -> Result<(), Refusal> {
    let wrong = |reason: &str| Err(Refusal::bad_request(format!("config.secret: {reason}")));
    match (subscription.config.signature, secret) {
        (SignatureKind::V1, Some(Secret::Symmetric(_)))
        | (SignatureKind::V1a, Some(Secret::Ed25519(_)))
        | (SignatureKind::None, None) => Ok(()),
        (SignatureKind::V1, _) => wrong("config.signature v1 signs with a secret that begins with whsec_"),
        (SignatureKind::V1a, _) => wrong("config.signature v1a signs with a key that begins with whsk_"),
        (SignatureKind::None, Some(_)) => wrong("config.signature is none, so there is nothing to sign with it"),
    }
}

fn vhost(webhooks: &Webhooks, endpoint: &Endpoint) -> Result<Management, Refusal> {
    webhooks.vhost(&endpoint.definition.subscription.vhost)
}

fn shown(webhooks: &Webhooks, endpoint: &Endpoint) -> Result<Shown, Refusal> {
    Ok(Shown::new(endpoint, &vhost(webhooks, endpoint)?))
}
