//! STOMP over WebSocket and over plain TCP: the same sessions on both.

mod destination;
mod listener;
mod login;
mod notices;
mod session;
mod temporary;
mod translate;
mod upgrade;

pub(crate) use listener::{accept, refusal};
pub(crate) use login::Door;
pub(crate) use upgrade::{select_subprotocol, upgrade};
