//! From the engine's effects to events for the client.

use super::asked::{Request, What};
use super::timing::{draining, vhost_deleted};
use super::{Fatal, Session, State, WRITE_BATCH};
use crate::engine::{CloseReason, Item, Message, Notice};
use crate::error::{count_limit, http_status};
use crate::events::translate::Tag;
use crate::events::translate::requests::{self, Verdict};
use crate::translate::event_of;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::cloudevents::Event;

/// Digits of an offset in `sequence`: receivers compare it as text.
const SEQUENCE: usize = 20;

/// One handing of a message, as the client is told of it.
struct Handed {
    tag: Tag,
    delivery_count: u32,
    /// Offset and epoch of a stream.
    place: Option<(u64, u64)>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Writes what waits, as far as the client takes it.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        loop {
            self.fill(cx);
            if !matches!(self.state, State::Open) {
                return;
            }
            let count = self.socket.backlog();
            if count == 0 {
                self.replenish(); // what was left out took its part of the window too
                self.socket.rest();
                return;
            }
            match self.socket.poll_flush(cx) {
                Poll::Ready(Ok(())) => self.count_written(count),
                Poll::Ready(Err(_)) => {
                    self.state = State::Closed;
                    return;
                }
                Poll::Pending => return,
            }
        }
    }

    /// Encodes items until there is enough for one write.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.socket.backlog() < WRITE_BATCH {
            let Some(link) = &self.link else { return };
            if self.items.is_empty() && link.poll_take(&mut self.items, cx).is_pending() {
                return;
            }
            match self.items.pop_front() {
                Some(item) => self.tell(item),
                None => return,
            }
        }
    }

    fn count_written(&mut self, count: usize) {
        if let Some(link) = &self.link {
            link.info().sent.fetch_add(count as u64, Ordering::Relaxed);
        }
        self.replenish();
    }

    /// Opens the window again once half of it is done.
    fn replenish(&mut self) {
        let Some(link) = &self.link else { return };
        if self.delivered >= self.events.window / 2 {
            let octets = std::mem::take(&mut self.delivered);
            link.submit([requests::replenish(link.connection(), octets)]);
        }
        link.info().unreported.store(self.delivered as u64, Ordering::Relaxed);
    }

    fn tell(&mut self, item: Item) {
        if let Some(link) = self.link.as_ref().filter(|_| item.is_answer()) {
            link.handle_told();
        }
        match item {
            Item::Deliver { message, subscription, delivery, delivery_count, stream } => {
                let place = stream.map(|place| (place.offset, place.epoch.get()));
                let tag = Tag { subscription, delivery };
                self.deliver(&message, &Handed { tag, delivery_count, place });
            }
            Item::Confirmed { token, routed, duplicate, stream_offset } => {
                if let Some(request) = self.asked.take(token) {
                    self.tell_done(&request, routed, duplicate, stream_offset);
                }
            }
            Item::Unsubscribed { subscription, token } => {
                let who = token.and_then(|token| self.asked.take(token)).and_then(|request| request.who);
                if let Some(ended) = self.subscriptions.remove(subscription) {
                    let data = json!({ "subscription": &*ended.name, "reason": "unsubscribed" });
                    self.confirm("ended", who.as_ref(), data);
                }
            }
            Item::QueueDeleted { subscription } => {
                if let Some(ended) = self.subscriptions.remove(subscription) {
                    self.say("ended", &json!({ "subscription": &*ended.name, "reason": "deleted" }));
                }
            }
            Item::Refused { token, subscription, error } => {
                count_limit(&error);
                let (status, name) = http_status(&error);
                let request = token.and_then(|token| self.asked.take(token));
                self.tell_refused(request, subscription, (status, name), &error.to_string());
            }
            Item::Notice(notice) => self.notify(notice),
            Item::Close(CloseReason::VhostDeleted) => self.close(&vhost_deleted()),
            Item::Close(CloseReason::Draining) => {
                self.close(&draining());
            }
            Item::Browsed { .. } | Item::Pause => {} // nobody browses, and the pause is looked up where it matters
            Item::Resume => self.heard = tokio::time::Instant::now(),
        }
    }

    fn tell_done(&mut self, request: &Request, routed: Option<u32>, duplicate: bool, stream_offset: Option<u64>) {
        let who = request.who.as_ref();
        match request.what {
            What::Subscribe(number) => {
                if let Some(begun) = self.subscriptions.get(number) {
                    let data = json!({ "subscription": &*begun.name });
                    self.confirm("subscribed", who, data);
                }
            }
            What::Publish => {
                let mut data = json!({ "routed": routed.unwrap_or(0) });
                if let Some(offset) = stream_offset {
                    data["stream_offset"] = Value::from(offset);
                }
                if duplicate {
                    data["duplicate"] = Value::from(true);
                }
                self.confirm("confirmed", who, data);
            }
            What::Other => self.confirm("confirmed", who, json!({})),
        }
    }

    fn tell_refused(
        &mut self,
        request: Option<Request>,
        subscription: Option<u32>,
        (status, name): (StatusCode, &'static str),
        reason: &str,
    ) {
        let ended = subscription.and_then(|number| self.subscriptions.remove(number));
        let who = request.and_then(|request| request.who);
        if ended.is_some_and(|ended| ended.is_of_opening) {
            let code = if status == StatusCode::SERVICE_UNAVAILABLE { 1013 } else { 1008 };
            return self.close(&Fatal::new(code, name, reason));
        }
        if who.is_some() {
            self.refuse(who.as_ref(), name, reason);
        }
    }

    fn notify(&mut self, notice: Notice) {
        let data = match notice {
            Notice::Blocked { by_storage } => {
                json!({ "notice": "blocked", "reason": if by_storage { "disk" } else { "memory" } })
            }
            Notice::Unblocked => json!({ "notice": "unblocked" }),
            Notice::TokenExpiring { expires } => json!({ "notice": "token_expiring", "expires": expires }),
            Notice::Draining => return, // which closing says
            Notice::Dropped { subscription, count } => {
                let name = self.subscriptions.get(subscription).map(|it| &*it.name);
                json!({ "notice": "dropped", "subscription": name, "count": count })
            }
        };
        self.say("notice", &data);
    }

    fn deliver(&mut self, message: &Message, handed: &Handed) {
        self.delivered += message.size();
        let (Some(link), Some(subscription)) = (&self.link, self.subscriptions.get(handed.tag.subscription)) else {
            return;
        };
        let mut event = event_of(message, &link.info().vhost);
        if !subscription.selection.wants(&event) {
            let (connection, tag) = (link.connection(), handed.tag);
            let ack = subscription.acks.then(|| requests::settle(connection, tag, Verdict::Done, None));
            let grant = subscription.is_counted.then(|| requests::grant(connection, tag.subscription, 1, None));
            return link.submit(ack.into_iter().chain(grant));
        }
        stamp(&mut event, &subscription.name, handed, subscription.acks);
        self.send(&event);
    }
}

/// Adds what is ours. None of it can be refused: names and texts are made here, or were checked.
fn stamp(event: &mut Event, subscription: &str, handed: &Handed, acks: bool) {
    let Handed { tag, delivery_count, place } = handed;
    let _ = event.stamp("wharfsubscription", subscription);
    if acks {
        let _ = event.stamp("wharfdelivery", requests::tag_text(*tag));
    }
    if *delivery_count > 1 {
        let _ = event.stamp("wharfdeliverycount", delivery_count.to_string());
    }
    if let Some((offset, epoch)) = place {
        let _ = event.stamp("wharfoffset", offset.to_string());
        let _ = event.stamp("wharfepoch", format!("{epoch:x}"));
        if event.get("sequence").is_none() {
            let _ = event.stamp("sequence", format!("{offset:0SEQUENCE$}"));
        }
    }
}
