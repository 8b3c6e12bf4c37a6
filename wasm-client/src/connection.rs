//! The exported class: the client's session joined to a socket and a timer.

use crate::clock::{Timer, now, random};
use crate::listener::Listener;
use crate::socket::{Socket, SocketEvent};
use bytes::Bytes;
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wire::stomp::client::{
    Client, Credit, Error, Options, Outbox, Output, PublishRequest, Reconnect, Settlement, SubscribeRequest,
};
use wire::stomp::heartbeat::Offer;
use wire::stomp::{AckMode, Headers};

/// A connection that keeps itself up. The JavaScript half wraps it; pages do not see it.
#[wasm_bindgen]
pub struct Connection {
    shared: Rc<Shared>,
}

struct Shared {
    url: String,
    constructor: Function,
    listener: Listener,
    client: RefCell<Client>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<Timer>>,
    /// Set while outputs are being carried out: what that causes is carried out after it, in order.
    pumping: Cell<bool>,
}

#[wasm_bindgen]
extern "C" {
    /// The settings, as the JavaScript half has checked and completed them.
    pub type Settings;

    #[wasm_bindgen(method, getter)]
    fn login(this: &Settings) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn passcode(this: &Settings) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn host(this: &Settings) -> String;
    #[wasm_bindgen(method, getter)]
    fn outgoing(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn incoming(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = connectTimeout)]
    fn connect_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn reconnect(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = initialDelay)]
    fn initial_delay(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = maxDelay)]
    fn max_delay(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = maxAttempts)]
    fn max_attempts(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = outboxMessages)]
    fn outbox_messages(this: &Settings) -> u32;
    #[wasm_bindgen(method, getter, js_name = outboxOctets)]
    fn outbox_octets(this: &Settings) -> u32;
    #[wasm_bindgen(method, getter, js_name = dedupPrefix)]
    fn dedup_prefix(this: &Settings) -> String;
}

impl Settings {
    fn options(&self) -> Options {
        Options {
            login: self.login(),
            passcode: self.passcode(),
            host: self.host(),
            heart_beat: Offer { send: milliseconds(self.outgoing()), receive: milliseconds(self.incoming()) },
            connect_timeout: milliseconds(self.connect_timeout()),
            reconnect: self.reconnect().then(|| Reconnect {
                initial_delay: milliseconds(self.initial_delay()),
                max_delay: milliseconds(self.max_delay()),
                max_attempts: self.max_attempts(),
            }),
            outbox: Outbox { messages: self.outbox_messages() as usize, octets: self.outbox_octets() as usize },
            dedup_prefix: self.dedup_prefix(),
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn milliseconds(number: f64) -> u64 {
    number as u64
}

#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes by value")]
impl Connection {
    /// Starts to connect to `url` with sockets made by `constructor`; `listener` hears what happens, after this
    /// returned.
    #[wasm_bindgen(constructor)]
    pub fn new(url: String, constructor: Function, settings: &Settings, listener: Listener) -> Connection {
        let shared = Rc::new(Shared {
            url,
            constructor,
            listener,
            client: RefCell::new(Client::new(settings.options(), now())),
            socket: RefCell::new(None),
            timer: RefCell::new(None),
            pumping: Cell::new(false),
        });
        shared.wake_at_once();
        Connection { shared }
    }

    /// The number of the connection that stands; 0: there is none.
    pub fn epoch(&self) -> u32 {
        self.shared.client.borrow().epoch()
    }

    /// Whether the server of the last connection agreed on soft errors.
    #[wasm_bindgen(js_name = softErrors)]
    pub fn soft_errors(&self) -> bool {
        self.shared.client.borrow().soft_errors()
    }

    /// Publishes; `headers` holds names and values in turn. Returns the number under which the listener hears of it.
    #[allow(clippy::cast_precision_loss, reason = "a counter")]
    pub fn publish(
        &self,
        destination: &str,
        headers: Vec<String>,
        body: Vec<u8>,
        resend: bool,
        transaction: Option<u32>,
    ) -> Result<f64, JsValue> {
        let request = PublishRequest { destination, resend, transaction };
        let number = self.shared.client.borrow_mut().publish(request, pairs(&headers), Bytes::from(body), now());
        self.shared.pump();
        number.map(|number| number as f64).map_err(|error| thrown(&error))
    }

    /// Takes a publish back, if it was never sent.
    pub fn cancel(&self, publish: f64) -> bool {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter")]
        self.shared.client.borrow_mut().cancel(publish as u64)
    }

    /// Subscribes. Returns the number under which the listener hears of it.
    #[allow(clippy::too_many_arguments, reason = "fields of a frame")]
    pub fn subscribe(
        &self,
        destination: String,
        ack: &str,
        prefetch: u32,
        messages: Option<u32>,
        octets: Option<u32>,
        once: bool,
        headers: Vec<String>,
    ) -> Result<u32, JsValue> {
        let headers: Headers = pairs(&headers).collect();
        let ack = AckMode::parse(ack).unwrap_or_default();
        let credit = Credit { messages, octets };
        let request = SubscribeRequest { destination, ack, prefetch, credit, once, headers };
        let number = self.shared.client.borrow_mut().subscribe(request);
        self.shared.pump();
        number.map_err(|error| thrown(&error))
    }

    /// Lets the server send more to a subscription.
    pub fn grant(&self, subscription: u32, messages: u32, octets: Option<u32>) {
        self.shared.client.borrow_mut().grant(subscription, Credit { messages: Some(messages), octets });
        self.shared.pump();
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, subscription: u32) {
        self.shared.client.borrow_mut().unsubscribe(subscription);
        self.shared.pump();
    }

    /// Accepts a delivery.
    pub fn ack(&self, ack_id: &str, epoch: u32, transaction: Option<u32>) -> Result<(), JsValue> {
        self.settle(ack_id, epoch, Settlement::Ack, transaction)
    }

    /// Gives a delivery back.
    pub fn nack(
        &self,
        ack_id: &str,
        epoch: u32,
        requeue: bool,
        delay: Option<f64>,
        reason: Option<String>,
        transaction: Option<u32>,
    ) -> Result<(), JsValue> {
        let settlement = Settlement::Nack { requeue, delay: delay.map(milliseconds), reason: reason.as_deref() };
        self.settle(ack_id, epoch, settlement, transaction)
    }

    /// Begins a transaction. Returns its number.
    pub fn begin(&self) -> Result<u32, JsValue> {
        let number = self.shared.client.borrow_mut().begin();
        self.shared.pump();
        number.map_err(|error| thrown(&error))
    }

    /// Commits a transaction, or aborts it.
    #[wasm_bindgen(js_name = endTransaction)]
    pub fn end_transaction(&self, transaction: u32, commit: bool) {
        self.shared.client.borrow_mut().end_transaction(transaction, commit);
        self.shared.pump();
    }

    /// Ends the connection.
    pub fn close(&self) {
        self.shared.client.borrow_mut().close(now());
        self.shared.pump();
    }
}

impl Connection {
    fn settle(
        &self,
        ack_id: &str,
        epoch: u32,
        settlement: Settlement<'_>,
        transaction: Option<u32>,
    ) -> Result<(), JsValue> {
        let settled = self.shared.client.borrow_mut().settle(ack_id, epoch, settlement, transaction);
        self.shared.pump();
        settled.map_err(|error| thrown(&error))
    }
}

/// Names and values, which stand in turn.
fn pairs(headers: &[String]) -> impl Iterator<Item = (&str, &str)> {
    headers.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str())))
}

/// What a refused call throws: a text that begins with the error's code.
fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&format!("{}: {}", error.code, error.message))
}

impl Shared {
    /// Carries out what the client asks for, until it asks for nothing more.
    fn pump(self: &Rc<Self>) {
        if self.pumping.replace(true) {
            return;
        }
        loop {
            // The borrow ends before the output is carried out: it may call back into the client.
            let output = self.client.borrow_mut().poll_output();
            match output {
                None => break,
                Some(Output::OpenSocket) => self.open(),
                Some(Output::CloseSocket) => *self.socket.borrow_mut() = None,
                Some(Output::Send(octets)) => {
                    if let Some(socket) = &*self.socket.borrow() {
                        socket.send(&octets);
                    }
                }
                Some(output) => self.listener.tell(output),
            }
        }
        self.pumping.set(false);
        self.set_timer();
    }

    fn open(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let opened = Socket::open(&self.constructor, &self.url, move |event| handle(&weak, event));
        match opened {
            Ok(socket) => *self.socket.borrow_mut() = Some(socket),
            Err(_) => self.client.borrow_mut().handle_closed(now(), random()),
        }
    }

    fn set_timer(self: &Rc<Self>) {
        let deadline = self.client.borrow().poll_timeout();
        let set = self.timer.borrow().as_ref().map(|timer| timer.at);
        // A timer that fires too early finds nothing to do and is set again: cheaper than moving it each time.
        let is_early_enough = matches!((set, deadline), (Some(set), Some(deadline)) if set <= deadline && set > now());
        if is_early_enough {
            return;
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

fn handle(shared: &Weak<Shared>, event: SocketEvent) {
    let Some(shared) = shared.upgrade() else { return };
    match event {
        SocketEvent::Open => shared.client.borrow_mut().handle_open(),
        SocketEvent::Octets(octets) => shared.client.borrow_mut().handle_input(&octets, now(), random()),
        SocketEvent::Closed => {
            *shared.socket.borrow_mut() = None;
            shared.client.borrow_mut().handle_closed(now(), random());
        }
    }
    shared.pump();
}
