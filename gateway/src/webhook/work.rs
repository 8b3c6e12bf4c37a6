//! Webhooks at work: one version of each, and what is kept of what it comes to.

use super::definition::Definition;
use super::dispatch::{Change, Dispatch, Ended};
use super::endpoint::{End, Endpoint, Figures};
use super::notice;
use super::pump::{self, Source};
use super::registry::Webhooks;
use super::translate::{Lane, Link, Place, shared_queue};
use crate::engine::Management;
use std::sync::Arc;
use std::time::Duration;
use wire::destination::Destination;

/// Until a source that could not be read is tried again.
const REPAIR: Duration = Duration::from_secs(5);

impl Webhooks {
    /// Lets a version work, once the last one has ended.
    pub(super) fn begin(
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
        let vhost = &endpoint.definition.subscription.vhost;
        if let Err(error) = self.inner.engine.vhost(vhost) {
            self.forget_vhost(vhost); // it was deleted before this one could be told
            return Err(error.to_string());
        }
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
                    let (webhooks, endpoint) = (self.clone(), Arc::clone(endpoint));
                    self.inner.tasks.spawn(async move { webhooks.note(&endpoint, change).await });
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
        let engine = &self.inner.engine;
        let Some(mut link) = Link::open(engine, &subscription.vhost, &endpoint.id) else {
            return Ended::Lost("its vhost is gone".to_owned());
        };
        link.subscribe_queue(Lane::Own, place.queue.clone());
        let shared = shared_queue(source);
        if let Some(queue) = shared {
            link.subscribe_queue(Lane::Shared, queue.to_owned());
        }
        let means = self.means().clone();
        let dispatch = Dispatch::new(Arc::clone(endpoint), means, place.clone(), link, shared.is_some());
        let dispatch = dispatch.run(self.inner.stopping.clone());
        let Destination::Stream(stream) = source else { return dispatch.await };
        // What is in the queue already is delivered, whatever becomes of the stream.
        tokio::select! {
            ended = dispatch => ended,
            () = pump::run(endpoint, Source { engine, vhost, stream, place: &place }) => Ended::Wanted, // which does not happen
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

    /// Keeps what a version has come to, unless another has begun: that may have another sink.
    async fn note(&self, noted: &Arc<Endpoint>, change: Change) {
        let _changing = self.inner.changing.lock().await;
        if !self.find(&noted.id).is_ok_and(|current| Arc::ptr_eq(&current, noted)) {
            return;
        }
        tracing::info!(webhook = %noted.id, ?change, "a webhook changes its state");
        let mut definition = noted.definition.clone();
        let state = &mut definition.state;
        match &change {
            Change::Failing { since, warnings } => (state.failing_since, state.warnings) = (Some(*since), *warnings),
            Change::Paused(until) => state.paused_until = Some(*until),
            Change::Recovered => (state.failing_since, state.warnings) = (None, 0),
            Change::Disabled { reason, .. } => state.disabled = Some(reason.clone()),
        }
        if self.keep(&noted.id, &definition).await.is_err() {
            tracing::error!(webhook = %noted.id, "what became of a webhook cannot be kept: it is as it was after a restart");
        }
        let id = Arc::clone(&noted.id);
        if let Err(reason) = self.begin(id, definition, Some(Arc::clone(noted))) {
            tracing::error!(webhook = %noted.id, reason, "a webhook cannot go on");
        }
        let Ok(vhost) = self.vhost(&noted.definition.subscription.vhost) else { return };
        match change {
            Change::Disabled { reason, and_rest } => {
                if and_rest {
                    give_up(&vhost, noted).await;
                }
                notice::tell(&vhost, noted, notice::DISABLED, &reason).await;
            }
            Change::Failing { warnings, .. } if warnings > noted.definition.state.warnings => {
                notice::tell(&vhost, noted, notice::FAILING, "all attempts have failed for days: it will be disabled")
                    .await;
            }
            _ => {}
        }
    }
}

/// What waits for a sink that is gone is given up, and nothing more comes. It is bound again when it is enabled.
async fn give_up(vhost: &Management, endpoint: &Endpoint) {
    let place = Place::of(&endpoint.id);
    place.unbind(vhost, &endpoint.parsed.source).await;
    let mut given_up = vhost.end_delays(&place.queue).await.map(|()| 0);
    if given_up.is_ok() {
        given_up = vhost.move_messages(&place.queue, &place.dead, None).await;
    }
    if let Err(error) = given_up {
        tracing::error!(webhook = %endpoint.id, %error, "what waited for a sink that is gone stays in its queue");
    }
}
