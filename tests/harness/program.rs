//! Programs that tests start, and the ones they need.

use crate::{eventually, patience};
use rustix::process::{Pid, Signal, kill_process};
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, panicking};

/// The server's program: what `WHARF_BIN` names, else what cargo builds.
pub fn wharf() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match env::var_os("WHARF_BIN") {
        Some(path) => path.into(),
        None => build_wharf(),
    })
}

/// The server's program with failpoints, which `FAILPOINTS` names. It is an example of the gateway, so whoever builds all tests has
/// built it as well, out of what is compiled for them anyway: to ask cargo for it among the same packages costs half a second.
pub fn wharf_failing() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build(&["--example", "wharf-failing"], &Path::new(env!("CARGO_MANIFEST_DIR")).join("..")))
}

fn build_wharf() -> PathBuf {
    build(&["-p", "gateway", "--bin", "wharf"], Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn build(what: &[&str], directory: &Path) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--message-format=json"]).args(what);
    let built = build.current_dir(directory).stdin(Stdio::null()).output().expect("cargo starts");
    assert!(built.status.success(), "the server builds: {}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8_lossy(&built.stdout);
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executables.next_back().expect("cargo says where it put the server")
}

/// A Python that has the packages of tests/requirements.txt: what `WHARF_PYTHON` names, else that of .venv, if `npm
/// test` has made it.
pub fn python() -> Option<PathBuf> {
    if let Some(path) = env::var_os("WHARF_PYTHON") {
        return Some(path.into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    path.exists().then_some(path)
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Exit {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it reported.
    pub stderr: String,
}

/// A running program, killed when it is dropped. What it reports is shown when the test fails.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    /// Behind a lock only so that threads of a test can share the program.
    lines: Mutex<Receiver<String>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: Option<JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Program {
    /// Starts it.
    pub fn start(command: &mut Command) -> Program {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} starts: {error}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut errors = child.stderr.take().expect("stderr is piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line); // a test that is done does not listen any more
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&stderr);
        let stderr_reader = thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut octets) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&octets[..count]);
            }
        });
        Program { name, child, lines: Mutex::new(lines), stderr, stderr_reader: Some(stderr_reader), ended: None }
    }

    /// The next line that it prints.
    ///
    /// # Panics
    /// When none comes within [`patience`], or the program ends before.
    pub fn line(&mut self) -> String {
        match self.lines().recv_timeout(patience()) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("{} prints a line within {:?}", self.name, patience()),
            Err(RecvTimeoutError::Disconnected) => panic!("{} prints a line before it ends", self.name),
        }
    }

    fn lines(&mut self) -> &mut Receiver<String> {
        self.lines.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has reported so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub fn terminate(&mut self) {
        if self.ended.is_none()
            && let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
        {
            // Not waited for yet, so the number is still its own.
            kill_process(pid, Signal::TERM).expect("the program can be signalled");
        }
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        if self.ended.is_none() {
            let _ = self.child.kill();
            self.ended = self.child.wait().ok();
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child is ours");
        }
        self.ended.is_some()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it does not within [`patience`].
    pub fn wait(&mut self) -> Exit {
        let status = match self.ended {
            Some(status) => status,
            None => eventually(&format!("{} ends", self.name), || self.child.try_wait().expect("a child is ours")),
        };
        self.ended = Some(status);
        if let Some(reader) = self.stderr_reader.take() {
            let _ = reader.join();
        }
        let lines: Vec<String> = self.lines().iter().collect();
        Exit { code: status.code(), stdout: lines.join("\n"), stderr: self.stderr() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if panicking() {
            eprintln!("--- {} reported ---\n{}---", self.name, self.stderr());
        }
    }
}
