//! A connection of the simulation.

use super::PATIENCE;
use super::message::Id;
use super::model::Name;
use crate::auth::{Access, Peer};
use crate::engine::{ConnectionInfo, DEFAULT_VHOST, Engine, Handle, Item, Transport};
use broker::{
    AckMode, Command, DeliveryTag, Message, Source, StreamTerms, Subscribe, SubscriptionNumber, Terms, Token,
};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll, Waker};

/// A delivery that is not settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) tag: DeliveryTag,
    pub(super) queue: Name,
    pub(super) id: Id,
    /// If it is of a stream.
    pub(super) offset: u64,
}

pub(super) struct Client {
    pub(super) handle: Handle,
    items: VecDeque<Item>,
    pub(super) held: Vec<Held>,
    /// The offset that comes next to who reads the stream alone.
    pub(super) next_offset: u64,
}

impl Client {
    pub(super) fn connect(engine: &Engine) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (peer, user) = (Peer::direct(address), "simulation".into());
        let info =
            ConnectionInfo::new(peer, address, Transport::Internal, "simulated".into(), DEFAULT_VHOST.into(), user);
        let handle = engine.connect(info, Access::own()).expect("there is a default vhost");
        Client { handle, items: VecDeque::new(), held: Vec::new(), next_offset: 0 }
    }

    pub(super) fn submit(&self, command: Command) {
        self.handle.submit([command]);
    }

    pub(super) fn subscribe(
        &self,
        subscription: SubscriptionNumber,
        source: Source,
        ack_mode: AckMode,
        terms: Terms,
        stream: Option<StreamTerms>,
        token: Option<Token>,
    ) {
        let (connection, stream) = (self.handle.connection(), stream.map(Box::new));
        let subscribe = Subscribe { connection, subscription, source, ack_mode, terms, stream, token };
        self.submit(Command::Subscribe(Box::new(subscribe)));
    }

    /// Takes what has come. Pending, if there is nothing.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        match self.items.is_empty() {
            true => self.handle.poll_take(&mut self.items, cx),
            false => Poll::Ready(()),
        }
    }

    /// The next item, if one has come.
    pub(super) fn pop(&mut self) -> Option<Item> {
        let _ = self.poll(&Context::from_waker(Waker::noop()));
        let item = self.items.pop_front();
        if let Some(Item::Deliver { message, .. }) = &item {
            self.replenish(message);
        }
        item
    }

    /// Waits for the next item, which has to come.
    pub(super) async fn next(&mut self, engine: &Engine) -> Item {
        loop {
            if let Some(item) = self.pop() {
                return item;
            }
            tokio::select! {
                biased;
                () = std::future::poll_fn(|cx| self.poll(cx)) => {}
                failure = engine.failure() => panic!("the journal has failed: {failure}"),
                () = tokio::time::sleep(PATIENCE) => panic!("nothing comes"),
            }
        }
    }

    fn replenish(&self, message: &Message) {
        let connection = self.handle.connection();
        self.submit(Command::Replenish { connection, octets: message.size() });
    }
}
