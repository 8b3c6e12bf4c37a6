//! What comes, and waiting for it.

use super::super::PATIENCE;
use super::super::client::{Client, Held};
use super::super::message::{TRANSIENT, id_of};
use super::super::model::{Name, QUEUES, STREAM};
use super::{BROWSERS, Life, PREFETCH, READER, Told};
use crate::engine::{Item, Notice};
use broker::{DeliveryTag, StreamPlace};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;

impl Life<'_> {
    /// Takes all that has come.
    pub(super) fn take(&mut self) {
        for client in 0..self.clients.len() {
            while let Some(item) = self.clients[client].pop() {
                self.handle(client, item);
            }
        }
    }

    pub(super) fn handle(&mut self, client: usize, item: Item) {
        match item {
            Item::Deliver { message, subscription, delivery, delivery_count, stream } => {
                let Some(&queue) = self.sources.get(&subscription) else { return };
                let held = Held {
                    tag: DeliveryTag { subscription, delivery },
                    queue,
                    id: id_of(&message),
                    offset: stream.map_or(0, |place| place.offset),
                };
                self.delivered += 1;
                match stream {
                    Some(place) => self.handle_read(client, held, place, delivery_count),
                    None => self.handle_delivery(client, held),
                }
            }
            Item::Confirmed { token, duplicate, stream_offset, .. } => {
                if let Some(expected) = self.expected.remove(&token) {
                    assert_eq!(Told { duplicate, stream_offset }, expected);
                }
                let kept = self.subscribed.remove(&token).unwrap_or(token);
                self.model.confirm(kept);
            }
            Item::Unsubscribed { .. } | Item::Browsed { .. } => {}
            Item::Notice(Notice::Dropped { subscription, .. }) if subscription >= BROWSERS => {}
            // The journal takes nothing any more: what is published waits for ever.
            Item::Notice(Notice::Blocked { by_storage: true }) | Item::Pause => self.has_failed = true,
            other => panic!("nobody asked for {other:?}"),
        }
    }

    pub(super) fn handle_delivery(&mut self, client: usize, held: Held) {
        let Held { queue, id, .. } = held;
        assert!(id >= TRANSIENT || self.model.now.queues[queue].contains(&id), "message {id} has left {queue}");
        let mut others = self.clients.iter().flat_map(|client| &client.held);
        assert!(!others.any(|other| (other.queue, other.id) == (queue, id)), "message {id} of {queue} is held");
        self.delayed.remove(&(queue, id));
        self.clients[client].held.push(held);
    }

    pub(super) fn handle_read(&mut self, client: usize, held: Held, place: StreamPlace, delivery_count: u32) {
        let there = self.model.now.streams[STREAM].get(usize::try_from(place.offset).unwrap_or_default());
        assert_eq!(there, Some(&held.id), "what is at {}", place.offset);
        if held.tag.subscription == READER {
            assert_eq!(self.clients[client].next_offset, place.offset, "the next for who reads alone");
            self.clients[client].next_offset += 1;
            return;
        }
        let is_read = self.model.now.read.as_ref().is_some_and(|read| read.contains(&place.offset));
        assert!(!is_read, "offset {} was settled", place.offset);
        let is_marked = delivery_count > 1;
        assert!(
            is_marked || !self.model.marked.contains(&place.offset),
            "offset {} comes again, and does not say so",
            place.offset
        );
        self.clients[client].held.push(held);
    }

    /// Waits for something that has to come. `false`: the journal has failed.
    pub(super) async fn wait(&mut self, has_come: impl Fn(&Self) -> bool) -> bool {
        loop {
            self.take();
            if has_come(self) {
                return true;
            }
            let Life { clients, engine, .. } = self;
            let more = poll_fn(|cx| match clients.iter_mut().any(|client| client.poll(cx).is_ready()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            });
            tokio::select! {
                biased;
                () = more => {}
                _ = engine.failure() => return false,
                () = tokio::time::sleep(PATIENCE) => panic!("nothing comes"),
            }
        }
    }

    /// Waits until all is confirmed that was done until now.
    pub(super) async fn wait_for_all(&mut self) -> bool {
        let id = self.model.id(true);
        self.send(0, "", STREAM, id, None);
        let token = *self.expected.last_key_value().expect("it was just sent").0;
        self.wait(|life| life.model.is_certain(token)).await
    }

    /// Waits for a message, if there is one for somebody who has room.
    pub(super) async fn wait_for_delivery(&mut self) -> bool {
        self.take();
        let delivered = self.delivered;
        !self.is_owed() || self.wait(|life| life.delivered > delivered).await
    }

    pub(super) fn is_owed(&self) -> bool {
        let held =
            |queue: Name| self.clients.iter().flat_map(|client| &client.held).filter(move |held| held.queue == queue);
        let has_room = |queue: Name| {
            let held = |client: &Client| client.held.iter().filter(|held| held.queue == queue).count();
            self.clients.iter().any(|client| held(client) < PREFETCH as usize)
        };
        let waits = |queue: Name| match queue {
            STREAM => {
                let read = self.model.now.read.as_ref().map_or(0, BTreeSet::len);
                self.model.now.streams[STREAM].len() > read + held(STREAM).count()
            }
            _ => self.model.now.queues[queue]
                .iter()
                .any(|id| !self.delayed.contains(&(queue, *id)) && !held(queue).any(|held| held.id == *id)),
        };
        [QUEUES[0], QUEUES[1], STREAM].into_iter().any(|queue| waits(queue) && has_room(queue))
    }

    /// Gives back what the journal does not need, beside all else or before it.
    pub(super) async fn begin_reclaiming(&mut self) {
        self.wait_for_reclaiming().await;
        let engine = self.engine.clone();
        self.reclaiming = Some(tokio::spawn(async move { engine.reclaim().await }));
        if self.random.below(2) == 0 {
            self.wait_for_reclaiming().await;
        }
    }

    pub(super) async fn wait_for_reclaiming(&mut self) {
        if let Some(reclaiming) = self.reclaiming.take() {
            let ended = tokio::time::timeout(PATIENCE, reclaiming).await;
            ended.expect("reclaiming comes to an end").expect("it does not panic");
        }
    }
}
