//! What fuzzers run. Each function takes any octets, hands them to a parser that strangers can reach, and panics where something does not hold
//! that has to hold whatever they are: that it can be split anywhere, that what was read is written and read again the same, that a token
//! nobody signed is refused.
//!
//! libFuzzer calls them through the programs in `libfuzzer`, and the test `smoke` on every machine. `README.md` says how.

mod cesql;
mod cloudevents;
mod mutation;
mod scopes;
mod stomp;
mod token;

pub use cesql::cesql;
pub use cloudevents::{cloudevents_json, cloudevents_protobuf};
pub use mutation::Mutator;
pub use scopes::scopes;
pub use stomp::stomp_decode;
pub use token::token;
