//! What else the machine does while something is measured. On two processors a third busy program changes how often
//! threads sleep and wake, and with that every figure; a report must be able to say so.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

use crate::cpu;
use crate::process::Process;

/// Above so many processors a row is called disturbed.
pub(crate) const DISTURBING_CORES: f64 = 0.15;

/// The kernel counts in these; the value is part of its interface to programs.
const TICKS_PER_SECOND: u64 = 100;

/// Processor time used by others up to some moment, and that moment.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    machine: Duration,
    ours: Duration,
    at: Instant,
}

impl Elsewhere {
    /// Reads all clocks. `servers` are those that run now; those that ended since the earlier reading count too.
    pub(crate) fn read(servers: &[&Process]) -> Result<Self> {
        let own = Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?);
        let running = servers.iter().try_fold(Duration::ZERO, |sum, server| anyhow::Ok(sum + cpu::used(server)?))?;
        let machine = busy(&fs::read_to_string("/proc/stat")?).context("/proc/stat has no cpu line")?;
        Ok(Self { machine, ours: own + running + used_by_ended()?, at: Instant::now() })
    }

    /// Processors that others kept busy since an earlier reading.
    pub(crate) fn cores_since(&self, earlier: &Self) -> f64 {
        let machine = self.machine.saturating_sub(earlier.machine);
        let ours = self.ours.saturating_sub(earlier.ours);
        machine.saturating_sub(ours).as_secs_f64() / (self.at - earlier.at).as_secs_f64()
    }
}

/// What children took that have been waited for.
fn used_by_ended() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// The time that all processors together were not idle. The line holds: user, nice, system, idle, iowait, irq,
/// softirq, steal, and twice what is contained in the first two.
fn busy(stat: &str) -> Option<Duration> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let busy: u64 = ticks.get(..8)?.iter().sum::<u64>() - ticks[3] - ticks[4];
    Some(Duration::from_millis(busy * 1000 / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_waiting_time_is_not_busy() {
        let stat = "cpu  100 20 30 5000 400 1 2 3 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(busy(stat), Some(Duration::from_millis(1560)));
    }
}
