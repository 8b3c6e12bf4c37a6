//! What the server must do by the STOMP specifications, one file per section, in every version and over every
//! transport where they could differ.

mod ack;
mod connect;
mod errors;
mod framing;
mod heartbeat;
mod limits;
mod receipts;
mod send;
mod subscribe;
mod websocket;
