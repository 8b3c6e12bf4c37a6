//! Wharf: STOMP 1.2 over WebSocket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::stomp_server::StompServer;
use super::{Server, System, Traffic};
use crate::callgrind;
use crate::process::Process;

const READY: &str = "wharf: ready on http://";

/// The gateway's binary.
#[derive(Debug)]
pub(crate) struct Wharf {
    binary: PathBuf,
    counted: bool,
    /// Microseconds that each sync takes longer.
    sync_delay: Option<u32>,
}

impl Wharf {
    /// Its name in the table.
    pub(crate) const NAME: &str = "wharf";

    /// The gateway as it is used.
    pub(crate) fn new(binary: &Path) -> Self {
        // Children run in directories of their own, so that a relative path must be made absolute.
        let binary = fs::canonicalize(binary).unwrap_or_else(|_| binary.to_owned());
        Self { binary, counted: false, sync_delay: None }
    }

    /// The same on a disk whose sync takes so many microseconds more.
    pub(crate) fn on_slower_disk(self, sync_delay: Option<u32>) -> Self {
        Self { sync_delay, ..self }
    }

    /// The gateway under valgrind, which counts its instructions.
    pub(crate) fn counted(binary: &Path) -> Self {
        Self { counted: true, ..Self::new(binary) }
    }
}

impl System for Wharf {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn missing(&self) -> Option<String> {
        (!self.binary.is_file()).then(|| format!("not built: no {}", self.binary.display()))
    }

    fn offers(&self, _traffic: Traffic) -> bool {
        true
    }

    fn start(&self, traffic: Traffic) -> Result<Box<dyn Server>> {
        self.serve(traffic, None)
    }

    fn start_on(&self, data: &Path, traffic: Traffic) -> Result<Box<dyn Server>> {
        ensure!(data.is_absolute(), "the server runs in a directory of its own");
        self.serve(traffic, Some(data))
    }
}

impl Wharf {
    /// On a data directory that goes with the server, unless there is another.
    fn serve(&self, traffic: Traffic, data: Option<&Path>) -> Result<Box<dyn Server>> {
        let process = Process::start(|directory| {
            let mut command = match self.sync_delay {
                _ if self.counted => callgrind::command(&self.binary, directory),
                Some(delay) => slowed(&self.binary, delay),
                None => Command::new(&self.binary),
            };
            command.args(["serve", "--listen", "127.0.0.1:0", "--stomp-listen", "", "--data-dir"]);
            command.env("WHARF_WEBHOOKS__ALLOWED_NETWORKS", "[\"127.0.0.0/8\"]"); // the sink of webhooks
            command.arg(data.map_or_else(|| directory.join("data"), Path::to_owned));
            Ok(command)
        })?;
        let address = process.wait_for_address(READY)?;
        Ok(Box::new(StompServer { process, _companions: Vec::new(), address, traffic }))
    }
}

/// The gateway, stopped for a while after each sync and nowhere else. strace is beside it, not above: its time does not count.
fn slowed(binary: &Path, delay: u32) -> Command {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync", "-e"]);
    command.arg(format!("inject=fdatasync:delay_exit={delay}")).arg(binary);
    command
}
