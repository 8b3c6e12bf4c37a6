//! Delivers again what was tried before: by time, outcome or event.

use super::attempt::{Attempt, Kind, Outcome, milliseconds};
use super::endpoint::Endpoint;
use super::translate::{Place, Since, attempts_since, replay};
use crate::engine::Management;
use crate::error::Refusal;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;

/// Milliseconds that an attempt takes at most.
const LONGEST: u64 = 30_000;

/// Messages that one request may deliver again.
const MOST: usize = 100_000;

/// What is to be delivered again: what fits all that is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Request {
    since: Option<String>,
    until: Option<String>,
    outcome: Option<Outcome>,
    /// A part of an event's id, type, source or subject.
    event: Option<String>,
    /// `webhook-id`.
    message: Option<String>,
}

/// Puts messages into the queue of a webhook again, each once, under the same `webhook-id`. Returns how many.
pub(super) async fn run(endpoint: &Endpoint, vhost: &Management, request: &Request) -> Result<u64, Refusal> {
    let place = Place::of(&endpoint.id);
    let since = moment("since", request.since.as_deref())?.unwrap_or(0);
    let until = moment("until", request.until.as_deref())?.unwrap_or(u64::MAX);
    let is_all_dead = matches!(
        request,
        Request { since: None, until: None, event: None, message: None, outcome: Some(Outcome::Dead) }
    );
    if is_all_dead {
        // Those are taken out of the queue of dead letters, which nothing else does.
        let moved = vhost.move_messages(&place.dead, &place.queue, None).await?;
        endpoint.figures.replayed.fetch_add(moved, Relaxed);
        return Ok(moved);
    }
    let (mut seen, mut from) = (HashSet::new(), Since::Moment(since));
    while let Some((attempts, next)) = attempts_since(vhost, &place, from).await? {
        // They stand in the order in which they ended.
        let is_over = attempts.last().is_some_and(|last| begun(&last.attempt) > until.saturating_add(LONGEST));
        let wanted = attempts.into_iter().filter(|kept| request.fits(&kept.attempt) && begun(&kept.attempt) <= until);
        let wanted: Vec<_> = wanted.filter(|kept| seen.insert(kept.message.id)).collect();
        let messages: Vec<_> = wanted.iter().map(|kept| replay(&place, &kept.message)).collect();
        if !messages.is_empty() {
            vhost.publish(&messages).await.map_err(|(_, error)| error)?;
            endpoint.figures.replayed.fetch_add(messages.len() as u64, Relaxed);
        }
        if is_over || seen.len() >= MOST {
            break;
        }
        from = next;
    }
    Ok(seen.len() as u64)
}

impl Request {
    /// What was sent to see whether it arrives is not sent again.
    fn fits(&self, attempt: &Attempt) -> bool {
        // What failed comes again by itself.
        let is_outcome = self.outcome.map_or(attempt.outcome != Outcome::Failed, |outcome| outcome == attempt.outcome);
        let is_event = self.event.as_deref().is_none_or(|text| attempt.event.has(text));
        let is_message = self.message.as_deref().is_none_or(|id| id == attempt.message);
        attempt.kind != Kind::Test && is_outcome && is_event && is_message
    }
}

fn begun(attempt: &Attempt) -> u64 {
    milliseconds(&attempt.at).unwrap_or(0)
}

/// A moment of a request, in milliseconds since 1970.
pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<u64>, Refusal> {
    let wrong = |text: &str| {
        Refusal::bad_request(format!("{name}: {text:?} is no moment such as 2026-11-27T12:00:00Z (RFC 3339)"))
    };
    text.map(|text| milliseconds(text).ok_or_else(|| wrong(text))).transpose()
}
