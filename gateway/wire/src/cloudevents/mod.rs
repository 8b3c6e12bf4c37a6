//! CloudEvents 1.0: attributes and data, the JSON and Protobuf formats, and the binary mode of HTTP and STOMP.
//!
//! An [`Event`] is valid by construction: every decoder builds one through [`EventBuilder`], which checks what the
//! specification demands of names, types and values. Data is carried as the octets that came in: it is never run
//! through a tree of values, which would reorder members, round numbers and break signatures over it.

mod builder;
pub mod content;
mod data;
mod event;
pub mod headers;
mod invalid;
pub mod json;
mod name;
pub mod protobuf;
mod value;

pub use builder::EventBuilder;
pub use content::Mode;
pub use data::Data;
pub use event::Event;
pub use invalid::{BatchInvalid, Invalid};
pub use name::{Type, is_name, type_of};
pub use value::Value;

/// The version of the specification: the only one that is accepted.
pub const SPEC_VERSION: &str = "1.0";
