//! From a stream to the queue of a webhook, as a consumer group of that stream: only what is wanted, and no more than can be delivered soon.

use super::endpoint::Endpoint;
use super::translate::{Arrival, Lane, Link, Place, copy};
use crate::engine::{Engine, Management};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Events that are read at once.
const PART: usize = 100;

/// Events in the queue from which no more are read, and how often it is looked at then.
const DEPTH: u64 = 1_000;
const PATIENCE: Duration = Duration::from_millis(200);

/// Until a stream that could not be read is tried again.
const REPAIR: Duration = Duration::from_secs(5);

/// Where a webhook reads a stream.
pub(super) struct Source<'a> {
    pub(super) engine: &'a Engine,
    pub(super) vhost: Management,
    pub(super) stream: &'a str,
    pub(super) place: &'a Place,
}

/// Copies events for ever; tells in the health of the webhook why there are none.
pub(super) async fn run(endpoint: &Endpoint, source: Source<'_>) {
    // Of a stream that was deleted and declared anew nothing was seen yet.
    let mut first = endpoint.definition.state.begin.unwrap_or(0);
    loop {
        if let Some(mut link) = Link::open(source.engine, source.vhost.name(), &endpoint.id) {
            link.subscribe_stream(Lane::Own, source.stream.to_owned(), &source.place.queue, first);
            let reason = copy_all(endpoint, link, &source).await;
            endpoint.figures.health().broken = Some(reason);
            first = 0;
        }
        tokio::time::sleep(REPAIR).await;
    }
}

/// Copies events. Returns why there are no more.
async fn copy_all(endpoint: &Endpoint, mut link: Link, source: &Source<'_>) -> String {
    let mut awaited = 0;
    loop {
        if awaited == 0 {
            wait_for_room(&source.vhost, source.place).await;
            link.grant(Lane::Own, PART);
            awaited = PART;
        }
        link.flush();
        link.wait().await;
        while let Some(arrival) = link.next() {
            match arrival {
                Arrival::Lost(reason) => return reason,
                Arrival::Left => {}
                Arrival::Delivery(_, delivery) => {
                    awaited = awaited.saturating_sub(1);
                    endpoint.figures.health().broken = None;
                    match endpoint.definition.subscription.wants(&endpoint.parsed.filters, &delivery.event) {
                        true => link.replace(&delivery, copy(source.place, &delivery.message)),
                        false => {
                            endpoint.figures.filtered.fetch_add(1, Relaxed);
                            link.ack(&delivery);
                        }
                    }
                }
            }
        }
    }
}

async fn wait_for_room(vhost: &Management, place: &Place) {
    while vhost.queue(&place.queue).is_ok_and(|queue| queue.messages >= DEPTH) {
        tokio::time::sleep(PATIENCE).await;
    }
}
