//! Resident memory and open files of a server, and the open files that this program needs.

use std::fs;

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::process::Process;

/// Resident KiB of the server's processes. From `smaps_rollup`, which is exact; `status` is an estimate that may be
/// off by more than small differences allow.
pub(crate) fn resident_kib(process: &Process) -> Result<u64> {
    process.pids().into_iter().try_fold(0, |sum, pid| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        Ok(sum + parse_rollup(&text).with_context(|| format!("no Rss of process {pid}"))?)
    })
}

/// Files that the server's processes have open, sockets included.
pub(crate) fn open_files(process: &Process) -> Result<u64> {
    process.pids().into_iter().try_fold(0, |sum, pid| Ok(sum + fs::read_dir(format!("/proc/{pid}/fd"))?.count() as u64))
}

/// Allows as many open files as the system permits; a child inherits it.
pub(crate) fn raise_file_limit() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

fn parse_rollup(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_resident_size() {
        let text = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:                1408 kB\nPss:  700 kB\n";
        assert_eq!(parse_rollup(text), Some(1408));
    }
}
