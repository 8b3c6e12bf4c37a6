//! What the server must do by the STOMP specifications, one file per section, in every version and over every
//! transport where they could differ.

mod browser;
mod cloudevents;
mod comparison;
mod connect;
mod control;
mod dead_letters;
mod destinations;
mod differences;
mod durable;
mod errors;
mod framing;
mod heartbeat;
mod limits;
mod queue_arguments;
mod receipts;
mod request_reply;
mod send;
mod settle;
mod streams;
mod subscribe;
mod transactions;
mod unsubscribe;
mod websocket;
