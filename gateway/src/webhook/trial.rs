//! Sends a test event to a sink, at once and past the queue.

use super::attempt::{Attempt, Kind, Outcome, What};
use super::attempting::Means;
use super::endpoint::Endpoint;
use super::notice::{TEST, about};
use super::translate::{Place, record_of_test};
use super::verdict::Verdict;
use crate::engine::{Management, milliseconds_since_1970};
use crate::error::Refusal;
use crate::translate::{id_text, message_id};

/// Makes the attempt, and keeps it with the others.
pub(super) async fn run(means: &Means, endpoint: &Endpoint, vhost: &Management) -> Result<Attempt, Refusal> {
    let event = about(endpoint, TEST, "somebody wants to see whether this arrives")
        .map_err(|invalid| Refusal::bad_request(invalid.to_string()))?;
    let identity = message_id(milliseconds_since_1970());
    let message = format!("msg_{}", id_text(identity));
    let (prepared, result) = means.attempt(endpoint, &[&event], &message).await;
    let outcome = if result.verdict == Verdict::Delivered { Outcome::Delivered } else { Outcome::Failed };
    let what = What { event: &event, message, number: 1, kind: Kind::Test };
    let attempt = result.attempt(&what, &prepared, outcome, None);
    let kept = record_of_test(&Place::of(&endpoint.id), &event, identity, &attempt);
    vhost.publish(&[kept]).await.map_err(|(_, error)| error)?;
    Ok(attempt)
}
