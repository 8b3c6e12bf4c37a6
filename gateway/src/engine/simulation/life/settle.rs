//! Reading and settling.

use super::super::client::{Client, Held};
use super::super::message::TRANSIENT;
use super::super::model::{Change, QUEUES, STREAM};
use super::declare::queue;
use super::{FIRST, GROUP, Life, PREFETCH, READER, SECOND};
use broker::{AckMode, Command, Outcome, Settle, StreamTerms, Terms};

impl Life<'_> {
    pub(super) fn subscribe(&mut self, client: usize) {
        let terms = Terms { prefetch: PREFETCH, ..Terms::default() };
        for (number, name, ack_mode) in
            [(FIRST, QUEUES[0], AckMode::Individual), (SECOND, QUEUES[1], AckMode::Cumulative)]
        {
            self.clients[client].subscribe(number, queue(name), ack_mode, terms, None, None);
        }
        self.join(client, terms);
        if client == 1 {
            self.clients[client].next_offset = self.model.now.streams[STREAM].len() as u64;
            let stream = Some(StreamTerms::default());
            self.clients[client].subscribe(READER, queue(STREAM), AckMode::Auto, Terms::default(), stream, None);
        }
    }

    /// Becomes a member of the consumer group.
    pub(super) fn join(&mut self, client: usize, terms: Terms) {
        let is_new = self.model.now.read.is_none();
        let token = self.model.add(vec![Change::Joined]);
        self.subscribed.insert(token, if is_new { token } else { self.model.declared(STREAM) });
        let token = Some(token);
        let stream = StreamTerms { group: Some("group".into()), ..StreamTerms::default() };
        self.clients[client].subscribe(GROUP, queue(STREAM), AckMode::Individual, terms, Some(stream), token);
    }

    pub(super) fn choose_held(&mut self, client: usize) -> Option<Held> {
        let held = &self.clients[client].held;
        held.get(self.random.below(held.len())).copied()
    }

    pub(super) fn settle_some(&mut self, client: usize) {
        for _ in 0..=self.random.below(3) {
            let Some(held) = self.choose_held(client) else { return };
            let outcome = match self.random.below(8) {
                0 => Outcome::Requeue(Some(0)),
                1 if held.queue != STREAM => Outcome::Requeue(Some(1)),
                2 | 3 if held.queue == QUEUES[1] => Outcome::Reject,
                _ => Outcome::Ack,
            };
            self.settle(client, held, outcome);
        }
    }

    pub(super) fn settle(&mut self, client: usize, held: Held, outcome: Outcome) {
        let changes = self.settling(client, held, outcome);
        let is_kept = changes.iter().any(|change| match change {
            Change::Left(_, id) | Change::Returned(_, id) | Change::Rejected(id) => *id < TRANSIENT,
            _ => true,
        });
        let token = Some(self.model.add(changes)).filter(|_| is_kept);
        let connection = self.clients[client].handle.connection();
        self.clients[client].submit(Command::Settle(Settle { connection, tag: held.tag, outcome, text: None, token }));
    }

    /// What it changes if a delivery is settled, and those before it where that is so.
    pub(super) fn settling(&mut self, client: usize, held: Held, outcome: Outcome) -> Vec<Change> {
        let is_settled = |other: &mut Held| match held.tag.subscription {
            SECOND => other.tag.subscription == SECOND && other.tag.delivery <= held.tag.delivery,
            _ => other.tag == held.tag,
        };
        let settled: Vec<_> = self.clients[client].held.extract_if(.., is_settled).collect();
        let mut changes = Vec::new();
        for Held { queue, id, offset, .. } in settled {
            match outcome {
                Outcome::Ack if queue == STREAM => changes.push(Change::Read(offset)),
                Outcome::Requeue(_) if queue == STREAM => {}
                Outcome::Return => {} // nobody does that here
                Outcome::Ack => changes.push(Change::Left(queue, id)),
                Outcome::Reject => changes.push(Change::Rejected(id)),
                Outcome::Requeue(delay) => {
                    changes.push(Change::Returned(queue, id));
                    delay.filter(|delay| *delay > 0).into_iter().for_each(|_| _ = self.delayed.insert((queue, id)));
                }
            }
        }
        changes
    }

    /// A client goes, what it has not settled comes back, and it comes again.
    pub(super) fn leave(&mut self, client: usize) {
        let returned = self.clients[client].held.iter().filter(|held| held.queue != STREAM);
        let changes = returned.map(|held| Change::Returned(held.queue, held.id)).collect();
        self.model.add(changes);
        self.clients[client] = Client::connect(&self.engine);
        self.subscribe(client);
    }
}
