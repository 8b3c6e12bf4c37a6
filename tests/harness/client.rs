//! A naive STOMP client: it writes what it is told to and checks all that comes back.

use crate::frame::{escape, take_frame};
use crate::link::{Ending, Incoming};
use crate::{Frame, Link, patience, rabbitmq};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Instant;

/// One STOMP connection.
#[derive(Debug)]
pub struct Client {
    /// What carries it.
    pub link: Link,
    /// The agreed version; before that, frames are read as in 1.2.
    pub version: &'static str,
    /// The vhost that it asks for.
    pub host: String,
    /// Whether soft errors were agreed on.
    soft: bool,
    input: Vec<u8>,
    /// Frames that came while a receipt was waited for.
    waiting: VecDeque<Frame>,
    receipts: u64,
    ended: Option<Ending>,
}

impl Client {
    /// Says nothing yet.
    pub fn new(link: Link) -> Client {
        Client {
            link,
            version: "1.2",
            host: "/".into(),
            soft: false,
            input: Vec::new(),
            waiting: VecDeque::new(),
            receipts: 0,
            ended: None,
        }
    }

    /// Logs in as guest, offering one version, and returns CONNECTED.
    pub fn log_in(&mut self, version: &'static str) -> Frame {
        self.log_in_with(version, &[])
    }

    /// Logs in as guest with more headers.
    pub fn log_in_with(&mut self, version: &'static str, headers: &[(&str, &str)]) -> Frame {
        self.ask_in(version, &[&[("login", "guest"), ("passcode", "guest")], headers].concat());
        self.welcomed(version)
    }

    /// Logs in with a token alone, with more headers.
    pub fn log_in_by_token(&mut self, token: &str, headers: &[(&str, &str)]) -> Frame {
        self.ask_in("1.2", &[&[("passcode", token)], headers].concat());
        self.welcomed("1.2")
    }

    /// Sends CONNECT with these headers beside the version and the vhost.
    pub fn ask_in(&mut self, version: &str, headers: &[(&str, &str)]) {
        let host = self.host.clone();
        self.send("CONNECT", &[&[("accept-version", version), ("host", &host)], headers].concat(), "");
    }

    fn welcomed(&mut self, version: &'static str) -> Frame {
        let connected = self.expect("CONNECTED");
        assert_eq!(connected.header("version"), version);
        self.version = version;
        self.soft = connected.get("x-soft-errors") == Some("true");
        connected
    }

    /// Sends octets as they are; over WebSocket as one message.
    pub fn send_octets(&mut self, octets: impl AsRef<[u8]>) {
        self.link.send(octets.as_ref());
    }

    /// Sends a frame. A body gets its content-length.
    pub fn send(&mut self, command: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) {
        self.send_octets(self.encode(command, headers, body));
    }

    /// The octets of a frame. A body gets its content-length.
    pub fn encode(&self, command: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
        let raw = matches!(command, "CONNECT" | "STOMP");
        let escaped = |text: &str| if raw { text.to_owned() } else { escape(text, self.version) };
        let mut head = format!("{command}\n");
        for (name, value) in headers {
            head += &format!("{}:{}\n", escaped(name), escaped(value));
        }
        if !body.as_ref().is_empty() {
            head += &format!("content-length:{}\n", body.as_ref().len());
        }
        [head.as_bytes(), b"\n", body.as_ref(), b"\0"].concat()
    }

    /// Sends a frame with a receipt and waits for it; messages that come before it are kept.
    pub fn request(&mut self, command: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Frame {
        self.receipts += 1;
        let receipt = format!("receipt-{}", self.receipts);
        self.send(command, &[headers, &[("receipt", &receipt)]].concat(), body);
        self.receipt(&receipt)
    }

    /// Waits for a receipt; messages that come before it are kept.
    pub fn receipt(&mut self, id: &str) -> Frame {
        let known = self.waiting.iter().position(|frame| frame.command == "RECEIPT");
        if let Some(frame) = known.and_then(|index| self.waiting.remove(index)) {
            assert_eq!(frame.header("receipt-id"), id);
            return frame;
        }
        loop {
            let frame = self.read_frame();
            match frame.command.as_str() {
                "RECEIPT" => {
                    assert_eq!(frame.header("receipt-id"), id, "receipts come in order");
                    return frame;
                }
                "MESSAGE" => self.waiting.push_back(frame),
                _ => panic!("the receipt {id} was expected, not {frame:?}"),
            }
        }
    }

    /// Publishes, and returns how many queues took the message once the server has confirmed it. (RabbitMQ does not
    /// say how many; there it is 0.)
    pub fn publish(&mut self, destination: &str, body: impl AsRef<[u8]>) -> usize {
        self.publish_with(destination, &[], body)
    }

    /// Publishes with headers.
    pub fn publish_with(&mut self, destination: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> usize {
        let receipt = self.request("SEND", &[&[("destination", destination)], headers].concat(), body);
        match (receipt.get("routed"), rabbitmq()) {
            (None, Some(_)) => 0,
            _ => receipt.header("routed").parse().expect("routed is a number"),
        }
    }

    /// Subscribes, and returns once the server has confirmed it.
    pub fn subscribe(&mut self, id: &str, destination: &str, headers: &[(&str, &str)]) {
        self.request("SUBSCRIBE", &[&[("id", id), ("destination", destination)], headers].concat(), "");
    }

    /// Ends a subscription, and returns once the server has confirmed it.
    pub fn unsubscribe(&mut self, id: &str) {
        self.request("UNSUBSCRIBE", &[("id", id)], "");
    }

    /// Acknowledges a delivery, and returns once the server has confirmed it.
    pub fn ack(&mut self, message: &Frame) {
        let (name, id) = message.ack_id(self.version);
        self.request("ACK", &[(name, &id), ("subscription", message.header("subscription"))], "");
    }

    /// Gives a delivery back, and returns once the server has confirmed it.
    pub fn nack(&mut self, message: &Frame, headers: &[(&str, &str)]) {
        let (name, id) = message.ack_id(self.version);
        let usual = [(name, id.as_str()), ("subscription", message.header("subscription"))];
        self.request("NACK", &[&usual, headers].concat(), "");
    }

    /// The next frame.
    ///
    /// # Panics
    /// When none comes within [`patience`], or the connection ends.
    pub fn frame(&mut self) -> Frame {
        match self.waiting.pop_front() {
            Some(frame) => frame,
            None => self.read_frame(),
        }
    }

    /// The next frame, which must have this command.
    pub fn expect(&mut self, command: &str) -> Frame {
        let frame = self.frame();
        assert_eq!(frame.command, command, "{frame:?}");
        frame
    }

    /// The next frame, which must be a MESSAGE.
    pub fn message(&mut self) -> Frame {
        self.expect("MESSAGE")
    }

    /// The bodies of the next messages, as text.
    pub fn bodies(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.message().text().to_owned()).collect()
    }

    /// A message that came while something else was waited for.
    pub fn take_waiting(&mut self) -> Option<Frame> {
        self.waiting.pop_front()
    }

    /// Checks that the server has nothing for us: it answers a request, and nothing came before the answer.
    pub fn expect_nothing(&mut self) {
        self.sync();
        assert_eq!(self.waiting.front(), None, "nothing was expected");
    }

    /// Waits until the server has handled all that was sent.
    pub fn sync(&mut self) {
        // Nobody is bound to this key, so that it is delivered to nobody.
        let routed = self.publish("/exchange/amq.direct/acceptance.nobody", "");
        assert_eq!(routed, 0);
    }

    /// Sends a frame that asks for a receipt, and expects an ERROR with this `x-code` in its place and the end of the
    /// connection.
    pub fn refused_request(
        &mut self,
        command: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
        code: &str,
    ) -> Frame {
        self.send(command, &[headers, &[("receipt", "refused-1")]].concat(), body);
        let error = self.refused(code);
        if rabbitmq().is_none() {
            assert_eq!(error.header("receipt-id"), "refused-1", "{error:?}");
        }
        error
    }

    /// Sends a frame that asks for a receipt, and expects an ERROR with this `x-code` in its place that the connection
    /// survives.
    pub fn soft_request(
        &mut self,
        command: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
        code: &str,
    ) -> Frame {
        self.receipts += 1;
        let receipt = format!("receipt-{}", self.receipts);
        self.send(command, &[headers, &[("receipt", &receipt)]].concat(), body);
        let error = self.soft_error(code);
        assert_eq!(error.header("receipt-id"), receipt, "{error:?}");
        error
    }

    /// Waits for an ERROR with this `x-code` that the connection survives.
    pub fn soft_error(&mut self, code: &str) -> Frame {
        let error = self.expect("ERROR");
        assert_eq!((error.get("x-code"), error.get("x-fatal")), (Some(code), Some("false")), "{error:?}");
        assert!(!error.header("message").is_empty(), "{error:?}");
        error
    }

    /// Waits for a MESSAGE that is a notice of this kind, and returns what it says.
    pub fn notice(&mut self, kind: &str) -> Value {
        let message = self.message();
        assert_eq!(message.header("destination"), "/control/notices", "{message:?}");
        assert_eq!(message.header("notice"), kind, "{message:?}");
        let said: Value = serde_json::from_slice(&message.body).expect("a notice is JSON");
        assert_eq!(said["notice"], kind, "{said}");
        said
    }

    /// Waits for an ERROR with this `x-code`, checks its form, and waits for the end of the connection with the close
    /// code that belongs to it. (Of RabbitMQ an ERROR is enough: after many it goes on.)
    pub fn refused(&mut self, code: &str) -> Frame {
        self.refused_with(code, close_code(code))
    }

    /// Like [`Client::refused`], with another close code.
    pub fn refused_with(&mut self, code: &str, close_code: u16) -> Frame {
        if rabbitmq().is_some() {
            return self.refused_by_rabbitmq();
        }
        let error = self.expect("ERROR");
        assert!(!error.header("message").is_empty(), "{error:?}");
        assert_eq!(error.get("x-code"), Some(code), "{error:?}");
        assert_eq!(error.get("x-fatal"), self.soft.then_some("true"), "{error:?}");
        let ending = self.end();
        if self.link.is_websocket() {
            assert_eq!(ending.close_code, Some(close_code), "{error:?}");
        }
        error
    }

    /// Waits for an ERROR, whatever its code, and for the end of the connection.
    pub fn refused_somehow(&mut self) -> Frame {
        if rabbitmq().is_some() {
            return self.refused_by_rabbitmq();
        }
        let error = self.expect("ERROR");
        assert!(!error.header("x-code").is_empty(), "{error:?}");
        self.end();
        error
    }

    /// After many errors RabbitMQ goes on; over WebSocket the connection often ends before its ERROR was sent.
    fn refused_by_rabbitmq(&mut self) -> Frame {
        let lost = |client: &Client| client.link.is_websocket() && client.ended.is_some();
        match self.poll_frame(Instant::now() + patience()) {
            Some(error) => {
                assert_eq!(error.command, "ERROR", "{error:?}");
                self.link.cut();
                error
            }
            None if lost(self) => {
                Frame { command: "ERROR".into(), headers: Vec::new(), body: Vec::new(), head: String::new() }
            }
            None => panic!("an ERROR comes within {:?}; ended: {:?}", patience(), self.ended),
        }
    }

    /// Waits for the end of the connection, before which no further frame may come.
    pub fn end(&mut self) -> Ending {
        if let Some(frame) = self.waiting.front() {
            panic!("the end was expected, not {frame:?}");
        }
        match self.poll_frame(Instant::now() + patience()) {
            Some(frame) => panic!("the end was expected, not {frame:?}"),
            None => self.ended.unwrap_or_else(|| panic!("the server ends the connection within {:?}", patience())),
        }
    }

    /// Waits until the server sends a heart-beat.
    pub fn beat(&mut self) {
        match self.link.read(Instant::now() + patience()) {
            // Over TCP several may have come since we last looked, and RabbitMQ puts several into one message.
            Incoming::Octets(octets) if rabbitmq().is_some() || !self.link.is_websocket() => {
                assert!(octets.iter().all(|octet| *octet == b'\n'), "a heart-beat is a line feed: {octets:?}");
            }
            Incoming::Octets(octets) => assert_eq!(octets, b"\n", "a heart-beat is one line feed"),
            other => panic!("a heart-beat was expected, not {other:?}"),
        }
    }

    fn read_frame(&mut self) -> Frame {
        match self.poll_frame(Instant::now() + patience()) {
            Some(frame) => frame,
            None => {
                panic!("a frame comes within {:?}; ended: {:?}, unread: {:?}", patience(), self.ended, self.unread())
            }
        }
    }

    /// The next frame before the deadline or the end of the connection.
    pub fn poll_frame(&mut self, deadline: Instant) -> Option<Frame> {
        loop {
            if let Some(frame) = take_frame(&mut self.input, self.version) {
                return Some(frame);
            }
            if self.ended.is_some() {
                return None;
            }
            match self.link.read(deadline) {
                Incoming::Octets(octets) => self.input.extend_from_slice(&octets),
                Incoming::Ended(ending) => self.ended = Some(ending),
                Incoming::Nothing => return None,
            }
        }
    }

    fn unread(&self) -> String {
        String::from_utf8_lossy(&self.input[..self.input.len().min(200)]).into_owned()
    }
}

/// The WebSocket close code that follows an ERROR.
fn close_code(code: &str) -> u16 {
    match code {
        "auth-failed" | "auth-expired" | "forbidden" => 1008,
        "too-large" => 1009,
        "internal" => 1011,
        "draining" => 1012,
        "queue-full" => 1013,
        _ => 1002,
    }
}
