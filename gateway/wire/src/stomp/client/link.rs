//! The socket and the clock: how a connection comes, and what happens when it goes.

use super::output::sent;
use super::{Client, Error, Output, State, VERSION};
use crate::limits::FrameLimits;
use crate::stomp::decode::Decoder;
use crate::stomp::heartbeat::{Beat, Offer};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;
use bytes::{Buf, Bytes};

/// The receipt of DISCONNECT.
pub(super) const FAREWELL: &str = "bye";

/// Milliseconds for the server to answer DISCONNECT.
pub(super) const CLOSE_TIME: u64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waiting for the token to log in with.
    Fetching {
        deadline: Millis,
    },
    /// Waiting for the socket to open.
    Opening {
        deadline: Millis,
    },
    /// Waiting for CONNECTED.
    LoggingIn {
        deadline: Millis,
    },
    Connected,
    /// Waiting for the server to have taken all that was sent, to connect again with a new token.
    Switching {
        deadline: Millis,
    },
    /// Waiting to try again.
    Waiting {
        until: Millis,
    },
    /// Waiting for the server to have taken all that was sent, to end.
    Closing {
        deadline: Millis,
    },
    Closed,
}

impl Phase {
    /// What to tell of it. `None`: nothing new, until it has ended.
    pub(super) fn state(self) -> Option<State> {
        match self {
            Phase::Fetching { .. } | Phase::Opening { .. } | Phase::LoggingIn { .. } | Phase::Switching { .. } => {
                Some(State::Connecting)
            }
            Phase::Connected => Some(State::Connected),
            Phase::Waiting { .. } => Some(State::Waiting),
            Phase::Closing { .. } => None,
            Phase::Closed => Some(State::Closed),
        }
    }
}

impl Client {
    /// The socket of this number is open.
    pub fn handle_open(&mut self, socket: u32) {
        let Phase::Opening { deadline } = self.phase else { return };
        if !self.is_current(socket) {
            return;
        }
        self.enter(Phase::LoggingIn { deadline });
        self.decoder = Decoder::new(FrameLimits::default());
        let connect = self.connect_frame();
        self.send(&connect);
    }

    /// Octets came over the socket of this number. `random` is uniform in 0..1, for a delay should they end the
    /// connection.
    pub fn handle_input(&mut self, socket: u32, mut input: Bytes, now: Millis, random: f64) {
        if !self.is_current(socket) {
            return;
        }
        if self.traces && input == "\n" {
            self.outputs.push_back(Output::Received { head: input.to_vec(), body: 0 });
        }
        self.heart_beat.handle_received(now);
        self.probe.handle_received();
        // A frame may end the connection, and with it the rest of the input.
        while self.is_current(socket) {
            if let Some(delivery) = self.whole_delivery(&mut input) {
                self.deliver(delivery);
                continue;
            }
            let mut rest = &input[..];
            let decoded = self.decoder.decode(&mut rest);
            input.advance(input.len() - rest.len());
            match decoded {
                Ok(Some(frame)) => self.handle_frame(&frame, now, random),
                Ok(None) => return,
                Err(error) => return self.cut(Error::protocol(error.to_string()), now, random),
            }
        }
    }

    /// The socket of this number is closed, or could not be opened.
    pub fn handle_closed(&mut self, socket: u32, now: Millis, random: f64) {
        if !self.is_current(socket) {
            return;
        }
        self.socket = None;
        let error = match self.phase {
            Phase::Opening { .. } => Error::connect_failed(),
            _ => Error::connection_lost(),
        };
        self.lose(error, now, random);
    }

    /// A deadline has passed. `random` is uniform in 0..1.
    pub fn handle_timeout(&mut self, now: Millis, random: f64) {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return;
        }
        match self.phase {
            Phase::Waiting { .. } if self.attempts.is_over(now) => self.give_up(),
            Phase::Waiting { .. } => self.open(now),
            Phase::Connected => self.handle_connection_timeout(now, random),
            Phase::Switching { .. } | Phase::Closing { .. } => self.cut(Error::connection_lost(), now, random),
            Phase::Fetching { .. } | Phase::Opening { .. } | Phase::LoggingIn { .. } => {
                self.cut(Error::connect_timeout(self.options.connect_timeout), now, random);
            }
            Phase::Closed => {}
        }
    }

    fn handle_connection_timeout(&mut self, now: Millis, random: f64) {
        if self.probe.is_over(now) {
            return self.cut(Error::connection_lost(), now, random);
        }
        self.renew_token(now);
        match self.heart_beat.handle_timeout(now) {
            Some(Beat::Send) => self.outputs.push_back(Output::Send(b"\n".to_vec())),
            Some(Beat::PeerGone) => self.cut(Error::connection_lost(), now, random),
            Some(Beat::Ping) | None => {} // a page cannot ping
        }
    }

    /// The network is there again, or the page is: what waits is tried at once, and what stands is looked at, since
    /// nobody knows what became of it meanwhile.
    pub fn handle_wake(&mut self, now: Millis) {
        match self.phase {
            Phase::Waiting { .. } => {
                self.attempts.begin_anew();
                self.open(now);
            }
            _ => self.check_link(now),
        }
    }

    /// The network is said to be gone. Perhaps not for this connection: it is looked at.
    pub fn handle_offline(&mut self, now: Millis) {
        self.check_link(now);
    }

    /// Begins an attempt.
    pub(super) fn open(&mut self, now: Millis) {
        let deadline = self.attempts.deadline(now + self.options.connect_timeout);
        match self.tokens.ask_to_connect() {
            Some(request) => {
                self.enter(Phase::Fetching { deadline });
                self.outputs.push_back(Output::RequestToken(request));
            }
            None => self.open_socket(deadline),
        }
    }

    pub(super) fn open_socket(&mut self, deadline: Millis) {
        self.enter(Phase::Opening { deadline });
        self.last_socket += 1;
        self.socket = Some(self.last_socket);
        self.outputs.push_back(Output::OpenSocket(self.last_socket));
    }

    fn close_socket(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.outputs.push_back(Output::CloseSocket(socket));
        }
    }

    /// Gives the socket up, and goes on without it.
    pub(super) fn cut(&mut self, error: Error, now: Millis, random: f64) {
        self.close_socket();
        self.lose(error, now, random);
    }

    /// The socket is gone: tries again after a while, unless that makes no sense.
    pub(super) fn lose(&mut self, error: Error, now: Millis, random: f64) {
        match self.phase {
            Phase::Closing { .. } => self.finish(None),
            Phase::Switching { .. } => {
                self.forget_connection(&error, now);
                self.open(now);
            }
            Phase::Waiting { .. } | Phase::Closed => {}
            _ => self.fail(error, now, random),
        }
    }

    fn fail(&mut self, error: Error, now: Millis, random: f64) {
        self.forget_connection(&error, now);
        if self.phase == Phase::Connected {
            self.attempts.handle_lost(now);
        }
        let next = if error.ends_the_loop { None } else { self.attempts.next(now, random) };
        let Some(until) = next else { return self.finish(Some(error)) };
        self.last_error = Some(error.clone());
        self.outputs.push_back(Output::Error(error));
        self.enter(Phase::Waiting { until });
    }

    /// What belonged to the connection is over.
    fn forget_connection(&mut self, error: &Error, now: Millis) {
        let unknown = Error::unknown_fate();
        let reason = if error.is_ours() { error } else { &unknown };
        let may_resend = self.soft_errors && !error.is_ours();
        self.publishes.lose(may_resend, reason, now, &mut self.outputs);
        self.transactions.lose(&unknown, &mut self.outputs);
        self.subscriptions.lose(&Error::connection_lost(), &mut self.outputs);
        self.probe = super::Probe::default();
        self.tokens.forget_request();
    }

    fn give_up(&mut self) {
        let error = self.last_error.take().unwrap_or_else(Error::connect_failed);
        self.finish(Some(error));
    }

    /// The end: nothing is tried again.
    pub(super) fn finish(&mut self, error: Option<Error>) {
        self.close_socket();
        let reason = error.clone().unwrap_or_else(Error::closed);
        self.publishes.fail_all(&reason, &mut self.outputs);
        self.transactions.lose(&reason, &mut self.outputs);
        self.subscriptions.end_all(error.as_ref(), &mut self.outputs);
        self.enter(Phase::Closed);
        self.outputs.push_back(Output::Closed(error));
    }

    /// The one place where the phase changes: who listens hears of each state once.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        if let Some(state) = phase.state()
            && self.told != Some(state)
        {
            self.told = Some(state);
            self.outputs.push_back(Output::State(state));
        }
    }

    fn is_current(&self, socket: u32) -> bool {
        self.socket == Some(socket)
    }

    fn connect_frame(&self) -> Frame {
        let Offer { send, receive } = self.options.heart_beat;
        let optional = [
            ("login", self.options.login.as_deref()),
            ("passcode", self.tokens.current().or(self.options.passcode.as_deref())),
            ("client-id", self.options.client_id.as_deref()),
        ];
        let mut connect = Frame::new(Verb::Connect)
            .with("accept-version", VERSION.as_str())
            .with("host", &self.options.host)
            .with("heart-beat", &format!("{send},{receive}"))
            .with("x-soft-errors", "true")
            .with("x-ws-frame", "binary") // text would have to be turned into octets again
            .with("x-ws-pack", "true");
        for (name, value) in optional {
            if let Some(value) = value {
                connect.headers.push(name, value);
            }
        }
        connect
    }

    pub(super) fn send(&mut self, frame: &Frame) {
        self.outputs.push_back(sent(frame));
    }

    /// Sends a frame, unless it would come behind DISCONNECT.
    pub(super) fn send_if_connected(&mut self, frame: Option<&Frame>) {
        if let Some(frame) = frame
            && self.phase == Phase::Connected
        {
            self.send(frame);
        }
    }
}
