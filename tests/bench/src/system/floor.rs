//! The floor as a system under test: this program again, in a process of its own.

use std::env;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;

use super::{Publisher, Route, Sending, Server, Subscriber, System, Traffic};
use crate::floor::{PUBLISH_PATH, READY, SUBSCRIBE_PATH};
use crate::process::Process;
use crate::stomp;
use crate::websocket::Client;

/// The bare server of this program.
#[derive(Debug)]
pub(crate) struct Floor;

impl Floor {
    /// Its name in the table.
    pub(crate) const NAME: &str = "floor";
}

impl System for Floor {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn missing(&self) -> Option<String> {
        None
    }

    fn offers(&self, traffic: Traffic) -> bool {
        // It answers nobody, and takes every WebSocket message of the publisher for a message.
        matches!(traffic.sending, Sending::Plain | Sending::Expiring)
    }

    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>> {
        let process = Process::start(|_| {
            let mut command = Command::new(env::current_exe()?);
            command.args(["floor", "--listen", "127.0.0.1:0", "--body-octets", &traffic.body_octets.to_string()]);
            command.args(match traffic.route {
                Route::Topic => [].as_slice(),
                Route::Queue => &["--queue"],
                Route::AckedQueue => &["--queue", "--acked"],
            });
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

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn subscribe(&self) -> Result<Subscriber> {
        let stream = Client::connect(self.address, SUBSCRIBE_PATH, None)?.into_stream()?;
        Ok(Subscriber { stream, counter: stomp::counter(self.traffic.route) })
    }

    fn publisher(&self) -> Result<Publisher> {
        let stream = Client::connect(self.address, PUBLISH_PATH, None)?.into_stream()?;
        Ok(Publisher { stream, publication: stomp::publication(self.traffic), messages: 1, answers: None })
    }
}
