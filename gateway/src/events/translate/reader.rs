//! A connection that reads one destination.

use crate::engine::{CloseReason, Handle, Item, Notice};
use crate::events::selection::Selection;
use crate::translate::event_of;
use broker::{Command, DeliveryTag, Error, Grant, Outcome, Settle, StreamPlace, Token};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use wire::cloudevents::Event;

use super::{Reading, Wanted};

/// The number of its subscription.
const NUMBER: u32 = 1;

/// The token of its subscription.
const BEGIN: Token = 1;

/// The token of the end of its subscription, and of what is acked.
const END: Token = 2;

/// Events that are left out in one turn: others follow at once, so without an end to it nobody else had a turn while a filter wants
/// little of a long stream.
pub(in crate::events) const TURN: usize = 256;

/// One reader. Dropping it gives back what is unacked.
#[derive(Debug)]
pub(in crate::events) struct Reader {
    handle: Handle,
    items: VecDeque<Item>,
    vhost: Arc<str>,
    selection: Selection,
    /// Its credit is counted: what is left out gives it back.
    is_counted: bool,
    /// Octets that are done with, and of which the broker was not told yet.
    done: usize,
    /// Octets of which the broker is told at once.
    report: usize,
}

/// What a reader is told.
#[derive(Debug)]
pub(in crate::events) enum Told {
    /// An event that is wanted.
    Event { event: Event, octets: usize, tag: DeliveryTag, place: Option<StreamPlace> },
    /// One that is not, from this place of a stream.
    Skipped(Option<StreamPlace>),
    /// So many are missing before the next one.
    Missed(u64),
    /// What was asked for was done.
    Done,
    /// It was refused.
    Refused(Error),
    /// The subscription has ended as asked.
    Unsubscribed,
    /// The queue or stream was deleted.
    Deleted,
    /// The server stops.
    Draining,
    /// The vhost is gone.
    VhostDeleted,
}

impl Reader {
    /// A reader on this connection, whose window has so many octets.
    pub(in crate::events) fn new(handle: Handle, selection: Selection, window: usize) -> Self {
        let vhost = Arc::clone(&handle.info().vhost);
        let report = window / 2;
        Reader { handle, items: VecDeque::new(), vhost, selection, is_counted: false, done: 0, report }
    }

    /// Begins to read. `Err`: it was refused.
    pub(in crate::events) async fn begin(
        &mut self,
        reading: &Reading,
        wanted: Wanted,
        auto_create: bool,
    ) -> Result<(), Error> {
        self.is_counted = wanted.credit.is_some();
        let connection = self.handle.connection();
        self.handle.submit([reading.subscribe((connection, NUMBER), wanted, auto_create, BEGIN)]);
        self.handle.info().subscriptions.store(1, Ordering::Relaxed);
        self.answer().await
    }

    /// Waits for the answer to what was asked for, which comes before any event that follows from it.
    async fn answer(&mut self) -> Result<(), Error> {
        loop {
            match self.next().await {
                Told::Done => return Ok(()),
                Told::Refused(error) => return Err(error),
                _ => {}
            }
        }
    }

    /// What it is told next.
    pub(in crate::events) async fn next(&mut self) -> Told {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What it is told next; pending while there is nothing.
    pub(in crate::events) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Told> {
        loop {
            if self.items.is_empty() {
                self.report(0);
                if self.handle.poll_take(&mut self.items, cx).is_pending() {
                    return Poll::Pending;
                }
            }
            if let Some(told) = self.items.pop_front().and_then(|item| self.read(item)) {
                return Poll::Ready(told);
            }
        }
    }

    fn read(&mut self, item: Item) -> Option<Told> {
        if item.is_answer() {
            self.handle.handle_told();
        }
        Some(match item {
            Item::Deliver { message, subscription, delivery, stream: place, .. } => {
                let octets = message.size();
                let event = event_of(&message, &self.vhost);
                if !self.selection.wants(&event) {
                    self.skip(octets);
                    return Some(Told::Skipped(place));
                }
                self.handle.info().sent.fetch_add(octets as u64, Ordering::Relaxed);
                Told::Event { event, octets, tag: DeliveryTag { subscription, delivery }, place }
            }
            Item::Confirmed { .. } => Told::Done,
            Item::Refused { error, .. } => Told::Refused(*error),
            Item::Unsubscribed { .. } => Told::Unsubscribed,
            Item::QueueDeleted { .. } => Told::Deleted,
            Item::Notice(Notice::Dropped { count, .. }) => Told::Missed(count),
            Item::Close(CloseReason::Draining) => Told::Draining,
            Item::Close(CloseReason::VhostDeleted) => Told::VhostDeleted,
            Item::Notice(_) | Item::Browsed { .. } | Item::Pause | Item::Resume => return None,
        })
    }

    /// An event that is not wanted is done with, and another may come for it.
    fn skip(&mut self, octets: usize) {
        self.done(octets);
        if self.is_counted {
            let connection = self.handle.connection();
            let grant = Grant { connection, subscription: NUMBER, messages: 1, octets: 0, token: None };
            self.handle.submit([Command::Grant(grant)]);
        }
    }

    /// Octets of events were written, so as many more may come.
    pub(in crate::events) fn done(&mut self, octets: usize) {
        self.done += octets;
        self.report(self.report);
    }

    fn report(&mut self, from: usize) {
        if self.done > from {
            let octets = std::mem::take(&mut self.done);
            self.handle.submit([Command::Replenish { connection: self.handle.connection(), octets }]);
        }
    }

    /// Acks an event of a queue, and all before it.
    pub(in crate::events) fn ack(&self, tag: DeliveryTag) {
        self.settle(tag, None);
    }

    /// The same, and waits until it is kept.
    pub(in crate::events) async fn ack_durably(&mut self, tag: DeliveryTag) -> Result<(), Error> {
        self.settle(tag, Some(END));
        self.answer().await
    }

    fn settle(&self, tag: DeliveryTag, token: Option<Token>) {
        let connection = self.handle.connection();
        self.handle.submit([Command::Settle(Settle { connection, tag, outcome: Outcome::Ack, text: None, token })]);
    }

    /// Wants nothing more. What is on its way comes before [`Told::Unsubscribed`].
    pub(in crate::events) fn unsubscribe(&self) {
        let connection = self.handle.connection();
        let end = Command::Unsubscribe { connection, subscription: NUMBER, delete: false, token: Some(END) };
        self.handle.submit([end]);
    }

    /// Its connection.
    pub(in crate::events) fn handle(&self) -> &Handle {
        &self.handle
    }
}
