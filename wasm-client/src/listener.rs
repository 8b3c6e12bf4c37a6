//! What the JavaScript half is told. It is an object with these methods; they must not throw.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wire::stomp::client::{Error, Output};
use wire::stomp::{Frame, Headers};

#[wasm_bindgen]
extern "C" {
    /// The object that hears what happens.
    pub type Listener;

    #[wasm_bindgen(method, js_name = onState)]
    fn on_state(this: &Listener, state: &str);

    #[wasm_bindgen(method, js_name = onMessage)]
    fn on_message(
        this: &Listener,
        subscription: u32,
        epoch: u32,
        ack_id: Option<&str>,
        headers: Array,
        body: Uint8Array,
    );

    #[wasm_bindgen(method, js_name = onConfirmed)]
    fn on_confirmed(this: &Listener, publish: f64, routed: Option<u32>, duplicate: bool);

    #[wasm_bindgen(method, js_name = onFailed)]
    fn on_failed(this: &Listener, publish: f64, code: &str, message: &str, retryable: bool);

    #[wasm_bindgen(method, js_name = onSubscribed)]
    fn on_subscribed(this: &Listener, subscription: u32);

    #[wasm_bindgen(method, js_name = onSubscriptionFailed)]
    fn on_subscription_failed(this: &Listener, subscription: u32, code: &str, message: &str, retryable: bool);

    #[wasm_bindgen(method, js_name = onUnsubscribed)]
    fn on_unsubscribed(this: &Listener, subscription: u32);

    #[wasm_bindgen(method, js_name = onTransactionEnded)]
    fn on_transaction_ended(
        this: &Listener,
        transaction: u32,
        code: Option<&str>,
        message: Option<&str>,
        retryable: bool,
    );

    #[wasm_bindgen(method, js_name = onError)]
    fn on_error(this: &Listener, code: &str, message: &str, retryable: bool);

    #[wasm_bindgen(method, js_name = onClosed)]
    fn on_closed(this: &Listener, code: Option<&str>, message: Option<&str>, retryable: bool);
}

impl Listener {
    /// Tells what is for the user; what is for the socket is not.
    pub(crate) fn tell(&self, output: Output) {
        match output {
            Output::Message { subscription, epoch, frame } => self.tell_message(subscription, epoch, &frame),
            Output::Confirmed { publish, routed, duplicate } => self.on_confirmed(number(publish), routed, duplicate),
            Output::Failed { publish, error: Error { code, message, retryable, .. } } => {
                self.on_failed(number(publish), &code, &message, retryable);
            }
            Output::Subscribed(subscription) => self.on_subscribed(subscription),
            Output::SubscriptionFailed { subscription, error: Error { code, message, retryable, .. } } => {
                self.on_subscription_failed(subscription, &code, &message, retryable);
            }
            Output::Unsubscribed(subscription) => self.on_unsubscribed(subscription),
            Output::TransactionEnded { transaction, error: None } => {
                self.on_transaction_ended(transaction, None, None, false);
            }
            Output::TransactionEnded { transaction, error: Some(Error { code, message, retryable, .. }) } => {
                self.on_transaction_ended(transaction, Some(&code), Some(&message), retryable);
            }
            Output::State(state) => self.on_state(state.as_str()),
            Output::Error(Error { code, message, retryable, .. }) => self.on_error(&code, &message, retryable),
            Output::Closed(None) => self.on_closed(None, None, false),
            Output::Closed(Some(Error { code, message, retryable, .. })) => {
                self.on_closed(Some(&code), Some(&message), retryable);
            }
            Output::OpenSocket | Output::CloseSocket | Output::Send(_) => {}
        }
    }

    fn tell_message(&self, subscription: u32, epoch: u32, frame: &Frame) {
        let body = Uint8Array::from(&frame.body[..]);
        self.on_message(subscription, epoch, frame.headers.get("ack"), pairs(&frame.headers), body);
    }
}

/// Names and values in turn.
fn pairs(headers: &Headers) -> Array {
    headers.iter().flat_map(|(name, value)| [name, value]).map(JsValue::from_str).collect()
}

/// Publishes are counted; 2^53 of them will not be made.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn number(publish: u64) -> f64 {
    publish as f64
}
