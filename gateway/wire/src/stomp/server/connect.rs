//! CONNECT and CONNECTED: what is agreed before anything else.

use super::{Connect, Failure, Request, Session, State, boolean};
use crate::limits::ID;
use crate::stomp::encode::FrameWriter;
use crate::stomp::heartbeat::{HeartBeat, Offer};
use crate::stomp::{Code, Frame, Verb, Version};
use crate::time::Millis;

/// What a CONNECT asked for, until CONNECTED answers it.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    offer: Offer,
    request_id: Option<Box<str>>,
    soft_errors: bool,
}

/// What CONNECTED tells the client.
#[derive(Debug, Clone, Copy)]
pub struct Welcome<'a> {
    /// A random id of this session.
    pub session: &'a str,
    /// `name/version` of the server; `None` hides it.
    pub server: Option<&'a str>,
    /// The user the client was taken for.
    pub user: &'a str,
}

impl Session {
    pub(super) fn handle_connect(&mut self, frame: &Frame) -> Result<Request, Failure> {
        self.version =
            Version::negotiate(frame.headers.get("accept-version")).ok_or_else(Failure::no_common_version)?;
        let version = self.version;
        // The frame was decoded before its version was known, and 1.0 pads values.
        let header = |name| {
            let value = frame.headers.get(name);
            if version == Version::V1_0 { value.map(str::trim_start) } else { value }
        };
        let offer = match header("heart-beat") {
            None => Offer::default(),
            Some(text) => Offer::parse(text).ok_or_else(|| {
                Failure::new(Code::Protocol, format!("heart-beat must be two integers, not {text:?}"))
            })?,
        };
        let soft_errors = header("x-soft-errors").map_or(Ok(false), |text| boolean("x-soft-errors", text))?;
        let ws_pack = header("x-ws-pack").map_or(Ok(false), |text| boolean("x-ws-pack", text))?;
        if header("client-id").is_some_and(|id| id.len() > ID) {
            return Err(Failure::too_long("a client-id"));
        }
        if !frame.body.is_empty() && version > Version::V1_0 {
            return Err(Failure::new(Code::Protocol, "CONNECT must not have a body"));
        }
        let owned = |name| header(name).map(Box::from);
        self.state = State::Authenticating(Wishes { offer, request_id: owned("request-id"), soft_errors });
        Ok(Request::Connect(Connect {
            login: owned("login"),
            passcode: owned("passcode"),
            host: owned("host"),
            client_id: owned("client-id"),
            ws_frame: owned("x-ws-frame"),
            ws_pack,
        }))
    }

    /// The log-in succeeded: writes CONNECTED; from here on the limits after log-in hold, and soft errors are agreed on.
    pub fn accept(&mut self, welcome: Welcome<'_>, now: Millis, out: &mut Vec<u8>) {
        let wishes = match std::mem::replace(&mut self.state, State::Connected) {
            State::Authenticating(wishes) => wishes,
            _ => Wishes::default(),
        };
        let answer = wishes.offer.mirrored();
        self.heart_beat = HeartBeat::agreed(answer, wishes.offer, now);
        self.soft_errors = wishes.soft_errors;
        self.decoder.set(self.version, self.limits);
        let mut writer = FrameWriter::new(out, Verb::Connected, self.version);
        writer.header("version", self.version.as_str()).header("session", welcome.session);
        if let Some(server) = welcome.server {
            writer.header("server", server);
        }
        writer.header("heart-beat", &format!("{},{}", answer.send, answer.receive)).header("user-name", welcome.user);
        if let Some(id) = wishes.request_id {
            writer.header("response-id", &id);
        }
        if wishes.soft_errors {
            writer.header("x-soft-errors", "true");
        }
        writer.finish();
    }
}
