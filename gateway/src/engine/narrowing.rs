//! Subscriptions that get what their reader may have of what they ask for, where the vhost says so.

use super::permission::Surroundings;
use crate::auth::{Access, Operation};
use broker::{Narrowing, Source};
use std::sync::Arc;

/// Whether a subscription of a connection's own to this exchange is narrowed: one with a wildcard, whether all that it stands for may be read or not,
/// since a pattern may match the text of a wildcard and not what that stands for.
pub(super) fn is_narrowed(exchange: &str, key: &str, there: &impl Surroundings) -> bool {
    has_wildcard(key) && there.narrows() && there.is_topic(exchange)
}

/// Has a connection's own queue take only the routing keys that its reader may read. What may be read is asked for each message, so a change counts
/// at once.
pub(super) fn narrow(source: &mut Source, access: &Arc<Access>) {
    *source = match std::mem::replace(source, Source::Queue(String::new())) {
        Source::Bound(queue, binding) => {
            let (access, exchange) = (Arc::clone(access), binding.exchange.clone());
            let may_read = move |key: &str| access.allows_key(Operation::Read, &exchange, key);
            Source::Narrowed(queue, binding, Narrowing::new(may_read))
        }
        other => other,
    };
}

/// Whether the binding key of a topic exchange stands for several routing keys.
fn has_wildcard(key: &str) -> bool {
    key.split('.').any(|word| matches!(word, "*" | "#"))
}
