//! NATS: its own protocol, over WebSocket and over TCP. Queues are queue groups, which have no acknowledgements.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Publisher, Route, Sending, Server, Subscriber, System, Traffic};
use crate::nats::{self, Transport};
use crate::process::{Process, find_program, free_address};

/// A NATS server, measured on one of its listeners.
#[derive(Debug)]
pub(crate) struct Nats {
    /// The program, by path or by name.
    pub(crate) program: String,
    /// The listener.
    pub(crate) transport: Transport,
}

impl System for Nats {
    fn name(&self) -> &'static str {
        match self.transport {
            Transport::Tcp => "nats (tcp)",
            Transport::WebSocket => "nats (websocket)",
        }
    }

    fn missing(&self) -> Option<String> {
        find_program(&self.program).is_none().then(|| format!("not installed: no {}", self.program))
    }

    fn offers(&self, traffic: Traffic) -> bool {
        traffic.route != Route::AckedQueue && traffic.sending == Sending::Plain
    }

    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>> {
        let tcp = free_address()?;
        let websocket = free_address()?;
        let process = Process::start(|directory| {
            let file = directory.join("nats.conf");
            fs::write(&file, configuration(tcp, websocket))?;
            let mut command = Command::new(find_program(&self.program).context("not installed")?);
            command.arg("-c").arg(file);
            Ok(command)
        })?;
        let address = if self.transport == Transport::Tcp { tcp } else { websocket };
        process.wait_for_listener(address)?;
        Ok(Box::new(Running { process, address, transport: self.transport, traffic }))
    }
}

/// Pings are put off: the load counts octets and does not answer.
fn configuration(tcp: SocketAddr, websocket: SocketAddr) -> String {
    format!(
        "listen: \"{tcp}\"\nping_interval: \"1h\"\n\
         websocket {{ host: \"{}\", port: {}, no_tls: true, compression: false }}\n",
        websocket.ip(),
        websocket.port()
    )
}

#[derive(Debug)]
struct Running {
    process: Process,
    address: SocketAddr,
    transport: Transport,
    traffic: Traffic,
}

impl Server for Running {
    fn process(&self) -> &Process {
        &self.process
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn subscribe(&self) -> Result<Subscriber> {
        nats::subscribe(self.address, self.transport, self.traffic)
    }

    fn publisher(&self) -> Result<Publisher> {
        nats::publisher(self.address, self.transport, self.traffic)
    }
}
