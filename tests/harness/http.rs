//! An HTTP/1.1 client that sends what it is told to, right or wrong.

use crate::patience;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request for `target`, which is sent as it is.
    pub fn new(method: &str, target: &str) -> Self {
        Request { method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header. Without one named Host, the server's address is sent; an empty value leaves the header out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a user and password.
    #[must_use]
    pub fn basic(self, user: &str, password: &str) -> Self {
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {credentials}"))
    }

    /// Adds a token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Adds a body that says it is JSON, whatever it is.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.body(body).header("Content-Type", "application/json")
    }

    /// Adds a body without saying what it is.
    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Sends it on a connection of its own and reads the answer.
    pub fn send(&self, address: SocketAddr) -> Response {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        stream.set_write_timeout(Some(patience())).expect("a time-out is allowed");
        // An early refusal may end the connection while a large body is still being sent.
        let _ = stream.write_all(&self.write(address));
        let mut input = Vec::new();
        let head = read_head(&mut stream, &mut input).expect("the server answers");
        let mut response = split_headers(&head);
        if self.method != "HEAD" && !matches!(response.status, 204 | 304) {
            response.body = read_body(&response, &mut stream, input);
        }
        response
    }

    pub(crate) fn write(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {address}\r\n");
        }
        if !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            head += &format!("{name}: {value}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "JSON is declared as such, not as {kind:?}: {self:?}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }
}

/// Reads up to the empty line; what came after it stays in `input`.
pub(crate) fn read_head(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<String> {
    loop {
        if let Some(length) = input.windows(4).position(|octets| octets == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&input[..length]).into_owned();
            input.drain(..length + 4);
            return Ok(head);
        }
        let mut octets = [0; 4096];
        match stream.read(&mut octets)? {
            0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, String::from_utf8_lossy(input))),
            count => input.extend_from_slice(&octets[..count]),
        }
    }
}

pub(crate) fn split_headers(head: &str) -> Response {
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Response { status: status.unwrap_or_else(|| panic!("a status line: {head:?}")), headers, body: Vec::new() }
}

pub(crate) fn read_body(response: &Response, stream: &mut TcpStream, mut input: Vec<u8>) -> Vec<u8> {
    // `Connection: close` was asked for, so the body ends where the connection does, if not before.
    if let Some(length) = response.header("content-length") {
        let length: usize = length.parse().expect("content-length is a number");
        let missing = length.saturating_sub(input.len()) as u64;
        stream.take(missing).read_to_end(&mut input).expect("the whole body comes");
        assert_eq!(input.len(), length, "the body has the announced length");
        return input;
    }
    stream.read_to_end(&mut input).expect("the whole body comes");
    match response.header("transfer-encoding") {
        Some("chunked") => join_chunks(&input),
        _ => input,
    }
}

fn join_chunks(mut input: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = input.windows(2).position(|octets| octets == b"\r\n").expect("a chunk has a size line");
        let digits = str::from_utf8(&input[..line]).expect("digits");
        let size = usize::from_str_radix(digits.split(';').next().unwrap_or_default(), 16).expect("a size");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&input[line + 2..line + 2 + size]);
        input = &input[line + 4 + size..];
    }
}

/// Writes text so that it is one component of a path.
pub fn encode_component(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    text.bytes()
        .map(|octet| if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}
