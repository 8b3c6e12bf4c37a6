//! Time and chance, as the page's environment has them: the same in windows, workers and Node.

use js_sys::Function;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wire::time::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Longest delay that `setTimeout` takes; a longer one would fire at once.
const LONGEST_DELAY: u64 = 1 << 30;

thread_local! {
    /// The most by which the date was ever ahead of the page's own clock.
    static LEAD: Cell<f64> = const { Cell::new(0.0) };
}

/// The time now. The page's own clock never goes back, but stands still while a machine sleeps, during which servers
/// forget; the date goes on, but may be set. Their largest difference makes one clock that does neither.
pub(crate) fn now() -> Millis {
    let page = performance_now();
    let lead = LEAD.get().max(date_now() - page);
    LEAD.set(lead);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
    Millis((page + lead) as u64)
}

/// A duration, or a moment since 1970, as JavaScript has it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(crate) fn milliseconds(number: f64) -> u64 {
    number as u64
}

/// A number in 0..1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

/// A callback at a moment; dropping it takes it back.
pub(crate) struct Timer {
    id: JsValue,
    pub(crate) at: Millis,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `callback` at `at`, or as soon as the environment gets to it.
    pub(crate) fn new(at: Millis, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        #[allow(clippy::cast_precision_loss, reason = "below 2^31")]
        let delay = (at - now()).min(LONGEST_DELAY) as f64;
        let id = set_timeout(callback.as_ref().unchecked_ref(), delay);
        Timer { id, at, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
