//! Processor time of a server for each message that it delivers.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::load::{Load, Pace, Spread};
use crate::process::Process;
use crate::report::Figures;
use crate::system::{Route, Server, Traffic};
use crate::{cpu, interrupt};

/// Run before measuring: buffers grow and threads wake up.
const WARM_UP: Duration = Duration::from_secs(1);
/// Short enough that a disturbance spoils one and not all, long enough to count in.
const SLICE: Duration = Duration::from_secs(1);

/// One publisher and some subscribers at a pace.
#[derive(Debug)]
pub(crate) struct Deliveries {
    pub(crate) traffic: Traffic,
    pub(crate) subscribers: usize,
    pub(crate) pace: Pace,
    pub(crate) seconds: u64,
}

impl Deliveries {
    pub(super) fn measure(&self, server: &dyn Server) -> Result<Figures> {
        let mut load = self.warm_up(server)?;
        let mut slices = Vec::new();
        for _ in 0..self.seconds {
            slices.push(Slice::measure(&mut load, server.process())?);
        }
        Ok(Slice::median(slices))
    }

    /// The load on its way.
    pub(super) fn warm_up(&self, server: &dyn Server) -> Result<Load> {
        let mut subscribers = Vec::with_capacity(self.subscribers);
        for _ in 0..self.subscribers {
            interrupt::check()?;
            subscribers.push(server.subscribe()?);
        }
        let spread = if self.traffic.route == Route::Topic { Spread::All } else { Spread::One };
        let mut load = Load::new(server.publisher()?, subscribers, spread, self.pace)?;
        load.run_until(Instant::now() + WARM_UP)?;
        Ok(load)
    }
}

/// One second of the load.
#[derive(Clone, Copy, Debug)]
struct Slice {
    cpu: f64,
    deliveries: f64,
    wall: f64,
}

impl Slice {
    fn measure(load: &mut Load, process: &Process) -> Result<Self> {
        let (cpu, delivered, started) = (cpu::used(process)?, load.delivered(), Instant::now());
        load.run_until(started + SLICE)?;
        let cpu = cpu::used(process)?.saturating_sub(cpu);
        let delivered = load.delivered() - delivered;
        ensure!(delivered > 0, "nothing was delivered for {SLICE:?}");
        #[expect(clippy::cast_precision_loss, reason = "counts of a second are far below 2^52")]
        let deliveries = delivered as f64;
        Ok(Self { cpu: cpu.as_secs_f64(), deliveries, wall: started.elapsed().as_secs_f64() })
    }

    /// The figures of the slice in the middle, by processor time: what else the machine did in one second does not
    /// shift it.
    fn median(mut slices: Vec<Self>) -> Figures {
        slices.sort_by(|one, other| one.cpu_per_delivery().total_cmp(&other.cpu_per_delivery()));
        let middle = slices[slices.len() / 2];
        Figures::Deliveries {
            cpu_micros: middle.cpu_per_delivery() * 1e6,
            per_second: middle.deliveries / middle.wall,
            cores: middle.cpu / middle.wall,
        }
    }

    fn cpu_per_delivery(&self) -> f64 {
        self.cpu / self.deliveries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_disturbed_second_does_not_count() {
        let slice = |cpu| Slice { cpu, deliveries: 1000.0, wall: 1.0 };
        let figures = Slice::median(vec![slice(0.9), slice(0.1), slice(0.2)]);
        let expected = Figures::Deliveries { cpu_micros: 200.0, per_second: 1000.0, cores: 0.2 };
        assert_eq!(figures, expected);
    }
}
