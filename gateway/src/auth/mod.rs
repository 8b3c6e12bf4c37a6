//! Who somebody is, what they may do, and whether a page may speak for them. A leaf: it knows no engine and no protocol.

mod access;
mod basic;
mod credentials;
mod entrance;
mod gate;
mod identity;
pub mod jwt;
mod operation;
mod origin;
mod password;
mod pattern;
mod peer;
mod permission;
mod proxies;
mod rights;
mod tags;
mod throttle;
mod user;
mod users;
mod verified;

pub use access::{Access, Denied};
pub use basic::basic_credentials;
pub use credentials::Credentials;
pub use entrance::Entrance;
pub use gate::Gate;
pub use identity::Identity;
pub use operation::Operation;
pub use origin::OriginRule;
pub use password::{BadPassword, PasswordHash};
pub use pattern::{BadPattern, Pattern};
pub use peer::Peer;
pub use permission::{Granted, Permission, TopicPermission};
pub use proxies::{Forwarded, Proxies};
pub use tags::Tags;
pub use user::User;
pub use users::{Attempt, Directory, Refusal, Users};
