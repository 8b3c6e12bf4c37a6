//! Events over HTTP: the request, the counting of answers, and a bare handler to compare with.

use std::env;
use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, bail};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::process::Process;
use crate::report::one_line;

const READY: &str = "bare handler: ready on ";
/// How the head of an answer begins that takes responsibility.
const ACCEPTED: &[u8] = b"HTTP/1.1 202 ";
/// How that of another begins.
const STATUS: &[u8] = b"HTTP/1.1 ";
/// Octets of an event, about.
const EVENT: usize = 1024;

/// A POST of a structured event, to be sent again and again on one connection.
pub(crate) fn event(path: &str, address: SocketAddr) -> Vec<u8> {
    let text = |length| "x".repeat(length);
    let event = |data: String| {
        json!({
            "specversion": "1.0",
            "id": "b7f1b3f0-3a51-4d5c-8f57-9a5a5e6f2c11",
            "source": "https://shop.example/orders",
            "type": "com.example.order.placed",
            "time": "2026-11-27T12:00:00.123Z",
            "datacontenttype": "application/json",
            "data": { "item": data, "count": 3 },
        })
        .to_string()
    };
    let body = event(text(EVENT.saturating_sub(event(String::new()).len())));
    let credentials = BASE64_STANDARD.encode("guest:guest");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/cloudevents+json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// Counts answers as they come, in whatever pieces.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The end of what was read, in which the head of an answer may begin.
    tail: Vec<u8>,
}

impl Answers {
    /// How many events were taken. Any other answer is an error.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<u64> {
        self.tail.extend_from_slice(bytes);
        let accepted = memmem::find_iter(&self.tail, ACCEPTED).count();
        let last = memmem::rfind(&self.tail, STATUS);
        let whole = last.is_none_or(|start| self.tail.len() - start >= ACCEPTED.len());
        let all = memmem::find_iter(&self.tail, STATUS).count() - usize::from(!whole);
        if all != accepted {
            bail!("unexpected answer: {}", one_line(&self.tail[..self.tail.len().min(300)]));
        }
        // What was counted is not kept; what may be the beginning of a head is.
        let keep =
            if whole { self.tail.len().min(STATUS.len() - 1) } else { self.tail.len() - last.unwrap_or_default() };
        self.tail.drain(..self.tail.len() - keep);
        Ok(accepted as u64)
    }
}

/// A server that does nothing with an event but to parse its JSON: this program again, in a process of its own.
#[derive(Debug)]
pub(crate) struct BareHandler {
    process: Process,
    address: SocketAddr,
}

impl BareHandler {
    pub(crate) fn start() -> Result<Self> {
        let process = Process::start(|_| {
            let mut command = Command::new(env::current_exe()?);
            command.arg("bare-handler");
            Ok(command)
        })?;
        let address = process.wait_for_address(READY)?;
        Ok(Self { process, address })
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until killed.
pub(crate) fn serve_bare() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout().lock(), "{READY}{}", listener.local_addr()?)?;
        let parse = async |body: axum::body::Bytes| match serde_json::from_slice::<Value>(&body) {
            Ok(event) => (StatusCode::ACCEPTED, Json(json!({ "id": event["id"] }))),
            Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "reason": error.to_string() }))),
        };
        axum::serve(listener, Router::new().route("/{*path}", post(parse))).await?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_wherever_they_are_cut() {
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}";
        let two = [&answer[..], answer].concat();
        for cut in 0..=two.len() {
            let mut answers = Answers::default();
            let count = answers.feed(&two[..cut]).unwrap() + answers.feed(&two[cut..]).unwrap();
            assert_eq!(count, 2, "cut at {cut}");
        }
        assert!(Answers::default().feed(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").is_err());
    }

    #[test]
    fn an_event_has_the_size_it_should_have() {
        let request = event("/events/queue/q", "127.0.0.1:1".parse().unwrap());
        let body = memmem::find(&request, b"\r\n\r\n").unwrap() + 4;
        assert_eq!(request.len() - body, EVENT);
    }
}
