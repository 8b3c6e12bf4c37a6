//! From the engine's effects to frames for the client.

use super::local::Local;
use super::{FRAGMENT, Large, Session, State, WRITE_BATCH, draining, vhost_deleted};
use crate::engine::{CloseReason, Item, Message, Notice};
use crate::stomp::translate;
use crate::websocket::Part;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::stomp::Code;
use wire::stomp::server::{Failure, MessageHead, Receipt, Token};

thread_local! {
    /// Where the differing part of a MESSAGE is written before its length is known.
    static HEAD: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Writes what waits, as far as the client takes it.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        loop {
            self.fill(cx);
            self.socket.seal();
            if matches!(self.state, State::Closing { .. } | State::Closed) {
                return;
            }
            let count = self.socket.backlog();
            if count == 0 {
                self.socket.rest();
                self.put_end_off();
                return;
            }
            match self.socket.poll_flush(cx) {
                Poll::Ready(Ok(())) => self.count_written(count),
                Poll::Ready(Err(_)) => {
                    self.state = State::Closed;
                    return;
                }
                Poll::Pending => {
                    if self.socket.backlog() < count {
                        self.put_end_off();
                    }
                    return;
                }
            }
        }
    }

    /// Encodes items until there is enough for one write.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.socket.backlog() < WRITE_BATCH {
            if self.large.is_some() {
                self.push_fragment();
                continue;
            }
            if let Some(local) = self.local.pop_front() {
                self.tell_local(local);
                continue;
            }
            let Some(link) = &self.link else { return };
            if self.items.is_empty() && link.handle.poll_take(&mut self.items, cx).is_pending() {
                return;
            }
            match self.items.pop_front() {
                Some(item) => self.tell(item),
                None => return,
            }
        }
    }

    fn count_written(&mut self, count: usize) {
        self.protocol.handle_sent(self.now());
        let Some(link) = &self.link else { return };
        link.handle.info().sent.fetch_add(count as u64, Ordering::Relaxed);
        if self.delivered >= self.door.limits.outbox / 2 {
            let octets = std::mem::take(&mut self.delivered);
            link.handle.submit([link.translator.replenish(octets)]);
        }
        link.handle.info().unreported.store(self.delivered as u64, Ordering::Relaxed);
    }

    /// Turns an item into frames.
    fn tell(&mut self, item: Item) {
        let Item::Deliver { message, subscription, delivery, delivery_count, stream } = item else {
            return self.tell_answer(item);
        };
        let octets = message.size();
        let message = match &self.link {
            Some(link) => link.translator.presented(subscription, message),
            None => message,
        };
        // A large one counts when its end is written.
        if message.body.len() <= FRAGMENT {
            self.delivered += octets;
        }
        let stream = stream.map(translate::place);
        self.deliver(message, octets, MessageHead { subscription, delivery, delivery_count, stream });
    }

    fn tell_answer(&mut self, item: Item) {
        if let Some(link) = self.link.as_ref().filter(|_| item.is_answer()) {
            link.handle.handle_told();
        }
        match item {
            Item::Deliver { .. } => {} // which is no answer
            Item::Confirmed { token, routed, duplicate, stream_offset } => {
                self.confirm(token, Receipt { routed, duplicate, stream_offset });
            }
            Item::Unsubscribed { subscription, token } => {
                self.forget(subscription);
                if let Some(token) = token {
                    self.confirm(token, Receipt::default());
                }
            }
            Item::QueueDeleted { subscription } => {
                let failure = Failure::new(Code::NotFound, "the queue of a subscription was deleted");
                self.refuse(None, Some(subscription), failure);
            }
            Item::Refused { token, subscription, error } => {
                self.refuse(token, subscription, translate::failure(&error));
            }
            Item::Browsed { subscription } => self.end_browsing(subscription),
            Item::Notice(notice) => self.notify(notice),
            Item::Pause => {} // which is looked up where it matters
            Item::Resume => self.end_pause(),
            Item::Close(CloseReason::VhostDeleted) => self.close(Some(&vhost_deleted())),
            Item::Close(CloseReason::Draining) => {
                self.notify(Notice::Draining);
                while let Some(local) = self.local.pop_front() {
                    self.tell_local(local);
                }
                self.close(Some(&draining()));
            }
        }
    }

    fn confirm(&mut self, token: Token, receipt: Receipt) {
        self.pay(token, receipt);
        if let State::Ending { token: last, failure, .. } = &mut self.state
            && *last == token
        {
            let failure = failure.take();
            self.close(failure.as_ref());
        }
    }

    /// Writes the receipt that is owed, if any is.
    fn pay(&mut self, token: Token, receipt: Receipt) {
        let mut frame = Vec::new();
        self.protocol.write_receipt(token, receipt, &mut frame);
        if !frame.is_empty() {
            self.socket.push(Part::Whole, true, &[&frame]);
        }
    }

    /// Says what the session itself has to say.
    fn tell_local(&mut self, local: Local) {
        match local {
            Local::Failure(failure) => self.push_error(&failure),
            Local::Receipt(token, receipt) => self.pay(token, receipt),
            Local::Notice(head, message) => {
                let octets = message.size();
                self.deliver(message, octets, head);
            }
        }
    }

    fn push_error(&mut self, failure: &Failure) {
        let mut frame = Vec::new();
        self.protocol.write_error(failure, &mut frame);
        self.socket.push(Part::Whole, true, &[&frame]);
    }

    /// Tells of a refusal. It ends the connection, unless the client wants to go on and can.
    fn refuse(&mut self, token: Option<Token>, subscription: Option<u32>, mut failure: Failure) {
        failure.receipt_id = token.and_then(|token| self.protocol.take_receipt(token));
        failure.subscription = subscription.and_then(|number| self.protocol.subscription_id(number)).map(Box::from);
        if !self.protocol.survives(&failure) {
            return self.close(Some(&failure));
        }
        self.push_error(&failure);
        if let Some(number) = subscription {
            self.forget(number);
        }
    }

    /// A subscription is over.
    fn forget(&mut self, subscription: u32) {
        self.protocol.forget_subscription(subscription);
        if let Some(link) = &mut self.link {
            link.translator.forget(subscription);
        }
    }

    fn end_browsing(&mut self, subscription: u32) {
        let Some(destination) = self.link.as_ref().and_then(|link| link.translator.browsed(subscription)) else {
            return;
        };
        let mut frame = Vec::new();
        if self.protocol.write_browser_end(subscription, destination, &mut frame) {
            self.socket.push(Part::Whole, true, &[&frame]);
        }
    }

    fn notify(&mut self, notice: Notice) {
        let messages = self.notices.tell(notice, &self.protocol);
        self.local.extend(messages.into_iter().map(|notice| Local::Notice(notice.head, translate::notice(notice))));
    }

    #[allow(clippy::inline_always, reason = "one of its two callers is the loop of all deliveries")]
    #[inline(always)]
    fn deliver(&mut self, message: Arc<Message>, octets: usize, head: MessageHead) {
        let mut own = HEAD.take();
        own.clear();
        if self.protocol.write_message_head(head, &mut own) {
            let encoding = translate::encoding(&message, self.protocol.version());
            if message.body.len() <= FRAGMENT {
                self.socket.push(Part::Whole, encoding.is_text, &[&own, &encoding.head, &message.body, &[0]]);
            } else {
                let is_text = encoding.is_text;
                self.socket.push(Part::First, is_text, &[&own, &encoding.head]);
                self.large = Some(Large { message, octets, is_text, position: 0 });
            }
        }
        HEAD.set(own);
    }

    /// Pushes the next piece of a large body.
    fn push_fragment(&mut self) {
        let Some(Large { message, octets, is_text, position }) = &mut self.large else { return };
        let end = message.body.len().min(*position + FRAGMENT);
        let piece = message.body.get(*position..end).unwrap_or_default();
        if end < message.body.len() {
            self.socket.push(Part::Middle, *is_text, &[piece]);
            *position = end;
        } else {
            self.delivered += *octets;
            self.socket.push(Part::Last, *is_text, &[piece, &[0]]);
            self.large = None;
        }
    }
}
