//! Long poll: a GET is answered with a batch as soon as there are events, or with an empty one (`[]`) when none came in time.
//!
//! ```text
//!   GET /events/queue/orders?max=10&wait=20&lease=30   ->  200, a batch, Wharf-Ack: TOKEN
//!   DELETE /events/queue/orders?ack=TOKEN              ->  204: they are done, and that is kept
//!   GET /events/queue/orders?ack=TOKEN                 ->  the same, and the next batch
//! ```
//!
//! - **Queue**: what an answer holds is unacked, and leased to whoever has the token. Acked it is gone; when the lease ends it goes back to the
//!   queue, redelivered. Each poll reads on a connection of its own, which the lease keeps. A token is good once: acked already, or ended
//!   with its lease, it is 404, and what was asked for with it is not done.
//! - **Stream**: `from` says where to begin, `Wharf-Next` where to go on, also after an empty answer. With the `epoch` of `Wharf-Epoch` a
//!   stream that was declared anew is noticed (409); `Wharf-Missed` counts events that retention took before they were read.
//! - **Topic**: what comes while the poll waits. What comes between two polls is not seen by either.
//!
//! An answer holds at most `max` events, and about `limits.outbox` octets.

mod leases;

pub(crate) use leases::Leases;

use super::admission::Admitted;
use super::selection::Selection;
use super::translate::{Begin, Kind, Reader, Reading, TURN, Tag, Told, Wanted};
use super::{Events, destination};
use crate::engine::{DEFAULT_VHOST, Management};
use crate::error::Refusal;
use axum::extract::{OriginalUri, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use leases::{Lease, Owner};
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use wire::cloudevents::{Event, content::JSON_BATCH, json};

/// Events in an answer.
const MAX: RangeInclusive<u64> = 1..=1_000;
const DEFAULT_MAX: u64 = 100;

/// Seconds to wait for the first event.
const WAIT: RangeInclusive<u64> = 0..=60;
const DEFAULT_WAIT: u64 = 20;

/// Seconds until unacked events go back to their queue.
const LEASE: RangeInclusive<u64> = 1..=3_600;
const DEFAULT_LEASE: u64 = 30;

/// Time that is waited for the first event whatever `wait` says: what is on the disk has to be read.
const READING: Duration = Duration::from_millis(250);

/// Time to wait for more events once there is one: those of a burst come together.
const GATHERING: Duration = Duration::from_millis(20);

/// The token of a lease.
pub(super) const ACK: &str = "wharf-ack";

/// Where in a stream to go on.
pub(super) const NEXT: &str = "wharf-next";

/// The identity of a stream's offsets.
pub(super) const EPOCH: &str = "wharf-epoch";

/// How many events are missing, since they were dropped before they were read.
pub(super) const MISSED: &str = "wharf-missed";

/// What may be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    vhost: Option<String>,
    max: Option<u64>,
    wait: Option<u64>,
    lease: Option<u64>,
    ack: Option<String>,
    from: Option<String>,
    epoch: Option<String>,
    filter: Option<String>,
    r#type: Option<String>,
}

/// What may be acked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledgement {
    ack: String,
    vhost: Option<String>,
}

/// One poll, as it was asked for.
struct Plan {
    reading: Reading,
    max: u64,
    wait: Duration,
    lease: Duration,
}

/// What came.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    last: Option<Tag>,
    next: Option<u64>,
    /// The stream's epoch.
    epoch: Option<u64>,
    /// How many the reader was too late for.
    missed: u64,
}

/// Answers with a batch.
pub(super) async fn poll(admitted: &Admitted, state: &Events, uri: &Uri) -> Result<Response, Refusal> {
    let Query(parameters) =
        Query::<Parameters>::try_from_uri(uri).map_err(|error| Refusal::bad_request(error.body_text()))?;
    let reading = Reading::parse(destination(uri)).map_err(Refusal::bad_request)?;
    let selection = Selection::parse(parameters.r#type.as_deref(), parameters.filter.as_deref());
    let selection = selection.map_err(Refusal::bad_request)?;
    let is_stream_only = parameters.from.is_some() || parameters.epoch.is_some();
    reading.check(is_stream_only, !selection.is_all()).map_err(Refusal::bad_request)?;
    let plan = Plan {
        max: within("max", parameters.max, DEFAULT_MAX, MAX)?,
        wait: Duration::from_secs(within("wait", parameters.wait, DEFAULT_WAIT, WAIT)?),
        lease: Duration::from_secs(within("lease", parameters.lease, DEFAULT_LEASE, LEASE)?),
        reading,
    };
    let vhost = parameters.vhost.as_deref().unwrap_or(DEFAULT_VHOST);
    let (entered, _) = admitted.enter(state, vhost)?;
    let (wanted, next) = plan.wanted(&entered, &parameters)?;
    let owner = Owner::new(vhost, plan.reading.destination(), &admitted.identity.user);
    let permit = if plan.reading.kind() == Kind::Queue { Some(state.leases.reserve()?) } else { None };
    if let Some(token) = &parameters.ack {
        state.leases.acknowledge(token, &owner).await?;
    }
    let handle = admitted.connect(state, vhost, "CloudEvents poll")?;
    let mut reader = Reader::new(handle, selection, state.window);
    let epoch = wanted.epoch;
    reader.begin(&plan.reading, wanted, state.auto_create).await?;
    let deadline = Instant::now() + plan.wait.max(READING);
    let nothing = Batch { next, epoch, ..Batch::default() };
    let batch = gather(&mut reader, &plan, deadline, &state.stopping, nothing).await;
    let mut response = answer(&batch);
    if let Some((permit, last)) = permit.zip(batch.last) {
        let token = state.leases.grant(Lease::new(reader, last, owner, permit), plan.lease, &state.stopping);
        response.headers_mut().insert(ACK, text(&token));
    }
    Ok(response)
}

/// Acks what was leased.
pub(super) async fn acknowledge(
    admitted: Admitted,
    State(state): State<Arc<Events>>,
    OriginalUri(uri): OriginalUri,
) -> Result<StatusCode, Refusal> {
    let Query(Acknowledgement { ack, vhost }) =
        Query::try_from_uri(&uri).map_err(|error| Refusal::bad_request(error.body_text()))?;
    let reading = Reading::parse(destination(&uri)).map_err(Refusal::bad_request)?;
    let vhost = vhost.as_deref().unwrap_or(DEFAULT_VHOST);
    let owner = Owner::new(vhost, reading.destination(), &admitted.identity.user);
    state.leases.acknowledge(&ack, &owner).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn within(name: &str, value: Option<u64>, default: u64, range: RangeInclusive<u64>) -> Result<u64, Refusal> {
    let value = value.unwrap_or(default);
    let reason = || format!("{name} is from {} to {}, not {value}", range.start(), range.end());
    if range.contains(&value) { Ok(value) } else { Err(Refusal::bad_request(reason())) }
}

impl Plan {
    /// The terms to read on, and of a stream the offset to go on at if nothing comes.
    fn wanted(&self, vhost: &Management, parameters: &Parameters) -> Result<(Wanted, Option<u64>), Refusal> {
        match self.reading.kind() {
            Kind::Queue => {
                let prefetch = u32::try_from(self.max).unwrap_or(u32::MAX);
                Ok((Wanted { prefetch, ..Wanted::acked() }, None))
            }
            Kind::Topic => Ok((Wanted { credit: Some(self.max), ..Wanted::default() }, None)),
            Kind::Stream => self.wanted_of_stream(vhost, parameters),
        }
    }

    /// The place to begin at as a number, so that nothing is missed between an empty answer and the next poll.
    fn wanted_of_stream(&self, vhost: &Management, parameters: &Parameters) -> Result<(Wanted, Option<u64>), Refusal> {
        let begin = parameters.from.as_deref().map(Begin::parse).transpose().map_err(Refusal::bad_request)?;
        let known = parameters.epoch.as_deref().map(|text| u64::from_str_radix(text, 16)).transpose();
        let known = known.map_err(|_| Refusal::bad_request("epoch is what Wharf-Epoch was, in hexadecimal digits"))?;
        let name = self.reading.stream().unwrap_or_default();
        let row = vhost.queue(name).ok().and_then(|queue| queue.stream);
        let (first, next) = row.as_ref().map_or((0, 0), |row| (row.first_offset, row.next_offset));
        let offset = match begin.unwrap_or(Begin::Next) {
            Begin::First => first,
            Begin::Last => next.saturating_sub(1).max(first),
            Begin::Next => next,
            Begin::Offset(offset) => offset,
            Begin::Resume(_) => {
                let reason = "the place of a poll is kept by its client: from=offset:N, which Wharf-Next tells";
                return Err(Refusal::bad_request(reason));
            }
        };
        let epoch = known.or(row.and_then(|row| u64::from_str_radix(&row.epoch, 16).ok()));
        let wanted = Wanted { begin: Some(Begin::Offset(offset)), epoch, credit: Some(self.max), ..Wanted::default() };
        Ok((wanted, Some(offset)))
    }
}

/// Waits for the first event until the deadline, and a moment for others.
async fn gather(
    reader: &mut Reader,
    plan: &Plan,
    mut deadline: Instant,
    stopping: &CancellationToken,
    mut batch: Batch,
) -> Batch {
    let called_off = reader.handle().dismissal().called();
    let stopped = async {
        tokio::select! {
            () = called_off => {}
            () = stopping.cancelled() => {}
        }
    };
    let mut stopped = std::pin::pin!(stopped);
    let mut left_out = 0_usize;
    while (batch.events.len() as u64) < plan.max {
        let told = tokio::select! {
            told = timeout_at(deadline, reader.next()) => told,
            () = &mut stopped => break,
        };
        let Ok(told) = told else { break };
        let is_first = batch.events.is_empty();
        let is_left_out = matches!(told, Told::Skipped(_));
        if !batch.take(told) {
            break;
        }
        if is_first && !batch.events.is_empty() {
            deadline = deadline.min(Instant::now() + GATHERING);
        }
        if is_left_out {
            // The next one may be there already, again and again: then nobody has looked at the time.
            if Instant::now() >= deadline {
                break;
            }
            left_out += 1;
            if left_out.is_multiple_of(TURN) {
                tokio::task::yield_now().await;
            }
        }
    }
    if plan.reading.kind() == Kind::Queue {
        collect_rest(reader, &mut batch).await;
    }
    batch
}

/// Takes what was handed out meanwhile: it is in the answer, or it would wait for the lease to end.
async fn collect_rest(reader: &mut Reader, batch: &mut Batch) {
    reader.unsubscribe();
    loop {
        match reader.next().await {
            Told::Unsubscribed | Told::Refused(_) => return, // refused: it has ended already
            told => _ = batch.take(told),
        }
    }
}

impl Batch {
    /// `false`: nothing more comes.
    fn take(&mut self, told: Told) -> bool {
        match told {
            Told::Event { event, tag, place, .. } => {
                self.events.push(event);
                self.last = Some(tag);
                if let Some(place) = place {
                    self.next = Some(place.offset + 1);
                    self.epoch = Some(place.epoch.get());
                }
            }
            Told::Skipped(Some(place)) => self.next = Some(place.offset + 1),
            Told::Deleted | Told::Draining | Told::VhostDeleted => return false,
            Told::Missed(count) => self.missed += count,
            Told::Skipped(None) | Told::Done | Told::Refused(_) | Told::Unsubscribed => {}
        }
        true
    }
}

fn answer(batch: &Batch) -> Response {
    let mut body = Vec::new();
    json::encode_batch(&batch.events, &mut body);
    let mut response =
        ([(header::CONTENT_TYPE, JSON_BATCH), (header::CACHE_CONTROL, "no-store")], body).into_response();
    let headers = response.headers_mut();
    if let Some(next) = batch.next {
        headers.insert(HeaderName::from_static(NEXT), text(&format!("offset:{next}")));
        if let Some(epoch) = batch.epoch {
            headers.insert(HeaderName::from_static(EPOCH), text(&format!("{epoch:x}")));
        }
    }
    if batch.missed > 0 {
        headers.insert(HeaderName::from_static(MISSED), HeaderValue::from(batch.missed));
    }
    response
}

/// A header's value of digits and letters.
fn text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;

    /// A reader of a stream of so many events of which it wants none, and its plan.
    async fn unwanting(events: usize) -> (Reader, Plan) {
        let engine = testing::engine();
        testing::publish(&engine, "/stream/s", "unwanted", events).await;
        let selection = Selection::parse(Some("wanted"), None).unwrap();
        let mut reader = Reader::new(testing::connect(&engine), selection, 1024);
        let reading = Reading::parse("/stream/s").unwrap();
        let plan = Plan { reading, max: 10, wait: Duration::ZERO, lease: Duration::ZERO };
        let wanted = Wanted { begin: Some(Begin::First), credit: Some(plan.max), ..Wanted::default() };
        reader.begin(&plan.reading, wanted, true).await.unwrap();
        (reader, plan)
    }

    #[tokio::test]
    async fn what_is_left_out_takes_no_longer_than_was_asked_for() {
        let (mut reader, plan) = unwanting(1_000).await;
        let (now, stopping) = (Instant::now(), CancellationToken::new());
        let batch = gather(&mut reader, &plan, now, &stopping, Batch::default()).await;
        assert!(batch.events.is_empty());
        // Whether the first has come by now is up to the reader of the stream.
        assert!(batch.next.is_none_or(|next| next <= 1), "{:?}", batch.next);
    }

    #[tokio::test]
    async fn others_have_their_turn_while_much_is_left_out() {
        let (mut reader, plan) = unwanting(8 * TURN).await;
        let (late, stopping) = (Instant::now() + Duration::from_secs(60), CancellationToken::new());
        // There is one thread: the other task runs when this one lets it.
        let other = stopping.clone();
        tokio::spawn(async move { other.cancel() });
        let batch = gather(&mut reader, &plan, late, &stopping, Batch::default()).await;
        assert!(batch.next.is_none_or(|next| next < 8 * TURN as u64), "{:?}", batch.next);
    }
}
