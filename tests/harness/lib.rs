//! Starts a Wharf server for a test and talks to it as a stranger would: with a STOMP, a WebSocket and an HTTP client
//! of its own, written from the specifications. It shares no code with the server, so a misreading on one side does
//! not hide behind the same misreading on the other.
//!
//! Everything blocks, with a deadline. A test that waits longer than [`PATIENCE`] has failed; nothing sleeps in the
//! hope that something will have happened by then.

mod case;
mod client;
mod event_socket;
mod event_stream;
mod frame;
mod http;
mod link;
mod patience;
mod program;
mod server;
mod signer;
mod sink;
mod target;
mod tls;
mod websocket;

pub use case::{VERSIONS, all_transports, each, each_transport, each_version, unique};
pub use client::Client;
pub use event_socket::EventSocket;
pub use event_stream::{EventStream, SentEvent};
pub use frame::{Frame, escape, take_frame};
pub use http::{Request, Response, encode_component};
pub use link::{Ending, Incoming, Link, Transport};
pub use patience::{PATIENCE, eventually, patience};
pub use program::{Exit, Program, python, wharf, wharf_failing};
pub use server::{Directory, Launch, Server};
pub use signer::{Signer, claims, encoded, now};
pub use sink::{Received, Reply, Sink};
pub use target::{Rabbitmq, WHARF_ONLY, rabbitmq, wharf_only};
pub use tls::Authority;
pub use websocket::{Opcode, Upgrade, WebSocket, WsFrame};
