//! The browser client of Wharf: the session of [`wire::stomp::client`], a `WebSocket`, and a face for JavaScript.
//!
//! This crate is the half that runs in the browser; `js/` is the half that pages import. The boundary between the two
//! is `Connection` and the listener that is given to it, and carries numbers, strings and octets.
#![cfg(target_arch = "wasm32")]

mod clock;
mod connection;
mod listener;
mod settings;
mod shared;
mod socket;

pub use connection::Connection;
