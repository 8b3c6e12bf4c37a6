//! What a connection with one subscription costs when nothing happens on it.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use crate::report::Figures;
use crate::system::Server;
use crate::{cpu, interrupt, memory};

/// Connections made and kept before measuring, so that what the first ones cause is not counted.
const WARM_UP_CONNECTIONS: usize = 50;
/// A server may tidy up after a burst of connections.
const SETTLE: Duration = Duration::from_secs(1);

/// A number of subscribers to a topic, and no publisher.
#[derive(Debug)]
pub(crate) struct Idle {
    pub(crate) connections: usize,
}

impl Idle {
    /// Connects one after the other, so that a server's work is not shared between several.
    pub(super) fn measure(&self, server: &dyn Server) -> Result<Figures> {
        let mut subscribers = Vec::with_capacity(WARM_UP_CONNECTIONS + self.connections);
        for _ in 0..WARM_UP_CONNECTIONS {
            subscribers.push(server.subscribe()?);
        }
        sleep(SETTLE);
        let (cpu, resident) = (cpu::used(server.process())?, memory::resident_kib(server.process())?);
        for _ in 0..self.connections {
            interrupt::check()?;
            subscribers.push(server.subscribe()?);
        }
        let cpu = cpu::used(server.process())?.saturating_sub(cpu);
        sleep(SETTLE);
        let resident = memory::resident_kib(server.process())?.saturating_sub(resident);

        #[expect(clippy::cast_precision_loss, reason = "KiB and connections are far below 2^52")]
        let (resident, connections) = (resident as f64, self.connections as f64);
        Ok(Figures::Idle {
            resident_kib: resident / connections,
            connect_micros: cpu.as_secs_f64() * 1e6 / connections,
        })
    }
}
