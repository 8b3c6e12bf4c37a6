//! A reader of server-sent events (HTML standard, section 9.2), over HTTP/1.1 with chunks.

use crate::http::{read_head, split_headers};
use crate::websocket::read_some;
use crate::{Request, Response, patience};
use serde_json::Value;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

/// An answer that is read while it comes.
#[derive(Debug)]
pub struct EventStream {
    stream: TcpStream,
    /// What came of the connection, and of the body, and is not read yet.
    input: Vec<u8>,
    body: Vec<u8>,
    has_ended: bool,
    /// Its status and headers.
    pub response: Response,
    /// Comments that came.
    pub comments: usize,
    /// What `retry` said.
    pub retry: Option<u64>,
}

/// What was sent between two empty lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SentEvent {
    /// Its `id`.
    pub id: Option<String>,
    /// Its `event`.
    pub name: Option<String>,
    /// Its `data`.
    pub data: Option<String>,
}

impl SentEvent {
    /// Its data, which is a CloudEvent in JSON of the type that it says.
    pub fn event(&self) -> Value {
        let event: Value = serde_json::from_str(self.data.as_deref().expect("it has data")).expect("it is JSON");
        assert_eq!(event["specversion"], "1.0", "{self:?}");
        assert_eq!(event["type"].as_str(), self.name.as_deref(), "{self:?}");
        event
    }
}

impl EventStream {
    /// Asks for a stream. `Err`: the answer is another.
    pub fn open(address: SocketAddr, request: Request) -> Result<EventStream, Response> {
        let request = request.header("Accept", "text/event-stream");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        stream.write_all(&request.write(address)).expect("the server reads");
        let mut input = Vec::new();
        let head = read_head(&mut stream, &mut input).expect("the server answers");
        let response = split_headers(&head);
        if response.status != 200 {
            return Err(response);
        }
        assert_eq!(response.header("content-type"), Some("text/event-stream"));
        assert_eq!(response.header("transfer-encoding"), Some("chunked"));
        let (body, has_ended, comments, retry) = (Vec::new(), false, 0, None);
        let mut opened = EventStream { stream, input, body, has_ended, response, comments, retry };
        opened.join_chunks(); // some may have come with the head
        Ok(opened)
    }

    /// The next event; comments and `retry` are noted.
    ///
    /// # Panics
    /// When none comes within [`patience`], or the answer ends.
    pub fn sent(&mut self) -> SentEvent {
        self.poll().expect("the answer goes on")
    }

    /// The same; `None`: the answer has ended.
    pub fn poll(&mut self) -> Option<SentEvent> {
        let deadline = Instant::now() + patience();
        loop {
            while let Some(end) = self.body.windows(2).position(|octets| octets == b"\n\n") {
                let block: Vec<u8> = self.body.drain(..end + 2).collect();
                let event = self.read_block(&String::from_utf8(block).expect("it is UTF-8"));
                if event != SentEvent::default() {
                    return Some(event);
                }
            }
            if self.has_ended {
                assert!(self.body.is_empty(), "it ends behind an event");
                return None;
            }
            let octets = read_some(&mut self.stream, deadline).expect("the connection holds");
            let octets = octets.expect("something comes in time");
            assert!(!octets.is_empty(), "the answer ends before the connection does");
            self.input.extend_from_slice(&octets);
            self.join_chunks();
        }
    }

    fn join_chunks(&mut self) {
        while let Some(line) = self.input.windows(2).position(|octets| octets == b"\r\n") {
            let digits = str::from_utf8(&self.input[..line]).expect("digits");
            let size = usize::from_str_radix(digits, 16).expect("a size");
            if self.input.len() < line + 4 + size {
                return;
            }
            self.body.extend_from_slice(&self.input[line + 2..line + 2 + size]);
            self.input.drain(..line + 4 + size);
            self.has_ended |= size == 0;
        }
    }

    fn read_block(&mut self, block: &str) -> SentEvent {
        let mut event = SentEvent::default();
        for line in block.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(": ").or_else(|| line.split_once(':')).expect("a field has a colon");
            let slot = match field {
                "id" => &mut event.id,
                "event" => &mut event.name,
                "data" => &mut event.data,
                "retry" => {
                    self.retry = Some(value.parse().expect("milliseconds"));
                    continue;
                }
                "" => {
                    self.comments += 1;
                    continue;
                }
                other => panic!("no such field: {other:?}"),
            };
            assert_eq!(slot.replace(value.to_owned()), None, "each field is there once: {block:?}");
        }
        event
    }
}
