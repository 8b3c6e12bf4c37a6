//! Signatures over the raw octets of webhooks: ours, and those of the services that send to us. A leaf.
//!
//! ```text
//!   standard   webhook-signature: v1,BASE64 v1a,BASE64      over  ID.TIMESTAMP.BODY
//!   github     X-Hub-Signature-256: sha256=HEX              over  BODY
//!   stripe     Stripe-Signature: t=TIMESTAMP,v1=HEX         over  TIMESTAMP.BODY
//!   slack      X-Slack-Signature: v0=HEX                    over  v0:TIMESTAMP:BODY
//!   hmac       what is configured
//! ```
//! Nothing here parses a body, and whatever is compared with a secret, or with what was made of one, is compared in constant time.

pub mod bearer;
pub mod github;
pub mod hmac;
pub mod secret;
pub mod slack;
pub mod standard;
pub mod stripe;

mod encoding;
mod mac;
mod unverified;
mod window;

pub use encoding::to_hex;
pub use secret::{BadSecret, Secret, VerifyingKey};
pub use unverified::Unverified;
pub use window::{TOLERANCE, Window};
