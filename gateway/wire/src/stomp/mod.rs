//! STOMP 1.0, 1.1 and 1.2: the frame codec and the two session state machines.

pub mod client;
pub mod code;
pub mod decode;
pub mod encode;
pub mod escape;
pub mod frame;
pub mod heartbeat;
pub mod server;
pub mod version;

pub use code::Code;
pub use decode::{DecodeError, Decoder};
pub use frame::{AckMode, Frame, Headers, Verb};
pub use version::Version;
