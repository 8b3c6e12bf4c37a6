//! Messages in records, to be read again.

use super::{Change, Changes, Published, Read, To, UnknownRecord};
use crate::{Headers, Message, Time};
use bytes::Bytes;
use std::borrow::Cow;

/// A message that a record keeps.
#[derive(Debug)]
pub struct Stored<'a> {
    published: Published<'a>,
    headers: &'a [u8],
    body: &'a [u8],
    octets: &'a [u8],
}

/// The messages of a record, in order.
pub fn stored(record: &[u8]) -> impl Iterator<Item = Result<Stored<'_>, UnknownRecord>> {
    Changes::of(record).filter_map(|read| match read {
        Ok(Read { change: Change::Published(published), headers, body, octets }) => {
            Some(Ok(Stored { published, headers, body, octets }))
        }
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

impl<'a> Stored<'a> {
    /// Its places: numbers of queues and streams, and its number in each.
    pub fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        self.published.to.iter().map(|to| (to.queue, to.number))
    }

    /// When it was published.
    pub fn at(&self) -> Time {
        self.published.at
    }

    /// Its part of the record, which is a record of its own.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The message.
    pub fn message(&self) -> Message {
        let Published { id, exchange, routing_key, expires, deaths, .. } = &self.published;
        let headers = Headers::from_packed(self.headers);
        Message::new((*exchange).to_owned(), *routing_key, headers, Bytes::copy_from_slice(self.body))
            .expiring(*expires)
            .identified(*id)
            .persistent()
            .with_deaths(deaths.clone().map(Cow::into_owned))
    }

    /// [`Message::size`] of it, without making it.
    pub(super) fn size(&self) -> usize {
        let deaths = self.published.deaths.as_deref().map_or(0, crate::Deaths::size);
        Message::size_of(self.headers.len(), self.body.len()) + deaths
    }

    pub(super) fn of(published: Published<'a>, headers: &'a [u8], body: &'a [u8]) -> Self {
        Stored { published, headers, body, octets: &[] }
    }

    pub(super) fn published(&self) -> &Published<'a> {
        &self.published
    }

    pub(super) fn body_len(&self) -> usize {
        self.body.len()
    }

    /// Writes it again, for this place alone. Its deduplication id stays where it was: definitions have it too.
    pub(super) fn write_to(&self, to: To, record: &mut Vec<u8>) {
        let Published { id, exchange, routing_key, expires, deaths, at, headers, body, .. } = &self.published;
        let published = Published {
            id: *id,
            to: Cow::Owned(vec![to]),
            exchange,
            routing_key,
            expires: *expires,
            deaths: deaths.clone(),
            deduplication_id: None,
            at: *at,
            headers: *headers,
            body: *body,
        };
        Change::published(published).write(record);
        record.extend_from_slice(self.headers);
        record.extend_from_slice(self.body);
    }
}
