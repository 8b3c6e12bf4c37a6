//! Who somebody is, and whether a page may speak for them. A leaf: it knows no engine and no protocol.

mod basic;
mod entrance;
mod gate;
mod origin;
mod peer;
mod proxies;
mod users;

pub use basic::basic_credentials;
pub use entrance::Entrance;
pub use gate::Gate;
pub use origin::OriginRule;
pub use peer::Peer;
pub use proxies::{Forwarded, Proxies};
pub use users::{Identity, Refusal, Users};
