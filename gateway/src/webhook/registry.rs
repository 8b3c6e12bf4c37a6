//! All webhooks of this server: what is kept of them. What they do is in `work`.

use super::attempting::Means;
use super::definition::{Definition, KIND};
use super::egress::{AddressRule, Egress};
use super::endpoint::Endpoint;
use super::sweep;
use super::translate::{Place, first_offset, shared_queue, start};
use crate::client::BadTrust;
use crate::config;
use crate::engine::{Engine, Management};
use crate::error::Refusal;
use axum::http::{HeaderValue, StatusCode};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::destination::Destination;

/// The webhooks. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Webhooks {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) engine: Engine,
    means: Means,
    endpoints: Mutex<BTreeMap<Arc<str>, Arc<Endpoint>>>,
    /// Held while a definition is changed.
    pub(super) changing: tokio::sync::Mutex<()>,
    pub(super) tasks: TaskTracker,
    pub(super) stopping: CancellationToken,
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
            tasks.spawn(sweep::run(vhost.clone(), vhost.definitions(KIND).into_iter().map(|(id, _)| id).collect()));
            for (id, text) in vhost.definitions(KIND) {
                let read = serde_json::from_str::<Definition>(&text).map_err(|error| error.to_string());
                let begun = read.and_then(|definition| webhooks.begin(id.as_str().into(), definition, None));
                if let Err(reason) = begun {
                    tracing::error!(webhook = id, reason, "a webhook of another release cannot be started by this one");
                }
            }
        }
        let registry = Arc::downgrade(&webhooks.inner);
        engine.on_vhost_deleted(move |vhost| {
            if let Some(inner) = registry.upgrade() {
                Webhooks { inner }.forget_vhost(vhost);
            }
        });
        Ok(webhooks)
    }

    /// A vhost is gone, with the definitions in it.
    pub(super) fn forget_vhost(&self, vhost: &str) {
        self.endpoints().retain(|_, endpoint| {
            let stays = endpoint.definition.subscription.vhost != vhost;
            if !stays {
                endpoint.call_off();
            }
            stays
        });
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

    /// Does something to its end, also if who asked for it has gone.
    pub(super) async fn through<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let failed = |error: JoinError| {
            tracing::error!(%error, "a change of a webhook was cut off");
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "the change was cut off: look at what came of it",
            )
        };
        self.inner.tasks.spawn(work).await.map_err(failed)?
    }

    /// Makes one, declares what it needs, and lets it work.
    pub(super) async fn create(&self, id: Arc<str>, mut definition: Definition) -> Result<Arc<Endpoint>, Refusal> {
        let _changing = self.inner.changing.lock().await;
        definition.state.begin = self.check(&definition)?;
        self.declare(&id, &definition).await?;
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
        // What the server has disabled is declared anew when it is enabled: a sink that is gone would be bound again to what it does not want.
        if definition.state.disabled.is_none() {
            self.declare(id, &definition).await?;
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
        if let Some(queue) = shared_queue(&parsed.source)
            && vhost.queue(queue)?.stream.is_some()
        {
            return Err(Refusal::bad_request(format!("source: {queue:?} is a stream: write /stream/{queue}")));
        }
        if let Destination::Exchange(exchange, _) = &parsed.source {
            vhost.exchange(exchange)?;
        }
        let Destination::Stream(stream) = &parsed.source else { return Ok(None) };
        let first = first_offset(&vhost, stream, from)?;
        let is_queue = || Refusal::bad_request(format!("source: {stream:?} is a queue: write /queue/{stream}"));
        first.map(Some).ok_or_else(is_queue)
    }

    /// Declares what a webhook needs.
    async fn declare(&self, id: &str, definition: &Definition) -> Result<(), Refusal> {
        let vhost = self.vhost(&definition.subscription.vhost)?;
        let parsed = definition.subscription.parse(&AddressRule::later()).map_err(Refusal::bad_request)?;
        let keep = definition.subscription.config.keep;
        Place::of(id).declare(&vhost, &parsed.source, keep).await.map_err(Refusal::from)
    }

    /// Keeps a definition.
    pub(super) async fn keep(&self, id: &str, definition: &Definition) -> Result<(), Refusal> {
        let vhost = self.vhost(&definition.subscription.vhost)?;
        let text = serde_json::to_string(definition).map_err(|error| Refusal::bad_request(error.to_string()))?;
        vhost.define(KIND, id, &text).await?;
        Ok(())
    }

    pub(super) fn endpoints(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Endpoint>>> {
        // No code that can panic runs under this lock.
        self.inner.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
