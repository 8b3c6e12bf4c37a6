//! A server as a child process, with a directory of its own, stopped by its process id.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::interrupt;
use crate::report::one_line;

/// RabbitMQ takes its time.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(10);
/// How much of a server's log an error repeats.
const LOG_TAIL_OCTETS: u64 = 400;

/// A running child, killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Mutex<Child>,
    pid: Pid,
    directory: TempDir,
}

impl Process {
    /// Runs the command that `build` makes for a new, empty directory, which is also its working directory.
    pub(crate) fn start(build: impl FnOnce(&Path) -> Result<Command>) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("wharf-bench-").tempdir()?;
        let mut command = build(directory.path())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(directory.path().join(STDOUT))?)
            .stderr(File::create(directory.path().join(STDERR))?)
            .current_dir(directory.path())
            // A group of its own: an interrupt from the terminal reaches only this program, which stops its children.
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        Ok(Self { child: Mutex::new(child), pid, directory })
    }

    /// The process and all that descend from it.
    pub(crate) fn pids(&self) -> Vec<Pid> {
        let mut pids = vec![self.pid];
        let mut next = 0;
        while let Some(pid) = pids.get(next).copied() {
            pids.extend(children(pid));
            next += 1;
        }
        pids
    }

    /// Waits for a line on standard output that starts with `prefix` and goes on with an address.
    pub(crate) fn wait_for_address(&self, prefix: &str) -> Result<SocketAddr> {
        let file = self.directory.path().join(STDOUT);
        self.wait_until(prefix, || {
            let text = fs::read_to_string(&file)?;
            let complete = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            match complete.filter_map(|line| line.strip_prefix(prefix)).next() {
                Some(rest) => Ok(Some(rest.trim().trim_end_matches('/').parse()?)),
                None => Ok(None),
            }
        })
    }

    /// Waits until something listens on `address`.
    pub(crate) fn wait_for_listener(&self, address: SocketAddr) -> Result<()> {
        self.wait_until("its listener", || Ok(TcpStream::connect(address).ok().map(drop)))
    }

    /// The end of what the server wrote to its log, for an error message.
    pub(crate) fn log_tail(&self) -> String {
        let tail = |name| -> Result<String> {
            let mut file = File::open(self.directory.path().join(name))?;
            let start = file.metadata()?.len().saturating_sub(LOG_TAIL_OCTETS);
            file.seek(SeekFrom::Start(start))?;
            let mut octets = Vec::new();
            file.read_to_end(&mut octets)?;
            Ok(one_line(&octets))
        };
        [STDOUT, STDERR].map(|name| tail(name).unwrap_or_default()).join(" ").trim().to_owned()
    }

    /// Asks the server to end, and waits until it has: some write their results then.
    pub(crate) fn finish(&self, patience: Duration) -> Result<()> {
        kill(self.pid, Signal::SIGTERM)?;
        ensure!(self.ends_within(patience)?, "the server did not end within {patience:?}");
        Ok(())
    }

    /// Ends the server as a crash would: it gets no chance to write anything.
    pub(crate) fn crash(&self) -> Result<()> {
        kill(self.pid, Signal::SIGKILL)?;
        self.reap()
    }

    /// The directory of the server, which goes with it.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn ends_within(&self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        while self.exited()?.is_none() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(POLL);
        }
        Ok(true)
    }

    fn wait_until<T>(&self, what: &str, mut check: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            interrupt::check()?;
            if let Some(found) = check()? {
                return Ok(found);
            }
            if let Some(status) = self.exited()? {
                bail!("the server ended ({status}): {}", self.log_tail());
            }
            if Instant::now() > deadline {
                bail!("the server did not get ready ({what}): {}", self.log_tail());
            }
            sleep(POLL);
        }
    }

    fn exited(&self) -> Result<Option<std::process::ExitStatus>> {
        let mut child = self.child.lock().map_err(|_| anyhow!("the child's lock"))?;
        Ok(child.try_wait()?)
    }

    fn stop(&self) -> Result<()> {
        if self.exited()?.is_some() {
            return Ok(());
        }
        let pids = self.pids();
        kill(self.pid, Signal::SIGTERM)?;
        self.ends_within(STOP_TIMEOUT)?;
        // The children of a child are not ours to wait for, but none may stay behind.
        for pid in pids {
            let _gone_already = kill(pid, Signal::SIGKILL);
        }
        self.reap()
    }

    fn reap(&self) -> Result<()> {
        let mut child = self.child.lock().map_err(|_| anyhow!("the child's lock"))?;
        child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A failure here means that it is gone.
        let _gone_already = self.stop();
    }
}

const STDOUT: &str = "stdout.log";
const STDERR: &str = "stderr.log";

/// An address on loopback that nobody listens on. Servers that cannot report a port they chose get one from here.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The program as it would be started: a path that exists, or a name found in `PATH`.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        // Servers run in directories of their own, where a relative path would mean something else.
        return absolute(program).ok().filter(|path| path.is_file());
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// Child processes of every thread of `pid`.
fn children(pid: Pid) -> Vec<Pid> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .map(Pid::from_raw)
        .collect()
}
