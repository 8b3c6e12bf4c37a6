//! The client's session joined to a socket, a timer and the listener.

use crate::clock::{Timer, now, random};
use crate::listener::Listener;
use crate::socket::{Socket, SocketEvent};
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wire::stomp::client::{Client, Options, Output};
use wire::time::Millis;

/// What the exported class, the socket's callbacks and the timer's share.
pub(crate) struct Shared {
    url: String,
    constructor: Function,
    pub(crate) listener: Listener,
    pub(crate) client: RefCell<Client>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<Timer>>,
    /// Set while outputs are being carried out: what that causes is carried out after it, in order.
    pumping: Cell<bool>,
    /// Whether the listener hears of frames, sockets and timers.
    traces: Cell<bool>,
}

impl Shared {
    pub(crate) fn new(url: String, constructor: Function, options: Options, listener: Listener) -> Rc<Self> {
        let shared = Rc::new(Shared {
            url,
            constructor,
            listener,
            client: RefCell::new(Client::new(options, now())),
            socket: RefCell::new(None),
            timer: RefCell::new(None),
            pumping: Cell::new(false),
            traces: Cell::new(false),
        });
        shared.wake_at_once();
        shared
    }

    pub(crate) fn set_trace(&self, traces: bool) {
        self.traces.set(traces);
        self.client.borrow_mut().set_trace(traces);
    }

    /// Carries out what the client asks for, until it asks for nothing more.
    pub(crate) fn pump(self: &Rc<Self>) {
        self.pump_at(now());
    }

    fn pump_at(self: &Rc<Self>, now: Millis) {
        if self.pumping.replace(true) {
            return;
        }
        loop {
            // The borrow ends before the output is carried out: it may call back into the client.
            let output = self.client.borrow_mut().poll_output();
            match output {
                None => break,
                Some(Output::OpenSocket(number)) => self.open(number),
                Some(Output::CloseSocket(_)) => *self.socket.borrow_mut() = None,
                Some(Output::Send(octets)) => self.send(&octets),
                Some(output) => self.listener.tell(output),
            }
        }
        self.pumping.set(false);
        self.set_timer(now);
    }

    fn open(self: &Rc<Self>, number: u32) {
        self.trace("socket", "opening");
        let weak = Rc::downgrade(self);
        let opened = Socket::open(&self.constructor, &self.url, move |event| handle(&weak, number, event));
        match opened {
            Ok(socket) => *self.socket.borrow_mut() = Some(socket),
            Err(_) => self.client.borrow_mut().handle_closed(number, now(), random()),
        }
    }

    fn send(&self, octets: &[u8]) {
        if self.traces.get() {
            self.listener.trace_sent(octets);
        }
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(octets);
        }
    }

    fn trace(&self, kind: &str, text: &str) {
        if self.traces.get() {
            self.listener.on_trace(kind, text, 0);
        }
    }

    fn set_timer(self: &Rc<Self>, time: Millis) {
        let deadline = self.client.borrow().poll_timeout();
        let set = self.timer.borrow().as_ref().map(|timer| timer.at);
        // A timer that fires too early finds nothing to do and is set again: cheaper than moving it each time.
        let is_early_enough = matches!((set, deadline), (Some(set), Some(deadline)) if set <= deadline && set > time);
        if is_early_enough {
            return;
        }
        if let Some(at) = deadline.filter(|_| self.traces.get()) {
            self.trace("timer", &format!("in {} ms", at - time));
        }
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = deadline.map(|at| {
            Timer::new(at, move || {
                if let Some(shared) = weak.upgrade() {
                    // It has fired, perhaps a little early: then another is needed for the same moment.
                    *shared.timer.borrow_mut() = None;
                    shared.client.borrow_mut().handle_timeout(now(), random());
                    shared.pump();
                }
            })
        });
    }

    /// Begins after the constructor has returned, so that the page can listen before anything happens.
    fn wake_at_once(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let begin = move || {
            if let Some(shared) = weak.upgrade() {
                *shared.timer.borrow_mut() = None;
                shared.pump();
            }
        };
        *self.timer.borrow_mut() = Some(Timer::new(now(), begin));
    }
}

/// Takes what happens to the socket of this number.
fn handle(shared: &Weak<Shared>, number: u32, event: SocketEvent) {
    let Some(shared) = shared.upgrade() else { return };
    let time = now(); // asked for once: of all that is done for a small message it would be the dearest
    match event {
        SocketEvent::Octets(octets) => shared.client.borrow_mut().handle_input(number, octets, time, random()),
        SocketEvent::Open => {
            shared.trace("socket", "open");
            shared.client.borrow_mut().handle_open(number);
        }
        SocketEvent::Closed => {
            shared.trace("socket", "closed");
            shared.client.borrow_mut().handle_closed(number, time, random());
        }
    }
    shared.pump_at(time);
}
