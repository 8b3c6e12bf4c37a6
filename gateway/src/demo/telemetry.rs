//! This machine's load, once a second, on `/topic/telemetry.*`.

use super::Link;
use serde::Serialize;
use std::ffi::OsString;
use std::time::Duration;
use sysinfo::{Disks, Networks, System};

const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
struct Cpu {
    /// Of all cores together, in per cent.
    used_percent: f32,
    cores: usize,
    load_1m: f64,
}

#[derive(Debug, Serialize)]
struct Memory {
    total_bytes: u64,
    used_bytes: u64,
    available_bytes: u64,
}

/// Since the last message.
#[derive(Debug, Serialize)]
struct Network {
    interface: String,
    received_bytes: u64,
    sent_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Disk {
    mount: String,
    total_bytes: u64,
    available_bytes: u64,
}

/// Publishes it for ever; what the system does not tell is left out.
pub(super) async fn run(link: Link) {
    let (Ok(mut system), Ok(mut networks)) = (System::new(), Networks::new_with_refreshed_list()) else {
        tracing::warn!("this system does not tell its load: the demo goes on without telemetry");
        return;
    };
    let mut ticks = tokio::time::interval(INTERVAL);
    system.refresh_cpu_usage(); // usage is what happens between two readings
    loop {
        ticks.tick().await;
        system.refresh_cpu_usage();
        system.refresh_memory();
        networks.refresh(true);
        link.publish_topic(
            "telemetry.cpu",
            &Cpu {
                used_percent: system.global_cpu_usage(),
                cores: system.cpus().len(),
                load_1m: System::load_average().map_or(0.0, |load| load.one),
            },
        );
        link.publish_topic(
            "telemetry.memory",
            &Memory {
                total_bytes: system.total_memory(),
                used_bytes: system.used_memory(),
                available_bytes: system.available_memory(),
            },
        );
        link.publish_topic("telemetry.network", &read_networks(&networks));
        link.publish_topic("telemetry.disk", &read_disks());
    }
}

fn read_networks(networks: &Networks) -> Vec<Network> {
    let network = |(name, data): (&OsString, &sysinfo::NetworkData)| Network {
        interface: name.to_string_lossy().into_owned(),
        received_bytes: data.received(),
        sent_bytes: data.transmitted(),
    };
    networks.iter().map(network).collect()
}

fn read_disks() -> Vec<Disk> {
    let Ok(disks) = Disks::new_with_refreshed_list() else { return Vec::new() };
    let disk = |disk: &sysinfo::Disk| Disk {
        mount: disk.mount_point().display().to_string(),
        total_bytes: disk.total_space(),
        available_bytes: disk.available_space(),
    };
    disks.iter().map(disk).collect()
}
