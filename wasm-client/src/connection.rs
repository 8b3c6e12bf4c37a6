//! The exported class: what the JavaScript half can ask for.

use crate::clock::{milliseconds, now, random};
use crate::listener::{Listener, number};
use crate::settings::Settings;
use crate::shared::Shared;
use bytes::Bytes;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wire::stomp::client::{Credit, Error, PublishRequest, Settlement, SubscribeRequest, Token};
use wire::stomp::{AckMode, Headers};
use wire::time::Millis;

/// A connection that keeps itself up. The JavaScript half wraps it; pages do not see it.
#[wasm_bindgen]
pub struct Connection {
    shared: Rc<Shared>,
}

#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes by value")]
impl Connection {
    /// Starts to connect to `url` with sockets made by `constructor`; `listener` hears what happens, after this
    /// returned.
    #[wasm_bindgen(constructor)]
    pub fn new(url: String, constructor: Function, settings: &Settings, listener: Listener) -> Connection {
        Connection { shared: Shared::new(url, constructor, settings.options(), listener) }
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

    /// What the server of the last connection calls itself.
    pub fn server(&self) -> Option<String> {
        self.shared.client.borrow().server().map(str::to_owned)
    }

    /// Failed attempts since the last log-in, when the next begins (milliseconds since 1970; 0: none does), and what the
    /// outbox holds: messages and octets.
    pub fn numbers(&self) -> Vec<f64> {
        let client = self.shared.client.borrow();
        let (messages, octets) = client.outbox();
        let next = client.next_attempt().map_or(0, |Millis(at)| at);
        vec![client.attempts().into(), number(next), number(messages as u64), number(octets as u64)]
    }

    /// Whether the listener shall hear of frames, sockets and timers.
    #[wasm_bindgen(js_name = setTrace)]
    pub fn set_trace(&self, traces: bool) {
        self.shared.set_trace(traces);
    }

    /// The page or the network is there again.
    pub fn wake(&self) {
        self.shared.client.borrow_mut().handle_wake(now());
        self.shared.pump();
    }

    /// The network is said to be gone.
    pub fn offline(&self) {
        self.shared.client.borrow_mut().handle_offline(now());
        self.shared.pump();
    }

    /// Answers a request for a token. `expires_at` is in milliseconds since 1970.
    #[wasm_bindgen(js_name = giveToken)]
    pub fn give_token(&self, request: u32, text: String, expires_at: Option<f64>) {
        let token = Token { text, expires_at: expires_at.map(milliseconds).map(Millis) };
        self.answer(request, Ok(token));
    }

    /// Answers a request for a token with what its provider failed with.
    #[wasm_bindgen(js_name = refuseToken)]
    pub fn refuse_token(&self, request: u32, code: String, message: String, retryable: bool) {
        self.answer(request, Err(Error::of_provider(code, message, retryable)));
    }

    /// Publishes. Returns the number under which the listener hears of it.
    pub fn publish(
        &self,
        destination: &str,
        headers: &str,
        body: Vec<u8>,
        resend: bool,
        transaction: Option<u32>,
    ) -> Result<f64, JsValue> {
        let request = PublishRequest { destination, resend, transaction };
        let publish = self.shared.client.borrow_mut().publish(request, pairs(headers), Bytes::from(body), now());
        self.shared.pump();
        publish.map(number).map_err(|error| self.thrown(&error))
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
        headers: &str,
    ) -> Result<u32, JsValue> {
        let headers: Headers = pairs(headers).collect();
        let ack = AckMode::parse(ack).unwrap_or_default();
        let credit = Credit { messages, octets };
        let request = SubscribeRequest { destination, ack, prefetch, credit, once, headers };
        let subscription = self.shared.client.borrow_mut().subscribe(request);
        self.shared.pump();
        subscription.map_err(|error| self.thrown(&error))
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
        let transaction = self.shared.client.borrow_mut().begin();
        self.shared.pump();
        transaction.map_err(|error| self.thrown(&error))
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
    fn answer(&self, request: u32, answer: Result<Token, Error>) {
        self.shared.client.borrow_mut().handle_token(request, answer, now(), random());
        self.shared.pump();
    }

    fn settle(
        &self,
        ack_id: &str,
        epoch: u32,
        settlement: Settlement<'_>,
        transaction: Option<u32>,
    ) -> Result<(), JsValue> {
        let settled = self.shared.client.borrow_mut().settle(ack_id, epoch, settlement, transaction);
        self.shared.pump();
        settled.map_err(|error| self.thrown(&error))
    }

    /// What a refused call throws.
    fn thrown(&self, error: &Error) -> JsValue {
        self.shared.listener.error_of(error)
    }
}

/// Names and values, which stand in turn, each behind a NUL: no header can hold one.
fn pairs(headers: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut texts = headers.split('\0').skip(1);
    std::iter::from_fn(move || Some((texts.next()?, texts.next()?)))
}
