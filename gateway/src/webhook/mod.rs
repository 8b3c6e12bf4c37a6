//! Outbound webhooks: events are pushed to sinks of users, as the CloudEvents Subscriptions API and Standard Webhooks 1.0 have it.
//!
//! ```text
//!   api -> registry, work -> endpoint -> dispatch -> attempting -> egress
//!                               |           |
//!                            definition   queue webhook.ID, its dead letters, and a stream of its attempts
//! ```
//! A webhook is a session of the broker without a client: success settles ack, failure settles nack with a delay, and what is given up goes to a queue
//! of dead letters.

mod api;
mod attempt;
mod attempting;
mod breaker;
mod definition;
mod dispatch;
mod egress;
mod endpoint;
mod handshake;
mod notice;
mod order;
mod pace;
mod pump;
mod registry;
mod replay;
mod request;
mod retry;
mod settings;
mod shown;
mod subscription;
mod sweep;
mod translate;
mod trial;
mod turn;
mod verdict;
mod work;

pub(crate) use api::router;
pub(crate) use registry::Webhooks;
