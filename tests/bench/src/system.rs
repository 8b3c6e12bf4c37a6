//! What a benchmark needs of a system: start it, connect to it, know its process.

mod floor;
mod nats;
mod rabbitmq;
mod wharf;

use std::fmt::Debug;
use std::net::TcpStream;

use anyhow::Result;

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

/// The messages of a scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    /// Where they go.
    pub(crate) route: Route,
    /// Size of each body.
    pub(crate) body_octets: usize,
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
    /// The ready-made octets of one message.
    pub(crate) message: Vec<u8>,
}

/// Something that can be measured.
pub(crate) trait System: Debug {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// What is missing on this machine to run it, if something is.
    fn missing(&self) -> Option<String>;

    /// Whether it has such a route at all.
    fn offers(&self, route: Route) -> bool;

    /// Starts a fresh server for this traffic, with nothing left over from an earlier one.
    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>>;
}

/// A server that runs until it is dropped.
pub(crate) trait Server: Debug {
    /// The process whose processor time and memory are counted.
    fn process(&self) -> &Process;

    /// Connects, and subscribes to where the traffic goes. The server has confirmed the subscription.
    fn subscribe(&self) -> Result<Subscriber>;

    /// Connects to publish the traffic.
    fn publisher(&self) -> Result<Publisher>;
}
