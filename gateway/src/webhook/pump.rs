//! From a stream to the queue of a webhook, as a consumer group of that stream: only what is wanted, and no more than can be delivered soon.

use super::endpoint::Endpoint;
use super::translate::{Arrival, Lane, Link, Place, copy};
use crate::engine::Management;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Events that are read at once.
const PART: usize = 100;

/// Events in the queue from which no more are read, and how often it is looked at then.
const DEPTH: u64 = 1_000;
const PATIENCE: Duration = Duration::from_millis(200);

/// Copies events for as long as it is polled. Returns why there are no more.
pub(super) async fn run(endpoint: Arc<Endpoint>, mut link: Link, place: Place, vhost: Management) -> String {
    let mut awaited = 0;
    loop {
        if awaited == 0 {
            wait_for_room(&vhost, &place).await;
            link.grant(Lane::Own, PART);
            awaited = PART;
        }
        link.flush();
        link.wait().await;
        while let Some(arrival) = link.next() {
            match arrival {
                Arrival::Lost(reason) => return reason,
                Arrival::Delivery(_, delivery) => {
                    awaited = awaited.saturating_sub(1);
                    match endpoint.definition.subscription.wants(&endpoint.parsed.filters, &delivery.event) {
                        true => link.replace(&delivery, copy(&place, &delivery.message)),
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
