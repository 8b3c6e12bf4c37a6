//! A server that is measured over STOMP 1.2 on WebSocket, running.

use std::net::SocketAddr;

use anyhow::Result;

use super::{Publisher, Server, Subscriber, Traffic};
use crate::process::Process;
use crate::stomp::{self, PATH};

/// The server, and what has to outlive it.
#[derive(Debug)]
pub(super) struct StompServer {
    pub(super) process: Process,
    /// Processes that it needs; they end after it.
    pub(super) _companions: Vec<Process>,
    pub(super) address: SocketAddr,
    pub(super) traffic: Traffic,
}

impl Server for StompServer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn subscribe(&self) -> Result<Subscriber> {
        stomp::subscribe(self.address, PATH, self.traffic.route)
    }

    fn publisher(&self) -> Result<Publisher> {
        stomp::publisher(self.address, PATH, self.traffic)
    }
}
