//! A WebSocket client (RFC 6455) that can also misbehave.

use crate::http::{read_body, read_head, split_headers};
use crate::{Response, patience};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The key and its answer that RFC 6455 gives as an example in section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// What a request for a WebSocket asks for.
#[derive(Debug, Clone)]
pub struct Upgrade {
    path: String,
    headers: Vec<(String, String)>,
}

impl Default for Upgrade {
    fn default() -> Self {
        Upgrade { path: "/ws".into(), headers: Vec::new() }
    }
}

impl Upgrade {
    /// Another path than `/ws`.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Offers subprotocols, separated by commas.
    #[must_use]
    pub fn protocols(self, names: &str) -> Self {
        self.header("Sec-WebSocket-Protocol", names)
    }

    /// Sends a header, in place of the usual one of that name. An empty value leaves it out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn write(&self, host: &str) -> String {
        let usual = [
            ("Host", host),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", KEY),
        ];
        let mut text = format!("GET {} HTTP/1.1\r\n", self.path);
        let replaced = |name: &str| self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        for (name, value) in usual.into_iter().filter(|(name, _)| !replaced(name)) {
            text += &format!("{name}: {value}\r\n");
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n"
    }
}

/// What a WebSocket frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of RFC 6455")]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A WebSocket frame from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WsFrame {
    /// Whether it ends a message.
    pub fin: bool,
    /// What it is.
    pub opcode: Opcode,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl WsFrame {
    /// The code in a Close frame.
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*code))
    }
}

/// An open WebSocket.
#[derive(Debug)]
pub struct WebSocket {
    stream: TcpStream,
    input: Vec<u8>,
    /// The answer to the upgrade.
    pub response: Response,
}

impl WebSocket {
    /// Opens a WebSocket; `Err`: the server refused, with this answer.
    pub fn open(address: SocketAddr, upgrade: &Upgrade) -> Result<WebSocket, Response> {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("sockets have that option");
        stream.set_write_timeout(Some(patience())).expect("a time-out is allowed");
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        stream.write_all(upgrade.write(&address.to_string()).as_bytes()).expect("the server reads");
        let mut input = Vec::new();
        let head = read_head(&mut stream, &mut input).expect("the server answers an upgrade");
        let mut response = split_headers(&head);
        if response.status != 101 {
            if response.header("content-length").is_some() {
                response.body = read_body(&response, &mut stream, input);
            }
            return Err(response);
        }
        assert_eq!(response.header("sec-websocket-accept"), Some(ACCEPT), "the answer is to our key");
        Ok(WebSocket { stream, input, response })
    }

    /// Sends a whole message in one frame.
    pub fn send(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        self.send_frame(true, opcode, payload)
    }

    /// Sends one frame, masked as a client must.
    pub fn send_frame(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let mut octets = head_of(fin, opcode, payload.len(), 0x80);
        octets.extend_from_slice(&MASK);
        octets.extend(payload.iter().zip(MASK.iter().cycle()).map(|(octet, mask)| octet ^ mask));
        self.stream.write_all(&octets)
    }

    /// Sends one frame without a mask, which no client may.
    pub fn send_unmasked(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let octets = [head_of(true, opcode, payload.len(), 0), payload.to_vec()].concat();
        self.stream.write_all(&octets)
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets)
    }

    /// From now on the server is expected to take what is sent within this time.
    pub fn set_write_timeout(&mut self, time: Duration) {
        self.stream.set_write_timeout(Some(time)).expect("a time-out is allowed");
    }

    /// Ends the connection without a word.
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Both)
    }

    /// The next frame; `Ok(None)`: none came until the deadline. An `UnexpectedEof` is the end of the connection.
    pub fn read_frame(&mut self, deadline: Instant) -> io::Result<Option<WsFrame>> {
        loop {
            if let Some(frame) = take_ws_frame(&mut self.input) {
                return Ok(Some(frame));
            }
            match read_some(&mut self.stream, deadline)? {
                Some(octets) if octets.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(octets) => self.input.extend_from_slice(&octets),
                None => return Ok(None),
            }
        }
    }

    /// The next frame.
    ///
    /// # Panics
    /// When none comes within [`patience`], or the connection ends.
    pub fn frame(&mut self) -> WsFrame {
        let frame = self.read_frame(Instant::now() + patience()).expect("the connection holds");
        frame.expect("a WebSocket frame comes in time")
    }

    /// Reads until the server has ended the connection.
    ///
    /// # Panics
    /// When it does not within [`patience`], or still sends frames.
    pub fn expect_end(&mut self) {
        match self.read_frame(Instant::now() + patience()) {
            Err(_) => (),
            Ok(None) => panic!("the server ends the connection in time"),
            Ok(Some(frame)) => panic!("the server ends the connection, and does not send {frame:?}"),
        }
    }
}

fn head_of(fin: bool, opcode: Opcode, length: usize, mask_bit: u8) -> Vec<u8> {
    let mut head = vec![u8::from(fin) << 7 | opcode as u8];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => head.push(mask_bit | short),
        (_, Ok(medium)) => {
            head.push(mask_bit | 126);
            head.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            head.push(mask_bit | 127);
            head.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    head
}

fn take_ws_frame(input: &mut Vec<u8>) -> Option<WsFrame> {
    let [first, second] = *input.first_chunk::<2>()?;
    assert_eq!(first & 0x70, 0, "no extension was agreed");
    assert_eq!(second & 0x80, 0, "a server does not mask");
    let (start, length) = match second {
        126 => (4, usize::from(u16::from_be_bytes(input.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(input.get(2..10)?.try_into().ok()?)).expect("fits in memory")),
        short => (2, usize::from(short)),
    };
    let payload = input.get(start..start + length)?.to_vec();
    input.drain(..start + length);
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        other => panic!("no such opcode: {other}"),
    };
    Some(WsFrame { fin: first & 0x80 != 0, opcode, payload })
}

/// Reads what there is; `None`: nothing came until the deadline; empty: the other side is done.
pub(crate) fn read_some(stream: &mut TcpStream, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut octets = vec![0; 64 * 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut octets) {
            Ok(count) => {
                octets.truncate(count);
                return Ok(Some(octets));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => (),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}
