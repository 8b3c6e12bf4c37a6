//! Subscriptions that get what their reader may have of what they ask for, where the vhost says so.

use super::permission::Surroundings;
use crate::auth::{Access, Denied, Operation};
use broker::{Narrowing, Source};
use std::sync::Arc;

/// Has a connection's own queue take only the routing keys that its reader may read, instead of refusing it for a wildcard that also stands for
/// others. What may be read is asked for each message, so a change counts at once. An error is the refusal: it was not for the wildcard alone.
pub(super) fn narrow(
    source: &mut Source,
    denied: Denied,
    access: &Arc<Access>,
    there: &impl Surroundings,
) -> Result<(), Denied> {
    *source = match std::mem::replace(source, Source::Queue(String::new())) {
        Source::Bound(queue, binding) if is_narrowed(&denied, &binding.key, there) => {
            let (access, exchange) = (Arc::clone(access), binding.exchange.clone());
            let may_read = move |key: &str| access.allows_key(Operation::Read, &exchange, key);
            Source::Narrowed(queue, binding, Narrowing::new(may_read))
        }
        other => {
            *source = other;
            return Err(denied);
        }
    };
    Ok(())
}

/// Whether a subscription with this binding key is let in though this is denied.
pub(super) fn is_narrowed(denied: &Denied, key: &str, there: &impl Surroundings) -> bool {
    matches!(denied, Denied::Key { .. }) && there.narrows() && has_wildcard(key)
}

/// Whether the binding key of a topic exchange stands for several routing keys.
fn has_wildcard(key: &str) -> bool {
    key.split('.').any(|word| matches!(word, "*" | "#"))
}
