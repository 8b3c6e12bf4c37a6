//! A webhook's connection to its vhost, in this process.

use super::kept::is_replay;
use crate::auth::{Access, Peer};
use crate::engine::{CloseReason, Command, ConnectionInfo, Engine, Handle, Item, Message, Transport};
use crate::translate::{event_of, id_text};
use broker::{
    AckMode, Action, Commit, Credit, DeliveryTag, Grant, Outcome, Publish, Settle, Source, Start, StreamTerms,
    Subscribe, Terms,
};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use wire::cloudevents::Event;

/// Where deliveries come from: each is a subscription of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::webhook) enum Lane {
    /// What is to be delivered.
    Own = 1,
    /// The queue that is the source, where one is.
    Shared = 2,
}

/// An event that was handed out, to be settled by its tag.
#[derive(Debug)]
pub(in crate::webhook) struct Delivery {
    pub(in crate::webhook) message: Arc<Message>,
    pub(in crate::webhook) event: Event,
    /// Which delivery it is, counted from 1.
    pub(in crate::webhook) count: u32,
    pub(in crate::webhook) is_replay: bool,
    tag: DeliveryTag,
}

/// What came of the engine.
#[derive(Debug)]
pub(in crate::webhook) enum Arrival {
    /// An event.
    Delivery(Lane, Box<Delivery>),
    /// A lane has ended as it was asked to: nothing more comes of it.
    Left,
    /// There is nothing to read any more, and why.
    Lost(String),
}

/// A connection, with what is to be submitted next.
#[derive(Debug)]
pub(in crate::webhook) struct Link {
    handle: Handle,
    items: VecDeque<Item>,
    commands: Vec<Command>,
}

impl Delivery {
    /// `webhook-id`: the same for all endpoints, on every attempt and replay.
    pub(in crate::webhook) fn id(&self) -> String {
        message_id(&self.message)
    }
}

fn message_id(message: &Message) -> String {
    format!("msg_{}", id_text(message.id))
}

impl Link {
    /// Connects; `None`: there is no such vhost.
    pub(in crate::webhook) fn open(engine: &Engine, vhost: &str, id: &str) -> Option<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (peer, transport) = (Peer::direct(address), Transport::Internal);
        let name = format!("webhook {id}");
        let info = ConnectionInfo::new(peer, address, transport, name, engine.find_vhost(vhost)?, "webhook".into());
        Some(Link { handle: engine.connect(info, Access::own()).ok()?, items: VecDeque::new(), commands: Vec::new() })
    }

    /// Reads a queue; nothing comes before it is granted.
    pub(in crate::webhook) fn subscribe_queue(&mut self, lane: Lane, queue: String) {
        self.subscribe(lane, Source::Queue(queue), None);
    }

    /// Reads a stream as the consumer group of a webhook, which begins here if it is new.
    pub(in crate::webhook) fn subscribe_stream(&mut self, lane: Lane, stream: String, group: &str, first: u64) {
        let start = Some(Start::Offset(first));
        let terms = StreamTerms { start, group: Some(group.to_owned()), ..StreamTerms::default() };
        self.subscribe(lane, Source::Queue(stream), Some(terms));
    }

    fn subscribe(&mut self, lane: Lane, source: Source, stream: Option<StreamTerms>) {
        let credit = Some(Credit { messages: Some(0), octets: None });
        self.commands.push(Command::Subscribe(Box::new(Subscribe {
            connection: self.handle.connection(),
            subscription: lane as u32,
            source,
            ack_mode: AckMode::Individual,
            terms: Terms { credit, ..Terms::default() },
            stream: stream.map(Box::new),
            token: None,
        })));
    }

    /// Lets so many more events come.
    pub(in crate::webhook) fn grant(&mut self, lane: Lane, messages: usize) {
        let (connection, subscription) = (self.handle.connection(), lane as u32);
        let messages = messages as u64;
        self.commands.push(Command::Grant(Grant { connection, subscription, messages, octets: 0, token: None }));
    }

    /// The event is delivered, or not to be.
    pub(in crate::webhook) fn ack(&mut self, delivery: &Delivery) {
        let settle = self.settle(delivery, Outcome::Ack);
        self.commands.push(Command::Settle(settle));
    }

    /// The event is to come again after this time.
    pub(in crate::webhook) fn retry(&mut self, delivery: &Delivery, after: Duration) {
        let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let settle = self.settle(delivery, Outcome::Requeue(Some(after)));
        self.commands.push(Command::Settle(settle));
    }

    /// The event is as if it had not been handed out.
    pub(in crate::webhook) fn give_back(&mut self, delivery: &Delivery) {
        let settle = self.settle(delivery, Outcome::Return);
        self.commands.push(Command::Settle(settle));
    }

    /// Wants nothing more of a lane; what is not settled still can be.
    pub(in crate::webhook) fn unsubscribe(&mut self, lane: Lane) {
        let (connection, subscription) = (self.handle.connection(), lane as u32);
        self.commands.push(Command::Unsubscribe { connection, subscription, delete: false, token: None });
    }

    /// The event leaves its queue, and a message goes elsewhere: both, or nothing.
    pub(in crate::webhook) fn replace(&mut self, delivery: &Delivery, message: Message) {
        let publish = self.publishing(message);
        let actions = vec![Action::Publish(publish), Action::Settle(self.settle(delivery, Outcome::Ack))];
        let connection = self.handle.connection();
        self.commands.push(Command::Commit(Commit { connection, actions, reports_routed: false, token: None }));
    }

    /// Publishes a message.
    pub(in crate::webhook) fn publish(&mut self, message: Message) {
        let publish = self.publishing(message);
        self.commands.push(Command::Publish(publish));
    }

    fn publishing(&self, message: Message) -> Publish {
        Publish { connection: self.handle.connection(), ..Publish::detached(message) }
    }

    fn settle(&self, delivery: &Delivery, outcome: Outcome) -> Settle {
        Settle { connection: self.handle.connection(), tag: delivery.tag, outcome, text: None, token: None }
    }

    /// Submits what was asked for.
    pub(in crate::webhook) fn flush(&mut self) {
        if !self.commands.is_empty() {
            self.handle.submit(self.commands.drain(..));
        }
    }

    /// Whether what is published waits for room, so that no more should be.
    pub(in crate::webhook) fn is_paused(&self) -> bool {
        self.handle.is_paused()
    }

    /// Waits for something to come.
    pub(in crate::webhook) async fn wait(&mut self) {
        if self.items.is_empty() {
            self.handle.take(&mut self.items).await;
        }
    }

    /// What has come.
    pub(in crate::webhook) fn next(&mut self) -> Option<Arrival> {
        loop {
            let item = self.items.pop_front()?;
            if item.is_answer() {
                self.handle.handle_told();
            }
            match item {
                Item::Deliver { message, subscription, delivery, delivery_count, .. } => {
                    let (connection, octets) = (self.handle.connection(), message.size());
                    self.commands.push(Command::Replenish { connection, octets });
                    let lane = if subscription == Lane::Own as u32 { Lane::Own } else { Lane::Shared };
                    let event = event_of(&message, &self.handle.info().vhost);
                    let (is_replay, tag) = (is_replay(&message), DeliveryTag { subscription, delivery });
                    let delivery = Delivery { message, event, count: delivery_count, is_replay, tag };
                    return Some(Arrival::Delivery(lane, Box::new(delivery)));
                }
                Item::Unsubscribed { .. } => return Some(Arrival::Left),
                Item::QueueDeleted { .. } => {
                    return Some(Arrival::Lost("the queue or stream that it reads was deleted".to_owned()));
                }
                Item::Close(CloseReason::VhostDeleted) => {
                    return Some(Arrival::Lost("its vhost was deleted".to_owned()));
                }
                Item::Refused { error, subscription: Some(_), .. } => return Some(Arrival::Lost(error.to_string())),
                Item::Refused { error, .. } => tracing::warn!(%error, "a webhook was refused something"),
                _ => {}
            }
        }
    }
}
