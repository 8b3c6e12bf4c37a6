//! Deletes what is left of webhooks that were deleted when the server was killed.

use super::translate::{Place, delete_group};
use crate::engine::Management;
use std::collections::HashSet;

/// How the queues and the groups of webhooks begin.
const PREFIX: &str = "webhook.sub_";

/// Deletes queues and consumer groups of webhooks that are not among these, but for dead letters.
pub(super) async fn run(vhost: Management, defined: HashSet<String>) {
    let is_left = |name: &str| {
        let id = name.strip_prefix(PREFIX).and_then(|rest| rest.split('.').next());
        id.is_some_and(|id| !defined.contains(&format!("sub_{id}")))
    };
    for queue in vhost.queues().1 {
        if is_left(&queue.name) && !queue.name.ends_with(".dead") {
            let id = queue.name.trim_start_matches("webhook.").trim_end_matches(".attempts");
            tracing::info!(webhook = id, "what is left of a webhook is deleted");
            Place::of(id).delete(&vhost).await;
        }
        for group in queue.stream.iter().flat_map(|stream| &stream.groups).filter(|group| is_left(&group.name)) {
            delete_group(&vhost, &queue.name, &group.name).await;
        }
    }
}
