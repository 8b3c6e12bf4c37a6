//! The settings, as the JavaScript half has checked and completed them.

use crate::clock::milliseconds;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wire::stomp::client::{Options, Outbox, Reconnect};
use wire::stomp::heartbeat::Offer;

#[wasm_bindgen]
extern "C" {
    /// An object with a property for each setting.
    pub type Settings;
}

impl Settings {
    pub(crate) fn options(&self) -> Options {
        Options {
            login: self.text("login"),
            passcode: self.text("passcode"),
            asks_tokens: self.flag("asksTokens"),
            client_id: self.text("clientId"),
            host: self.text("host").unwrap_or_default(),
            heart_beat: Offer { send: self.milliseconds("outgoing"), receive: self.milliseconds("incoming") },
            connect_timeout: self.milliseconds("connectTimeout"),
            reconnect: self.flag("reconnect").then(|| self.reconnect()),
            outbox: Outbox { messages: self.count("outboxMessages"), octets: self.count("outboxOctets") },
            dedup_prefix: self.text("dedupPrefix").unwrap_or_default(),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn reconnect(&self) -> Reconnect {
        Reconnect {
            initial_delay: self.milliseconds("initialDelay"),
            max_delay: self.milliseconds("maxDelay"),
            max_attempts: self.number("maxAttempts").map(|number| number as u32),
            give_up_after: self.number("giveUpAfter").map(milliseconds),
        }
    }

    fn get(&self, name: &str) -> JsValue {
        Reflect::get(self, &JsValue::from_str(name)).unwrap_or_default()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name).as_f64()
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).is_truthy()
    }

    fn milliseconds(&self, name: &str) -> u64 {
        milliseconds(self.number(name).unwrap_or_default())
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn count(&self, name: &str) -> usize {
        self.number(name).unwrap_or_default() as usize
    }
}
