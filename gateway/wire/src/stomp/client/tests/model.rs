//! A small server, the sockets between it and a client, and what must hold whatever happens.

use super::*;
use crate::stomp::{Frame, Verb};
use std::collections::{BTreeSet, VecDeque};

/// A client among sockets, timers and a server, all of which do as the schedule of a test says.
pub(super) struct World {
    pub(super) client: Client,
    pub(super) now: Millis,
    /// The socket that the client has, and whether it is open.
    socket: Option<(u32, bool)>,
    last_socket: u32,
    pub(super) token_request: Option<u32>,
    server: Server,
    states: Vec<State>,
    pub(super) publishes: BTreeSet<u64>,
    pub(super) subscriptions: BTreeSet<u32>,
    is_over: bool,
}

/// The server's side of one connection.
#[derive(Default)]
struct Server {
    decoder: Option<Decoder>,
    /// What it has said and the client has not heard.
    replies: VecDeque<String>,
    /// Subscriptions, in the order in which they came.
    subscriptions: Vec<u32>,
    /// Receipts that were asked for, on any connection, by a SEND.
    sends: BTreeSet<String>,
    is_soft: bool,
}

impl Server {
    fn handle(&mut self, octets: &[u8]) {
        let mut input = octets;
        loop {
            let decoder = self.decoder.get_or_insert_with(|| Decoder::new(FrameLimits::default()));
            let Some(frame) = decoder.decode(&mut input).unwrap() else { return };
            self.handle_frame(&frame);
        }
    }

    fn handle_frame(&mut self, frame: &Frame) {
        let header = |name| frame.headers.get(name);
        if frame.verb == Verb::Connect {
            let soft = self.is_soft;
            self.replies.push_back(format!("CONNECTED\nversion:1.2\nheart-beat:4000,4000\nx-soft-errors:{soft}\n\n\0"));
        }
        if frame.verb == Verb::Subscribe {
            self.subscriptions.push(header("id").unwrap().parse().unwrap());
        }
        if frame.verb == Verb::Send {
            let is_first = self.sends.insert(header("receipt").unwrap().to_owned());
            assert!(is_first || header("x-dedup-id").is_some(), "nobody can tell this from its copy");
        }
        let is_refused = header("destination") == Some("/control/auth");
        self.replies.extend(header("receipt").map(|receipt| match is_refused {
            true => format!("ERROR\nx-code:unsupported\nx-fatal:false\nreceipt-id:{receipt}\n\n\0"),
            false => format!("RECEIPT\nreceipt-id:{receipt}\n\n\0"),
        }));
    }
}

impl World {
    pub(super) fn new(options: Options) -> Self {
        let mut world = World {
            client: Client::new(options, Millis(0)),
            now: Millis(0),
            socket: None,
            last_socket: 0,
            token_request: None,
            server: Server::default(),
            states: Vec::new(),
            publishes: BTreeSet::new(),
            subscriptions: BTreeSet::new(),
            is_over: false,
        };
        world.settle();
        world
    }

    pub(super) fn open(&mut self, is_soft: bool) {
        let Some((socket, is_open @ false)) = &mut self.socket else { return };
        *is_open = true;
        let sends = std::mem::take(&mut self.server.sends);
        self.server = Server { is_soft, sends, ..Server::default() };
        self.client.handle_open(*socket);
    }

    pub(super) fn lose(&mut self, random: f64) {
        let Some((socket, _)) = self.socket.take() else { return };
        self.client.handle_closed(socket, self.now, random);
    }

    /// An earlier socket comes late with all it has to tell.
    pub(super) fn hear_stale(&mut self, random: f64) {
        let stale = self.socket.map_or(self.last_socket, |(socket, _)| socket - 1);
        let input = Bytes::from_static(b"CONNECTED\nversion:1.2\n\n\0RECEIPT\nreceipt-id:p1\n\n\0ERROR\n\n\0");
        let before = (self.client.state(), self.client.epoch());
        self.client.handle_open(stale);
        self.client.handle_input(stale, input, self.now, random);
        self.client.handle_closed(stale, self.now, random);
        assert_eq!((self.client.state(), self.client.epoch()), before);
        assert_eq!(self.client.poll_output(), None);
    }

    /// The client hears the next reply, in two parts.
    pub(super) fn hear(&mut self, cut: usize, random: f64) {
        let Some((_, true)) = self.socket else { return };
        let Some(reply) = self.server.replies.pop_front() else { return };
        let (first, second) = reply.as_bytes().split_at(cut % reply.len());
        self.say(first, random);
        self.say(second, random);
        if reply.starts_with("CONNECTED") && self.client.state() == State::Connected {
            self.carry_out();
            assert!(self.server.subscriptions.iter().eq(&self.subscriptions), "all of them, in order");
        }
    }

    pub(super) fn say(&mut self, octets: &[u8], random: f64) {
        if let Some((socket, true)) = self.socket {
            self.client.handle_input(socket, Bytes::copy_from_slice(octets), self.now, random);
            self.carry_out();
        }
    }

    pub(super) fn pass(&mut self, milliseconds: u64, random: f64) {
        self.now = self.now + milliseconds;
        self.client.handle_timeout(self.now, random);
    }

    /// Time passes until the client wants to do something.
    pub(super) fn pass_timer(&mut self, random: f64) {
        let Some(at) = self.client.poll_timeout() else { return };
        self.pass(at - self.now, random);
        let output = self.client.poll_output();
        assert!(output.is_some() || self.client.poll_timeout() != Some(at), "it would fire for ever");
        output.into_iter().for_each(|output| self.carry_out_one(output));
    }

    /// Carries out what the client wants, and checks that it is in order.
    pub(super) fn settle(&mut self) {
        self.carry_out();
        let is_live = matches!(self.client.state(), State::Connecting | State::Waiting);
        assert!(!is_live || self.client.poll_timeout().is_some(), "it waits for something that may never come");
        assert!(!self.is_over || self.client.poll_timeout().is_none());
        let is_closing = self.client.poll_timeout().is_some();
        assert!(self.states.last() == Some(&self.client.state()) || is_closing, "{:?}", self.states);
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.client.poll_output() {
            assert!(!self.is_over, "nothing comes after the end: {output:?}");
            self.carry_out_one(output);
        }
    }

    fn carry_out_one(&mut self, output: Output) {
        match output {
            Output::RequestToken(request) => self.token_request = Some(request),
            Output::OpenSocket(socket) => {
                assert_eq!(self.socket, None, "one socket at a time");
                assert!(socket > self.last_socket);
                self.last_socket = socket;
                self.socket = Some((socket, false));
            }
            Output::CloseSocket(socket) => {
                assert_eq!(self.socket.map(|(live, _)| live), Some(socket));
                self.socket = None;
            }
            Output::Send(octets) => {
                assert!(matches!(self.socket, Some((_, true))), "nobody hears this");
                self.server.handle(&octets);
            }
            Output::State(state) => self.enter(state),
            Output::Confirmed { publish, .. } | Output::Failed { publish, .. } => {
                assert!(self.publishes.remove(&publish), "{publish} was settled before");
            }
            Output::SubscriptionFailed { subscription, .. } | Output::Unsubscribed(subscription) => {
                self.subscriptions.remove(&subscription);
            }
            Output::Closed(_) => {
                assert_eq!(self.socket, None);
                self.is_over = true;
            }
            _ => {}
        }
    }

    fn enter(&mut self, state: State) {
        use State::{Closed, Connected, Connecting, Waiting};
        let is_legal = matches!(
            (self.states.last(), state),
            (None, Connecting)
                | (Some(Waiting), Connecting | Closed)
                | (Some(Connecting), Connected | Waiting | Closed)
                | (Some(Connected), Connecting | Waiting | Closed)
        );
        assert!(is_legal, "{:?} then {state:?}", self.states);
        self.states.push(state);
    }

    /// Ends the client, and waits until it has ended.
    pub(super) fn end(&mut self) {
        self.client.close(self.now);
        self.settle();
        self.pass_timer(1.0);
        self.settle();
        assert!(self.is_over);
        assert!(self.publishes.is_empty(), "never settled: {:?}", self.publishes);
        assert!(self.subscriptions.is_empty());
    }
}
