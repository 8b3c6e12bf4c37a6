//! All webhooks of this server: what is kept of them, and their work.

use super::attempting::Means;
use super::definition::{Definition, KIND};
use super::dispatch::{Change, Dispatch, Ended};
use super::egress::{AddressRule, BadTrust, Egress};
use super::endpoint::{End, Endpoint, Figures};
use super::notice;
use super::pump;
use super::translate::{Lane, Link, Place, first_offset, refusal, shared_queue, start};
use crate::config;
use crate::engine::{Engine, Management};
use crate::error::Refusal;
use axum::http::HeaderValue;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::destination::Destination;

/// Until a source that could not be read is tried again.
const REPAIR: Duration = Duration::from_secs(5);

/// The webhooks. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Webhooks {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    means: Means,
    endpoints: Mutex<BTreeMap<Arc<str>, Arc<Endpoint>>>,
    /// Held while a definition is changed.
    changing: tokio::sync::Mutex<()>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Webhooks {
    /// Those that are defined, at work.
    pub(crate) fn start(
        engine: &Engine,
        settings: &config::Webhooks,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
    ) -> Result<Self, BadTrust> {
        let origin = HeaderValue::from_str(&settings.origin).unwrap_or(HeaderValue::from_static("localhost"));
        let webhooks = Webhooks {
            inner: Arc::new(Inner {
                engine: engine.clone(),
                means: Means { egress: Egress::new(settings)?, origin },
                endpoints: Mutex::default(),
                changing: tokio::sync::Mutex::default(),
                tasks: tasks.clone(),
                stopping: stopping.clone(),
            }),
        };
        for vhost in engine.vhosts() {
            for (id, text) in vhost.definitions(KIND) {
                let read = serde_json::from_str::<Definition>(&text).map_err(|error| error.to_string());
                let begun = read.and_then(|definition| webhooks.begin(id.as_str().into(), definition, None));
                if let Err(reason) = begun {
                    tracing::error!(
                        webhook = id,
                        reason,
                        "a webhook cannot be started as it is defined: change or delete it"
                    );
                }
            }
        }
        Ok(webhooks)
    }

    pub(super) fn means(&self) -> &Means {
        &self.inner.means
    }

    /// The vhost of that name.
    pub(super) fn vhost(&self, name: &str) -> Result<Management, Refusal> {
        Ok(self.inner.engine.vhost(name)?)
    }

    /// All of them by id.
    pub(super) fn all(&self) -> Vec<Arc<Endpoint>> {
        self.endpoints().values().cloned().collect()
    }

    /// One of them.
    pub(super) fn find(&self, id: &str) -> Result<Arc<Endpoint>, Refusal> {
        let found = self.endpoints().get(id).cloned();
        found.ok_or_else(|| Refusal::not_found(format!("there is no webhook {id:?}")))
    }

    /// Makes one, declares what it needs, and lets it work.
    pub(super) async fn create(&self, id: Arc<str>, mut definition: Definition) -> Result<Arc<Endpoint>, Refusal> {
        let _changing = self.inner.changing.lock().await;
        definition.state.begin = self.check(&definition)?;
        self.keep(&id, &definition).await?;
        self.begin(id, definition, None).map_err(Refusal::bad_request)
    }

    /// Changes what is defined, and goes on with that. What users have written anew is judged anew.
    pub(super) async fn change(
        &self,
        id: &str,
        is_rewritten: bool,
        change: impl FnOnce(&mut Definition) -> Result<(), Refusal>,
    ) -> Result<Arc<Endpoint>, Refusal> {
        let _changing = self.inner.changing.lock().await;
        let last = self.find(id)?;
        let mut definition = last.definition.clone();
        change(&mut definition)?;
        if definition.subscription.vhost != last.definition.subscription.vhost {
            return Err(Refusal::bad_request(
                "vhost: a webhook cannot move to another vhost: delete it, and make another",
            ));
        }
        let has_other_source = definition.subscription.source != last.definition.subscription.source;
        if is_rewritten {
            let begin = self.check(&definition)?;
            definition.state.begin = if has_other_source { begin } else { definition.state.begin };
        }
        self.keep(id, &definition).await?;
        if has_other_source {
            let vhost = self.vhost(&definition.subscription.vhost)?;
            Place::of(id).leave(&vhost, &last.parsed.source).await;
        }
        self.begin(Arc::clone(&last.id), definition, Some(last)).map_err(Refusal::bad_request)
    }

    /// Ends one, and deletes what it had, but for dead letters.
    pub(super) async fn delete(&self, id: &str) -> Result<(), Refusal> {
        let changing = self.inner.changing.lock().await;
        let endpoint = self.find(id)?;
        let vhost = self.vhost(&endpoint.definition.subscription.vhost)?;
        endpoint.call_off();
        vhost.undefine(KIND, id).await;
        self.endpoints().remove(id);
        drop(changing); // its work may wait for that before it can end
        endpoint.stop().await;
        let place = Place::of(id);
        place.leave(&vhost, &endpoint.parsed.source).await;
        place.delete(&vhost).await;
        Ok(())
    }

    /// Whether a definition can be worked with, and its source is there. Returns the offset to begin at, if that is a stream: from this moment
    /// on nothing of it is missed.
    fn check(&self, definition: &Definition) -> Result<Option<u64>, Refusal> {
        let subscription = &definition.subscription;
        let parsed = subscription.parse(self.means().egress.rule()).map_err(Refusal::bad_request)?;
        let from = subscription.config.from.as_deref();
        start(from).map_err(Refusal::bad_request)?;
        let vhost = self.vhost(&subscription.vhost)?;
        if let Some(queue) = shared_queue(&parsed.source) {
            vhost.queue(queue).map_err(refusal)?;
        }
        if let Destination::Exchange(exchange, _) = &parsed.source {
            vhost.exchange(exchange).map_err(refusal)?;
        }
        let Destination::Stream(stream) = &parsed.source else { return Ok(None) };
        first_offset(&vhost, stream, from).map_err(refusal)
    }

    async fn keep(&self, id: &str, definition: &Definition) -> Result<(), Refusal> {
        let vhost = self.vhost(&definition.subscription.vhost)?;
        let place = Place::of(id);
        let parsed = definition.subscription.parse(&AddressRule::later()).map_err(Refusal::bad_request)?;
        // What the server has disabled is declared anew when it is enabled: a sink that is gone would be bound again to what it does not want.
        if definition.state.disabled.is_none() {
            place.declare(&vhost, &parsed.source, definition.subscription.config.keep).await.map_err(refusal)?;
        }
        let text = serde_json::to_string(definition).map_err(|error| Refusal::bad_request(error.to_string()))?;
        vhost.define(KIND, id, &text).await.map_err(refusal)?;
        Ok(())
    }

    /// Lets a version work, once the last one has ended.
    fn begin(
        &self,
        id: Arc<str>,
        definition: Definition,
        last: Option<Arc<Endpoint>>,
    ) -> Result<Arc<Endpoint>, String> {
        let figures = last.as_ref().map_or_else(|| Arc::new(Figures::default()), |last| Arc::clone(&last.figures));
        let endpoint = Endpoint::new(Arc::clone(&id), definition, figures)?;
        let endpoint = Arc::new(endpoint);
        // What is published from now on is delivered as it is defined now.
        last.iter().for_each(|last| last.call_off());
        self.endpoints().insert(id, Arc::clone(&endpoint));
        let (webhooks, working) = (self.clone(), Arc::clone(&endpoint));
        self.inner.tasks.spawn(async move {
            if let Some(last) = last {
                last.stop().await;
            }
            webhooks.work(&working).await;
            working.end.send_replace(End::Done);
        });
        Ok(endpoint)
    }

    async fn work(&self, endpoint: &Arc<Endpoint>) {
        while endpoint.is_active() {
            let ended = self.work_once(endpoint).await;
            endpoint.figures.health().broken = match &ended {
                Ended::Lost(reason) => Some(reason.clone()),
                _ => None,
            };
            match ended {
                Ended::Wanted => return,
                Ended::Lost(reason) => {
                    tracing::warn!(webhook = %endpoint.id, reason, "a webhook has nothing to read: it is tried again");
                    let mut end = endpoint.end.subscribe();
                    let wanted = end.wait_for(|end| *end != End::Not);
                    tokio::select! {
                        () = self.inner.stopping.cancelled() => return,
                        _ = wanted => return,
                        () = tokio::time::sleep(REPAIR) => {}
                    }
                }
                Ended::Changed(change) => {
                    // The next version waits for the end of this one.
                    let (webhooks, id) = (self.clone(), Arc::clone(&endpoint.id));
                    self.inner.tasks.spawn(async move { webhooks.note(&id, change).await });
                    return;
                }
            }
        }
    }

    async fn work_once(&self, endpoint: &Arc<Endpoint>) -> Ended {
        let subscription = &endpoint.definition.subscription;
        let place = Place::of(&endpoint.id);
        let vhost = match self.inner.engine.vhost(&subscription.vhost) {
            Ok(vhost) => vhost,
            Err(error) => return Ended::Lost(error.into()),
        };
        let source = &endpoint.parsed.source;
        if let Err(ended) = self.repair(endpoint, &place, &vhost).await {
            return ended;
        }
        let open = || Link::open(&self.inner.engine, &subscription.vhost, &endpoint.id);
        let Some(mut link) = open() else { return Ended::Lost("its vhost is gone".to_owned()) };
        link.subscribe_queue(Lane::Own, place.queue.clone());
        let shared = shared_queue(source);
        if let Some(queue) = shared {
            link.subscribe_queue(Lane::Shared, queue.to_owned());
        }
        let means = self.means().clone();
        let dispatch = Dispatch::new(Arc::clone(endpoint), means, place.clone(), link, shared.is_some());
        let dispatch = dispatch.run(self.inner.stopping.clone());
        let Destination::Stream(stream) = source else { return dispatch.await };
        let Some(mut link) = open() else { return Ended::Lost("its vhost is gone".to_owned()) };
        link.subscribe_stream(Lane::Own, stream.clone(), &place.queue, endpoint.definition.state.begin.unwrap_or(0));
        let mut dispatch = std::pin::pin!(dispatch);
        tokio::select! {
            ended = &mut dispatch => ended,
            // What is in the queue already goes on: a stream that is gone has no more.
            reason = pump::run(Arc::clone(endpoint), link, place, vhost) => {
                endpoint.figures.health().broken = Some(reason);
                dispatch.await
            }
        }
    }

    /// Declares what somebody may have deleted, unless another version is about to.
    async fn repair(&self, endpoint: &Endpoint, place: &Place, vhost: &Management) -> Result<(), Ended> {
        let _changing = self.inner.changing.lock().await;
        if endpoint.is_called_off() {
            return Err(Ended::Wanted);
        }
        let keep = endpoint.definition.subscription.config.keep;
        let declared = place.declare(vhost, &endpoint.parsed.source, keep).await;
        declared.map_err(|error| Ended::Lost(error.to_string()))
    }

    /// Keeps what a webhook has come to.
    async fn note(&self, id: &str, change: Change) {
        tracing::info!(webhook = id, ?change, "a webhook changes its state");
        let noted = self.change(id, false, |definition| {
            match &change {
                Change::Failing(since) => definition.state.failing_since = Some(*since),
                Change::Recovered => definition.state.failing_since = None,
                Change::Disabled { reason, .. } => definition.state.disabled = Some(reason.clone()),
            }
            Ok(())
        });
        let Ok(endpoint) = noted.await else { return }; // it was deleted meanwhile
        let Ok(vhost) = self.vhost(&endpoint.definition.subscription.vhost) else { return };
        if let Change::Disabled { reason, and_rest } = change {
            notice::tell(&vhost, &endpoint, notice::DISABLED, &reason).await;
            if and_rest {
                let place = Place::of(id);
                place.unbind(&vhost, &endpoint.parsed.source).await; // bound again when it is enabled
                if let Err(error) = vhost.move_messages(&place.queue, &place.dead, None).await {
                    tracing::error!(webhook = id, %error, "what waited for a sink that is gone stays in its queue");
                }
            }
        } else if let Change::Failing(_) = change {
            notice::tell(&vhost, &endpoint, notice::FAILING, "all attempts fail").await;
        }
    }

    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Endpoint>>> {
        // No code that can panic runs under this lock.
        self.inner.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
