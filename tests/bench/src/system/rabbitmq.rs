//! RabbitMQ with its Web STOMP plugin: STOMP 1.2 over WebSocket.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::stomp_server::StompServer;
use super::{Server, System, Traffic};
use crate::process::{Process, find_program, free_address};
use crate::stomp::PATH;

/// A RabbitMQ node of its own: nothing of an installed service is touched.
#[derive(Debug)]
pub(crate) struct Rabbitmq {
    /// The start script, by path or by name. Not the one in `sbin`, which changes to the service's user.
    pub(crate) program: String,
}

impl System for Rabbitmq {
    fn name(&self) -> &'static str {
        "rabbitmq web stomp"
    }

    fn missing(&self) -> Option<String> {
        find_program(&self.program).is_none().then(|| format!("not installed: no {}", self.program))
    }

    fn offers(&self, _traffic: Traffic) -> bool {
        true
    }

    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>> {
        let ports = Ports::pick()?;
        // Erlang's port mapper would otherwise be started as a daemon that outlives the node.
        let mapper = Process::start(|_| {
            let mut command = Command::new("epmd");
            command.args(["-address", "127.0.0.1", "-port", &ports.mapper.port().to_string()]);
            Ok(command)
        })
        .context("epmd, which comes with Erlang")?;
        mapper.wait_for_listener(ports.mapper)?;
        let process = Process::start(|directory| self.command(directory, &ports))?;
        process.wait_for_listener(ports.web_stomp)?;
        Ok(Box::new(StompServer { process, _companions: vec![mapper], address: ports.web_stomp, traffic }))
    }
}

impl Rabbitmq {
    fn command(&self, directory: &Path, ports: &Ports) -> Result<Command> {
        let configuration = directory.join("rabbitmq.conf");
        fs::write(&configuration, ports.configuration())?;
        let plugins = directory.join("enabled_plugins");
        fs::write(&plugins, "[rabbitmq_stomp,rabbitmq_web_stomp].\n")?;
        let mut command = Command::new(find_program(&self.program).context("not installed")?);
        command
            .env("HOME", directory)
            .env("ERL_EPMD_PORT", ports.mapper.port().to_string())
            .env("RABBITMQ_NODENAME", format!("bench{}@localhost", ports.amqp.port()))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", ports.amqp.port().to_string())
            .env("RABBITMQ_DIST_PORT", ports.distribution.port().to_string())
            .env("RABBITMQ_CONFIG_FILE", &configuration)
            .env("RABBITMQ_CONF_ENV_FILE", directory.join("none.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", &plugins)
            .env("RABBITMQ_MNESIA_BASE", directory.join("mnesia"))
            .env("RABBITMQ_LOG_BASE", directory.join("log"))
            .env("RABBITMQ_PID_FILE", directory.join("pid"));
        Ok(command)
    }
}

/// Every listener of the node.
#[derive(Debug)]
struct Ports {
    amqp: SocketAddr,
    distribution: SocketAddr,
    mapper: SocketAddr,
    web_stomp: SocketAddr,
}

impl Ports {
    fn pick() -> Result<Self> {
        Ok(Self {
            amqp: free_address()?,
            distribution: free_address()?,
            mapper: free_address()?,
            web_stomp: free_address()?,
        })
    }

    /// The idle time-outs of the web server are put off: a subscriber of the load never sends anything.
    fn configuration(&self) -> String {
        format!(
            "stomp.listeners.tcp = none\nweb_stomp.tcp.ip = {}\nweb_stomp.tcp.port = {}\nweb_stomp.ws_path = {PATH}\n\
             web_stomp.cowboy_opts.idle_timeout = 3600000\nweb_stomp.ws_opts.idle_timeout = 3600000\n\
             log.console = false\n",
            self.web_stomp.ip(),
            self.web_stomp.port()
        )
    }
}
