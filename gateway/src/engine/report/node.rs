//! The process and its machine.

use crate::engine::embedded::Disk;
use broker::stats::VhostRow;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What it is called where RabbitMQ names a node.
pub(in crate::engine) const NODE: &str = "wharf@localhost";

/// A row of `GET /api/nodes`.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct NodeReport {
    pub name: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub running: bool,
    pub version: &'static str,
    pub os_pid: String,
    pub processors: usize,
    /// Milliseconds.
    pub uptime: u64,
    /// Resident octets of the process.
    pub mem_used: u64,
    /// Octets that the machine, or the container, has.
    pub mem_limit: u64,
    /// Publishers are blocked.
    pub mem_alarm: bool,
    /// Ours: octets of messages in queues.
    pub message_memory_used: u64,
    /// Ours: octets of messages from which publishers are blocked.
    pub message_memory_limit: u64,
    /// Octets free where messages are kept; absent, as the next, if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free: Option<u64>,
    /// Publishers are blocked, since there is no room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free_alarm: Option<bool>,
    pub fd_used: usize,
    pub fd_total: usize,
    pub sockets_used: usize,
}

/// Reads what the operating system knows of this process.
#[derive(Debug)]
pub(in crate::engine) struct Node {
    system: Mutex<Option<System>>,
    pid: Pid,
}

impl Node {
    pub(in crate::engine) fn new() -> Self {
        Node { system: Mutex::new(System::new().ok()), pid: Pid::from_u32(std::process::id()) }
    }

    /// The node now. What the system does not tell is 0.
    pub(in crate::engine) fn report(
        &self,
        uptime: u64,
        sockets_used: usize,
        vhosts: VhostRow,
        disk: Option<Disk>,
    ) -> NodeReport {
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(system) = system.as_mut() {
            system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
            let what = ProcessRefreshKind::nothing().with_memory();
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), true, what);
        }
        let process = system.as_ref().and_then(|system| system.process(self.pid));
        let machine = system.as_ref().map_or(0, System::total_memory);
        let container = system.as_ref().and_then(System::cgroup_limits).map_or(u64::MAX, |limits| limits.total_memory);
        NodeReport {
            name: NODE,
            kind: "disc",
            running: true,
            version: env!("CARGO_PKG_VERSION"),
            os_pid: self.pid.to_string(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            uptime,
            mem_used: process.map_or(0, sysinfo::Process::memory),
            mem_limit: machine.min(container),
            mem_alarm: vhosts.is_blocked,
            message_memory_used: vhosts.octets,
            message_memory_limit: vhosts.octets_limit,
            disk_free: disk.map(|disk| disk.free),
            disk_free_alarm: disk.map(|disk| disk.is_full),
            fd_used: process.and_then(sysinfo::Process::open_files).unwrap_or_default(),
            fd_total: process.and_then(sysinfo::Process::open_files_limit).unwrap_or_default(),
            sockets_used,
        }
    }
}
