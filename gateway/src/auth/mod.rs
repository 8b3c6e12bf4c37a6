//! Who somebody is, and whether a page may speak for them. A leaf: it knows no engine and no protocol.

mod basic;
mod entrance;
mod gate;
pub mod jwt;
mod operation;
mod origin;
mod peer;
mod users;

pub use basic::basic_credentials;
pub use entrance::Entrance;
pub use gate::Gate;
pub use operation::Operation;
pub use origin::OriginRule;
pub use peer::Peer;
pub use users::{Identity, Refusal, Users};
