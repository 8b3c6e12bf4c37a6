//! An event's attributes as the headers of a message.

use super::event::{MESSAGE_HEADERS, MESSAGE_TYPE};
use crate::engine::is_passed_on;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wire::cloudevents::{Data, Event, headers};

/// The headers that say all of an event but its data. Of a message that was told as an event they are its own again.
pub(crate) fn of_event(event: &Event) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    if let Some(headers) = message_headers(event) {
        return headers;
    }
    let content_type = headers::content_type(event).map(|it| (Cow::Borrowed("content-type"), Cow::Borrowed(it)));
    let attributes = headers::attributes(event);
    let is_empty = event.data().body().is_empty() && *event.data() != Data::Absent;
    let empty = is_empty.then_some((Cow::Borrowed(headers::EMPTY_DATA), Cow::Borrowed("empty")));
    let types = headers::types(event).map(|types| (Cow::Borrowed(headers::TYPES), Cow::Owned(types)));
    content_type.into_iter().chain(attributes).chain(types).chain(empty).collect()
}

fn message_headers(event: &Event) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let text = event.text(MESSAGE_HEADERS).filter(|_| event.event_type() == MESSAGE_TYPE)?;
    let headers: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let kept =
        headers.into_iter().filter(|(name, _)| is_passed_on(name) && name != "persistent" && name != "timestamp");
    Some(kept.map(|(name, value)| (name.into(), value.into())).collect())
}
