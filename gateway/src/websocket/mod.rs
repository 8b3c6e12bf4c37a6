//! WebSocket, for all protocols that it carries: the handshake, and messages to and from a client.

mod handshake;
mod socket;

pub(crate) use handshake::{Handshake, offered, refusal};
pub(crate) use socket::{Breach, Part, Received, Socket};
