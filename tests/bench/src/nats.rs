//! The few lines of the NATS client protocol that the load needs, over TCP or over WebSocket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Result, bail, ensure};
use memchr::memmem;

use crate::counter::Counter;
use crate::frames::FrameScanner;
use crate::stomp::body;
use crate::system::{Publisher, Route, Subscriber, Traffic};
use crate::websocket::{Client, connect_tcp, push_client_message};

/// Protocol 0: the server then sends no INFO of its own accord later.
const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":false,\"protocol\":0}\r\nPING\r\n";
const SUBJECT: &str = "bench";

/// What carries the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Its own listener.
    Tcp,
    /// Its WebSocket listener, which is the browser's transport and so the one to compare with.
    WebSocket,
}

/// A connection with one subscription, which the server has confirmed.
pub(crate) fn subscribe(address: SocketAddr, transport: Transport, traffic: Traffic) -> Result<Subscriber> {
    let mut link = Link::connect(address, transport)?;
    // A queue group hands each message to one member.
    let group = if traffic.route == Route::Topic { "" } else { " workers" };
    link.send_and_wait(&format!("SUB {SUBJECT}{group} 1\r\nPING\r\n"))?;
    Ok(Subscriber { stream: link.into_stream()?, counter: counter(transport, traffic) })
}

/// A connection and the PUB that it repeats.
pub(crate) fn publisher(address: SocketAddr, transport: Transport, traffic: Traffic) -> Result<Publisher> {
    let stream = Link::connect(address, transport)?.into_stream()?;
    let mut publish = format!("PUB {SUBJECT} {}\r\n", traffic.body_octets).into_bytes();
    publish.extend(body(traffic.body_octets));
    publish.extend(b"\r\n");
    let publication = match transport {
        Transport::Tcp => publish,
        Transport::WebSocket => {
            let mut message = Vec::new();
            push_client_message(&mut message, &publish);
            message
        }
    };
    Ok(Publisher { stream, publication, messages: 1, answers: None })
}

/// All messages of the traffic have one size, so octets tell how many they are. The one PING that a server sends
/// early on, six octets, disturbs the sum by less than a message.
fn counter(transport: Transport, traffic: Traffic) -> Counter {
    let head = format!("MSG {SUBJECT} 1 {}\r\n", traffic.body_octets);
    let message_octets = (head.len() + traffic.body_octets + "\r\n".len()) as u64;
    match transport {
        Transport::Tcp => Counter::Sized { octets: 0, message_octets },
        Transport::WebSocket => Counter::SizedFrames { scanner: FrameScanner::default(), message_octets },
    }
}

/// A connection being set up.
#[derive(Debug)]
enum Link {
    Tcp(TcpStream),
    WebSocket(Client),
}

impl Link {
    fn connect(address: SocketAddr, transport: Transport) -> Result<Self> {
        let mut link = match transport {
            Transport::Tcp => Self::Tcp(connect_tcp(address)?),
            Transport::WebSocket => Self::WebSocket(Client::connect(address, "/", None)?),
        };
        link.wait_for("INFO ")?;
        link.send_and_wait(CONNECT)?;
        Ok(link)
    }

    /// Sends lines that end with a PING and waits for its answer, which says that they were handled.
    fn send_and_wait(&mut self, lines: &str) -> Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(lines.as_bytes())?,
            Self::WebSocket(client) => client.send(lines.as_bytes())?,
        }
        self.wait_for("PONG\r\n")
    }

    /// Reads until `answer` came and the line is complete.
    fn wait_for(&mut self, answer: &str) -> Result<()> {
        let mut heard = Vec::new();
        while memmem::find(&heard, answer.as_bytes()).is_none() || !heard.ends_with(b"\r\n") {
            match self {
                Self::Tcp(stream) => {
                    let mut buffer = [0; 4096];
                    let count = stream.read(&mut buffer)?;
                    ensure!(count > 0, "the server closed the connection");
                    heard.extend(&buffer[..count]);
                }
                Self::WebSocket(client) => heard.extend(client.receive()?),
            }
            if memmem::find(&heard, b"-ERR").is_some() {
                bail!("wanted {}, got {}", answer.trim_end(), String::from_utf8_lossy(&heard));
            }
        }
        Ok(())
    }

    fn into_stream(self) -> Result<TcpStream> {
        match self {
            Self::Tcp(stream) => Ok(stream),
            Self::WebSocket(client) => client.into_stream(),
        }
    }
}
