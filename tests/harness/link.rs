//! The octets of a STOMP connection, whatever carries them.

use crate::websocket::read_some;
use crate::{Opcode, Upgrade, WebSocket, WsFrame, patience};
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Instant;

/// What carries STOMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Plain TCP.
    Tcp,
    /// WebSocket, sending text messages where the octets are text.
    Text,
    /// WebSocket, sending binary messages.
    Binary,
}

impl Transport {
    /// All of them.
    pub const ALL: [Transport; 3] = [Transport::Tcp, Transport::Text, Transport::Binary];
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The code of the server's Close; none over TCP, and none when the server just went.
    pub close_code: Option<u16>,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// Octets of STOMP.
    Octets(Vec<u8>),
    /// The connection ended.
    Ended(Ending),
    /// Nothing until the deadline.
    Nothing,
}

/// One connection.
#[derive(Debug)]
pub struct Link {
    inner: Inner,
    /// WebSocket pings received.
    pub pings: usize,
    /// What kind of WebSocket frame came last.
    pub opcode: Option<Opcode>,
}

#[derive(Debug)]
enum Inner {
    Tcp(TcpStream),
    WebSocket { socket: WebSocket, text: bool },
}

impl Link {
    /// Connects over TCP.
    pub fn tcp(address: SocketAddr) -> Link {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("sockets have that option");
        stream.set_write_timeout(Some(patience())).expect("a time-out is allowed");
        Link { inner: Inner::Tcp(stream), pings: 0, opcode: None }
    }

    /// Connects over WebSocket.
    pub fn websocket(address: SocketAddr, text: bool, upgrade: &Upgrade) -> Link {
        let socket = WebSocket::open(address, upgrade);
        let socket = socket.unwrap_or_else(|response| panic!("the server upgrades: {response:?}"));
        Link { inner: Inner::WebSocket { socket, text }, pings: 0, opcode: None }
    }

    /// Sends octets; over WebSocket as one message. That the server may have ended the connection is no error here:
    /// reading will tell.
    ///
    /// # Panics
    /// When the server does not take them within [`patience`].
    pub fn send(&mut self, octets: &[u8]) {
        let sent = match &mut self.inner {
            Inner::Tcp(stream) => stream.write_all(octets),
            Inner::WebSocket { socket, text } if *text && str::from_utf8(octets).is_ok() => {
                socket.send(Opcode::Text, octets)
            }
            Inner::WebSocket { socket, .. } => socket.send(Opcode::Binary, octets),
        };
        if let Err(error) = sent {
            assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "the server takes what is sent in time");
        }
    }

    /// Reads what comes before the deadline.
    pub fn read(&mut self, deadline: Instant) -> Incoming {
        match &mut self.inner {
            Inner::Tcp(stream) => match read_some(stream, deadline) {
                Ok(Some(octets)) if !octets.is_empty() => Incoming::Octets(octets),
                Ok(None) => Incoming::Nothing,
                Ok(Some(_)) | Err(_) => Incoming::Ended(Ending { close_code: None }),
            },
            Inner::WebSocket { socket, .. } => loop {
                let frame = match socket.read_frame(deadline) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => return Incoming::Nothing,
                    Err(_) => return Incoming::Ended(Ending { close_code: None }),
                };
                self.opcode = Some(frame.opcode);
                self.pings += usize::from(frame.opcode == Opcode::Ping);
                if let Some(incoming) = taken(socket, frame) {
                    return incoming;
                }
            },
        }
    }

    /// Whether it is a WebSocket.
    pub fn is_websocket(&self) -> bool {
        matches!(self.inner, Inner::WebSocket { .. })
    }

    /// Ends the connection without a word, as a crash would.
    pub fn cut(&mut self) {
        // It may be gone already, which is as good.
        let _ = match &mut self.inner {
            Inner::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Inner::WebSocket { socket, .. } => socket.shutdown(),
        };
    }
}

/// Does with a WebSocket frame what a client must, and returns what STOMP sees of it.
fn taken(socket: &mut WebSocket, frame: WsFrame) -> Option<Incoming> {
    match frame.opcode {
        Opcode::Text => {
            assert!(!frame.fin || str::from_utf8(&frame.payload).is_ok(), "a text message is UTF-8");
            Some(Incoming::Octets(frame.payload))
        }
        Opcode::Binary | Opcode::Continuation => Some(Incoming::Octets(frame.payload)),
        Opcode::Ping => {
            let _ = socket.send(Opcode::Pong, &frame.payload);
            None
        }
        Opcode::Pong => None,
        Opcode::Close => {
            let _ = socket.send(Opcode::Close, &frame.payload);
            socket.expect_end();
            Some(Incoming::Ended(Ending { close_code: frame.close_code() }))
        }
    }
}
