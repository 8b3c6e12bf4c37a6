//! A place that webhooks are delivered to: it notes what comes, and answers as it is told.

use crate::http::read_head;
use crate::{eventually, patience};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its method.
    pub method: String,
    /// Its target.
    pub target: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Instant,
}

impl Received {
    /// The value of a header, named in lower case; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Its body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With this status and nothing else.
    Status(u16),
    /// With this status, these headers and this body.
    With(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// With these octets, whatever they are, and then the end.
    Octets(Vec<u8>),
    /// Not at all.
    Hang,
    /// With a head that never ends, an octet at a time.
    Drip,
    /// With success, and a body that never ends.
    Endless,
}

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

/// A server of the test's own.
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    is_over: Arc<AtomicBool>,
}

impl Sink {
    /// One that answers every request with this status.
    pub fn answering(status: u16) -> Sink {
        Sink::scripted(move |_| Reply::Status(status))
    }

    /// One that answers as it is told.
    pub fn scripted(script: impl FnMut(&Received) -> Reply + Send + 'static) -> Sink {
        Sink::at(SocketAddr::from(([127, 0, 0, 1], 0)), script)
    }

    /// The same at an address that must be free.
    pub fn at(address: SocketAddr, script: impl FnMut(&Received) -> Reply + Send + 'static) -> Sink {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("it listens");
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let (received, is_over) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<AtomicBool>::default());
        let (noted, over) = (Arc::clone(&received), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (script, noted, over) = (Arc::clone(&script), Arc::clone(&noted), Arc::clone(&over));
                thread::spawn(move || serve(stream, &script, &noted, &over));
            }
        });
        Sink { address, received, is_over }
    }

    /// A URL of it.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no test fails with it").clone()
    }

    /// Waits until so many requests came.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        eventually(&format!("the sink gets {count} requests"), || {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address); // wakes it
    }
}

fn serve(mut stream: TcpStream, script: &Mutex<Script>, noted: &Mutex<Vec<Received>>, is_over: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(patience()));
    let _ = stream.set_nodelay(true);
    let mut input = Vec::new();
    while let Some(received) = read(&mut stream, &mut input) {
        let reply = script.lock().map(|mut script| script(&received));
        if let Ok(mut noted) = noted.lock() {
            noted.push(received);
        }
        let Ok(reply) = reply else { return };
        if answer(&mut stream, reply, is_over).is_none() || is_over.load(Ordering::Relaxed) {
            return;
        }
    }
}

fn read(stream: &mut TcpStream, input: &mut Vec<u8>) -> Option<Received> {
    let head = read_head(stream, input).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while input.len() < length {
        let mut octets = [0; 16 * 1024];
        match stream.read(&mut octets).ok()? {
            0 => return None,
            count => input.extend_from_slice(&octets[..count]),
        }
    }
    let body = input.drain(..length).collect();
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    Some(Received { method, target, headers, body, at: Instant::now() })
}

/// `None`: the connection is over.
fn answer(stream: &mut TcpStream, reply: Reply, is_over: &AtomicBool) -> Option<()> {
    match reply {
        Reply::Status(status) => answer(stream, Reply::With(status, Vec::new(), Vec::new()), is_over),
        Reply::With(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat()).ok()
        }
        Reply::Octets(octets) => {
            let _ = stream.write_all(&octets);
            None
        }
        Reply::Hang => until_over(stream, is_over, b"", b"", Duration::from_millis(50)),
        Reply::Drip => until_over(stream, is_over, b"HTTP/1.1 200 OK\r\nX: ", b"y", Duration::from_millis(50)),
        Reply::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
            until_over(stream, is_over, head, &[b'x'; 16 * 1024], Duration::ZERO)
        }
    }
}

fn until_over(stream: &mut TcpStream, is_over: &AtomicBool, first: &[u8], then: &[u8], pause: Duration) -> Option<()> {
    stream.write_all(first).ok()?;
    while !is_over.load(Ordering::Relaxed) {
        stream.write_all(then).ok()?;
        thread::sleep(pause);
    }
    None
}
