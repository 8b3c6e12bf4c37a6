//! What a benchmark needs of a system: start it, connect to it, know its process.

mod floor;
mod nats;
mod rabbitmq;
mod stomp_server;
mod wharf;

use std::fmt::Debug;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use anyhow::{Result, bail};

pub(crate) use floor::Floor;
pub(crate) use nats::Nats;
pub(crate) use rabbitmq::Rabbitmq;
pub(crate) use wharf::Wharf;

use crate::counter::Counter;
use crate::process::Process;

/// How messages reach subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Every subscriber gets every message.
    Topic,
    /// Every message goes to one subscriber and is settled when sent.
    Queue,
    /// Every message goes to one subscriber, which acknowledges it on its own.
    AckedQueue,
}

/// How a message is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// On its own, and unanswered.
    Plain,
    /// On its own, and the server confirms it.
    Receipts,
    /// On its own, to be kept, and the server confirms it once it is on the disk.
    Durable,
    /// With others, in a transaction.
    Transaction,
    /// On its own, with a time to live that it does not reach.
    Expiring,
}

/// The messages of a scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    /// Where they go.
    pub(crate) route: Route,
    /// Size of each body.
    pub(crate) body_octets: usize,
    /// How they are published.
    pub(crate) sending: Sending,
}

impl Traffic {
    /// Messages published in the plain way.
    pub(crate) fn plain(route: Route, body_octets: usize) -> Self {
        Self { route, body_octets, sending: Sending::Plain }
    }
}

/// A connection that only receives, past its set-up.
#[derive(Debug)]
pub(crate) struct Subscriber {
    /// The socket, still blocking.
    pub(crate) stream: TcpStream,
    /// Counts what arrives on it.
    pub(crate) counter: Counter,
}

/// A connection that only sends, past its set-up.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// The socket, still blocking.
    pub(crate) stream: TcpStream,
    /// The ready-made octets of one publication.
    pub(crate) publication: Vec<u8>,
    /// How many messages it brings.
    pub(crate) messages: u64,
    /// Counts what answers the messages, one by one, if the server was asked to.
    pub(crate) answers: Option<Counter>,
}

/// Something that can be measured.
pub(crate) trait System: Debug {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// What is missing on this machine to run it, if something is.
    fn missing(&self) -> Option<String>;

    /// Whether it can carry such traffic at all.
    fn offers(&self, traffic: Traffic) -> bool;

    /// Starts a fresh server for this traffic, with nothing left over from an earlier one.
    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>>;

    /// Starts a server on a directory that outlives it, with what earlier ones kept there.
    fn start_on(&self, _data: &Path, _traffic: Traffic) -> Result<Box<dyn Server>> {
        bail!("{} is not measured on a directory that outlives it", self.name())
    }
}

/// A server that runs until it is dropped.
pub(crate) trait Server: Debug {
    /// The process whose processor time and memory are counted.
    fn process(&self) -> &Process;

    /// Where it listens for what is measured.
    fn address(&self) -> SocketAddr;

    /// Connects, and subscribes to where the traffic goes. The server has confirmed the subscription.
    fn subscribe(&self) -> Result<Subscriber>;

    /// Connects to publish the traffic.
    fn publisher(&self) -> Result<Publisher>;
}
