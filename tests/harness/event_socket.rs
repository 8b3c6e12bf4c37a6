//! A WebSocket of CloudEvents in JSON.

use crate::{Opcode, Response, Server, Upgrade, WebSocket, WsFrame, encode_component, patience};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Instant;

/// One connection.
#[derive(Debug)]
pub struct EventSocket {
    /// What carries it.
    pub socket: WebSocket,
    sent: u64,
}

impl EventSocket {
    /// A connection whose URL has these parameters, logged in as guest by its upgrade.
    pub fn open(server: &Server, parameters: &[(&str, &str)]) -> EventSocket {
        let credentials = format!("Basic {}", STANDARD.encode("guest:guest"));
        let upgrade = Upgrade::default().header("Authorization", &credentials);
        EventSocket::try_open(server, parameters, upgrade)
            .unwrap_or_else(|response| panic!("it upgrades: {response:?}"))
    }

    /// A connection that has not logged in.
    pub fn stranger(server: &Server, parameters: &[(&str, &str)]) -> EventSocket {
        let opened = EventSocket::try_open(server, parameters, Upgrade::default());
        opened.unwrap_or_else(|response| panic!("it upgrades: {response:?}"))
    }

    /// `Err`: it was refused with this answer.
    pub fn try_open(server: &Server, parameters: &[(&str, &str)], upgrade: Upgrade) -> Result<EventSocket, Response> {
        let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encode_component(value)));
        let path = format!("/ws?{}", pairs.collect::<Vec<_>>().join("&"));
        let socket = WebSocket::open(server.http, &upgrade.path(&path).protocols("cloudevents.json"))?;
        assert_eq!(socket.response.header("sec-websocket-protocol"), Some("cloudevents.json"));
        Ok(EventSocket { socket, sent: 0 })
    }

    /// Sends a text message.
    pub fn send_text(&mut self, text: &str) {
        self.socket.send(Opcode::Text, text.as_bytes()).expect("the server reads");
    }

    /// Sends an event with these members beside the required ones.
    pub fn send(&mut self, id: &str, members: Value) {
        let mut event = json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order.placed" });
        if let (Some(all), Value::Object(members)) = (event.as_object_mut(), members) {
            all.extend(members);
        }
        self.send_text(&event.to_string());
    }

    /// Asks for something, and returns the id of the event that asks.
    #[allow(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
    pub fn ask(&mut self, name: &str, data: Value) -> String {
        self.sent += 1;
        let id = format!("ask-{}", self.sent);
        self.send(&id, json!({ "type": format!("wharf.control.{name}"), "data": data }));
        id
    }

    /// The next frame that is no ping.
    pub fn frame(&mut self) -> WsFrame {
        loop {
            let frame = self.socket.frame();
            if frame.opcode != Opcode::Ping {
                return frame;
            }
        }
    }

    /// The next event, whatever it is.
    pub fn event(&mut self) -> Value {
        let frame = self.frame();
        assert_eq!((frame.opcode, frame.fin), (Opcode::Text, true), "{frame:?}");
        let event: Value = serde_json::from_slice(&frame.payload).expect("it is JSON");
        for name in ["specversion", "id", "source", "type"] {
            assert!(event[name].as_str().is_some_and(|text| !text.is_empty()), "{event}");
        }
        event
    }

    /// The next event, which has to be delivered.
    pub fn delivery(&mut self) -> Value {
        let event = self.event();
        assert!(event["wharfsubscription"].is_string(), "{event}");
        event
    }

    /// The ids of the next events, which have to be delivered.
    pub fn ids(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.delivery()["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// The next event, which has to be the server's own, of this kind. Its data.
    pub fn told(&mut self, name: &str) -> Value {
        let event = self.event();
        assert_eq!(event["type"], format!("wharf.control.{name}"), "{event}");
        assert_eq!(event.get("wharfsubscription"), None, "{event}");
        event["data"].clone()
    }

    /// Waits for an error of this kind.
    pub fn refused(&mut self, error: &str) -> Value {
        let data = self.told("error");
        assert_eq!(data["error"], error, "{data}");
        assert!(data["reason"].as_str().is_some_and(|text| !text.is_empty()), "{data}");
        data
    }

    /// Waits for the end of the connection with this close code.
    pub fn closed(&mut self, code: u16) {
        let frame = self.frame();
        assert_eq!((frame.opcode, frame.close_code()), (Opcode::Close, Some(code)), "{frame:?}");
        let _ = self.socket.send(Opcode::Close, &code.to_be_bytes()); // it may be gone already
        self.socket.expect_end();
    }

    /// Ends the connection without a word.
    pub fn cut(mut self) {
        let _ = self.socket.shutdown();
    }

    /// The next frame until the deadline, if there is one.
    pub fn poll(&mut self) -> Option<WsFrame> {
        self.socket.read_frame(Instant::now() + patience()).expect("the connection holds")
    }
}
