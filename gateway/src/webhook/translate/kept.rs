//! Attempts and dead letters as messages: each has the event it was about, so that it can be delivered again.

use super::Place;
use crate::engine::{Management, Message};
use crate::translate::of_event;
use crate::webhook::attempt::Attempt;
use broker::{Error, Headers, Loaded, Publish, Start, Time};
use std::sync::Arc;
use wire::cloudevents::Event;

/// The header that holds an attempt, as JSON.
const ATTEMPT: &str = "x-webhook-attempt";

/// The header that says that somebody wanted a message delivered again.
const REPLAY: &str = "x-webhook-replay";

/// Messages, and octets of them, that are read of the attempts at once.
const PART: usize = 500;
const OCTETS: usize = 8 << 20;

/// An attempt that was kept, and the message it was about.
pub(in crate::webhook) struct KeptAttempt {
    pub(in crate::webhook) attempt: Attempt,
    pub(in crate::webhook) message: Arc<Message>,
}

/// Whether somebody wanted it delivered again: because it was tried before, or because it is a dead letter. Publishers may write such headers too, but
/// what an exchange routes is no replay.
pub(super) fn is_replay(message: &Message) -> bool {
    message.exchange.is_empty() && message.headers.iter().any(|(name, _)| name == REPLAY || name == ATTEMPT)
}

/// An attempt, to be kept.
pub(in crate::webhook) fn record(place: &Place, message: &Message, attempt: &Attempt) -> Message {
    with_header(message, &place.attempts, ATTEMPT, &json(attempt))
}

/// What was given up, with the last attempt.
pub(in crate::webhook) fn dead_letter(place: &Place, message: &Message, attempt: &Attempt) -> Message {
    with_header(message, &place.dead, ATTEMPT, &json(attempt))
}

/// A message that is to be delivered again.
pub(in crate::webhook) fn replay(place: &Place, message: &Message) -> Publish {
    Publish::detached(with_header(message, &place.queue, REPLAY, "true"))
}

/// A message of a stream, to be delivered.
pub(in crate::webhook) fn copy(place: &Place, message: &Message) -> Message {
    copied(message, &place.queue, None)
}

/// A copy of a message for another queue, with one header of ours.
fn with_header(message: &Message, queue: &str, name: &str, value: &str) -> Message {
    copied(message, queue, Some((name, value)))
}

fn copied(message: &Message, queue: &str, header: Option<(&str, &str)>) -> Message {
    let others = message.headers.iter().filter(|(name, _)| *name != ATTEMPT && *name != REPLAY);
    let headers = Headers::new(others.chain(header));
    Message::new("", queue, headers, message.body.clone()).identified(message.id).persistent()
}

fn json(attempt: &Attempt) -> String {
    serde_json::to_string(attempt).unwrap_or_default()
}

/// The newest attempts that `wants`, newest first: at most `count`, looking at no more than `most`. Tells how many it looked at, and
/// whether there are none before.
pub(in crate::webhook) async fn latest_attempts(
    vhost: &Management,
    place: &Place,
    (count, most): (usize, usize),
    mut wants: impl FnMut(&Attempt) -> bool,
) -> Result<(Vec<Attempt>, usize, bool), Error> {
    let stream = vhost.queue(&place.attempts)?.stream;
    let Some(stream) = stream else { return Ok((Vec::new(), 0, true)) };
    let (mut found, mut looked, mut end) = (Vec::new(), 0, stream.next_offset);
    while end > stream.first_offset && looked < most && found.len() < count {
        let first = end.saturating_sub(PART as u64).max(stream.first_offset);
        let length = usize::try_from(end - first).unwrap_or(PART);
        let mut part = Vec::new();
        let mut next = first;
        // A part may have more octets than are read at once.
        while next < end {
            let left = length - usize::try_from(next - first).unwrap_or(length);
            let read = vhost.read_stream(&place.attempts, Start::Offset(next), left, OCTETS).await?;
            let Some(last) = read.last() else { break };
            next = last.number + 1;
            part.extend(read.iter().filter_map(|loaded| attempt_of(&loaded.message)));
        }
        looked += length;
        found.extend(part.into_iter().rev().filter(|attempt| wants(attempt)));
        end = first;
    }
    found.truncate(count);
    Ok((found, looked, end <= stream.first_offset))
}

/// Attempts that are not older, oldest first, as many as are read at once; and where to go on. `None`: there are no more.
pub(in crate::webhook) async fn attempts_since(
    vhost: &Management,
    place: &Place,
    since: Since,
) -> Result<Option<(Vec<KeptAttempt>, Since)>, Error> {
    let start = match since {
        Since::Moment(milliseconds) => Start::Since(Time(milliseconds)),
        Since::Offset(offset) => Start::Offset(offset),
    };
    let read = vhost.read_stream(&place.attempts, start, PART, OCTETS).await?;
    let Some(last) = read.last() else { return Ok(None) };
    let next = Since::Offset(last.number + 1);
    Ok(Some((read.iter().filter_map(kept).collect(), next)))
}

/// Where to begin among attempts.
#[derive(Debug, Clone, Copy)]
pub(in crate::webhook) enum Since {
    /// In milliseconds since 1970.
    Moment(u64),
    Offset(u64),
}

fn kept(loaded: &Loaded) -> Option<KeptAttempt> {
    Some(KeptAttempt { attempt: attempt_of(&loaded.message)?, message: Arc::clone(&loaded.message) })
}

fn attempt_of(message: &Message) -> Option<Attempt> {
    serde_json::from_str(message.headers.get(ATTEMPT)?).ok()
}

/// The attempt of a test, to be kept.
pub(in crate::webhook) fn record_of_test(place: &Place, event: &Event, id: u128, attempt: &Attempt) -> Publish {
    let headers = of_event(event);
    let headers = headers.iter().map(|(name, value)| (&**name, &**value));
    let message = Message::new("", &*place.attempts, Headers::new(headers), event.data().body());
    Publish::detached(record(place, &message.identified(id), attempt))
}
