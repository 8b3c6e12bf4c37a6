//! The gateway: the shell of Wharf around the broker. It alone has sockets, a clock and a runtime.
//!
//! ```text
//!   main -> ctl: what operators do from a shell, over the API
//!        -> server -> stomp, events, hooks, webhook, admin, dashboard, demo -> accounts, translate -> engine -> broker
//!                     client, config, auth, error, metrics, signature, transport, websocket: leaves that all may use
//! ```

pub mod auth;
pub mod config;
pub mod ctl;
pub mod engine;
pub mod error;
pub mod metrics;
pub mod server;
pub mod signature;
pub mod transport;

mod accounts;
mod admin;
mod client;
mod dashboard;
mod demo;
mod events;
mod hooks;
mod stomp;
mod translate;
mod webhook;
mod websocket;

/// Name and version, as peers are told.
pub const SERVER: &str = concat!("wharf/", env!("CARGO_PKG_VERSION"));
