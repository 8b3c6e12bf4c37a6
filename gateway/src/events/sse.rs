//! Server-sent events: each event of a destination as `id`, `event` (its type) and `data` (its JSON, in one line).
//!
//! - Of a **stream** the id is `EPOCH-OFFSET`, and who comes back with it as `Last-Event-ID` goes on behind it. An id of another epoch is of
//!   a stream that was declared anew: it begins at the first event, and is told so.
//! - An event of a **queue** is acked when HTTP has taken it to be written. What is then on its way to a client that is gone (HTTP's
//!   buffer and the system's) is lost with it: who cannot afford that polls with an ack, or uses the WebSocket. Ids mean nothing.
//! - A **topic** is heard while the connection lasts. Ids mean nothing.
//!
//! A client that does not read is not written to: HTTP asks for no more, and the broker hands out no more than a window.

use super::admission::Admitted;
use super::control;
use super::receive::EVENT_STREAM;
use super::selection::Selection;
use super::translate::{Begin, Kind, Reader, Reading, TURN, Tag, Told, Wanted};
use super::{Events, destination};
use crate::engine::{DEFAULT_VHOST, Handle};
use crate::error::{self, Refusal};
use crate::translate::is_reserved;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wire::cloudevents::{Event, json as json_format};

/// Time without an event after which a comment is sent: proxies cut connections that are silent for long, and a client that is gone
/// without a word is noticed by writing to it.
const HEART_BEAT: Duration = Duration::from_secs(15);

/// Milliseconds after which a browser comes back when the connection breaks.
const RETRY: u32 = 2_000;

/// Octets to collect before HTTP is given them.
const CHUNK: usize = 32 * 1024;

/// Most events of a queue that are on their way to one client: others may want the rest.
const PREFETCH: u32 = 100;

/// What may be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    vhost: Option<String>,
    from: Option<String>,
    filter: Option<String>,
    r#type: Option<String>,
}

/// What is to be sent.
struct Plan {
    reading: Reading,
    selection: Selection,
    begin: Option<Begin>,
    /// Epoch and offset of the last event that the client has seen of a stream.
    last: Option<(u64, u64)>,
}

/// Sends what comes.
pub(super) async fn stream(
    admitted: &Admitted,
    state: &Events,
    uri: &Uri,
    head: &HeaderMap,
) -> Result<Response, Refusal> {
    let Query(parameters) =
        Query::<Parameters>::try_from_uri(uri).map_err(|error| Refusal::bad_request(error.body_text()))?;
    let plan = Plan::read(uri, head, &parameters)?;
    let vhost = parameters.vhost.as_deref().unwrap_or(DEFAULT_VHOST);
    let handle = admitted.connect(state, vhost, "CloudEvents SSE")?;
    let acks = plan.reading.kind() == Kind::Queue;
    let mut out = format!("retry: {RETRY}\n\n").into_bytes();
    let reader = plan.begin(handle, state, &mut out).await?;
    let head = [
        (header::CONTENT_TYPE, EVENT_STREAM),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"), // or a proxy holds events back until it has many
    ];
    let body = EventStream::new(reader, acks, out, state.stopping.clone());
    Ok((head, Body::new(body)).into_response())
}

impl Plan {
    fn read(uri: &Uri, head: &HeaderMap, parameters: &Parameters) -> Result<Plan, Refusal> {
        let Parameters { from, filter, r#type, .. } = parameters;
        let reading = Reading::parse(destination(uri)).map_err(Refusal::bad_request)?;
        let selection = Selection::parse(r#type.as_deref(), filter.as_deref()).map_err(Refusal::bad_request)?;
        reading.check(from.is_some(), !selection.is_all()).map_err(Refusal::bad_request)?;
        let begin = from.as_deref().map(Begin::parse).transpose().map_err(Refusal::bad_request)?;
        if matches!(begin, Some(Begin::Resume(_))) {
            let reason =
                "the place of an event stream is kept by its client, as Last-Event-ID: from=resume: is for WebSocket";
            return Err(Refusal::bad_request(reason));
        }
        let last = if reading.kind() == Kind::Stream { last_event(head)? } else { None };
        Ok(Plan { reading, selection, begin, last })
    }

    /// Begins to read. A stream that was declared anew is read from its first event, and that is told.
    async fn begin(self, handle: Handle, state: &Events, out: &mut Vec<u8>) -> Result<Reader, Refusal> {
        let Plan { reading, selection, begin, last } = self;
        let mut reader = Reader::new(handle, selection, state.window);
        let begun = reader.begin(&reading, wanted(reading.kind(), begin, last), state.auto_create).await;
        match begun {
            Err(error) if last.is_some() && error::is_epoch_changed(&error) => {
                let wanted = Wanted { begin: Some(Begin::First), ..Wanted::default() };
                reader.begin(&reading, wanted, state.auto_create).await?;
                write_control("notice", &json!({ "notice": "epoch-changed" }), out);
            }
            begun => begun?,
        }
        Ok(reader)
    }
}

/// Epoch and offset of the last event that the client has seen.
fn last_event(head: &HeaderMap) -> Result<Option<(u64, u64)>, Refusal> {
    let Some(value) = head.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let parts = value.to_str().ok().and_then(|text| text.split_once('-'));
    let numbers = parts.and_then(|(epoch, offset)| {
        let is_plain = epoch.bytes().chain(offset.bytes()).all(|octet| octet.is_ascii_hexdigit());
        Some((u64::from_str_radix(epoch, 16).ok()?, offset.parse().ok()?)).filter(|_| is_plain)
    });
    let wrong = || Refusal::bad_request("Last-Event-ID is the id of an event of this stream, EPOCH-OFFSET");
    numbers.map(Some).ok_or_else(wrong)
}

fn wanted(kind: Kind, begin: Option<Begin>, last: Option<(u64, u64)>) -> Wanted {
    match (kind, last) {
        (Kind::Queue, _) => Wanted { prefetch: PREFETCH, ..Wanted::acked() },
        (_, Some((epoch, offset))) => {
            Wanted { begin: Some(Begin::Offset(offset.saturating_add(1))), epoch: Some(epoch), ..Wanted::default() }
        }
        (Kind::Stream, None) => Wanted { begin: begin.or(Some(Begin::Next)), ..Wanted::default() },
        (Kind::Topic, None) => Wanted::default(),
    }
}

/// The body of an answer that does not end by itself.
#[derive(Debug)]
struct EventStream {
    reader: Reader,
    /// Events are acked once they are written.
    acks: bool,
    out: Vec<u8>,
    /// What HTTP was given last: it is written, or about to be, when HTTP comes for more.
    given: Option<Given>,
    /// Events that were left out since others had their turn.
    left_out: usize,
    ended: bool,
    beat: Pin<Box<Sleep>>,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    called_off: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Events that were given to HTTP together.
#[derive(Debug)]
struct Given {
    octets: usize,
    last: Tag,
}

impl HttpBody for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        this.settle_given();
        if !this.ended {
            this.fill(cx);
        }
        if !this.out.is_empty() {
            this.beat.as_mut().reset(Instant::now() + HEART_BEAT);
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from(std::mem::take(&mut this.out))))));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        if std::mem::take(&mut this.left_out) >= TURN {
            cx.waker().wake_by_ref(); // it goes on when others had their turn
        }
        Poll::Pending
    }
}

impl EventStream {
    fn new(reader: Reader, acks: bool, out: Vec<u8>, stopping: CancellationToken) -> Self {
        EventStream {
            acks,
            out,
            given: None,
            left_out: 0,
            ended: false,
            beat: Box::pin(tokio::time::sleep(HEART_BEAT)),
            stopping: Box::pin(stopping.cancelled_owned()),
            called_off: Box::pin(reader.handle().dismissal().called()),
            reader,
        }
    }

    fn settle_given(&mut self) {
        let Some(Given { octets, last }) = self.given.take() else { return };
        if self.acks {
            self.reader.ack(last);
        }
        self.reader.done(octets);
    }

    /// Writes what there is, as much as HTTP is given at once.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.out.len() < CHUNK && self.left_out < TURN && !self.ended {
            match self.reader.poll_next(cx) {
                Poll::Ready(told) => self.tell(told),
                Poll::Pending => break,
            }
        }
        if !self.ended && self.stopping.as_mut().poll(cx).is_ready() {
            self.end("draining");
        }
        if !self.ended && self.called_off.as_mut().poll(cx).is_ready() {
            self.end("closed");
        }
        if self.out.is_empty() && !self.ended && self.beat.as_mut().poll(cx).is_ready() {
            self.out.extend_from_slice(b":\n\n");
        }
    }

    fn tell(&mut self, told: Told) {
        match told {
            Told::Event { event, octets, tag, place } => {
                let before = self.given.take().map_or(0, |given| given.octets);
                self.given = Some(Given { octets: before + octets, last: tag });
                let id = place.map(|place| format!("{:x}-{}", place.epoch, place.offset));
                write_event(id.as_deref().unwrap_or(event.id()), &event, &mut self.out);
            }
            Told::Missed(count) => {
                write_control("notice", &json!({ "notice": "dropped", "count": count }), &mut self.out);
            }
            Told::Deleted => self.end("deleted"),
            Told::Draining => self.end("draining"),
            Told::VhostDeleted => self.end("vhost_deleted"),
            Told::Skipped(_) => self.left_out += 1,
            Told::Refused(_) | Told::Done | Told::Unsubscribed => {}
        }
    }

    /// Says why nothing more comes.
    fn end(&mut self, reason: &str) {
        write_control("ended", &json!({ "reason": reason }), &mut self.out);
        self.ended = true;
    }
}

/// An event of the server's own. It has no id, so that the last one stays what it was.
fn write_control(name: &str, data: &Value, out: &mut Vec<u8>) {
    let Some(event) = control::event(name, data) else { return };
    write_name(&event, out);
    write_data(&event, out);
}

/// An event of somebody else: one of a type of the server's own has no name, which makes it a plain message.
fn write_event(id: &str, event: &Event, out: &mut Vec<u8>) {
    // No attribute holds a line's end.
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(id.as_bytes());
    out.push(b'\n');
    if !is_reserved(event) {
        write_name(event, out);
    }
    write_data(event, out);
}

fn write_name(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(event.event_type().as_bytes());
    out.push(b'\n');
}

fn write_data(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    let start = out.len();
    json_format::encode(event, out);
    // JSON has lines only between its tokens: in a string they are escaped.
    for octet in out.iter_mut().skip(start).filter(|octet| matches!(octet, b'\n' | b'\r')) {
        *octet = b' ';
    }
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::events::testing;
    use std::future::poll_fn;
    use std::task::Waker;

    #[test]
    fn an_event_is_one_line_of_data() {
        let document =
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"t\",\"data\":{\"a\":\r\n \"b\\n\"}}";
        let event = json_format::decode(&Bytes::from(document)).unwrap();
        let mut out = Vec::new();
        write_event("1f-7", &event, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("id: 1f-7\nevent: t\ndata: {") && text.ends_with("}\n\n"), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
        let data = text.lines().nth(2).unwrap().strip_prefix("data: ").unwrap();
        assert_eq!(json_format::decode(&Bytes::from(data.to_owned())).unwrap().id(), "1");
        assert!(data.contains("\"b\\n\""), "{data}");
    }

    #[test]
    fn an_event_that_could_be_the_servers_own_has_no_name() {
        let mut out = Vec::new();
        write_event("1", &Event::new("1", "/a", "wharf.control.ended").unwrap(), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("id: 1\ndata: {") && text.contains("\"wharf.control.ended\""), "{text}");
        assert!(!text.contains("event: "), "{text}");
    }

    /// Reads this on an engine, or what of it is of the type.
    async fn stream(engine: &Engine, destination: &str, of_type: Option<&str>) -> EventStream {
        let selection = Selection::parse(of_type, None).unwrap();
        let mut reader = Reader::new(testing::connect(engine), selection, 1024);
        let reading = Reading::parse(destination).unwrap();
        let begin = (reading.kind() == Kind::Stream).then_some(Begin::First);
        reader.begin(&reading, Wanted { begin, ..Wanted::default() }, true).await.unwrap();
        EventStream::new(reader, false, Vec::new(), CancellationToken::new())
    }

    #[tokio::test]
    async fn others_have_their_turn_while_much_is_left_out() {
        let engine = testing::engine();
        testing::publish(&engine, "/stream/s", "unwanted", 3 * TURN).await;
        testing::publish(&engine, "/stream/s", "wanted", 1).await;
        let mut body = Box::pin(stream(&engine, "/stream/s", Some("wanted")).await);
        let mut asleep = Context::from_waker(Waker::noop());
        assert!(body.as_mut().poll_frame(&mut asleep).is_pending(), "not all of it at once");
        let next = poll_fn(|cx| body.as_mut().poll_frame(cx));
        let frame = tokio::time::timeout(Duration::from_secs(10), next).await.expect("it wakes itself");
        let text = String::from_utf8(frame.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap();
        assert!(text.contains("event: wanted\n"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_stream_is_kept_alive_by_comments() {
        let mut body = Box::pin(stream(&testing::engine(), "/topic/a", None).await);
        for _ in 0..3 {
            let start = Instant::now();
            let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.unwrap().unwrap();
            assert_eq!(&frame.into_data().unwrap()[..], b":\n\n");
            let waited = start.elapsed();
            assert!(waited >= HEART_BEAT && waited < HEART_BEAT + Duration::from_secs(1), "{waited:?}");
        }
    }

    #[test]
    fn the_last_id_is_an_epoch_and_an_offset() {
        let read = |text: &'static str| {
            let mut head = HeaderMap::new();
            head.insert("last-event-id", header::HeaderValue::from_static(text));
            last_event(&head).map_err(|_| ())
        };
        assert_eq!(read("1f-7"), Ok(Some((0x1f, 7))));
        assert_eq!(read(""), Ok(None));
        for text in ["7", "x-7", "1f-", "1f-a", "1f-+7", "-7"] {
            assert_eq!(read(text), Err(()), "{text}");
        }
    }
}
