//! What a SEND asks for by its headers, found in one pass over them: this is done for every message.

use super::terms::digits;
use super::{boolean, is_unsupported, unsupported};
use crate::translate::event_identity;
use broker::Time;
use wire::cloudevents::{Mode, Value};
use wire::stomp::Code;
use wire::stomp::Headers;
use wire::stomp::server::Failure;

/// The highest priority of a message; what is above it counts as this.
pub(super) const HIGHEST_PRIORITY: u64 = 9;

/// The headers of a SEND that mean something to the server.
#[derive(Debug, Default)]
pub(super) struct Wishes<'a> {
    expires: Option<&'a str>,
    expiration: Option<&'a str>,
    mandatory: Option<&'a str>,
    deduplication_id: Option<&'a str>,
    alias_of_deduplication_id: Option<&'a str>,
    /// Whether the source and the id of the event that it is are its deduplication id.
    deduplicates_event: Option<&'a str>,
    event_source: Option<&'a str>,
    event_id: Option<&'a str>,
    persistent: Option<&'a str>,
    pub(super) reply_to: Option<&'a str>,
    user_id: Option<&'a str>,
    /// Its priority is above the highest there is.
    pub(super) is_too_urgent: bool,
    /// It says when it was made.
    pub(super) has_timestamp: bool,
    /// Its body is an event.
    pub(super) is_document: bool,
    /// When the event that it is expires (extension "expirytime").
    expiry_time: Option<&'a str>,
    /// It says what the queue is to be.
    pub(super) describes_queue: bool,
}

impl<'a> Wishes<'a> {
    /// Reads the headers; what cannot be honoured is refused.
    pub(super) fn read(headers: &'a Headers) -> Result<Self, Failure> {
        let mut wishes = Wishes::default();
        for (name, value) in headers.iter() {
            match name {
                "expires" => wishes.expires = Some(value),
                "expiration" => wishes.expiration = Some(value),
                "mandatory" => wishes.mandatory = Some(value),
                "x-dedup-id" => wishes.deduplication_id = Some(value),
                "_AMQ_DUPL_ID" => wishes.alias_of_deduplication_id = Some(value),
                "x-dedup-event" => wishes.deduplicates_event = Some(value),
                "ce-source" => wishes.event_source = Some(value),
                "ce-id" => wishes.event_id = Some(value),
                "persistent" => wishes.persistent = Some(value),
                "reply-to" => wishes.reply_to = Some(value),
                "user-id" => wishes.user_id = Some(value),
                "priority" => wishes.is_too_urgent = digits::<u64>(name, value)? > HIGHEST_PRIORITY,
                "content-type" => wishes.is_document = Mode::of(Some(value)) == Mode::Json,
                "ce-expirytime" => wishes.expiry_time = Some(value),
                "timestamp" => wishes.has_timestamp = true,
                "durable" | "exclusive" | "auto-delete" => wishes.describes_queue = true,
                "x-stream-filter-value" => {} // which is for those who read the stream
                _ if is_unsupported(name, value) => return Err(unsupported(name, value)),
                _ => wishes.describes_queue |= name.starts_with("x-"),
            }
        }
        Ok(wishes)
    }

    /// Nobody publishes in the name of another.
    pub(super) fn check_user(&self, user: &str) -> Result<(), Failure> {
        match self.user_id {
            Some(claimed) if claimed != user => {
                let message = format!("user-id is {claimed:?}, but this connection is {user:?}");
                Err(Failure::new(Code::Forbidden, message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_mandatory(&self) -> Result<bool, Failure> {
        self.mandatory.map_or(Ok(false), |text| boolean("mandatory", text))
    }

    /// Whether it is to survive a restart.
    pub(super) fn is_persistent(&self) -> Result<bool, Failure> {
        self.persistent.map_or(Ok(false), |text| boolean("persistent", text))
    }

    pub(super) fn deduplication_id(&self) -> Result<Option<Box<str>>, Failure> {
        if self.deduplicates_event.map_or(Ok(false), |text| boolean("x-dedup-event", text))? {
            let identity = self.event_source.zip(self.event_id).map(|(source, id)| event_identity(source, id));
            let message = "x-dedup-event is for events: send ce-source and ce-id";
            return identity.map(Some).ok_or_else(|| Failure::new(Code::PreconditionFailed, message));
        }
        Ok(self.deduplication_id.or(self.alias_of_deduplication_id).map(Box::from))
    }

    /// The earlier of the two ways to say when a message expires; `now` is in milliseconds since 1970.
    pub(super) fn expiry(&self, now: u64) -> Result<Time, Failure> {
        let read = |name, text: Option<&str>| text.map(|text| digits(name, text)).transpose();
        let at = read("expires", self.expires)?.filter(|at| *at != 0).map_or(Time::NEVER, Time);
        let after = read("expiration", self.expiration)?.map_or(Time::NEVER, |after| Time(now) + after);
        Ok(at.min(after).min(self.expiry_time.map_or(Time::NEVER, moment)))
    }
}

/// A moment in the notation of events; what is none sets no limit.
fn moment(text: &str) -> Time {
    let value = Value::parse("expirytime", text).ok();
    let instant = value.as_ref().and_then(Value::instant);
    instant.map_or(Time::NEVER, |instant| Time(u64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)))
}
