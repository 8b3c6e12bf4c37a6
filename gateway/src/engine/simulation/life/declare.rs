//! Declaring and deleting.

use super::super::model::{Change, DEAD, Name, QUEUES, SHORT, SHORT_LENGTH, STREAM, TEMPORARY, is_stream};
use super::Life;
use broker::{
    AckMode, Arguments, Command, Declare, Explicit, Publish, QueueDeclaration, QueueSettings, QueueType, Source, Terms,
};

impl Life<'_> {
    pub(super) fn declare_some(&mut self, client: usize) {
        let name = [TEMPORARY[0], TEMPORARY[1], SHORT][self.random.below(3)];
        let is_there = self.model.now.has(name);
        match self.random.below(3) {
            0 if is_there => {
                let connection = self.clients[client].handle.connection();
                let token = Some(self.model.add(vec![Change::Deleted(name)]));
                self.clients[client].submit(Command::DeleteQueue { connection, name: name.to_owned(), token });
            }
            1 if !is_stream(name) => {
                let id = self.model.id(true);
                let token = Some(self.model.add(vec![Change::Declared(name), Change::Published(name, id)]));
                let publish = Publish { declare: Declare::Plain, token, ..self.publishing(client, "", name, id) };
                self.clients[client].submit(Command::Publish(publish));
            }
            _ => {
                // Both say that it is there, and neither before it is there for certain.
                self.declare(client, name);
                self.declare(1 - client, name);
            }
        }
    }

    pub(super) fn declare(&mut self, client: usize, name: Name) {
        self.browsers += 1;
        let subscription = self.browsers;
        let token = self.model.add(vec![Change::Declared(name)]);
        self.subscribed.insert(token, self.model.declared(name));
        let token = Some(token);
        let terms = Terms { browse: true, ..Terms::default() };
        let (client, source) = (&self.clients[client], Source::Declared(declaration(name)));
        client.subscribe(subscription, source, AckMode::Auto, terms, None, token);
        let connection = client.handle.connection();
        client.submit(Command::Unsubscribe { connection, subscription, delete: false, token: None });
    }
}

pub(super) fn queue(name: Name) -> Source {
    Source::Queue(name.to_owned())
}

pub(super) fn declaration(name: Name) -> QueueDeclaration {
    let stream = Arguments { queue_type: Some(QueueType::Stream), segment_octets: Some(1_200), ..Arguments::default() };
    let arguments = match name {
        STREAM => Some(stream),
        SHORT => Some(Arguments { max_length: Some(SHORT_LENGTH as u64), ..stream }),
        name if name == QUEUES[1] => Some(Arguments {
            dead_letter_exchange: Some("".into()),
            dead_letter_key: Some(DEAD.into()),
            delivery_limit: Some(1_000),
            ..Arguments::default()
        }),
        _ => None,
    };
    let settings = QueueSettings { durable: true, arguments: arguments.map(Into::into), ..QueueSettings::default() };
    QueueDeclaration { name: name.to_owned(), settings, explicit: Explicit::default() }
}
