//! The protocols of Wharf as pure code: octets in, frames out, and the rules of a session in between.
//!
//! Nothing here does I/O, reads a clock or knows a broker. The server wraps [`stomp::server::Session`] in a socket
//! task; the browser client wraps [`stomp::client::Client`] in a `WebSocket`. Both get the same codec, so what the
//! one writes the other reads. [`cloudevents`] has the forms of an event, and
//! [`cesql`] and [`filter`] tell which events a subscription wants.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // it reads untrusted octets
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod cesql;
pub mod cloudevents;
pub mod destination;
pub mod filter;
pub mod limits;
pub mod stomp;
pub mod time;
