//! The one place that touches `WebSocket`.

use bytes::Bytes;
use js_sys::{Array, ArrayBuffer, Function, JsString, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

/// What happens to a socket.
pub(crate) enum SocketEvent {
    Open,
    Octets(Bytes),
    /// Closed, or never opened.
    Closed,
}

thread_local! {
    /// An error is always followed by a close, which is heard. Node's sockets want somebody to listen all the same,
    /// even after they were given up, so this closure outlives them.
    static IGNORE: Closure<dyn FnMut()> = Closure::new(|| {});
}

/// An open or opening socket. Dropped, it is closed, and nothing more is heard of it.
pub(crate) struct Socket {
    socket: WebSocket,
    on_event: Closure<dyn FnMut()>,
    on_close: Closure<dyn FnMut()>,
    on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Socket {
    /// Opens a socket with the given constructor, which is `WebSocket` or made like it. `Err`: the constructor threw.
    pub(crate) fn open(
        constructor: &Function,
        url: &str,
        handle: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let protocols = Array::of1(&JsValue::from_str("v12.stomp"));
        let arguments = Array::of2(&JsValue::from_str(url), &protocols);
        let socket: WebSocket = Reflect::construct(constructor, &arguments)?.unchecked_into();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, closed, came) = (handle.clone(), handle.clone(), handle);
        let on_event = Closure::new(move || opened(SocketEvent::Open));
        let on_close = Closure::new(move || closed(SocketEvent::Closed));
        let on_message = Closure::new(move |event: MessageEvent| came(SocketEvent::Octets(octets(&event.data()))));
        socket.set_onopen(Some(on_event.as_ref().unchecked_ref()));
        IGNORE.with(|ignore| socket.set_onerror(Some(ignore.as_ref().unchecked_ref())));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Socket { socket, on_event, on_close, on_message })
    }

    /// Sends one message. A socket that cannot send is about to close, which is heard.
    pub(crate) fn send(&self, octets: &[u8]) {
        let _ = self.socket.send_with_u8_array(octets);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
        let _ = (&self.on_event, &self.on_close, &self.on_message); // they had to live as long as the socket
    }
}

/// A message's octets, whether it came as text or as binary.
fn octets(data: &JsValue) -> Bytes {
    let octets = match data.dyn_ref::<ArrayBuffer>() {
        Some(buffer) => Uint8Array::new(buffer).to_vec(),
        None => data.dyn_ref::<JsString>().map(|text| String::from(text).into_bytes()).unwrap_or_default(),
    };
    octets.into()
}
