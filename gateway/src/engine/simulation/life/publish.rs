//! Publishing: to a queue, a stream, or several of them at once.

use super::super::message::{Id, TRANSIENT, message};
use super::super::model::{Change, Name, QUEUES, SHORT, STREAM, is_stream};
use super::{Life, ONCE, Told};
use broker::{Action, Command, Commit, Declare, Outcome, Publish, Settle};

impl Life<'_> {
    /// To one queue, or through an exchange to several and the stream.
    pub(super) fn publish(&mut self, client: usize) {
        let id = self.model.id(self.random.below(6) != 0);
        let (exchange, key) = self.destination();
        self.send(client, exchange, key, id, None);
    }

    pub(super) fn append(&mut self, client: usize) {
        let name =
            if self.random.below(2) == 0 || !self.model.now.streams.contains_key(SHORT) { STREAM } else { SHORT };
        for _ in 0..=self.random.below(4) {
            let id = self.model.id(true);
            self.send(client, "", name, id, None);
        }
    }

    pub(super) fn publish_once(&mut self, client: usize) {
        let once = self.random.below(ONCE);
        if !self.model.doubtful.contains(&once) {
            let id = self.model.id(true);
            self.send(client, "", QUEUES[0], id, Some(once));
        }
    }

    pub(super) fn destination(&mut self) -> (&'static str, Name) {
        [("", QUEUES[0]), ("", QUEUES[1]), ("amq.topic", "a.b"), ("amq.topic", "a.c")][self.random.below(4)]
    }

    pub(super) fn send(&mut self, client: usize, exchange: &'static str, key: Name, id: Id, once: Option<usize>) {
        let duplicate = once.is_some_and(|once| self.model.now.remembered.contains(&once));
        let mut changes = if duplicate { Vec::new() } else { published(exchange, key, id) };
        if let Some(once) = once {
            changes.push(Change::Remembered(once));
        }
        let into = changes.iter().find_map(|change| match change {
            Change::Published(name, _) if is_stream(name) => Some(*name),
            _ => None,
        });
        let stream_offset = into.map(|name| self.model.now.streams[name].len() as u64);
        let token = self.model.add(changes);
        let token = (id < TRANSIENT).then_some(token);
        token.into_iter().for_each(|token| _ = self.expected.insert(token, Told { duplicate, stream_offset }));
        let id_text = once.map(|once| once.to_string().as_str().into());
        let publish = Publish { deduplication_id: id_text, token, ..self.publishing(client, exchange, key, id) };
        self.clients[client].submit(Command::Publish(publish));
    }

    pub(super) fn publishing(&self, client: usize, exchange: &'static str, key: Name, id: Id) -> Publish {
        Publish {
            connection: self.clients[client].handle.connection(),
            message: message(exchange, key, id).into(),
            declare: Declare::No,
            mandatory: false,
            deduplication_id: None,
            token: None,
        }
    }

    /// To both queues and the stream, and an ack.
    pub(super) fn commit(&mut self, client: usize) {
        let (mut changes, mut actions) = (Vec::new(), Vec::new());
        for (exchange, key) in [("", QUEUES[0]), ("", QUEUES[1]), ("", STREAM), self.destination()] {
            let id = self.model.id(true);
            changes.extend(published(exchange, key, id));
            actions.push(Action::Publish(self.publishing(client, exchange, key, id)));
        }
        if let Some(held) = self.choose_held(client) {
            changes.extend(self.settling(client, held, Outcome::Ack));
            let connection = self.clients[client].handle.connection();
            let settle = Settle { connection, tag: held.tag, outcome: Outcome::Ack, text: None, token: None };
            actions.push(Action::Settle(settle));
        }
        let token = Some(self.model.add(changes));
        let connection = self.clients[client].handle.connection();
        self.clients[client].submit(Command::Commit(Commit { connection, actions, reports_routed: false, token }));
    }
}

/// What a message changes that is published there.
pub(super) fn published(exchange: &str, key: Name, id: Id) -> Vec<Change> {
    let names = match (exchange, key) {
        ("", name) => vec![name],
        (_, "a.b") => vec![QUEUES[0], QUEUES[1], STREAM],
        _ => vec![QUEUES[0], STREAM],
    };
    names.into_iter().map(|name| Change::Published(name, id)).collect()
}
