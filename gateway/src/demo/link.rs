//! A connection of the demo, inside this process: the engine's handle with the few things the demo does.

use crate::auth::{Access, Peer};
use crate::engine::{ConnectionInfo, DEFAULT_VHOST, Engine, Handle, Item, Transport, milliseconds_since_1970};
use crate::translate::message_id;
use broker::{
    AckMode, Command, Declare, DeliveryTag, Explicit, Headers, Message, Outcome, Publish, QueueDeclaration,
    QueueSettings, Settle, Source, Subscribe, Terms,
};
use serde::Serialize;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// One part of the demo, connected.
pub(super) struct Link {
    handle: Handle,
    items: VecDeque<Item>,
}

/// A message that came, to be settled by its tag.
pub(super) struct Delivery {
    pub(super) message: Arc<Message>,
    pub(super) tag: DeliveryTag,
    pub(super) delivery_count: u32,
}

impl Link {
    /// Connects to the default vhost; `None`: it was deleted.
    pub(super) fn open(engine: &Engine, name: &str) -> Option<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let info = ConnectionInfo::new(
            Peer::direct(address),
            address,
            Transport::Internal,
            format!("demo {name}"),
            DEFAULT_VHOST.into(),
            "demo".into(),
        );
        Some(Link { handle: engine.connect(info, Access::own()).ok()?, items: VecDeque::new() })
    }

    /// Waits until its vhost is deleted.
    pub(super) fn gone(&self) -> impl Future<Output = ()> + Send + 'static {
        self.handle.dismissal().called()
    }

    /// Publishes to `/topic/KEY`, as JSON.
    pub(super) fn publish_topic(&self, key: &str, body: &impl Serialize) {
        self.publish("amq.topic", key, &format!("/topic/{key}"), body, Declare::No);
    }

    /// Publishes to `/queue/NAME`, as JSON.
    pub(super) fn publish_queue(&self, name: &str, body: &impl Serialize) {
        self.publish("", name, &format!("/queue/{name}"), body, Declare::Plain);
    }

    fn publish(&self, exchange: &'static str, key: &str, destination: &str, body: &impl Serialize, declare: Declare) {
        let Ok(body) = serde_json::to_vec(body) else { return };
        let headers = Headers::new([("destination", destination), ("content-type", "application/json")].into_iter());
        let message = Message::new(exchange, key, headers, body.into());
        let message = Arc::new(message.identified(message_id(milliseconds_since_1970())));
        let publish = Publish {
            connection: self.handle.connection(),
            message,
            declare,
            mandatory: false,
            deduplication_id: None,
            token: None,
        };
        self.handle.submit([Command::Publish(publish)]);
    }

    /// Subscribes to a queue, to settle each message by itself.
    pub(super) fn subscribe_queue(&self, name: &str, prefetch: u32) {
        let declaration = QueueDeclaration {
            name: name.to_owned(),
            settings: QueueSettings { durable: true, ..QueueSettings::default() },
            explicit: Explicit::default(),
        };
        self.handle.submit([Command::Subscribe(Box::new(Subscribe {
            connection: self.handle.connection(),
            subscription: 1,
            source: Source::Declared(declaration),
            ack_mode: AckMode::Individual,
            terms: Terms { prefetch, ..Terms::default() },
            stream: None,
            token: None,
        }))]);
    }

    /// Waits for the next message; `None`: its queue was deleted.
    pub(super) async fn next(&mut self) -> Option<Delivery> {
        loop {
            match self.items.pop_front() {
                None => self.handle.take(&mut self.items).await,
                Some(Item::Deliver { message, subscription, delivery, delivery_count, .. }) => {
                    let octets = message.size();
                    self.handle.submit([Command::Replenish { connection: self.handle.connection(), octets }]);
                    return Some(Delivery { message, tag: DeliveryTag { subscription, delivery }, delivery_count });
                }
                Some(Item::QueueDeleted { .. }) => return None,
                Some(_) => {}
            }
        }
    }

    /// Settles a delivery.
    pub(super) fn settle(&self, tag: DeliveryTag, outcome: Outcome) {
        let connection = self.handle.connection();
        self.handle.submit([Command::Settle(Settle { connection, tag, outcome, text: None, token: None })]);
    }
}
