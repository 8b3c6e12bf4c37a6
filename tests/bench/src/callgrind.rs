//! Counting a server's instructions with valgrind's callgrind: a virtual machine has no counters of its own to ask.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{Process, find_program};

const PROGRAM: &str = "valgrind";
const COUNTS: &str = "callgrind.out";
/// For the server to end and callgrind to write what it counted.
const PATIENCE: Duration = Duration::from_secs(60);

/// The start of the command that runs `binary` counted; its arguments are still to come.
///
/// A runtime with one worker shares its work out in one way only. valgrind runs one thread at a time, and by turns
/// only if told so.
pub(crate) fn command(binary: &Path, directory: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("TOKIO_WORKER_THREADS", "1").args(["--tool=callgrind", "--fair-sched=yes", "--dump-instr=no"]);
    command.arg(format!("--callgrind-out-file={}", directory.join(COUNTS).display())).arg(binary);
    command
}

/// What is missing to count here, if something is.
pub(crate) fn missing() -> Option<String> {
    find_program(PROGRAM).is_none().then(|| format!("not installed: no {PROGRAM}"))
}

/// Ends the server: how many instructions it took in all, and the file that tells where. That goes with the process.
pub(crate) fn finish(process: &Process) -> Result<(u64, PathBuf)> {
    process.finish(PATIENCE)?;
    let file = process.directory().join(COUNTS);
    let text = fs::read(&file).context("valgrind left no counts")?;
    let total = parse_total(&String::from_utf8_lossy(&text)).context("valgrind's counts have no total")?;
    Ok((total, file))
}

/// callgrind ends its file with the sum of all costs.
fn parse_total(text: &str) -> Option<u64> {
    text.lines().rev().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_total() {
        let text = "events: Ir\nsummary: 7\n\nfn=(1) main\n12 5\n+1 2\n\ntotals: 1524202\n";
        assert_eq!(parse_total(text), Some(1_524_202));
    }
}
