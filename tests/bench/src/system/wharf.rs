//! Wharf: STOMP 1.2 over WebSocket.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{Publisher, Route, Server, Subscriber, System, Traffic};
use crate::process::Process;
use crate::stomp;

const READY: &str = "wharf: ready on http://";
const PATH: &str = "/ws";

/// The gateway's binary.
#[derive(Debug)]
pub(crate) struct Wharf {
    /// Where it is.
    pub(crate) binary: PathBuf,
}

impl Wharf {
    /// Its name in the table.
    pub(crate) const NAME: &str = "wharf";
}

impl System for Wharf {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn missing(&self) -> Option<String> {
        (!self.binary.is_file()).then(|| format!("not built: no {}", self.binary.display()))
    }

    fn offers(&self, _route: Route) -> bool {
        true
    }

    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>> {
        let process = Process::start(|directory| {
            let mut command = Command::new(&self.binary);
            command.args(["serve", "--listen", "127.0.0.1:0", "--stomp-listen", "", "--data-dir"]);
            command.arg(directory.join("data"));
            Ok(command)
        })?;
        let address = process.wait_for_address(READY)?;
        Ok(Box::new(Running { process, address, traffic }))
    }
}

#[derive(Debug)]
struct Running {
    process: Process,
    address: SocketAddr,
    traffic: Traffic,
}

impl Server for Running {
    fn process(&self) -> &Process {
        &self.process
    }

    fn subscribe(&self) -> Result<Subscriber> {
        stomp::subscribe(self.address, PATH, self.traffic.route)
    }

    fn publisher(&self) -> Result<Publisher> {
        stomp::publisher(self.address, PATH, self.traffic)
    }
}
