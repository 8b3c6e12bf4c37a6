//! Processor time of a server.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};

use crate::process::Process;

/// User and system time that the server's processes have used, with all their threads, ended ones too.
///
/// This is the sum that `/proc/PID/stat` shows as `utime` and `stime`, read from the process's own clock, which counts
/// nanoseconds and not hundredths of a second.
pub(crate) fn used(process: &Process) -> Result<Duration> {
    process.pids().into_iter().try_fold(Duration::ZERO, |sum, pid| {
        let clock = ClockId::pid_cpu_clock_id(pid).with_context(|| format!("the clock of process {pid}"))?;
        Ok(sum + Duration::from(clock_gettime(clock)?))
    })
}
