//! What the JavaScript half is told. It is an object with these methods; they must not throw.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wire::stomp::client::{Delivery, Error, Output};

#[wasm_bindgen]
extern "C" {
    /// The object that hears what happens.
    pub type Listener;

    /// Makes an error, to be given to the other methods.
    #[wasm_bindgen(method)]
    fn error(this: &Listener, code: &str, message: &str, retryable: bool) -> JsValue;

    #[wasm_bindgen(method, js_name = onState)]
    fn on_state(this: &Listener, state: &str);

    #[wasm_bindgen(method, js_name = onTokenRequest)]
    fn on_token_request(this: &Listener, request: u32);

    #[wasm_bindgen(method, js_name = onMessage)]
    fn on_message(this: &Listener, subscription: u32, epoch: u32, octets: Uint8Array, body_start: u32);

    #[wasm_bindgen(method, js_name = onGap)]
    fn on_gap(this: &Listener, subscription: u32, reason: &str, count: Option<f64>);

    #[wasm_bindgen(method, js_name = onConfirmed)]
    fn on_confirmed(this: &Listener, publish: f64, routed: Option<u32>, duplicate: bool, offset: Option<f64>);

    #[wasm_bindgen(method, js_name = onFailed)]
    fn on_failed(this: &Listener, publish: f64, error: JsValue);

    #[wasm_bindgen(method, js_name = onSubscribed)]
    fn on_subscribed(this: &Listener, subscription: u32);

    #[wasm_bindgen(method, js_name = onUnsubscribed)]
    fn on_unsubscribed(this: &Listener, subscription: u32, error: JsValue);

    #[wasm_bindgen(method, js_name = onTransactionEnded)]
    fn on_transaction_ended(this: &Listener, transaction: u32, error: JsValue);

    #[wasm_bindgen(method, js_name = onError)]
    fn on_error(this: &Listener, error: JsValue);

    #[wasm_bindgen(method, js_name = onClosed)]
    fn on_closed(this: &Listener, error: JsValue);

    /// `text` is the head of a frame, or words; `octets` counts those of its body.
    #[wasm_bindgen(method, js_name = onTrace)]
    pub(crate) fn on_trace(this: &Listener, kind: &str, text: &str, octets: u32);
}

impl Listener {
    /// Tells what is for the user; what is for the socket is not.
    pub(crate) fn tell(&self, output: Output) {
        match output {
            Output::Message { subscription, epoch, delivery } => self.tell_message(subscription, epoch, &delivery),
            Output::Gap { subscription, reason, count } => {
                self.on_gap(subscription, reason.as_str(), count.map(number));
            }
            Output::Confirmed { publish, routed, duplicate, offset } => {
                self.on_confirmed(number(publish), routed, duplicate, offset.map(number));
            }
            Output::Failed { publish, error } => self.on_failed(number(publish), self.error_of(&error)),
            Output::Subscribed(subscription) => self.on_subscribed(subscription),
            Output::SubscriptionFailed { subscription, error } => {
                self.on_unsubscribed(subscription, self.error_of(&error));
            }
            Output::Unsubscribed(subscription) => self.on_unsubscribed(subscription, JsValue::UNDEFINED),
            Output::TransactionEnded { transaction, error } => {
                self.on_transaction_ended(transaction, self.optional(error.as_ref()));
            }
            Output::State(state) => self.on_state(state.as_str()),
            Output::RequestToken(request) => self.on_token_request(request),
            Output::Error(error) => self.on_error(self.error_of(&error)),
            Output::Closed(error) => self.on_closed(self.optional(error.as_ref())),
            Output::Received { head, body } => self.trace("received", &head, body),
            Output::OpenSocket(_) | Output::CloseSocket(_) | Output::Send(_) => {}
        }
    }

    /// What of the octets that are being sent is for human eyes: the head of the frame.
    pub(crate) fn trace_sent(&self, octets: &[u8]) {
        let end = octets.windows(2).position(|pair| pair == b"\n\n").map_or(octets.len(), |index| index + 2);
        let (head, rest) = octets.split_at(end);
        self.trace("sent", head, rest.len().saturating_sub(1));
    }

    fn trace(&self, kind: &str, head: &[u8], body: usize) {
        self.on_trace(kind, &String::from_utf8_lossy(head), u32::try_from(body).unwrap_or(u32::MAX));
    }

    /// The octets are copied, once, since what lies in the module's memory moves.
    #[allow(clippy::cast_possible_truncation, reason = "a head is shorter than a frame may be")]
    fn tell_message(&self, subscription: u32, epoch: u32, delivery: &Delivery) {
        let octets = Uint8Array::from(delivery.octets());
        self.on_message(subscription, epoch, octets, delivery.body_start() as u32);
    }

    pub(crate) fn error_of(&self, error: &Error) -> JsValue {
        self.error(&error.code, &error.message, error.retryable)
    }

    fn optional(&self, error: Option<&Error>) -> JsValue {
        error.map_or(JsValue::UNDEFINED, |error| self.error_of(error))
    }
}

/// Publishes are counted, and so are milliseconds and octets; 2^53 of them there will not be.
#[allow(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
