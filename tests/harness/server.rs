//! A server of the test's own.

use crate::http::Request;
use crate::target::Vhost;
use crate::{
    Client, Exit, Frame, Link, Program, Response, Transport, Upgrade, encode_component, eventually, rabbitmq, wharf,
};
use serde_json::Value;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Launch {
    program: Option<PathBuf>,
    listen: String,
    stomp_listen: String,
    data_dir: String,
    config: Option<String>,
    args: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Default for Launch {
    fn default() -> Self {
        Launch {
            program: None,
            listen: "127.0.0.1:0".into(),
            stomp_listen: "127.0.0.1:0".into(),
            data_dir: ":memory:".into(),
            config: None,
            args: Vec::new(),
            environment: Vec::new(),
        }
    }
}

impl Launch {
    /// On ports that the system chooses, keeping nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another program than [`wharf`].
    #[must_use]
    pub fn program(mut self, path: &Path) -> Self {
        self.program = Some(path.to_owned());
        self
    }

    /// Another address for HTTP.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Another address for STOMP over TCP.
    #[must_use]
    pub fn stomp_listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.stomp_listen);
        self
    }

    /// Another place for data than memory.
    #[must_use]
    pub fn data_dir(mut self, path: &str) -> Self {
        path.clone_into(&mut self.data_dir);
        self
    }

    /// A configuration file with this text.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        self.config = Some(text.into());
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.into());
        self
    }

    /// A variable of the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it and waits until it says that it is ready. Where RabbitMQ is tested, this is a vhost of it.
    ///
    /// # Panics
    /// When RabbitMQ is tested and settings were made: such a test is [`wharf_only`](crate::wharf_only).
    pub fn start(&self) -> Server {
        if let Some(node) = rabbitmq() {
            let plain = self.config.is_none() && self.args.is_empty() && self.environment.is_empty();
            assert!(plain, "settings are for Wharf alone: mark this test with wharf_only");
            let host = Host::Rabbitmq(Vhost::create(node));
            return Server { host, http: node.websocket, stomp: Some(node.stomp) };
        }
        let directory = Directory::new();
        let mut program = Program::start(&mut self.command(&directory));
        let ready = program.line();
        let ready =
            ready.strip_prefix("wharf: ready on ").unwrap_or_else(|| panic!("the server is ready, not {ready:?}"));
        let (scheme, place) = ready.split_once("://").expect("it says how it is reached");
        assert!(matches!(scheme, "http" | "https"), "{ready:?}");
        let http = address_in(place.split('/').next().unwrap_or_default(), "");
        let stomp = match self.stomp_listen.as_str() {
            "" => None,
            _ => Some(address_in(&program.line(), "wharf: STOMP on ")),
        };
        Server { host: Host::Wharf { program, _directory: directory }, http, stomp }
    }

    /// Starts it where it is expected to end by itself.
    pub fn run(&self) -> Exit {
        let directory = Directory::new();
        Program::start(&mut self.command(&directory)).wait()
    }

    /// Runs another command of the program, with these settings in a file.
    pub fn run_command(&self, args: &[&str]) -> Exit {
        let directory = Directory::new();
        let path = directory.0.join("wharf.toml");
        fs::write(&path, self.config.as_deref().unwrap_or_default()).expect("the directory is writable");
        let mut command = bare_command(wharf(), &directory);
        Program::start(command.args(args).arg("--config").arg(path)).wait()
    }

    fn command(&self, directory: &Directory) -> Command {
        let mut command = bare_command(self.program.as_deref().unwrap_or_else(|| wharf()), directory);
        command.args(["serve", "--listen", &self.listen, "--stomp-listen", &self.stomp_listen]);
        command.args(["--data-dir", &self.data_dir]);
        if let Some(text) = &self.config {
            let path = directory.0.join("wharf.toml");
            fs::write(&path, text).expect("the directory for temporary files is writable");
            command.arg("--config").arg(path);
        }
        command.args(&self.args).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program with nothing but these arguments until it ends.
    pub fn run_bare(args: &[&str]) -> Exit {
        let directory = Directory::new();
        Program::start(bare_command(wharf(), &directory).args(args)).wait()
    }
}

/// The program in an empty directory, without the variables that configure it.
fn bare_command(program: &Path, directory: &Directory) -> Command {
    let mut command = Command::new(program);
    command.current_dir(&directory.0);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("WHARF_") {
            command.env_remove(name);
        }
    }
    command
}

fn address_in(line: &str, before: &str) -> SocketAddr {
    let address = line.strip_prefix(before).and_then(|text| text.parse().ok());
    address.unwrap_or_else(|| panic!("the server prints {before:?} and its address, not {line:?}"))
}

/// A running server, killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    host: Host,
    /// Where it serves HTTP and WebSocket.
    pub http: SocketAddr,
    /// Where it serves STOMP over TCP.
    pub stomp: Option<SocketAddr>,
}

#[derive(Debug)]
enum Host {
    Wharf { program: Program, _directory: Directory },
    Rabbitmq(Vhost),
}

impl Server {
    /// Starts a server as tests mostly want it.
    pub fn start() -> Server {
        Launch::new().start()
    }

    /// Its process.
    ///
    /// # Panics
    /// When RabbitMQ is tested.
    pub fn program(&mut self) -> &mut Program {
        match &mut self.host {
            Host::Wharf { program, .. } => program,
            Host::Rabbitmq(_) => panic!("the process is not ours: mark this test with wharf_only"),
        }
    }

    /// The vhost that tests use.
    pub fn vhost(&self) -> &str {
        match &self.host {
            Host::Wharf { .. } => "/",
            Host::Rabbitmq(vhost) => &vhost.name,
        }
    }

    /// A connection on which nothing was said yet.
    pub fn dial(&self, transport: Transport) -> Client {
        let mut client = Client::new(match transport {
            Transport::Tcp => Link::tcp(self.stomp.expect("STOMP over TCP is on")),
            Transport::Text => Link::websocket(self.http, true, &Upgrade::default()),
            Transport::Binary => Link::websocket(self.http, false, &Upgrade::default()),
        });
        self.vhost().clone_into(&mut client.host);
        client
    }

    /// A WebSocket that is asked for in this way, on which nothing was said yet.
    pub fn dial_with(&self, upgrade: &Upgrade) -> Client {
        let mut client = Client::new(Link::websocket(self.http, true, upgrade));
        self.vhost().clone_into(&mut client.host);
        client
    }

    /// A connection logged in as guest.
    pub fn connect(&self, transport: Transport, version: &'static str) -> Client {
        let mut client = self.dial(transport);
        client.log_in(version);
        client
    }

    /// A connection logged in as guest that lives on after errors it has survived.
    pub fn soft(&self, transport: Transport, version: &'static str) -> Client {
        let mut client = self.dial(transport);
        let connected = client.log_in_with(version, &[("x-soft-errors", "true")]);
        assert_eq!(connected.header("x-soft-errors"), "true");
        client
    }

    /// A connection that has logged in with a token, and lives on after errors it has survived.
    pub fn connect_by_token(&self, transport: Transport, token: &str) -> Client {
        let mut client = self.dial(transport);
        client.log_in_by_token(token, &[("x-soft-errors", "true")]);
        client
    }

    /// What comes back of a message that is sent to a topic: a MESSAGE, or an ERROR.
    pub fn echo(&self, transport: Transport, version: &'static str, headers: &[(&str, &str)], body: &[u8]) -> Frame {
        let mut client = self.connect(transport, version);
        client.subscribe("echo", "/topic/echo", &[]);
        client.send("SEND", &[&[("destination", "/topic/echo")], headers].concat(), body);
        loop {
            let frame = client.frame();
            match frame.command.as_str() {
                "RECEIPT" => (), // the headers asked for it
                _ => return frame,
            }
        }
    }

    /// A connection over WebSocket in the newest version, logged in as guest: for tests to which neither matters.
    pub fn client(&self) -> Client {
        self.connect(Transport::Text, "1.2")
    }

    /// Sends a request.
    pub fn send(&self, request: &Request) -> Response {
        match &self.host {
            Host::Wharf { .. } => request.send(self.http),
            Host::Rabbitmq(vhost) => vhost.send(request),
        }
    }

    /// Gets a path without saying who asks.
    pub fn get(&self, target: &str) -> Response {
        self.send(&Request::new("GET", target))
    }

    /// Sends a request as guest.
    pub fn api(&self, method: &str, target: &str) -> Response {
        self.send(&Request::new(method, target).basic("guest", "guest"))
    }

    fn queue_path(&self, name: &str) -> String {
        format!("/api/queues/{}/{}", encode_component(self.vhost()), encode_component(name))
    }

    /// Deletes a queue that must be there.
    pub fn delete_queue(&self, name: &str) {
        assert_eq!(self.api("DELETE", &self.queue_path(name)).status, 204, "there is a queue {name}");
    }

    /// The row of a queue, if there is such a queue.
    pub fn queue(&self, name: &str) -> Option<Value> {
        let ask = || self.api("GET", &self.queue_path(name));
        let response = match rabbitmq() {
            None => ask(),
            // It asks the process of the queue, and answers 500 if that goes meanwhile.
            Some(_) => {
                eventually("RabbitMQ tells of a queue", || Some(ask()).filter(|response| response.status != 500))
            }
        };
        match response.status {
            200 => Some(response.json()),
            404 => None,
            status => panic!("a queue is there or not, but the answer is {status}: {response:?}"),
        }
    }

    /// A number in the row of a queue that must be there.
    pub fn queue_number(&self, name: &str, field: &str) -> u64 {
        let row = self.queue(name).unwrap_or_else(|| panic!("there is a queue {name}"));
        row[field].as_u64().unwrap_or_else(|| panic!("{field} is a number in {row}"))
    }

    /// Checks a number in the row of a queue. RabbitMQ's are a moment old, so it is given time.
    pub fn queue_has(&self, name: &str, field: &str, number: u64) {
        if rabbitmq().is_none() {
            return assert_eq!(self.queue_number(name, field), number, "{field} of {name}");
        }
        eventually(&format!("{field} of {name} is {number}"), || {
            (self.queue(name).as_ref()?[field].as_u64() == Some(number)).then_some(())
        });
    }

    /// Waits until nobody is subscribed to a queue, and nothing of it is out.
    pub fn queue_goes_idle(&self, name: &str) {
        eventually(&format!("nobody uses the queue {name}"), || {
            let row = self.queue(name)?;
            (row["consumers"] == 0 && row["messages_unacknowledged"] == 0).then_some(())
        });
    }

    /// Waits until there is no such queue.
    pub fn queue_goes(&self, name: &str) {
        eventually(&format!("the queue {name} is gone"), || self.queue(name).is_none().then_some(()));
    }

    /// Octets of memory that the process has resident.
    pub fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Octets of memory that the process has resident now; from here on [`Server::peak`] is counted.
    pub fn start_peak(&self) -> u64 {
        let Host::Wharf { program, .. } = &self.host else {
            panic!("the process is not ours: mark this test with wharf_only")
        };
        // 5 sets the high-water mark back (proc(5)).
        fs::write(format!("/proc/{}/clear_refs", program.pid()), "5").expect("the process is ours");
        self.resident()
    }

    /// The most octets of memory that the process had resident since [`Server::start_peak`].
    pub fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> u64 {
        let Host::Wharf { program, .. } = &self.host else {
            panic!("the process is not ours: mark this test with wharf_only")
        };
        let path = format!("/proc/{}/status", program.pid());
        let status = fs::read_to_string(path).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a process has a size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

/// A directory of its own, removed at the end.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// An empty one.
    #[allow(clippy::new_without_default, reason = "it makes something on the disk")]
    pub fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("wharf-test-{}-{number}", process::id()));
        fs::create_dir_all(&path).expect("the directory for temporary files is writable");
        Directory(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // what is left is in the way of nobody
    }
}
