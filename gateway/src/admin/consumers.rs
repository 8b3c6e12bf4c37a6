//! `GET /api/consumers`.

use super::Admin;
use super::answer::{Parameters, Refusal};
use super::authorisation::Caller;
use super::listing::Listing;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

/// Whose consumers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    queue: Option<String>,
}

/// The subscriptions of all vhosts.
pub(super) async fn list_all(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).flat_map(|vhost| vhost.consumers()).collect(), "queue.name")
}

/// The subscriptions of a vhost, or of one queue in it.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    Parameters(filter): Parameters<Filter>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let mut consumers = vhost.consumers();
    if let Some(queue) = filter.queue {
        vhost.queue(&queue)?;
        consumers.retain(|consumer| *consumer.queue.name == *queue);
    }
    listing.answer(consumers, "queue.name")
}
